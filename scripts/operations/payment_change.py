"""A payment before and after something is written, for the person who is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payment_webhooks.money import amount_text

if TYPE_CHECKING:
    from payment_webhooks.domain.payment_state import PaymentState

SHOWN: Final = (
    "status",
    "dispute_status",
    "authorized_minor",
    "captured_minor",
    "captured_unconfirmed_minor",
    "refunded_minor",
    "refunded_unconfirmed_minor",
    "disputed_minor",
    "disputed_unconfirmed_minor",
    "held_minor",
    "held_unconfirmed_minor",
    "net_minor",
    "customer_id",
    "confirmed",
)


class FieldChange(NamedTuple):
    """`name` without its unit, as the values are amounts for people."""

    name: str
    was: str
    becomes: str

    @property
    def line(self) -> str:
        return f"{self.name}: {self.was}" + ("" if self.was == self.becomes else f" -> {self.becomes}")


def payment_change(before: PaymentState | None, after: PaymentState) -> list[FieldChange]:
    """Status, money and customer, without what neither has. `before` None: the payment is new.

    Where one has no currency, in the other's.
    """
    return [
        FieldChange(
            name.removesuffix("_minor"),
            shown(getattr(before, name, None), name, (before and before.currency) or after.currency),
            shown(getattr(after, name), name, after.currency or (before and before.currency)),
        )
        for name in SHOWN
        if not all(_is_empty(getattr(state, name, None)) for state in (before, after))
    ]


def _is_empty(value: object) -> bool:
    return value is None or (value == 0 and value is not False)


def shown(value: object, name: str, currency: str | None) -> str:
    """A field's value for people: an amount for `*_minor`, yes and no, `-` for what is not known."""
    if name.endswith("_minor"):
        return amount_text(value if isinstance(value, int) else None, currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
