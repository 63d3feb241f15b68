"""Finds the webhooks of a person in inbox and ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.ledger.reader import LedgerReader
from scripts.operations.erase.held import Held, held
from scripts.operations.find.question import INBOX, LEDGER, Question, with_endpoints
from scripts.operations.find.search import Hit


def of_customer(
    inbox: DynamoDbTable, ledger: LedgerReader, question: Question, hits: Sequence[Hit], today: date
) -> Held:
    """hits: the customer's payments, and what waits and names them."""
    payments = [hit.id for hit in hits if hit.place == LEDGER]
    rows = [row for each in payments for row in ledger.read(each).rows]
    customers = with_endpoints(question, question.customer)
    others = {
        row.webhook_id
        for row in rows
        if row.customer_id is not None and f"{row.endpoint}:{row.customer_id}" not in customers
    }
    ids = [row.webhook_id for row in rows if row.webhook_id]
    ids += [hit.id for hit in hits if hit.place == INBOX]
    by_id = _items(inbox, ids)
    found = held(len(payments), len(rows), _all(by_id.values()), _absent(by_id), today)
    return found._replace(of_others=len(others))


def of_events(
    inbox: DynamoDbTable, ledger: LedgerReader, question: Question, events: Sequence[str], today: date
) -> Held:
    """events: ids as people give them, with or without an endpoint."""
    asked = {event: with_endpoints(question, event) for event in events}
    by_id = _items(inbox, [each for ids in asked.values() for each in ids])
    items = _all(by_id.values())
    payments = {item[contract.TRANSACTION_ID]["S"] for item in items if contract.TRANSACTION_ID in item}
    rows = [row for each in sorted(payments) for row in ledger.read(each).rows if row.webhook_id in by_id]
    found = held(len(payments), len(rows), items, 0, today)
    missing = (event for event, ids in asked.items() if not any(by_id[each] for each in ids))
    return found._replace(missing=tuple(missing))


def _items(inbox: DynamoDbTable, ids: Iterable[str]) -> dict[str, list[Item]]:
    """Every item of each id; none of one that the inbox has not."""
    condition, names = "#id = :id", {"#id": contract.WEBHOOK_ID}
    return {
        each: [*inbox.query(condition, names, {":id": {"S": each}}, ConsistentRead=True)]
        for each in dict.fromkeys(ids)
    }


def _all(found: Iterable[Sequence[Item]]) -> list[Item]:
    return [item for items in found for item in items]


def _absent(by_id: dict[str, list[Item]]) -> int:
    return sum(not items for items in by_id.values())
