"""What claims take of one payment: disputes whose provider tells the money that they take as refunds, too. Pure.

PayPal sends a claim that is lost, accepted or settled as the dispute's end and, mostly, as a refund or reversal of the
capture. Both tell one loss, so the larger of the two counts, never the sum. While a claim is open its money is held on
the seller's account: nobody has it yet.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow

# After a claim's end, a refund tells its loss. PayPal does not say how soon that is made; it is made by machine.
_REFUNDED_WITHIN: Final = timedelta(days=1)
_OPEN: Final = frozenset({words.INQUIRY, words.DISPUTED})


class Claims(NamedTuple):
    """Minor units. taken_minor: beyond what refunds tell. held_minor: of open claims.

    unknown: no row tells what one of them took. contradicted: refunds since they began tell another amount.
    """

    taken_minor: int
    held_minor: int
    unknown: bool
    contradicted: bool


class _Claim(NamedTuple):
    """holds: it is open, and has not taken any of it by a decision before; nobody tells what an appeal holds."""

    status: str
    holds: bool
    amount_minor: int
    taken_minor: int | None


def claims(
    histories: Mapping[tuple[str, str], Sequence[LedgerRow]], captured_minor: int, refunded_minor: int
) -> Claims:
    """`histories` has the rows of each refund and dispute in their order; amounts are those of the whole payment."""
    found = [history for history in histories.values() if is_claim(history[-1])]
    if not found:
        return Claims(0, 0, unknown=False, contradicted=False)
    beside = sum(
        history[-1].amount_minor or 0
        for history in histories.values()
        if (history[-1].object_kind, history[-1].status) == (words.KIND_REFUND, words.REFUNDED)
        and not _tells_claims(history, found)
    )
    since = max(0, refunded_minor - beside)
    each = [_claim(history) for history in found]
    lost = sum(_assumed(claim, since) if claim.taken_minor is None else claim.taken_minor for claim in each)
    taken = max(0, lost - since)
    held = sum(claim.amount_minor - (claim.taken_minor or 0) for claim in each if claim.holds)
    held -= max(0, since - lost)  # what has gone back already is held no more
    unknown = any(claim.taken_minor is None for claim in each)
    ended = any(claim.status not in _OPEN for claim in each)
    return Claims(
        taken_minor=taken,
        held_minor=max(0, min(held, captured_minor - refunded_minor - taken)),
        unknown=unknown,
        contradicted=ended and not unknown and since not in (0, lost),
    )


def is_claim(row: LedgerRow) -> bool:
    return (row.object_kind, row.amount_meaning) == (words.KIND_DISPUTE, words.MEANING_CLAIMED)


def _tells_claims(refund: Sequence[LedgerRow], found: Sequence[Sequence[LedgerRow]]) -> bool:
    """Whether a refund's money is that of the claims: a reversal, or made from their beginning until soon after their
    end."""
    if refund[-1].amount_meaning == words.MEANING_CLAIMED:
        return True
    began = _began(refund)
    if began < min(map(_began, found)):
        return False
    end = max(history[-1].occurred_at for history in found)
    return any(history[-1].status in _OPEN for history in found) or (
        datetime.fromisoformat(began) <= datetime.fromisoformat(end) + _REFUNDED_WITHIN
    )


def _claim(history: Sequence[LedgerRow]) -> _Claim:
    last, taken = history[-1], _taken(history)
    holds = last.status in _OPEN and not _is_appeal(last) and taken is not None
    if holds and taken and any(row.status not in _OPEN for row in history):
        holds = False
    return _Claim(last.status, holds, last.amount_minor or 0, taken)


def _began(history: Sequence[LedgerRow]) -> str:
    return next((row.object_created_at for row in history if row.object_created_at), history[0].occurred_at)


def _taken(history: Sequence[LedgerRow]) -> int | None:
    """What the latest row says; while it is open, what was said before: by a decision, though it is reopened or
    appealed, or by a movement of money. Nothing, where it is open for the first time.
    """
    for row in reversed(history):
        if row.withdrawn_minor is not None or row.status not in _OPEN:
            return row.withdrawn_minor
    return None if any(map(_is_appeal, history)) else 0


def _is_appeal(row: LedgerRow) -> bool:
    return row.occasion not in (None, words.STAGE_UNKNOWN)


def _assumed(claim: _Claim, since: int) -> int:
    """Of a claim that does not say: refunds tell it or, where there are none, all of it is taken for lost."""
    return 0 if since or claim.status == words.DISPUTE_WON else claim.amount_minor
