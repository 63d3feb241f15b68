"""Adds up the legs of one payment: what a provider has as several transactions. Pure.

At PayPal an order, its authorizations and its captures have ids, statuses and amounts of their own. Money is the sum of
the captures; refunds and claims are those of their capture; what may still be captured is what the authorizations in
force leave. The status is that of the leg which knows most:

    captures took money         succeeded, partially_refunded or refunded, by what they gave back together
    something may be captured   authorized
    otherwise                   pending, canceled, failed or closed, the first of these that a leg tells

An order tells nothing but its end beside authorizations and captures. Sources: payments_payment_v2.json of
paypal-rest-api-specifications (final_capture; a reauthorization only after the honor period of three days; "A
reauthorization cannot be voided. Please void the original parent authorization.").
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.claims import Claims
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_amounts import (
    STATUS_UNKNOWN,
    TOOK_MONEY,
    PaymentAmounts,
    payment_amounts,
)

# PayPal's body names the order of a reauthorization, not what it renews. All of an order is authorized in one call, and
# renewed three days later at the earliest, so a day tells the one from the other.
_RENEWED_AFTER: Final = timedelta(days=1)
# Whether PayPal ends what was renewed is not documented; if so, it is done at once and not the end of what renews it.
_ENDED_BY_RENEWAL: Final = timedelta(hours=1)
_ENDS: Final = frozenset({words.CANCELED, words.CLOSED})
_WITHOUT_MONEY: Final = (words.PENDING, words.CANCELED, words.FAILED, words.CLOSED, words.AUTHORIZED)


class Leg(NamedTuple):
    """The rows of one leg in their order. proven: what those of them that are confirmed tell."""

    rows: Sequence[LedgerRow]
    amounts: PaymentAmounts
    proven: PaymentAmounts

    @property
    def is_order(self) -> bool:
        return any(row.amount_meaning == words.MEANING_ORDERED for row in self.rows)


class _Authorization(NamedTuple):
    began: datetime
    amount_minor: int
    ended: datetime | None


def legs_of(ordered: Sequence[LedgerRow], currency: str | None) -> list[Leg]:
    """At least one. `ordered` are the rows of a payment, whose currency that is."""
    if len({(row.provider_transaction_id, row.transaction_id) for row in ordered}) < 2:
        return [_leg(ordered, currency)]
    found: dict[str, list[LedgerRow]] = {}
    for row in ordered:
        found.setdefault(row.leg, []).append(row)
    return [_leg(rows, currency) for rows in found.values()]


def _leg(rows: Sequence[LedgerRow], currency: str | None) -> Leg:
    amounts = payment_amounts(rows, currency)
    confirmed = [row for row in rows if row.confirmed]
    return Leg(
        rows, amounts, amounts if len(confirmed) == len(rows) else payment_amounts(confirmed, currency)
    )


def together(legs: Sequence[Leg]) -> PaymentAmounts:
    """The amounts of the payment."""
    if len(legs) == 1:
        return legs[0].amounts
    authorized = _authorized(legs)
    each = [leg.amounts for leg in legs]
    return PaymentAmounts(
        status=_status(legs, authorized),
        captured_minor=sum(amounts.captured_minor for amounts in each),
        refunded_minor=sum(amounts.refunded_minor for amounts in each),
        disputed_minor=sum(amounts.disputed_minor for amounts in each),
        claims=Claims(
            taken_minor=sum(amounts.claims.taken_minor for amounts in each),
            held_minor=sum(amounts.claims.held_minor for amounts in each),
            unknown=any(amounts.claims.unknown for amounts in each),
            contradicted=any(amounts.claims.contradicted for amounts in each),
        ),
        authorized_minor=authorized,
        unsure=any(amounts.unsure for amounts in each),
    )


def declined_attempts(legs: Sequence[Leg]) -> int:
    """Those of authorizations and captures; where none tells one, an order may."""
    declined = [(_declined(leg), leg) for leg in legs]
    return sum(count for count, leg in declined if count and not leg.is_order) or sum(
        count for count, _ in declined
    )


def _declined(leg: Leg) -> int:
    """The attempts that rows name as their occasion; where none does, one for all that say so.

    Several objects of a payment tell one attempt, such as its charge and its intent, each with one event; a checkout
    names none. So an intent that names a charge again tells a further attempt, which has made no charge.
    """
    declined: dict[str | None, dict[str, set[str]]] = {}
    for row in leg.rows:
        if row.status == words.FAILED and row.object_kind == words.KIND_PAYMENT:
            declined.setdefault(row.occasion, {}).setdefault(row.object_id, set()).add(row.occurred_at)
    named = sum(max(map(len, each.values())) for occasion, each in declined.items() if occasion is not None)
    return named or len(declined)


def _status(legs: Sequence[Leg], authorized: int) -> str:
    others = [leg for leg in legs if not leg.is_order]
    told = {leg.amounts.status for leg in others or legs}
    took = told & TOOK_MONEY
    if took:
        return took.pop() if len(took) == 1 else words.PARTIALLY_REFUNDED
    if authorized:
        return words.AUTHORIZED
    if _is_order_canceled(legs):
        told.add(words.CANCELED)
    return next((status for status in _WITHOUT_MONEY if status in told), STATUS_UNKNOWN)


def _is_order_canceled(legs: Iterable[Leg]) -> bool:
    return any(leg.is_order and leg.amounts.status == words.CANCELED for leg in legs)


def _authorized(legs: Sequence[Leg]) -> int:
    """What authorizations in force leave to capture; nothing once each has had a capture that it says is the last."""
    in_force = _in_force(_authorizations(legs))
    if not in_force or _is_order_canceled(legs):
        return 0
    since = min(each.began for each in in_force)
    taken = final = 0
    for leg in legs:
        amount = leg.amounts.captured_minor or _pending(leg)
        if amount and _began(leg) >= since:
            taken += amount
            final += any(row.authorized_minor == 0 for row in leg.rows)
    if final >= len(in_force):
        return 0
    return max(0, sum(each.amount_minor for each in in_force) - taken)


def _pending(leg: Leg) -> int:
    """What a capture takes that is under way."""
    if leg.is_order or leg.amounts.status != words.PENDING:
        return 0
    return leg.rows[-1].amount_minor or 0


def _authorizations(legs: Iterable[Leg]) -> list[_Authorization]:
    found = []
    for leg in legs:
        is_held = any(row.amount_meaning == words.MEANING_AUTHORIZED for row in leg.rows)
        has_ended = leg.amounts.status in _ENDS
        if (is_held or has_ended) and not leg.is_order and not leg.amounts.captured_minor:
            last = leg.rows[-1]
            ended = datetime.fromisoformat(last.occurred_at) if not leg.amounts.authorized_minor else None
            found.append(_Authorization(_began(leg), last.amount_minor or 0, ended))
    return sorted(found, key=lambda each: each.began)


def _in_force(authorizations: Iterable[_Authorization]) -> list[_Authorization]:
    """Those that have neither ended nor been renewed. A renewed one takes what renews it with it when it ends."""
    current: list[_Authorization] = []
    for new in authorizations:
        renewed = [each for each in current if _renews(new, each)]
        if renewed:
            old = min(renewed, key=lambda each: abs(each.amount_minor - new.amount_minor))
            current.remove(old)
            if old.ended is not None and old.ended > new.began + _ENDED_BY_RENEWAL:
                new = new._replace(ended=old.ended)
        current.append(new)
    return [each for each in current if each.ended is None]


def _renews(new: _Authorization, old: _Authorization) -> bool:
    return new.began >= old.began + _RENEWED_AFTER and (old.ended is None or old.ended >= new.began)


def _began(leg: Leg) -> datetime:
    told = next((row.object_created_at for row in leg.rows if row.object_created_at), None)
    return datetime.fromisoformat(told or leg.rows[0].occurred_at)
