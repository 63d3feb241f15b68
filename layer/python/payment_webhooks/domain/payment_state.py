"""Computes the state of a payment from the ledger rows of its transaction. Pure.

The order of arrival never matters, nor does a row that comes twice. "The newest row" is not the state: a failed
refund does not undo a payment, and a late "processing" does not undo a success.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import counted
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.legs import Leg, declined_attempts, legs_of, together
from payment_webhooks.domain.payment_amounts import (
    GAVE_BACK,
    MOVES_MONEY,
    TOOK_MONEY,
    PaymentAmounts,
    currency_of,
    histories_of,
)
from payment_webhooks.money import decimal_string, optional_decimal_string

# Why the amounts of a state need a person's eye before they are used.
FLAG_MIXED_CURRENCY: Final = "mixed_currency"  # amounts in another currency are left out, never added
FLAG_CAPTURED_UNKNOWN: Final = "captured_unknown"  # money went back, but no row tells what came in
FLAG_EXCEEDS_CAPTURED: Final = "exceeds_captured"  # more went back than came in: net is negative
# The provider tells a refund, but no amount, or not that it is more than the release of an authorization.
FLAG_REFUND_AMOUNT_UNKNOWN: Final = "refund_amount_unknown"
# A claim (PayPal) says one amount, the refunds and reversals since it began say another, or it was won beside them.
FLAG_REFUND_DISPUTE_OVERLAP: Final = "refund_dispute_overlap"
FLAG_DISPUTE_AMOUNT_UNKNOWN: Final = "dispute_amount_unknown"  # the provider does not say what a claim took
# The seller has the money himself (cash, a check): it comes in no payout of the provider.
FLAG_OUTSIDE_PROVIDER: Final = "outside_provider"

_OPEN_DISPUTE: Final = frozenset({words.INQUIRY, words.DISPUTED})

_Told = TypeVar("_Told")


class ObjectState(NamedTuple):
    """A refund or a dispute as its latest row tells it. occasion: that of the row, such as a dispute's stage."""

    object_kind: str
    object_id: str
    status: str
    amount_minor: int | None
    currency: str | None
    occurred_at: str
    occasion: str | None = None

    @classmethod
    def from_stored(cls, values: Mapping[str, Any]) -> "ObjectState":
        """Of any release: names that this one does not know are left out. Raises KeyError when one is missing that must
        be there."""
        must_be_there = {name: values[name] for name in cls._fields if name not in cls._field_defaults}
        return cls(**cast(Any, must_be_there), occasion=values.get("occasion"))


class PaymentState(NamedTuple):
    """Amounts in minor units of `currency`; `net_minor` is always captured - refunded - disputed.

    authorized_minor: what may still be captured. captured_unconfirmed_minor: the part of captured_minor that rests on
    unconfirmed rows alone; so with the others: what all rows tell less what the confirmed ones do, which is less than 0
    where an unconfirmed row takes something back. disputed_minor: open and lost disputes, of claims (PayPal) what they
    took and no refund tells. held_minor: what open claims hold back on the seller's account; it is still in the net.
    fee_minor: what provider and platform keep in all, less what they gave back with refunds that are done; None where
    none is told. It is still in the net.
    declined_attempts: how often somebody tried to pay, and was declined.
    dispute_status: "disputed" or "inquiry" while one is open, else the worst outcome.
    account: of the provider, whose money it is; None where it does not say, so our own, and where it is of several.
    invoice_id, subscription_id, order_id: what was paid, as it was told last.
    confirmed: False where a fact that moves money rests only on unconfirmed rows.
    """

    status: str
    dispute_status: str | None
    currency: str | None
    authorized_minor: int
    captured_minor: int
    captured_unconfirmed_minor: int
    refunded_minor: int
    refunded_unconfirmed_minor: int
    disputed_minor: int
    disputed_unconfirmed_minor: int
    held_minor: int
    held_unconfirmed_minor: int
    net_minor: int
    fee_minor: int | None
    declined_attempts: int
    customer_id: str | None
    account: str | None
    invoice_id: str | None
    subscription_id: str | None
    order_id: str | None
    livemode: bool | None
    confirmed: bool
    flags: tuple[str, ...]
    objects: tuple[ObjectState, ...]
    updated_at: str | None
    row_count: int

    @classmethod
    def from_stored(cls, values: Mapping[str, Any]) -> "PaymentState":
        """The state of stored values by field, whichever release stored them: numbers that it did not know are 0, all
        else None; names that this one does not know are left out. Raises KeyError without a status."""
        known = {name: values.get(name, _NOT_STORED.get(name)) for name in cls._fields}
        known |= {
            "status": values["status"],
            "flags": tuple(values.get("flags", ())),
            "objects": tuple(ObjectState.from_stored(each) for each in values.get("objects", ())),
        }
        return cls(**cast(Any, known))

    def to_stored(self) -> dict[str, Any]:
        """Values by field, as JSON has them, without those that `from_stored` adds."""
        values = {**self._asdict(), "objects": [each._asdict() for each in self.objects]}
        return {name: value for name, value in values.items() if value not in (_NOT_STORED.get(name), [], ())}


