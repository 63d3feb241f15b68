"""What is read through the indexes of the built templates, on the second engine: lists, and what is pending."""

from typing import Any

import pytest

from payment_webhooks.deadline import Deadline
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.inbox.pending_index import PendingIndex
from payment_webhooks.ledger.indexes import BY_PROVIDER, BY_STATUS, Entry, LedgerIndexes
from payment_webhooks.ledger.payment_items import Payment, Pointer, index_keys, pointer_item, to_item
from payment_webhooks.transaction_api.list_transactions import TransactionLists
from tests.support.library.ledger import dispute_event, payment_event, payments_of, row_of
from tests.support.library.listed_ledger import NOW, ListedLedger, all_pages
from tests.support.library.receiving import INBOX, LEDGER, TABLES, Receiving, event
from tests.support.second_engine.dynamodb import second_dynamodb

DAYS = {"from": "2025-11-15", "to": "2025-11-21"}
ROWS_OF_A_DAY = 60  # more than a page of a query


def payments() -> list[Payment]:
    """Payments of one customer on one day, every third disputed on the next."""
    rows: list[LedgerRow] = []
    for number in range(ROWS_OF_A_DAY):
        events = [payment_event(words.SUCCEEDED, 1099, event_id=f"evt_{number}")]
        if number % 3 == 0:
            events.append(dispute_event("dp_1", words.DISPUTED, 1099)._replace(event_id=f"evt_dp_{number}"))
        for each in events:
            day = "2025-11-18" if each.object_kind == words.KIND_PAYMENT else "2025-11-19"
            occurred_at = f"{day}T{number // 60:02}:{number % 60:02}:00.000000Z"
            row = row_of(each._replace(occurred_at=occurred_at, customer_id="c-1"))
            rows.append(row._replace(transaction_id=f"stripe:pi_{number}"))
    return payments_of(rows)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"status": "succeeded"}, ROWS_OF_A_DAY),
        ({"status": "disputed"}, 20),
        ({"provider": "stripe"}, ROWS_OF_A_DAY),
        ({"customer_id": "stripe:c-1"}, ROWS_OF_A_DAY),
        ({"customer_id": "stripe:c-2"}, 0),
    ],
    ids=str,
)
def test_a_list_is_complete_and_as_in_memory(wanted: dict[str, Any], found: int) -> None:
    dynamodb = second_dynamodb(TABLES)
    for payment in payments():
        dynamodb("PutItem", {"TableName": LEDGER, "Item": to_item(payment)})
    indexes, values = LedgerIndexes(dynamodb, LEDGER, never), {**DAYS, **wanted, "limit": 50}
    pages = all_pages(TransactionLists(indexes, Deadline(), lambda: NOW), values)
    assert [page["transactions"] for page in pages] == [
        page["transactions"] for page in all_pages(ListedLedger(payments()).lists(), values)
    ]
    assert sum(len(page["transactions"]) for page in pages) == found


def test_an_entry_whose_payment_has_moved_on_is_left_out() -> None:
    dynamodb = second_dynamodb(TABLES)
    first, second, *_ = payments()
    moved = first._replace(state=first.state._replace(status="refunded"))
    for each in (moved, second):
        dynamodb("PutItem", {"TableName": LEDGER, "Item": to_item(each)})
    entries = [
        Entry(each.status_since, each.transaction_id, str(index_keys(each)[BY_STATUS.partition]))
        for each in (second, first)
    ]
    assert LedgerIndexes(dynamodb, LEDGER, never).current(BY_STATUS, entries) == [second]


def test_a_payment_that_another_has_taken_over_is_not_listed() -> None:
    dynamodb = second_dynamodb(TABLES)
    first, second, *_ = payments()
    for item in (to_item(first), pointer_item(Pointer(first.transaction_id, second.transaction_id))):
        dynamodb("PutItem", {"TableName": LEDGER, "Item": item})
    indexes = LedgerIndexes(dynamodb, LEDGER, never)
    partition = index_keys(first)[BY_PROVIDER.partition]
    assert list(indexes.entries(BY_PROVIDER, str(partition), "2025", "2026")) == []
    behind = Entry(first.began_at, first.transaction_id, str(partition))
    assert indexes.current(BY_PROVIDER, [behind, behind]) == []


def never(attempts: int) -> None:
    raise AssertionError("nothing is left unread")


def test_what_is_received_is_pending_by_its_keys_alone() -> None:
    dynamodb = second_dynamodb(TABLES)
    receiving = Receiving(client=lambda _: dynamodb)
    for number in range(20):
        receiving.post("internal", event(id=f"ev-{number}"))
    receiving.post("internal", event(id="ev-0", amount_minor=7))  # a conflict waits for a person
    rows, complete = PendingIndex(dynamodb, INBOX).read()
    assert complete
    assert {row.keys.webhook_id for row in rows} == {f"internal:ev-{number}" for number in range(20)}
    query = {"IndexName": "pending-index", "KeyConditionExpression": "pending_shard = :shard"}
    shown = [
        item
        for shard in range(20)
        for item in dynamodb(
            "Query", {"TableName": INBOX, **query, "ExpressionAttributeValues": {":shard": {"S": str(shard)}}}
        )["Items"]
    ]
    assert {frozenset(item) for item in shown} == {
        frozenset({"webhookId", "timestamp", "pending_shard", "pending_since"})
    }
