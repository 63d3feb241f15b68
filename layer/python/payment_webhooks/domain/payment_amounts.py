"""Adds up the amounts of one payment from its ledger rows: pure arithmetic, whatever order the rows arrived in.

All functions take rows sorted by `LedgerRow.order`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.claims import Claims, claims, is_claim
from payment_webhooks.domain.ledger_row import RANKS, LedgerRow

STATUS_UNKNOWN: Final = "unknown"  # only refunds or disputes have been told so far

GAVE_BACK: Final = frozenset({words.PARTIALLY_REFUNDED, words.REFUNDED})
TOOK_MONEY: Final = GAVE_BACK | {words.SUCCEEDED}
_FINAL: Final = TOOK_MONEY | {words.CANCELED, words.CLOSED}
_ENDED: Final = _FINAL | {words.FAILED}  # nothing is authorized any more
_UNDONE: Final = frozenset({words.FAILED, words.CANCELED})
_LOST_TO_DISPUTES: Final = frozenset({words.DISPUTED, words.DISPUTE_LOST})
MOVES_MONEY: Final = frozenset(
    {
        words.MEANING_CAPTURED,
        words.MEANING_REFUNDED_TOTAL,
        words.MEANING_REFUND,
        words.MEANING_DISPUTED,
        words.MEANING_CLAIMED,
    }
)

# One call captures and releases; the two are stamped up to some seconds apart.
_RELEASED_WITHIN: Final = timedelta(seconds=10)

Histories = dict[tuple[str, str], list[LedgerRow]]


class PaymentAmounts(NamedTuple):
    """Amounts in minor units of one currency, and the status that follows from them.

    authorized_minor: what may still be captured.
    unsure: a refund is left out, as nothing tells it from the release of an authorization.
    """

    status: str
    captured_minor: int
    refunded_minor: int
    disputed_minor: int
    claims: Claims
    authorized_minor: int
    unsure: bool


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
    payments = [row for row in counted if row.object_kind == words.KIND_PAYMENT]
    histories = histories_of(counted)
    captured = largest(_captured(row) for row in counted)
    refunds, unsure = _refunds(histories, payments, captured)
    refunded = _refunded(counted, refunds)
    if not captured and told in (words.CANCELED, words.AUTHORIZED):
        # What other "refunds" of a payment that was never captured give back is an authorisation.
        unsure, refunded = False, _done(each for each in refunds if each.left_balance)
    claimed = claims(histories, captured, refunded)
    return PaymentAmounts(
        status=_derived_status(told, captured, refunded),
        captured_minor=captured,
        refunded_minor=refunded,
        disputed_minor=claimed.taken_minor
        + sum(
            _withdrawn(history[-1])
            for (kind, _), history in histories.items()
            if kind == words.KIND_DISPUTE and not is_claim(history[-1])
        ),
        claims=claimed,
        authorized_minor=_authorized(payments),
        unsure=unsure,
    )


def _told_status(ordered: Sequence[LedgerRow]) -> str:
    """Among final statuses the highest rank, whenever it came; else the latest.

    A row that tells how much was refunded only proves the success, or the first of several captures, here: the amounts
    decide the rest, as a refund that fails later takes them back. So does one that tells that some was, beside the
    refunds or claims that it speaks of. What is authorized is never pending again: that is another object of the
    payment, such as a checkout, which knows less.
    """
    payments = [row for row in ordered if row.object_kind == words.KIND_PAYMENT]
    told_apart = len(payments) < len(ordered)
    statuses = [
        (words.AUTHORIZED if row.authorized_minor else words.SUCCEEDED)
        if row.status in GAVE_BACK and (told_apart or row.refunded_total_minor is not None)
        else row.status
        for row in payments
    ]
    final = [status for status in statuses if status in _FINAL]
    if final:
        return max(final, key=_payment_rank)
    if words.AUTHORIZED in statuses:
        statuses = [status for status in statuses if status != words.PENDING]
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


def _authorized(payments: Sequence[LedgerRow]) -> int:
    """What the latest row that says so leaves to capture. Of one instant, the end is the latest, then the row that has
    captured more.
    """
    told = [
        (row.occurred_at, row.status in _FINAL and not left, _captured(row) or 0, left)
        for row in payments
        if (left := _left_to_capture(row)) is not None
    ]
    return max(told)[-1] if told else 0


def _left_to_capture(row: LedgerRow) -> int | None:
    if row.authorized_minor is not None:
        return row.authorized_minor
    if row.amount_meaning == words.MEANING_AUTHORIZED:
        return row.amount_minor
    return 0 if row.status in _ENDED else None


class _Refund(NamedTuple):
    """created: None where no row says so. began: that, or when it was first told. ended: when it reached `status`.

    left_balance: whether its money left the provider's balance: not that of a release; None where that is not asked.
    said_released: it is done, and the provider says that no money did.
    """

    amount_minor: int
    created: str | None
    began: str
    status: str
    ended: str
    left_balance: bool | None
    said_released: bool


def _refunds(
    histories: Histories, payments: Sequence[LedgerRow], captured: int
) -> tuple[list[_Refund], bool]:
    """The refunds of what was captured, and whether one is left out that may be another.

    The release of an authorization comes as a refund, too: of all of it while nothing is captured, else of what a
    capture of a part has left.
    """
    found = sorted(
        (_refund(history) for (kind, _), history in histories.items() if kind == words.KIND_REFUND),
        key=lambda refund: refund.began,
    )
    if not found:
        return found, False
    if not captured:
        refunds = [each for each in found if each.left_balance is not False]
        return refunds, any(
            each.status == words.REFUNDED and each.left_balance is False and not each.said_released
            for each in found
        )
    captures = [row for row in payments if row.released_minor]
    several = any(row.status == words.AUTHORIZED and row.captured_minor for row in payments)
    release = next((each for each in found if captures and _releases(each, captures, several)), None)
    unsure = release is not None and release.left_balance is False and not release.said_released
    refunds = [each for each in found if each is not release and not each.said_released]
    return refunds, unsure or len(refunds) + (release is not None) < len(found)


def _refund(history: Sequence[LedgerRow]) -> _Refund:
    last = history[-1]
    created = next((row.object_created_at for row in history if row.object_created_at is not None), None)
    began = created or next((row.occurred_at for row in history if row.status not in _UNDONE), "")
    return _Refund(
        last.amount_minor or 0,
        created,
        began,
        last.status,
        last.occurred_at,
        None if last.withdrawn_minor is None else last.withdrawn_minor > 0,
        last.released_minor is not None,
    )


def _releases(refund: _Refund, captures: Sequence[LedgerRow], several: bool) -> bool:
    """Whether `refund` is made with the capture, and as much as that has released.

    Where its row does not say whether money left the balance: of several captures none is, as refunds may come before
    the last.
    """
    if refund.amount_minor != largest(row.released_minor for row in captures) or refund.left_balance:
        return False
    captured_at = captures[0].occurred_at
    if refund.left_balance is None:
        return not several and refund.began <= captured_at
    if refund.status != words.REFUNDED:
        return False
    return datetime.fromisoformat(refund.began) <= datetime.fromisoformat(captured_at) + _RELEASED_WITHIN


def _refunded(counted: Sequence[LedgerRow], refunds: Sequence[_Refund]) -> int:
    """The larger of two proofs: the refunds that are done, and any cumulative total, less what failed of it.

    The payment's own total may shrink: its latest counts, of one instant the larger.
    """
    done = _done(refunds)
    totals = sorted(
        (row for row in counted if row.refunded_total_minor is not None),
        key=lambda row: (
            row.object_kind != words.KIND_PAYMENT,
            row.occurred_at,
            row.refunded_total_minor or 0,
        ),
    )
    own = sum(row.object_kind == words.KIND_PAYMENT for row in totals)
    return max(done, largest(_refunded_now(row, refunds) for row in totals[max(0, own - 1) :]))


def _done(refunds: Iterable[_Refund]) -> int:
    return sum(refund.amount_minor for refund in refunds if refund.status == words.REFUNDED)


def _refunded_now(row: LedgerRow, refunds: Iterable[_Refund]) -> int:
    """The total of `row`, less the refunds in it that failed since, and with those that were made since.

    A refund is in the total if it began before that was told, or in the same second: Square writes the two some
    milliseconds apart.
    """
    total = row.refunded_total_minor or 0
    for refund in refunds:
        later = _second(refund.began) > _second(row.occurred_at)
        if refund.status in _UNDONE and not later and row.occurred_at <= refund.ended:
            total -= refund.amount_minor
        elif refund.status == words.REFUNDED and later and refund.created is not None:
            total += refund.amount_minor
    return total


def _second(timestamp: str) -> str:
    return timestamp[:19]


def _withdrawn(dispute: LedgerRow) -> int:
    if dispute.withdrawn_minor is not None:
        return dispute.withdrawn_minor
    return dispute.amount_minor or 0 if dispute.status in _LOST_TO_DISPUTES else 0


def histories_of(ordered: Iterable[LedgerRow]) -> Histories:
    """The rows of each refund and dispute by (kind, id), in their order; without those of an unknown stage, where there
    are others."""
    histories: Histories = {}
    for row in ordered:
        if row.object_kind != words.KIND_PAYMENT:
            histories.setdefault((row.object_kind, row.object_id), []).append(row)
    return {
        key: [row for row in history if row.occasion != words.STAGE_UNKNOWN] or history
        for key, history in histories.items()
    }


def largest(amounts: Iterable[int | None]) -> int:
    return max((amount for amount in amounts if amount is not None), default=0)
