"""PayPal refunds and reversals: how they name their payment, in v2 and in the published v1 shapes."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from tests.support.library.events import changed
from tests.support.library.providers import normalise

CAPTURE, REFUND, SALE = "capture_pending", "capture_refunded", "sale_completed_v1_published"


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("paypal", changed(f"paypal/{name}", changes))


@pytest.mark.parametrize(
    ("event_type", "resource_status", "status"),
    [
        ("PAYMENT.CAPTURE.REFUNDED", "COMPLETED", "refunded"),
        ("PAYMENT.CAPTURE.REFUNDED", "PENDING", "pending"),
        ("PAYMENT.CAPTURE.REVERSED", "COMPLETED", "refunded"),
        ("PAYMENT.CAPTURE.REVERSED", "REVERSED", "refunded"),
        ("PAYMENT.REFUND.PENDING", "PENDING", "pending"),
        ("PAYMENT.REFUND.FAILED", "FAILED", "failed"),
        ("PAYMENT.REFUND.FAILED", "CANCELLED", "canceled"),
        ("PAYMENT.REFUND.FAILED", None, "failed"),
    ],
)
def test_refunds(event_type: str, resource_status: str | None, status: str) -> None:
    event = read(REFUND, {"event_type": event_type, "resource.status": resource_status})
    assert (event.object_kind, event.status, event.amount_minor) == ("refund", status, 1000)
    assert (event.transaction_id, event.object_id) == ("3CP00000000000003", "1RF00000000000003")
    assert event.refunded_total_minor == (3000 if status == "refunded" else None)


def sale_event(event_type: str, resource_type: str, resource: dict[str, Any]) -> NormalisedEvent:
    changes = {"event_type": event_type, "resource_type": resource_type, "resource": resource}
    return read(SALE, changes)


def test_the_published_v1_refund_has_a_minus_and_names_its_sale() -> None:
    event = sale_event(
        "PAYMENT.SALE.REFUNDED",
        "sale",
        {
            "sale_id": "9T0916710M1105906",
            "id": "6YX43824R4443062K",
            "state": "completed",
            "amount": {"total": "-0.01", "currency": "USD"},
            "links": [{"href": "https://api.paypal.com/v1/payments/refund/6YX43824R4443062K", "rel": "self"}],
        },
    )
    assert (event.object_kind, event.status) == ("refund", "refunded")
    assert (event.transaction_id, event.object_id) == ("9T0916710M1105906", "6YX43824R4443062K")
    assert (event.amount_minor, event.amount_provider_raw) == (1, "-0.01")


def test_the_published_v1_reversal_is_the_sale_itself() -> None:
    event = sale_event(
        "PAYMENT.SALE.REVERSED",
        "sale",
        {
            "id": "80021663DE681814L",
            "state": "completed",
            "amount": {"total": "-0.49", "currency": "USD", "details": {"subtotal": "-0.64"}},
            "links": [{"href": "https://api.paypal.com/v1/payments/refund/77689802DL785834G", "rel": "self"}],
        },
    )
    assert (event.object_kind, event.status, event.amount_minor) == ("refund", "refunded", 49)
    assert (event.transaction_id, event.object_id) == ("80021663DE681814L", "77689802DL785834G")


def test_a_reversal_that_shows_the_capture_belongs_to_it() -> None:
    changes = {"event_type": "PAYMENT.CAPTURE.REVERSED", "resource.status": "REVERSED"}
    event = read(CAPTURE, changes)
    assert (event.object_kind, event.status, event.transaction_id) == (
        "refund",
        "refunded",
        "3CP00000000000001",
    )


@pytest.mark.parametrize(
    "named",
    [
        {"supplementary_data": {"related_ids": {"capture_id": "C-1"}}},
        {"sale_id": "C-1"},
        {"capture_id": "C-1"},
        {"links": [{"rel": "sale", "href": "https://api.paypal.com/v1/payments/sale/C-1"}]},
        {
            "links": [
                7,
                {"rel": "up"},
                {"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/C-1?x=1"},
            ]
        },
    ],
)
def test_a_refund_names_its_payment_in_several_ways(named: dict[str, Any]) -> None:
    resource = {
        "id": "R-1",
        "status": "COMPLETED",
        "amount": {"currency_code": "USD", "value": "1.00"},
    } | named
    event = read(REFUND, {"resource": resource})
    assert (event.transaction_id, event.object_id) == ("C-1", "R-1")
