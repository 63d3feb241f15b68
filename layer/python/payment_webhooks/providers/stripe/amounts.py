"""Stripe's amounts: whole numbers of its own smallest unit of each currency."""

from typing import Any, Final

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import Money, currency_code, from_minor_units

# Where Stripe's smallest unit is not ISO's (docs.stripe.com/currencies). ISK: 500 is 5 kr, and stays so
# (support.stripe.com, "Deprecation of fractional ISK charges and refunds"). UGX: Stripe lists it as
# zero-decimal and yet says "to charge 5 UGX, provide 500"; we take the example. MGA: zero-decimal at Stripe.
_EXPONENTS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
# Stripe does not say which unit it would use for these, and a guess may be wrong by a factor of ten or more.
_UNDOCUMENTED_UNITS: Final = frozenset({"IQD", "LYD", "CLF", "UYI", "UYW"})


def from_stripe(amount: object, currency: object) -> Money:
    """Money from Stripe's smallest unit.

    Raises what `from_minor_units` raises, and UnreadableEvent("undocumented_currency_unit").
    """
    if currency_code(currency) in _UNDOCUMENTED_UNITS:
        raise UnreadableEvent("undocumented_currency_unit")
    return from_minor_units(amount, currency, _EXPONENTS)


def minor_in(stripe_object: dict[str, Any], field: str) -> int | None:
    """An amount that older API versions may not have."""
    amount = stripe_object.get(field)
    return None if amount is None else from_stripe(amount, stripe_object.get("currency")).amount_minor
