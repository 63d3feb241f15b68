"""Reads everything that the ledger holds of one payment, archived rows too, whichever of its ids is asked for."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.corrections import counted
from payment_webhooks.domain.effect import Effect, from_text
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger import archived_rows as summaries
from payment_webhooks.ledger import payment_items
from payment_webhooks.ledger.archived_rows import ArchivedPart
from payment_webhooks.ledger.items import from_item
from payment_webhooks.ledger.payment_items import Payment


class LedgerEntries(NamedTuple):
    """`rows`: those in the table, and those that are archived. `archived`: where the archive has rows of it, oldest
    first. `payment`: its state; None for what is not known. `effects`: their stored form by the event id of their row;
    archived rows have none here.
    """

    rows: tuple[LedgerRow, ...]
    archived: tuple[ArchivedPart, ...] = ()
    payment: Payment | None = None
    effects: Mapping[str, str] = {}

    @property
    def is_whole(self) -> bool:
        """Whether it has as many rows as the head counts: its own by the version, those of its members by the state. A
        query may meet a transaction half-way: each item is read as it was committed, but not all of them at one moment.
        Nor are two queries: between them the archiver moves rows of a member to the payment's summary.
        """
        if self.payment is None:
            return True
        own = sum(row.transaction_id == self.payment.transaction_id for row in self.rows)
        return own == self.payment.version and len(counted(self.rows)) == self.payment.state.row_count

    def of_event(self, event_id: str) -> LedgerRow | None:
        return next((row for row in self.rows if row.event_id == event_id), None)

    def effect_of(self, row: LedgerRow) -> Effect | None:
        """What is to be told of a row; None for one that changed nothing, or that is archived."""
        text = self.effects.get(row.event_id)
        return None if text is None else from_text(text)


class Found(NamedTuple):
    """`payments`: each with a head. `unknown`: ids without one."""

    payments: tuple[LedgerEntries, ...]
    unknown: tuple[str, ...]


class LedgerReader:
    def __init__(self, dynamodb: Api, table: str) -> None:
        self._table = DynamoDbTable(dynamodb, table)

    def read(self, transaction_id: str) -> LedgerEntries:
        """Strongly consistent; empty for a payment that is not known. Raises Unavailable."""
        return entries_of(self.items_of_payment(transaction_id))

    def find(self, transaction_ids: Sequence[str]) -> Found:
        """The payments that have these ids, in the order of the ids, and the ids that nothing is known of. Strongly
        consistent, each by itself. Raises Unavailable.
        """
        payments: dict[str, LedgerEntries] = {}
        unknown: list[str] = []
        for transaction_id in transaction_ids:
            entries = self._unless_known(transaction_id, payments)
            if entries is None:
                continue
            if entries.payment is None:
                unknown.append(transaction_id)
            else:
                payments[entries.payment.transaction_id] = entries
        return Found(tuple(payments.values()), tuple(unknown))

    def _unless_known(self, transaction_id: str, known: Mapping[str, LedgerEntries]) -> LedgerEntries | None:
        """The payment that has the id; None where that is one of `known`, by which a query or two are saved."""
        members = {each for entries in known.values() if entries.payment for each in entries.payment.members}
        if transaction_id in known or transaction_id in members:
            return None
        items = self.items(transaction_id)
        alias_of = _text(head_of(items), contract.ALIAS_OF)
        if alias_of in known or alias_of in members:
            return None
        return entries_of(self._all_items(items))

    def items_of_payment(self, transaction_id: str) -> list[Item]:
        """All items of the payment that has this id, as DynamoDB gives them: of each of its ids, but one head."""
        return self._all_items(self.items(transaction_id))

    def _all_items(self, items: list[Item]) -> list[Item]:
        """Those of the payment to which the items of one of its ids lead, by as many pointers as payments were taken
        over one after the other.
        """
        head, followed = head_of(items), set[str]()
        while (alias_of := _text(head, contract.ALIAS_OF)) is not None:
            if alias_of in followed:
                raise Unavailable("ledger_pointers_lead_nowhere")
            followed.add(alias_of)
            items = self.items(alias_of)
            head = head_of(items)
        for member in json.loads(_text(head, contract.MEMBERS) or "[]"):
            items += [item for item in self.items(member) if not is_head(item)]
        return items

    def items(self, transaction_id: str) -> list[Item]:
        """All items of a transaction, as DynamoDB gives them. Strongly consistent. Raises Unavailable."""
        names, values = {"#id": contract.TRANSACTION_ID}, {":id": {"S": transaction_id}}
        return list(self._table.query("#id = :id", names, values, ConsistentRead=True))


def is_head(item: Item) -> bool:
    return payment_items.is_head(item[contract.TRANSACTION_TIMESTAMP]["S"])


def head_of(items: Iterable[Item]) -> Item:
    """The item of the head; empty where there is none."""
    return next(filter(is_head, items), {})


def _text(item: Item, name: str) -> str | None:
    text: str | None = item.get(name, {}).get("S")
    return text


def entries_of(items: Iterable[Item]) -> LedgerEntries:
    """From all items of one payment. A row that is archived and in the table, too, counts once."""
    rows: dict[str, LedgerRow] = {}
    effects: dict[str, str] = {}
    archived: tuple[ArchivedPart, ...] = ()
    payment: Payment | None = None
    for item in items:
        sort_key = item[contract.TRANSACTION_TIMESTAMP]["S"]
        if summaries.is_summary(sort_key):
            summary = summaries.from_item(item)
            rows = {**{row.sort_key: row for row in summary.rows}, **rows}
            archived += summary.parts
        elif payment_items.is_head(sort_key):
            head = payment_items.from_item(item)
            payment = head if isinstance(head, Payment) else payment
        elif not sort_key.startswith(contract.ARCHIVE_PREFIX):
            row = rows[sort_key] = from_item(item)
            if contract.EFFECT in item:
                effects[row.event_id] = item[contract.EFFECT]["S"]
    return LedgerEntries(tuple(rows[key] for key in sorted(rows)), archived, payment, effects)