# What a stored state leaves out.
_NOT_STORED: Final = {name: 0 for name, kind in PaymentState.__annotations__.items() if kind is int}


def fold(rows: Iterable[LedgerRow]) -> PaymentState:
    """The state that the rows of one transaction add up to.

    Total: no row at all gives the state "unknown" with all amounts 0. Corrections say what counts.
    """
    ordered = sorted(_distinct(counted(rows)), key=lambda row: row.order)
    currency = currency_of(ordered)
    legs = legs_of(ordered, currency)
    amounts = together(legs)
    objects = _objects(legs)
    doubtful = [leg for leg in legs if leg.proven is not leg.amounts]
    return PaymentState(
        status=amounts.status,
        dispute_status=_dispute_status({state.status for state in objects}),
        currency=currency,
        authorized_minor=amounts.authorized_minor,
        captured_minor=amounts.captured_minor,
        captured_unconfirmed_minor=sum(
            leg.amounts.captured_minor - leg.proven.captured_minor for leg in doubtful
        ),
        refunded_minor=amounts.refunded_minor,
        refunded_unconfirmed_minor=sum(
            leg.amounts.refunded_minor - leg.proven.refunded_minor for leg in doubtful
        ),
        disputed_minor=amounts.disputed_minor,
        disputed_unconfirmed_minor=sum(
            leg.amounts.disputed_minor - leg.proven.disputed_minor for leg in doubtful
        ),
        held_minor=amounts.claims.held_minor,
        held_unconfirmed_minor=sum(
            leg.amounts.claims.held_minor - leg.proven.claims.held_minor for leg in doubtful
        ),
        net_minor=amounts.captured_minor - amounts.refunded_minor - amounts.disputed_minor,
        fee_minor=_fee(ordered, currency),
        declined_attempts=declined_attempts(legs),
        customer_id=_latest(row.customer_id for row in reversed(ordered)),
        account=_account(legs),
        invoice_id=_latest(row.invoice_id for row in reversed(ordered)),
        subscription_id=_latest(row.subscription_id for row in reversed(ordered)),
        order_id=_latest(row.order_id for row in reversed(ordered)),
        livemode=_latest(row.livemode for row in reversed(ordered)),
        confirmed=all(_same_money(leg.amounts, leg.proven) for leg in doubtful),
        flags=_flags(legs, currency),
        objects=objects,
        updated_at=ordered[-1].occurred_at if ordered else None,
        row_count=len(ordered),
    )


def _distinct(rows: Iterable[LedgerRow]) -> Iterable[LedgerRow]:
    """One row of each key; of several the same one, whichever came first."""
    found: dict[str, LedgerRow] = {}
    for row in rows:
        known = found.setdefault(row.sort_key, row)
        if known is not row and repr(known) < repr(row):
            found[row.sort_key] = row
    return found.values()


def as_json(payment: PaymentState) -> dict[str, Any]:
    """The folded state as JSON values; amounts in minor units, and as text in major units under `amounts`."""
    view = payment._asdict()
    view["objects"] = [
        {**each._asdict(), "amount": optional_decimal_string(each.amount_minor, each.currency)}
        for each in payment.objects
    ]
    if payment.currency is not None:
        names = [name.removesuffix("_minor") for name in _NOT_STORED if name.endswith("_minor")]
        view["amounts"] = {name: decimal_string(view[f"{name}_minor"], payment.currency) for name in names}
        if payment.fee_minor is not None:
            view["amounts"]["fee"] = decimal_string(payment.fee_minor, payment.currency)
    return view


def _latest(newest_first: Iterable[_Told | None]) -> _Told | None:
    return next((value for value in newest_first if value is not None), None)


