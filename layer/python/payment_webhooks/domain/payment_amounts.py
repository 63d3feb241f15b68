"""Adds up the amounts of one payment from its ledger rows: pure arithmetic, whatever order the rows arrived in.

All functions take rows sorted by `LedgerRow.order`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.claims import Claims, claims, is_claim
from payment_webhooks.domain.ledger_row import RANKS, LedgerRow

STATUS_UNKNOWN: Final = "unknown"  # only refunds or disputes have been told so far

GAVE_BACK: Final = frozenset({words.PARTIALLY_REFUNDED, words.REFUNDED})
TOOK_MONEY: Final = GAVE_BACK | {words.SUCCEEDED}
_FINAL: Final = TOOK_MONEY | {words.CANCELED, words.CLOSED}
_UNDONE: Final = frozenset({words.FAILED, words.CANCELED})
MOVES_MONEY: Final = frozenset(
    {
        words.MEANING_CAPTURED,
        words.MEANING_REFUNDED_TOTAL,
        words.MEANING_REFUND,
        words.MEANING_DISPUTED,
        words.MEANING_CLAIMED,
    }
)

Histories = dict[tuple[str, str], list[LedgerRow]]


class PaymentAmounts(NamedTuple):
    """Amounts in minor units of one currency, and the status that follows from them."""

    status: str
    captured_minor: int
    refunded_minor: int
    disputed_minor: int
    claims: Claims


def currency_of(ordered: Sequence[LedgerRow]) -> str | None:
    """The currency of the first row that tells what was captured, else of the first that moves money, else of
    the last that has one."""
    captured = (row.currency for row in ordered if _captured(row) is not None)
    moved = (row.currency for row in ordered if row.amount_meaning in MOVES_MONEY)
    named = (row.currency for row in reversed(ordered) if row.currency is not None)
    return next(chain(captured, moved, named), None)


def payment_amounts(ordered: Sequence[LedgerRow], currency: str | None) -> PaymentAmounts:
    """The amounts that `ordered` prove in `currency`; rows in another currency count only for the status."""
    told = _told_status(ordered)
    counted = [row for row in ordered if row.currency == currency]
    histories = histories_of(counted)
    captured = largest(_captured(row) for row in counted)
    refunded = _refunded(counted, histories)
    if told == words.CANCELED and not captured:
        refunded = 0  # what "refunds" of a payment that was never captured give back is an authorisation
    claimed = claims(histories, captured, refunded)
    return PaymentAmounts(
        status=_derived_status(told, captured, refunded),
        captured_minor=captured,
        refunded_minor=refunded,
        disputed_minor=claimed.taken_minor
        + sum(
            history[-1].amount_minor or 0
            for history in histories.values()
            if history[-1].status in (words.DISPUTED, words.DISPUTE_LOST) and not is_claim(history[-1])
        ),
        claims=claimed,
    )


def _told_status(ordered: Sequence[LedgerRow]) -> str:
    """Among final statuses the highest rank, whenever it came; else the latest.

    A row that tells how much was refunded only proves the success here: the amounts decide the rest, as a
    refund that fails later takes them back. So does one that tells that some was, beside the refunds or claims that it
    speaks of.
    """
    payments = [row for row in ordered if row.object_kind == words.KIND_PAYMENT]
    told_apart = len(payments) < len(ordered)
    statuses = [
        words.SUCCEEDED
        if row.status in GAVE_BACK and (told_apart or row.refunded_total_minor is not None)
        else row.status
        for row in payments
    ]
    final = [status for status in statuses if status in _FINAL]
    if final:
        return max(final, key=_payment_rank)
    return statuses[-1] if statuses else STATUS_UNKNOWN


def _derived_status(told: str, captured: int, refunded: int) -> str:
    if not captured or not refunded:
        return told
    derived = words.REFUNDED if refunded >= captured else words.PARTIALLY_REFUNDED
    return max(told, derived, key=_payment_rank)


def _payment_rank(status: str) -> int:
    return RANKS.get((words.KIND_PAYMENT, status), 0)


def _captured(row: LedgerRow) -> int | None:
    return row.amount_minor if row.amount_meaning == words.MEANING_CAPTURED else row.captured_minor


def _refunded(counted: Sequence[LedgerRow], histories: Histories) -> int:
    """The larger of two proofs: the refunds that are done, and any cumulative total less what failed of it."""
    refunds = [history for (kind, _), history in histories.items() if kind == words.KIND_REFUND]
    done = sum(history[-1].amount_minor or 0 for history in refunds if history[-1].status == words.REFUNDED)
    undone = [history for history in refunds if history[-1].status in _UNDONE]
    totals = (
        row.refunded_total_minor
        - sum(history[-1].amount_minor or 0 for history in undone if _in(row, history))
        for row in counted
        if row.refunded_total_minor is not None
    )
    return max(done, largest(totals))


def _in(row: LedgerRow, undone: Sequence[LedgerRow]) -> bool:
    """True if `row`'s cumulative refund total includes a refund that later failed and must be subtracted.

    False if the row comes after the failure, or before the refund began.
    """
    alive = [earlier.occurred_at for earlier in undone if earlier.status not in _UNDONE]
    return undone[-1].occurred_at >= row.occurred_at and (not alive or alive[0] <= row.occurred_at)


def histories_of(ordered: Iterable[LedgerRow]) -> Histories:
    """The rows of each refund and dispute by (kind, id), in their order."""
    histories: Histories = {}
    for row in ordered:
        if row.object_kind != words.KIND_PAYMENT:
            histories.setdefault((row.object_kind, row.object_id), []).append(row)
    return histories


def largest(amounts: Iterable[int | None]) -> int:
    return max((amount for amount in amounts if amount is not None), default=0)
