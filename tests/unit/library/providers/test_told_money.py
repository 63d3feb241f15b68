"""What two copies of an event tell of money."""

import pytest

from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.providers.told_money import money_in, tell_the_same
from tests.support.library.events import changed, event_body

CAPTURE = "paypal/capture_completed_published"


def told(name: str, **changes: object) -> str:
    body = changed(name, {path.replace("__", "."): value for path, value in changes.items()})
    return money_in(PROVIDERS.get(name.partition("/")[0]), body)


def test_another_rendering_tells_the_same() -> None:
    delivered = money_in(PROVIDERS.get("stripe"), event_body("stripe/pi_succeeded"))
    assert tell_the_same(delivered, told("stripe/pi_succeeded", api_version="2017-08-15"))


@pytest.mark.parametrize(
    "changes",
    [
        {"data__object__amount_received": 900, "data__object__amount": 900},
        {"data__object__currency": "eur"},
        {"data__object__id": "pi_another"},
    ],
)
def test_another_amount_currency_or_payment_is_another_money(changes: dict[str, object]) -> None:
    assert not tell_the_same(told("stripe/pi_succeeded"), told("stripe/pi_succeeded", **changes))


def test_what_only_one_copy_says_is_no_contradiction() -> None:
    assert tell_the_same('{"amount_minor": 5}', '{"amount_minor": 5, "captured_minor": 5}')
    assert not tell_the_same('{"amount_minor": 5}', '{"amount_minor": 0}')


def test_a_body_that_cannot_be_read_differs_from_one_that_can() -> None:
    unreadable = told(CAPTURE, resource__amount__value="ten")
    assert not tell_the_same(unreadable, told(CAPTURE))
    assert tell_the_same(unreadable, unreadable)


def test_an_invoice_at_another_version_contradicts_nothing() -> None:
    """Since 2025-03-31.basil it does not name its payment: https://docs.stripe.com/changelog/basil"""
    paid = {"id": "in_1", "object": "invoice", "amount_paid": 1000, "currency": "usd", "status": "paid"}
    before = told("stripe/pi_succeeded", type="invoice.paid", data__object={**paid, "payment_intent": "pi_1"})
    since = told("stripe/pi_succeeded", type="invoice.paid", data__object=paid)
    other = told("stripe/pi_succeeded", type="invoice.paid", data__object={**paid, "payment_intent": "pi_2"})
    assert '"transaction_id": "pi_1"' in before
    assert "transaction_id" not in since
    assert tell_the_same(before, since)
    assert tell_the_same(since, before)
    assert not tell_the_same(before, other)


def test_a_body_of_another_type_that_names_no_payment_is_not_the_same() -> None:
    """Else a forged one that came first would hide the payment."""
    nothing = told(CAPTURE, event_type="CATALOG.PRODUCT.CREATED")
    assert "transaction_id" not in nothing
    assert not tell_the_same(nothing, told(CAPTURE))