def _account(legs: Iterable[Leg]) -> str | None:
    """That of all legs; None where they are of several, as the units of an order may be."""
    told = {_latest(row.account for row in reversed(leg.rows)) for leg in legs} - {None}
    return told.pop() if len(told) == 1 else None


def _fee(ordered: Sequence[LedgerRow], currency: str | None) -> int | None:
    """The sum of what each leg, and each refund that is done, told last.

    Several objects of one leg, such as an intent and its charge, tell one fee.
    """
    fees: dict[str, int] = {}
    given_back: dict[str, int] = {}
    for row in ordered:
        if row.fee_minor is not None and row.currency == currency:
            if row.object_kind == words.KIND_REFUND:
                given_back[row.object_id] = row.fee_minor
            else:
                fees[row.leg] = row.fee_minor
    kept = list(fees.values())
    if given_back:
        last = {row.object_id: row.status for row in ordered if row.object_kind == words.KIND_REFUND}
        kept += [fee for refund, fee in given_back.items() if last[refund] == words.REFUNDED]
    return sum(kept) if kept else None


def _objects(legs: Sequence[Leg]) -> tuple[ObjectState, ...]:
    """The refunds and disputes; of a dispute over several captures the sum."""
    found: dict[tuple[str, str], ObjectState] = {}
    for leg in legs:
        for key, history in histories_of(leg.rows).items():
            state, other = _state_of(history), found.get(key)
            found[key] = state if other is None else _sum_of(state, other)
    return tuple(sorted(found.values()))


def _sum_of(one: ObjectState, other: ObjectState) -> ObjectState:
    latest = max(one, other, key=lambda state: state.occurred_at)
    return latest._replace(amount_minor=(one.amount_minor or 0) + (other.amount_minor or 0))


def _state_of(history: Sequence[LedgerRow]) -> ObjectState:
    row = history[-1]
    return ObjectState(
        row.object_kind,
        row.object_id,
        row.status,
        row.amount_minor,
        row.currency,
        row.occurred_at,
        _occasion(history) if row.object_kind == words.KIND_DISPUTE else row.occasion,
    )


def _occasion(history: Sequence[LedgerRow]) -> str | None:
    """What a dispute is in: what a row has said of it stays until another does, as further events of one step don't
    repeat it. One that is open after it was decided is in it again, whatever its row says."""
    said, was_decided = None, False
    for row in history:
        is_open = row.status in _OPEN_DISPUTE
        if row.occasion not in (None, words.STAGE_UNKNOWN):
            said = row.occasion
        elif is_open and was_decided:
            said = words.REOPENED
        was_decided = not is_open
    return said


def _dispute_status(statuses: set[str]) -> str | None:
    order = (words.DISPUTED, words.INQUIRY, words.DISPUTE_LOST, words.DISPUTE_WON)
    return next((status for status in order if status in statuses), None)


def _same_money(amounts: PaymentAmounts, confirmed: PaymentAmounts) -> bool:
    said = [status if status in TOOK_MONEY else None for status in (amounts.status, confirmed.status)]
    alike = [each._replace(status="", authorized_minor=0) for each in (amounts, confirmed)]
    return alike[0] == alike[1] and said[0] == said[1]


def _flags(legs: Sequence[Leg], currency: str | None) -> tuple[str, ...]:
    """What is raised by any of the legs."""
    raised = [_raised(leg.rows, currency, leg.amounts) for leg in legs]
    return tuple(flag for flag in raised[0] if any(each[flag] for each in raised))


def _raised(ordered: Sequence[LedgerRow], currency: str | None, amounts: PaymentAmounts) -> dict[str, bool]:
    captured, gone = amounts.captured_minor, amounts.refunded_minor + amounts.disputed_minor
    moved = {row.currency for row in ordered if row.amount_meaning in MOVES_MONEY}
    return {
        FLAG_MIXED_CURRENCY: bool(moved - {currency}),
        FLAG_CAPTURED_UNKNOWN: bool((gone or amounts.unsure) and not captured),
        FLAG_EXCEEDS_CAPTURED: bool(captured and gone > captured),
        FLAG_REFUND_AMOUNT_UNKNOWN: bool(captured and amounts.unsure)
        or (amounts.status in GAVE_BACK and not amounts.refunded_minor),
        FLAG_REFUND_DISPUTE_OVERLAP: amounts.claims.contradicted,
        FLAG_DISPUTE_AMOUNT_UNKNOWN: amounts.claims.unknown,
        FLAG_OUTSIDE_PROVIDER: any(row.outside_provider for row in ordered),
    }
