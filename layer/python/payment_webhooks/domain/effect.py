"""The effect of one ledger row: how the state of its payment was before it, and is after it. Pure.

It is decided once, when the row is written, and stored with it. Events, notifications, analytics and alerts follow
from the row and its effect alone, so whoever repeats them tells the same. The effects of a payment are a chain: the
state before one is the state after the one before. So their sums over all rows are the sums over all states.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import ObjectState, PaymentState

# Given minor units, 0 or more, and a currency: whether people are to be told of such a movement.
IsHighValue = Callable[[int, str], bool]
_MOVED: Final = ("captured_minor", "refunded_minor", "disputed_minor")


class Facts(NamedTuple):
    """What of a payment's state is told when it changes. The names are those of `PaymentState`.

    Amounts are in minor units of `currency`. The defaults are those of a payment of which nothing is known; stored
    effects leave them out.
    """

    status: str = "unknown"
    dispute_status: str | None = None
    currency: str | None = None
    authorized_minor: int = 0
    captured_minor: int = 0
    captured_unconfirmed_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0
    held_minor: int = 0
    fee_minor: int | None = None
    declined_attempts: int = 0
    confirmed: bool = True


class Effect(NamedTuple):
    """version: of the state that the row made, from 1. hour: UTC, when it was recorded, such as 2026-11-21T06.

    before: None where the payment is new. after: None where another payment has taken this one over. Both None for
    what is no payment, a payout, which is the object then: it adds nothing to any sum.
    object_before, object_after: the refund or dispute that the row is of; None for a row of the payment itself.
    high_value: an amount over its currency's threshold was captured, refunded or disputed, or came back.
    """

    version: int
    hour: str
    before: Facts | None
    after: Facts | None
    object_before: ObjectState | None = None
    object_after: ObjectState | None = None
    high_value: bool = False

    @property
    def moves_money(self) -> bool:
        """Whether what was captured, refunded or disputed is another amount now."""
        return bool(movements(self.before, self.after))

    def rise(self, name: str) -> int:
        """By how much the fact `name`, a number, is more than before. A payment that is new had 0 of it."""
        before, after = self.before or Facts(), self.after or Facts()
        return (getattr(after, name) or 0) - (getattr(before, name) or 0)

    def changes_object(self, kind: str) -> bool:
        """Whether the row is of a refund, or of a dispute, as `kind` says, that is not as it was before."""
        after = self.object_after
        return (
            after is not None
            and after.object_kind == kind
            and _timeless(after) != _timeless(self.object_before)
        )

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Each fact that is another now: (before, after). Of a payment that is new, before is None."""
        before = self.before._asdict() if self.before else dict.fromkeys(Facts._fields)
        after = self.after._asdict() if self.after else dict.fromkeys(Facts._fields)
        return {name: (before[name], after[name]) for name in Facts._fields if before[name] != after[name]}


def facts_of(state: PaymentState) -> Facts:
    return Facts(**{name: getattr(state, name) for name in Facts._fields})


def object_of(state: PaymentState, row: LedgerRow) -> ObjectState | None:
    """The refund or dispute of `state` that `row` is of; None for a row of the payment itself."""
    key = (row.object_kind, row.object_id)
    return next((each for each in state.objects if (each.object_kind, each.object_id) == key), None)


def effect_of(
    row: LedgerRow,
    version: int,
    facts: tuple[Facts | None, Facts | None],
    objects: tuple[ObjectState | None, ObjectState | None],
    is_high_value: IsHighValue,
) -> Effect | None:
    """The effect of `row`, which makes the state of this version; None where it changes nothing that is told.

    `facts` and `objects` are those before and after it. The facts before are those that the row before has left, so
    that the chain holds when a release reads old rows in another way.
    """
    before, after = facts
    if before == after and _timeless(objects[0]) == _timeless(objects[1]):
        return None
    return Effect(
        version=version,
        hour=row.recorded_at[:13],
        before=before,
        after=after,
        object_before=objects[0],
        object_after=objects[1],
        # What a merge takes from one payment, another has had before: it was told when it came.
        high_value=after is not None
        and any(
            is_high_value(abs(minor), currency)
            for _, currency, minor in (*movements(before, after), *_confirmed_now(before, after))
        ),
    )


def movements(before: Facts | None, after: Facts | None) -> list[tuple[str, str, int]]:
    """What was captured, refunded or disputed, or came back (less than 0): ("captured_minor", "USD", 1099).

    Where the payment has changed its currency, all of the one has gone, and all of the other has come.
    """
    first, last = before or Facts(), after or Facts()
    if first.currency is None or last.currency is None or first.currency == last.currency:
        currency = last.currency or first.currency
        moved = [(name, currency, getattr(last, name) - getattr(first, name)) for name in _MOVED]
    else:
        moved = [(name, first.currency, -getattr(first, name)) for name in _MOVED]
        moved += [(name, last.currency, getattr(last, name)) for name in _MOVED]
    return [(name, currency, minor) for name, currency, minor in moved if currency is not None and minor]


def _confirmed_now(before: Facts | None, after: Facts) -> list[tuple[str, str, int]]:
    """What was captured before, and told to nobody, as only unconfirmed events told it."""
    minor = (before or Facts()).captured_unconfirmed_minor - after.captured_unconfirmed_minor
    return [("captured_minor", after.currency, minor)] if after.currency is not None and minor > 0 else []


def to_text(effect: Effect) -> str:
    """The stored form: JSON without what has its default."""
    values: dict[str, Any] = {
        "version": effect.version,
        "hour": effect.hour,
        "before": _known(effect.before),
        "after": _known(effect.after),
        "object_before": effect.object_before and effect.object_before._asdict(),
        "object_after": effect.object_after and effect.object_after._asdict(),
        "high_value": effect.high_value or None,
    }
    return json.dumps(
        {name: value for name, value in values.items() if value is not None}, separators=(",", ":")
    )


def from_text(text: str) -> Effect:
    """The effect of a stored form, whichever release wrote it. Raises ValueError for a text that is none."""
    document = json.loads(text)
    if not isinstance(document, dict) or not {"version", "hour"} <= document.keys():
        raise ValueError("not an effect: no version, or no hour")
    return Effect(
        version=document["version"],
        hour=document["hour"],
        before=_facts(document.get("before")),
        after=_facts(document.get("after")),
        object_before=_object(document.get("object_before")),
        object_after=_object(document.get("object_after")),
        high_value=document.get("high_value", False),
    )


def _timeless(state: ObjectState | None) -> ObjectState | None:
    """The same, told later, is nothing new."""
    return state and state._replace(occurred_at="")


def _known(facts: Facts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    defaults = Facts()._asdict()
    return {name: value for name, value in facts._asdict().items() if value != defaults[name]}


def _facts(values: Mapping[str, Any] | None) -> Facts | None:
    """Of any release: names that this one does not know are left out."""
    if values is None:
        return None
    return Facts(**{name: values[name] for name in Facts._fields if name in values})


def _object(values: Mapping[str, Any] | None) -> ObjectState | None:
    return None if values is None else ObjectState.from_stored(values)
