"""Decides whether a payment may leave the ledger for the archive. Pure."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from payment_webhooks.day_shards import day_of, later
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
from payment_webhooks.domain.payout import ENDED, fold_payout, is_payout
from payment_webhooks.ledger.archived_rows import fits

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


def is_final(state: PaymentState) -> bool:
    """Whether nothing of a payment is open: neither itself nor any refund or dispute of it."""
    return state.status in FINAL and not any(
        (each.object_kind, each.status) in _OPEN_OBJECTS for each in state.objects
    )


def judge(new: Sequence[LedgerRow], archived: Sequence[LedgerRow], recorded_at: str, cutoff: str) -> Verdict:
    """Of a payment with these rows, the last of which came at `recorded_at`; `cutoff`: the last day of which rows are
    due.
    """
    if not new:
        return Verdict.NOTHING
    if day_of(recorded_at) > cutoff:
        return Verdict.NOT_QUIET
    rows = [*archived, *new]
    if not (fold_payout(rows).status in ENDED if is_payout(rows[0]) else is_final(fold(rows))):
        return Verdict.NOT_FINAL
    return Verdict.ARCHIVE if fits(rows) else Verdict.TOO_LARGE


def next_day(verdict: Verdict, recorded_at: str, cutoff: str) -> str | None:
    """The day under which a payment that is not archived now is looked at again; None for one with nothing to archive
    until something comes.
    """
    if verdict is Verdict.NOTHING:
        return None
    return day_of(recorded_at) if verdict is Verdict.NOT_QUIET else later(cutoff, LOOK_AGAIN_AFTER_DAYS)
