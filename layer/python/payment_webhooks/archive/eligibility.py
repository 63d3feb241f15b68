"""Decides whether a payment may leave the ledger for the archive. Pure."""

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

from payment_webhooks.day_shards import day_of, day_of_shard, later
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
from payment_webhooks.ledger.archived_rows import Summary, fits

# Nothing is expected of a payment in these any more. A failed one may be tried again, but not after months; should it
# be, its row finds the summary, as a late refund's does. Not among them: pending, authorised (money may still be
# captured), and unknown (the payment itself was never told).
FINAL: Final = frozenset(
    {
        words.CLOSED,
        words.SUCCEEDED,
        words.PARTIALLY_REFUNDED,
        words.REFUNDED,
        words.CANCELED,
        words.FAILED,
    }
)
_OPEN_OBJECTS: Final = frozenset(
    {
        (words.KIND_REFUND, words.PENDING),
        (words.KIND_DISPUTE, words.INQUIRY),
        (words.KIND_DISPUTE, words.DISPUTED),
    }
)
LOOK_AGAIN_AFTER_DAYS: Final = 30


class Verdict(Enum):
    ARCHIVE = "archive"
    NOT_QUIET = "not_quiet"
    NOT_FINAL = "not_final"
    TOO_LARGE = "too_large"
    NOTHING = "nothing"  # all rows are archived already


class StoredRow(NamedTuple):
    """A row as the table has it. `shard`: where the archive's index has it, if it does."""

    row: LedgerRow
    shard: str | None

    @property
    def recorded(self) -> tuple[str, str]:
        return self.row.recorded_at, self.row.sort_key


class Moves(NamedTuple):
    """Changes of the index: `entered` goes under another partition (set first), the others leave it."""

    entered: tuple[LedgerRow, str] | None
    left: tuple[LedgerRow, ...]


def is_final(state: PaymentState) -> bool:
    """Whether nothing of a payment is open: neither itself nor any refund or dispute of it."""
    return state.status in FINAL and not any(
        (each.object_kind, each.status) in _OPEN_OBJECTS for each in state.objects
    )


def judge(stored: Sequence[StoredRow], summary: Summary | None, cutoff: str) -> Verdict:
    """`stored`: all rows in the table; `cutoff`: the last day of which rows are due."""
    archived = summary.rows if summary else ()
    known = {row.sort_key for row in archived}
    new = [each for each in stored if each.row.sort_key not in known]
    if not new:
        return Verdict.NOTHING
    if day_of(max(each.recorded for each in new)[0]) > cutoff:
        return Verdict.NOT_QUIET
    rows = [*archived, *(each.row for each in new)]
    if not is_final(fold(rows)):
        return Verdict.NOT_FINAL
    return Verdict.ARCHIVE if fits(rows) else Verdict.TOO_LARGE


def moves(stored: Sequence[StoredRow], verdict: Verdict, cutoff: str) -> Moves:
    """Index updates for a transaction that is not archived now: keep only its newest row in the index, under a future
    day.
    """
    newest = max(stored, key=lambda each: each.recorded)
    day = day_of(newest.row.recorded_at)
    if verdict is not Verdict.NOT_QUIET:
        day = later(cutoff, LOOK_AGAIN_AFTER_DAYS)
    return Moves(
        (newest.row, day) if _is_due(newest, cutoff) or newest.shard is None else None,
        tuple(each.row for each in stored if each is not newest and _is_due(each, cutoff)),
    )


def _is_due(stored: StoredRow, cutoff: str) -> bool:
    return stored.shard is not None and day_of_shard(stored.shard) <= cutoff
