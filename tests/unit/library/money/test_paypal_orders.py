"""Orders at PayPal, case by case: whose money it is, what is left of their authorizations, and what fees are kept."""

from typing import Any

import pytest

from payment_webhooks.domain.payment_state import PaymentState
from tests.support.money import paypal_bodies as paypal
from tests.support.money.paypal_states import states


def state(*told: tuple[str, dict[str, Any]]) -> PaymentState:
    bodies = [paypal.event(n, name, "x", resource, 100 + n) for n, (name, resource) in enumerate(told)]
    assert states(bodies) == states(reversed(bodies))
    (found,) = set(states(bodies).values())
    return found


def captured(identity: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    return "PAYMENT.CAPTURE.COMPLETED", paypal.capture(identity, "COMPLETED", 600, 10, 10, **changes)


def test_money_of_two_sellers_is_no_ones() -> None:
    sellers = [captured(each, payee={"merchant_id": f"SELLER-{each}"}) for each in ("C-1", "C-2")]
    assert state(sellers[0]).account == "SELLER-C-1"
    assert state(*sellers).account is None


def test_an_order_that_is_told_as_its_capture_began_before_it() -> None:
    """And before the authorization, so the capture would be of none."""
    ids = paypal.named("ORDER", "A-1") | {"final_capture": False}
    authorized = paypal.authorization("A-1", "CREATED", 1000, 5, 5)
    order = paypal.order("ORDER", "COMPLETED", 1000, 0, captures=[captured("C-1", **ids)[1]])
    order["update_time"] = paypal.instant(8)
    found = state(("PAYMENT.AUTHORIZATION.CREATED", authorized), ("CHECKOUT.ORDER.COMPLETED", order))
    assert (found.captured_minor, found.authorized_minor) == (600, 400)


def fees(paypal_fee: int, *platform: int) -> dict[str, Any]:
    return {
        "paypal_fee": paypal.money(paypal_fee),
        "platform_fees": [{"amount": paypal.money(each)} for each in platform],
    }


PAID = captured("C-1", seller_receivable_breakdown=fees(59, 900, 100))


def test_the_fee_is_that_of_paypal_and_of_the_platform() -> None:
    assert state(PAID).fee_minor == 1059
    euros = {**fees(59), "platform_fees": [{"amount": {"currency_code": "EUR", "value": "1.00"}}]}
    assert state(captured("C-1", seller_receivable_breakdown=euros)).fee_minor is None


@pytest.mark.parametrize(("status", "kept"), [("COMPLETED", 559), ("FAILED", 1059)])
def test_fees_that_a_refund_gives_back_count_when_it_is_done(status: str, kept: int) -> None:
    refund = paypal.refund("R-1", "C-1", status, 300, 20, 20)
    refund["seller_payable_breakdown"] = fees(0, 500)
    name = "CAPTURE.REFUNDED" if status == "COMPLETED" else "REFUND.FAILED"
    assert state(PAID, (f"PAYMENT.{name}", refund)).fee_minor == kept
