"""Archives payments: their rows leave the table, one summary item takes their place, the head stays.

A head is in the archive's index while there are rows to archive: under the day of its last row, or later. A row that
comes between reading and releasing is not in the part, so it stays in the table, and stands there beside the summary;
it is archived in its turn, as the payment's next generation.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.archive.eligibility import Verdict, judge, next_day
from payment_webhooks.archive.parts import Line, Part
from payment_webhooks.aws.dynamodb_items import AttributeValue, Item, attribute, item_of
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import shard_of
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger import archived_rows as summaries
from payment_webhooks.ledger import payment_items
from payment_webhooks.ledger.archived_rows import ArchivedPart, Summary
from payment_webhooks.ledger.items import from_item
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.reader import LedgerReader, is_head

_TABLE_KEY = {"#id": contract.TRANSACTION_ID}
_STATE = (
    "status",
    "dispute_status",
    "currency",
    "authorized_minor",
    "captured_minor",
    "captured_unconfirmed_minor",
    "refunded_minor",
    "disputed_minor",
    "held_minor",
    "net_minor",
    "fee_minor",
    "declined_attempts",
    "customer_id",
    "account",
    "invoice_id",
    "subscription_id",
    "order_id",
    "livemode",
    "confirmed",
    "updated_at",
)


class TransactionSource:
    """`quiet_days`: how long nothing has been recorded of a transaction that is archived."""

    name = contract.ARCHIVE_TRANSACTIONS

    def __init__(self, dynamodb: Api, table: str, quiet_days: int) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._reader = LedgerReader(dynamodb, table)
        self.quiet_days = quiet_days

    def due(self, shard: str) -> Iterator[str]:
        names, values = {"#shard": contract.ARCHIVE_SHARD}, {":shard": {"S": shard}}
        for item in self._table.query("#shard = :shard", names, values, IndexName=contract.ARCHIVE_INDEX):
            yield item[contract.TRANSACTION_ID]["S"]

    def look(self, name: str, cutoff: str) -> Line | None:
        stored = self._read(name)
        payment = stored.payment
        if payment is None:
            return None  # the index is a moment behind
        verdict = judge(stored.new, stored.archived, payment.recorded_at, cutoff)
        if verdict is not Verdict.ARCHIVE:
            self._move(payment, next_day(verdict, payment.recorded_at, cutoff))
            return None
        return Line(name, _document(payment, stored))

    def provider_of(self, line: Line) -> str:
        provider: str = line.document["rows"][-1]["provider"]
        return provider

    def counts(self, lines: list[Line]) -> dict[str, int]:
        return {"transactions": len(lines), "rows": sum(len(line.document["rows"]) for line in lines)}

    def release(self, document: dict[str, Any], part: Part, location: str) -> None:
        """The summary and the deletion of exactly the rows that are archived, in one transaction."""
        transaction_id, generation = document["transaction_id"], document["generation"]
        before = self._read(transaction_id).summary if generation > 1 else None
        if before is not None and before.generation >= generation:
            self._check(before, generation, location)
            self._leave_index(transaction_id, document["version"])
            return
        rows = [LedgerRow.from_stored(row) for row in document["rows"]]
        archived = ArchivedPart(generation, location, part.sha256 or "", part.opened_at, len(rows))
        summary = summaries.merged(before, transaction_id, rows, archived)
        deletions = [{"Delete": {"TableName": self._table.name, "Key": _key(*row[:2])}} for row in rows]
        if self._table.transact_if([self._put(summary), *deletions]):
            # An earlier attempt was here: it has done all of it, or none.
            self._check(self._read(transaction_id).summary, generation, location)
        self._leave_index(transaction_id, document["version"])

    def _check(self, found: Summary | None, generation: int, location: str) -> None:
        """Raises Unavailable when this generation of the summary is another part's."""
        if found is None or found.generation < generation or found.parts[generation - 1].location != location:
            raise Unavailable("archive_summary_changed")

    def _put(self, summary: Summary) -> dict[str, Any]:
        item = summaries.to_item(summary)
        if summary.generation == 1:
            return {"Put": self._table.put(item, "attribute_not_exists(#id)", _TABLE_KEY)}
        names, values = {"#generation": summaries.GENERATION}, {":before": attribute(summary.generation - 1)}
        return {"Put": self._table.put(item, "#generation = :before", names, values)}

    def _read(self, transaction_id: str) -> "_Stored":
        """Strongly consistent."""
        in_table: list[tuple[LedgerRow, Item]] = []
        archived: dict[str, LedgerRow] = {}
        summary: Summary | None = None
        payment: Payment | None = None
        for item in self._reader.items_of_payment(transaction_id):
            sort_key = item[contract.TRANSACTION_TIMESTAMP]["S"]
            if summaries.is_summary(sort_key):
                found = summaries.from_item(item)
                archived |= {row.sort_key: row for row in found.rows}
                summary = found if found.transaction_id == transaction_id else summary
            elif is_head(item):
                head = payment_items.from_item(item)
                payment = head if isinstance(head, Payment) else None
            else:
                in_table.append((from_item(item), item))
        new = [pair for pair in in_table if pair[0].sort_key not in archived]
        return _Stored(payment, new, list(archived.values()), summary)

    def _move(self, payment: Payment, day: str | None) -> None:
        if day is None:
            self._leave_index(payment.transaction_id, payment.version)
            return
        shard = {":shard": {"S": shard_of(day, payment.transaction_id)}}
        self._update(payment.transaction_id, payment.version, "SET #shard = :shard", shard)

    def _leave_index(self, transaction_id: str, version: int) -> None:
        self._update(transaction_id, version, "REMOVE #shard", {})

    def _update(
        self, transaction_id: str, version: int, expression: str, values: Mapping[str, AttributeValue]
    ) -> None:
        """Nothing where the payment has moved on: whoever wrote its row has put it under that row's day."""
        self._table.update_if(
            _key(transaction_id, contract.PAYMENT_ENTRY),
            expression,
            "#version = :version",
            {"#shard": contract.ARCHIVE_SHARD, "#version": contract.VERSION},
            {**values, ":version": attribute(version)},
        )


class _Stored(NamedTuple):
    """`pairs`: rows that are in the table alone, with their items. `archived`: those of all summaries. `summary`: the
    payment's own, not that of one that it has taken over.
    """

    payment: Payment | None
    pairs: list[tuple[LedgerRow, Item]]
    archived: list[LedgerRow]
    summary: Summary | None

    @property
    def new(self) -> list[LedgerRow]:
        return [row for row, _ in self.pairs]


def _document(payment: Payment, stored: _Stored) -> dict[str, Any]:
    """The line: the state with all that is known, and the rows of this generation, each with its effect."""
    state = fold([*stored.archived, *stored.new])
    return {
        "transaction_id": payment.transaction_id,
        "endpoint": payment.endpoint,
        "version": payment.version,
        "generation": (stored.summary.generation if stored.summary else 0) + 1,
        "state": {name: getattr(state, name) for name in _STATE},
        "flags": list(state.flags),
        "rows": [
            {
                **row._asdict(),
                contract.VERSION: int(item.get(contract.VERSION, {"N": "0"})["N"]),
                contract.EFFECT: item.get(contract.EFFECT, {}).get("S"),
            }
            for row, item in stored.pairs
        ],
    }


def _key(transaction_id: str, sort_key: str) -> Item:
    return item_of({contract.TRANSACTION_ID: transaction_id, contract.TRANSACTION_TIMESTAMP: sort_key})
