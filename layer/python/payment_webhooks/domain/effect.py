"""The effect of one ledger row: how the state of its payment was before it, and is after it. Pure.

It is decided once, when the row is written, and stored with it. Events, notifications, analytics and alerts follow
from the row and its effect alone, so whoever repeats them tells the same. The effects of a payment are a chain: the
state before one is the state after the one before. So their sums over all rows are the sums over all states.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.facts import HELD, Facts, Movement, movements
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import ObjectState, PaymentState

# Given minor units, 0 or more, and a currency: whether people are to be told of such a movement.
IsHighValue = Callable[[int, str], bool]
_NOTHING: Final = Facts()


class Effect(NamedTuple):
    """version: of the state that the row made, from 1. hour: UTC, when it was recorded, such as 2026-11-21T06.

    before: None where the payment is new. after: None where another payment has taken this one over. Both None for
    what is no payment, a payout, which is the object then: it adds nothing to any sum.
    object_before, object_after: the refund or dispute that the row is of; None for a row of the payment itself.
    amount_minor: what the event tells of this payment, where it takes several rows; None where the row itself says it.
    refund_pending: the row is of the payment itself, and a refund was pending: that it failed, its own event says.
    high_value: an amount over its currency's threshold that is vouched for was captured, refunded or disputed, or came
        back, or a claim that opened holds it; or such a payout failed.
    """

    version: int
    hour: str
    before: Facts | None
    after: Facts | None
    object_before: ObjectState | None = None
    object_after: ObjectState | None = None
    amount_minor: int | None = None
    refund_pending: bool = False
    high_value: bool = False

    @property
    def moves_money(self) -> bool:
        """Whether what was captured, or what has gone in refunds and disputes together, is another amount now."""
        return any(each.is_money for each in movements(self.before, self.after, vouched_for=False))

    def rise(self, name: str) -> int:
        """By how much the fact `name`, a number, is more than before. A payment that is new had 0 of it."""
        before, after = self.before or _NOTHING, self.after or _NOTHING
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
    effect = Effect(version, row.recorded_at[:13], before, after, *objects)
    high_value = any(
        is_high_value(abs(each.minor), each.currency)
        for each in vouched_for(row, effect)
        if each.is_money or (each.what == HELD and each.minor > 0)
    )
    return effect._replace(high_value=high_value or _is_failed_payout(row, effect, is_high_value))


def told_amount_minor(row: LedgerRow, effect: Effect) -> int | None:
    return row.amount_minor if effect.amount_minor is None else effect.amount_minor


def vouched_for(row: LedgerRow, effect: Effect) -> list[Movement]:
    """What is told of money in a row with this effect, so that each movement is told once: by the row that confirms it.

    Nothing of a payment that another has taken over: it was told when it came.
    """
    if not row.confirmed or effect.after is None:
        return []
    return movements(effect.before, effect.after, vouched_for=True)


def is_left_out(moved: Movement, effect: Effect) -> bool:
    """Whether it counts no more only as the payment turned out to be of another currency: it has not come back."""
    return effect.after is not None and moved.minor < 0 and moved.currency != effect.after.currency


def _is_failed_payout(row: LedgerRow, effect: Effect, is_high_value: IsHighValue) -> bool:
    return (
        (row.object_kind, row.status) == (words.KIND_PAYOUT, words.FAILED)
        and row.amount_minor is not None
        and row.currency is not None
        and effect.changes_object(words.KIND_PAYOUT)
        and is_high_value(abs(row.amount_minor), row.currency)
    )


def to_text(effect: Effect) -> str:
    """The stored form: JSON without what has its default."""
    values: dict[str, Any] = {
        "version": effect.version,
        "hour": effect.hour,
        "before": _known(effect.before),
        "after": _known(effect.after),
        "object_before": effect.object_before and effect.object_before._asdict(),
        "object_after": effect.object_after and effect.object_after._asdict(),
        "amount_minor": effect.amount_minor,
        "refund_pending": effect.refund_pending or None,
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
        amount_minor=document.get("amount_minor"),
        refund_pending=document.get("refund_pending", False),
        high_value=document.get("high_value", False),
    )


def _timeless(state: ObjectState | None) -> ObjectState | None:
    """The same, told later, is nothing new."""
    return state and state._replace(occurred_at="")


def _known(facts: Facts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    told = zip(Facts._fields, facts, _NOTHING, strict=True)
    return {name: value for name, value, default in told if value != default}


def _facts(values: Mapping[str, Any] | None) -> Facts | None:
    """Of any release: names that this one does not know are left out."""
    if values is None:
        return None
    known = {name: values[name] for name in Facts._fields if name in values}
    return Facts(**{**known, "flags": tuple(values.get("flags", ()))})


def _object(values: Mapping[str, Any] | None) -> ObjectState | None:
    return None if values is None else ObjectState.from_stored(values)
