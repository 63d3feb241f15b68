"""Stripe's smallest unit is not always that of ISO 4217."""

import pytest

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.stripe.amounts import from_stripe


@pytest.mark.parametrize(
    ("stripe_amount", "currency", "amount_minor"),
    [
        (1099, "usd", 1099),
        (500, "jpy", 500),  # zero-decimal in both
        (5120, "kwd", 5120),  # three decimals in both
        (500, "isk", 5),  # Stripe: hundredths; ISO: none
        (550, "isk", 6),  # half a unit rounds up
        (549, "isk", 5),
        (500, "ugx", 5),
        (500, "mga", 50000),  # Stripe: none; ISO: two
        (1000, "huf", 1000),  # zero-decimal for pay-outs only
        (0, "eur", 0),
    ],
)
def test_stripe_units(stripe_amount: int, currency: str, amount_minor: int) -> None:
    assert from_stripe(stripe_amount, currency) == (amount_minor, currency.upper())


@pytest.mark.parametrize("currency", ["IQD", "LYD", "CLF", "UYI", "UYW"])
def test_a_unit_that_stripe_does_not_document_is_not_guessed(currency: str) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        from_stripe(1000, currency)
    assert raised.value.reason == "undocumented_currency_unit"
