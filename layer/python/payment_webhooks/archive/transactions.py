"""Archives transactions: their rows leave the table, one summary item takes their place, markers stay.

A row that comes between reading and releasing is not in the part, so it stays in the table, and stands there beside
the summary; it is archived in its turn, as the transaction's next generation.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from payment_webhooks import contract
from payment_webhooks.archive.eligibility import StoredRow, Verdict, judge, moves
from payment_webhooks.archive.parts import Line, Part
from payment_webhooks.aws.dynamodb_items import AttributeValue, Item, attribute, item_of
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import shard_of
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.transitions import is_marker
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger import archived_rows as summaries
from payment_webhooks.ledger.archived_rows import ArchivedPart, Summary
from payment_webhooks.ledger.items import from_item
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
        self._dynamodb = dynamodb
        self._table = DynamoDbTable(dynamodb, table)
        self._reader = LedgerReader(dynamodb, table)
        self.quiet_days = quiet_days

    def due(self, shard: str) -> Iterator[str]:
        """Each transaction once: the index sorts by it."""
        last = ""
        names, values = {"#shard": contract.ARCHIVE_SHARD}, {":shard": {"S": shard}}
        for item in self._table.query("#shard = :shard", names, values, IndexName=contract.ARCHIVE_INDEX):
            transaction_id = item[contract.TRANSACTION_ID]["S"]
            if transaction_id != last:
                yield transaction_id
            last = transaction_id

    def look(self, name: str, cutoff: str) -> Line | None:
        stored, summary, transitions = self._read(name)
        if not stored:
            return None  # the index is a moment behind
        verdict = judge(stored, summary, cutoff)
        known = summary.sort_keys if summary else frozenset()
        again = [each.row for each in stored if each.row.sort_key in known]
        if verdict is Verdict.NOTHING:
            self._delete_again(again)
            return None
        if verdict is not Verdict.ARCHIVE:
            self._move(stored, verdict, cutoff)
            return None
        new = [each.row for each in stored if each.row.sort_key not in known]
        return Line(name, _document(name, new, again, summary, transitions))

    def provider_of(self, line: Line) -> str:
        provider: str = line.document["rows"][-1]["provider"]
        return provider

    def counts(self, lines: list[Line]) -> dict[str, int]:
        return {"transactions": len(lines), "rows": sum(len(line.document["rows"]) for line in lines)}

    def release(self, document: dict[str, Any], part: Part, location: str) -> None:
        """The summary and the deletion of exactly the rows that are archived, in one transaction."""
        transaction_id, generation = document["transaction_id"], document["generation"]
        before = self._read(transaction_id)[1] if generation > 1 else None
        if before is not None and before.generation >= generation:
            return self._check(before, generation, location)
        rows = [LedgerRow.from_stored(row) for row in document["rows"]]
        archived = ArchivedPart(generation, location, part.sha256 or "", part.opened_at, len(rows))
        summary = summaries.merged(before, transaction_id, rows, archived)
        keys = [*(row.sort_key for row in rows), *document["repeated"]]
        deletions = [
            {"Delete": {"TableName": self._table.name, "Key": _key(transaction_id, key)}} for key in keys
        ]
        if self._table.transact_if([self._put(summary), *deletions]):
            # An earlier attempt was here: it has done all of it, or none.
            self._check(self._read(transaction_id)[1], generation, location)
        return None

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

    def _read(self, transaction_id: str) -> tuple[list[StoredRow], Summary | None, list[str]]:
        """Rows, summary and the keys of markers, strongly consistent."""
        stored: list[StoredRow] = []
        summary: Summary | None = None
        transitions: list[str] = []
        for item in self._reader.items(transaction_id):
            sort_key = item[contract.TRANSACTION_TIMESTAMP]["S"]
            if summaries.is_summary(sort_key):
                summary = summaries.from_item(item)
            elif is_marker(sort_key):
                transitions.append(sort_key)
            elif not is_head(item):
                shard = item.get(contract.ARCHIVE_SHARD, {}).get("S")
                stored.append(StoredRow(from_item(item), shard))
        return stored, summary, transitions

    def _move(self, stored: list[StoredRow], verdict: Verdict, cutoff: str) -> None:
        changes = moves(stored, verdict, cutoff)
        if changes.entered is not None:  # first: a transaction is never out of the index
            row, day = changes.entered
            shard = shard_of(day, row.transaction_id)
            self._update(row, "SET #shard = :shard", {":shard": {"S": shard}})
        for row in changes.left:
            self._update(row, "REMOVE #shard", {})

    def _update(self, row: LedgerRow, expression: str, values: Mapping[str, AttributeValue]) -> None:
        key, names = _key(row.transaction_id, row.sort_key), {"#shard": contract.ARCHIVE_SHARD, **_TABLE_KEY}
        self._table.update_if(key, expression, "attribute_exists(#id)", names, values)  # never makes an item

    def _delete_again(self, rows: list[LedgerRow]) -> None:
        """Rows that the archive and the summary have: their webhook came again after they were archived."""
        for row in rows:
            key = _key(row.transaction_id, row.sort_key)
            self._dynamodb("DeleteItem", {"TableName": self._table.name, "Key": key})


def _document(
    transaction_id: str,
    rows: list[LedgerRow],
    again: list[LedgerRow],
    summary: Summary | None,
    transitions: list[str],
) -> dict[str, Any]:
    """The line: the state with all that is known, and the rows of this generation."""
    state = fold([*(summary.rows if summary else ()), *rows])
    return {
        "transaction_id": transaction_id,
        "endpoint": rows[-1].endpoint,
        "generation": (summary.generation if summary else 0) + 1,
        "state": {name: getattr(state, name) for name in _STATE},
        "flags": list(state.flags),
        "rows": [row._asdict() for row in rows],
        "repeated": [row.sort_key for row in again],
        "transitions": transitions,
    }


def _key(transaction_id: str, sort_key: str) -> Item:
    return item_of({contract.TRANSACTION_ID: transaction_id, contract.TRANSACTION_TIMESTAMP: sort_key})
