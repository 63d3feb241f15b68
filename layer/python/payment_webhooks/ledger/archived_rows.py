"""Keeps the archived rows of a transaction in one item, the summary: all that the fold needs, and where the archive has
them.

The rows are kept whole, compressed: a payment of five events takes some 700 bytes in place of 5 KB in the table and its
indexes, and a late refund finds its payment without a read of the archive.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.items import from_item as row_of

# One DynamoDB transaction takes 100 actions: the summary, and the deletion of each row.
MOST_ROWS = 90
# An item holds 400 KB; far more than any payment needs, and a read of it stays small.
MOST_BYTES = 200_000
GENERATION = "generation"
_ROWS = "rows"
_PARTS = "parts"


class ArchivedPart(NamedTuple):
    """Where rows were archived: `location` is s3://bucket/key, `sha256` that of the object. A transaction that got
    rows after it was archived has several generations, each with its own rows.
    """

    generation: int
    location: str
    sha256: str
    archived_at: str
    rows: int


class Summary(NamedTuple):
    """`rows`: of all generations, in their order."""

    transaction_id: str
    rows: tuple[LedgerRow, ...]
    parts: tuple[ArchivedPart, ...]

    @property
    def generation(self) -> int:
        return len(self.parts)

    @property
    def sort_keys(self) -> frozenset[str]:
        return frozenset(row.sort_key for row in self.rows)


def merged(
    before: Summary | None, transaction_id: str, rows: Iterable[LedgerRow], part: ArchivedPart
) -> Summary:
    """The summary once `rows` are archived in `part`, too."""
    known = {row.sort_key: row for row in (*(before.rows if before else ()), *rows)}
    ordered = sorted(known.values(), key=lambda row: row.order)
    return Summary(transaction_id, tuple(ordered), (*(before.parts if before else ()), part))


def fits(rows: Sequence[LedgerRow]) -> bool:
    """Whether these rows, all of one transaction, may become a summary in one step."""
    return len(rows) <= MOST_ROWS and len(_packed(rows)) <= MOST_BYTES


def to_item(summary: Summary) -> Item:
    return item_of(
        {
            contract.TRANSACTION_ID: summary.transaction_id,
            contract.TRANSACTION_TIMESTAMP: contract.ARCHIVE_SUMMARY,
            GENERATION: summary.generation,
            _PARTS: json.dumps([part._asdict() for part in summary.parts], separators=(",", ":")),
            _ROWS: _packed(summary.rows),
        }
    )


def from_item(item: Mapping[str, Any]) -> Summary:
    """The summary of an item as DynamoDB gives it."""
    values = plain(item)
    rows = json.loads(zlib.decompress(values[_ROWS]))
    parts = json.loads(values[_PARTS])
    return Summary(
        transaction_id=values[contract.TRANSACTION_ID],
        rows=tuple(LedgerRow.from_stored(row) for row in rows),
        parts=tuple(ArchivedPart(**part) for part in parts),
    )


def rows_of(item: Mapping[str, Any]) -> tuple[LedgerRow, ...]:
    """The rows of an item, a row or a summary. Raises ValueError and what else reading raises, for an item that is
    neither.
    """
    if not is_summary(item[contract.TRANSACTION_TIMESTAMP]["S"]):
        return (row_of(dict(item)),)
    try:
        return from_item(item).rows
    except zlib.error as error:  # which is no ValueError
        raise ValueError("not a summary") from error


def is_summary(sort_key: str) -> bool:
    return sort_key == contract.ARCHIVE_SUMMARY


def _packed(rows: Sequence[LedgerRow]) -> bytes:
    text = json.dumps([row._asdict() for row in rows], separators=(",", ":"))
    return zlib.compress(text.encode(), level=9)
