"""PayPal: every type that is read, the published v1 shapes, and bodies that make no sense."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import REMOVED, changed
from tests.support.library.providers import normalise

CAPTURE, REFUND, DISPUTE = "capture_pending", "capture_refunded", "dispute_resolved_seller"
AUTHORIZATION, ORDER, SALE = "authorization_created", "order_approved_ignored", "sale_completed_v1_published"


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("paypal", changed(f"paypal/{name}", changes))


@pytest.mark.parametrize(
    ("event_type", "resource_status", "status", "meaning"),
    [
        ("COMPLETED", "COMPLETED", "succeeded", "captured"),
        ("PENDING", "PENDING", "pending", "requested"),
        ("DECLINED", "DECLINED", "failed", "requested"),
        ("DENIED", "FAILED", "failed", "requested"),
        # The resource is rendered when the event is sent: its own status outranks the type.
        ("PENDING", "COMPLETED", "succeeded", "captured"),
        ("COMPLETED", "REFUNDED", "refunded", "refunded_total"),
        ("COMPLETED", "PARTIALLY_REFUNDED", "partially_refunded", "requested"),
        # Without one that is known, the type says it.
        ("COMPLETED", "A_STATUS_OF_NEXT_YEAR", "succeeded", "captured"),
        ("DENIED", None, "failed", "requested"),
        ("PENDING", 7, "pending", "requested"),
    ],
)
def test_captures(event_type: str, resource_status: object, status: str, meaning: str) -> None:
    changes = {"event_type": f"PAYMENT.CAPTURE.{event_type}", "resource.status": resource_status}
    event = read(CAPTURE, changes)
    assert (event.object_kind, event.status, event.amount_meaning) == ("payment", status, meaning)
    assert event.amount_minor == 4550
    assert event.refunded_total_minor == (4550 if status == "refunded" else None)
    assert event.captured_minor == (4550 if status in {"refunded", "partially_refunded"} else None)


@pytest.mark.parametrize(
    ("event_type", "state", "status"),
    [
        ("COMPLETED", "completed", "succeeded"),
        ("PENDING", "pending", "pending"),
        ("DENIED", "denied", "failed"),
        ("COMPLETED", "partially_refunded", "partially_refunded"),
    ],
)
def test_v1_sales(event_type: str, state: str, status: str) -> None:
    event = read(SALE, {"event_type": f"PAYMENT.SALE.{event_type}", "resource.state": state})
    assert (event.object_kind, event.status, event.amount_minor) == ("payment", status, 2000)
    assert event.transaction_id == "2FY57107YS3937627"


@pytest.mark.parametrize(
    ("event_type", "resource_status", "status"),
    [
        ("CREATED", "CREATED", "authorized"),
        ("CREATED", "CAPTURED", "closed"),  # its captures tell the money
        ("CREATED", "PARTIALLY_CAPTURED", "authorized"),
        ("CREATED", "PENDING", "pending"),  # under review: nothing is held yet
        ("CREATED", "DENIED", "failed"),
        ("VOIDED", "VOIDED", "canceled"),
        ("VOIDED", None, "canceled"),
    ],
)
def test_authorizations(event_type: str, resource_status: str | None, status: str) -> None:
    changes = {"event_type": f"PAYMENT.AUTHORIZATION.{event_type}", "resource.status": resource_status}
    event = read(AUTHORIZATION, changes)
    assert (event.object_kind, event.status) == ("payment", status)
    assert event.amount_meaning == ("authorized" if status == "authorized" else "requested")


def unit(value: str, *captures: str, currency: str = "USD") -> dict[str, Any]:
    amount = {"currency_code": currency, "value": value}
    taken = [{"id": capture, "status": "COMPLETED", "amount": amount} for capture in captures]
    return {"amount": amount, "payments": {"captures": taken}} if taken else {"amount": amount}


def test_an_order_that_names_its_only_capture_is_told_as_that_capture() -> None:
    changes = {"event_type": "CHECKOUT.ORDER.COMPLETED", "resource.purchase_units": [unit("12.50", "CAP-1")]}
    event = read(ORDER, changes)
    assert (event.transaction_id, event.object_id, event.status) == ("CAP-1", "CAP-1", "succeeded")
    assert (event.amount_minor, event.amount_meaning) == (1250, "captured")
    assert event.customer_id == "QYR5Z8XDVJNXQ"


@pytest.mark.parametrize("units", [[unit("12.50")], [unit("10.00", "CAP-1"), unit("2.50", "CAP-2")]])
def test_any_other_completed_order_leaves_the_money_to_its_captures(units: list[dict[str, Any]]) -> None:
    event = read(ORDER, {"event_type": "CHECKOUT.ORDER.COMPLETED", "resource.purchase_units": units})
    assert (event.transaction_id, event.status) == ("9JL52742K01513702", "closed")
    assert (event.amount_minor, event.amount_meaning) == (1250, "ordered")


@pytest.mark.parametrize(
    ("event_type", "resource_status", "status"),
    [
        ("APPROVED", "APPROVED", "pending"),
        ("APPROVED", "COMPLETED", "closed"),
        ("COMPLETED", "COMPLETED", "closed"),
        ("VOIDED", "VOIDED", "canceled"),
        ("DECLINED", "APPROVED", "failed"),
    ],
)
def test_orders(event_type: str, resource_status: str, status: str) -> None:
    changes = {"event_type": f"CHECKOUT.ORDER.{event_type}", "resource.status": resource_status}
    event = read(ORDER, changes)
    assert (event.transaction_id, event.status) == ("9JL52742K01513702", status)


def test_an_approved_order_is_itself_even_where_its_capture_is_there_already() -> None:
    event = read(ORDER, {"resource.purchase_units": [unit("12.50", "CAP-1")]})
    assert (event.transaction_id, event.object_id, event.status) == (
        "9JL52742K01513702",
        "9JL52742K01513702",
        "pending",
    )


@pytest.mark.parametrize("changes", [{}, {"resource": {"order_id": "9JL52742K01513702"}}])
def test_a_reversed_approval_cancels_the_order(changes: dict[str, Any]) -> None:
    event = read(ORDER, {"event_type": "CHECKOUT.PAYMENT-APPROVAL.REVERSED"} | changes)
    assert (event.status, event.transaction_id) == ("canceled", "9JL52742K01513702")
    assert event.amount_minor == (None if changes else 499981)


@pytest.mark.parametrize(
    "event_type", ["BILLING.PLAN.CREATED", "PAYMENT.PAYOUTSBATCH.SUCCESS", "PAYMENT.CAPTURE.NEW"]
)
def test_other_types_are_ignored_whatever_they_hold(event_type: str) -> None:
    resources: list[Any] = [REMOVED, None, [], {"id": 7}, {"id": "x", "amount": 5}]
    for resource in resources:
        assert read(CAPTURE, {"event_type": event_type, "resource": resource}).status == "ignored"


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (CAPTURE, {"resource": REMOVED}, "missing_resource"),
        (CAPTURE, {"resource.id": REMOVED}, "missing_object_id"),
        (CAPTURE, {"resource.amount": REMOVED}, "missing_amount"),
        (CAPTURE, {"resource.amount.value": 45.5}, "invalid_amount"),
        (CAPTURE, {"resource.amount.value": 45}, "invalid_amount"),
        (CAPTURE, {"resource.amount.value": "-45.50"}, "negative_amount"),
        (CAPTURE, {"resource.amount.value": "45,50"}, "invalid_amount"),
        (CAPTURE, {"resource.amount.value": "9999999999999999"}, "amount_too_large"),
        (CAPTURE, {"resource.amount.currency_code": "XBT"}, "unknown_currency"),
        (CAPTURE, {"resource.update_time": "2025-10-09T10:00:01"}, "invalid_timestamp"),
        (REFUND, {"resource.links": []}, "missing_transaction_id"),
        (REFUND, {"resource.amount.value": "--1.00"}, "negative_amount"),
        (
            REFUND,
            {"resource.seller_payable_breakdown.total_refunded_amount.currency_code": "EUR"},
            "currency_mismatch",
        ),
        (
            DISPUTE,
            {"resource.disputed_transactions.0.seller_transaction_id": 7},
            "invalid_transaction_id",
        ),
        (DISPUTE, {"resource.dispute_id": REMOVED}, "missing_object_id"),
        (
            ORDER,
            {"resource.purchase_units": [unit("1.00"), unit("1.00", currency="EUR")]},
            "currency_mismatch",
        ),
        (ORDER, {"resource.purchase_units": [unit("9007199254740.00")] * 20}, "amount_too_large"),
        (ORDER, {"resource.purchase_units": ["x"]}, "invalid_purchase_unit"),
        (ORDER, {"resource.payer.payer_id": 7}, "invalid_customer_id"),
    ],
)
def test_a_known_type_that_makes_no_sense_is_unreadable(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        read(name, changes)
    assert raised.value.reason == reason


def test_a_capture_says_what_paypal_keeps_of_it() -> None:
    assert read("capture_completed_published", {}).fee_minor == 398
    v1 = {"resource.transaction_fee": {"currency": "USD", "value": "0.88"}}
    assert read(SALE, v1).fee_minor == 88
    assert read(CAPTURE, {"resource.seller_receivable_breakdown": {}}).fee_minor is None
    other = {"paypal_fee": {"currency_code": "USD", "value": "1.00"}}  # of euros
    assert read(CAPTURE, {"resource.seller_receivable_breakdown": other}).fee_minor is None


@pytest.mark.parametrize(
    ("name", "changes", "account"),
    [
        (CAPTURE, {"resource.payee": {"merchant_id": "M-1"}}, "M-1"),
        (REFUND, {"resource.payer": {"merchant_id": "M-1"}}, "M-1"),  # so called in payments_payment_v2.json
        (ORDER, {}, "3SQBR4YEWZ4BA"),
        (DISPUTE, {}, "RD465XN5VS364"),
        (
            DISPUTE,
            {
                "resource.disputed_transactions": [
                    {"seller": {"merchant_id": each}} for each in ("M-1", "M-2")
                ]
            },
            None,
        ),
        (CAPTURE, {}, None),
    ],
)
def test_whose_money_it_is(name: str, changes: dict[str, Any], account: str | None) -> None:
    assert read(name, changes).account == account


@pytest.mark.parametrize(
    ("name", "changes", "links"),
    [
        (CAPTURE, {"resource.invoice_id": "INV-1"}, ("INV-1", None)),
        (CAPTURE, {"resource.invoice_id": "Rechnung 1/2026"}, (None, None)),  # a text of free form, not an id
        (CAPTURE, {}, (None, None)),
        (SALE, {"resource.billing_agreement_id": "I-1"}, (None, "I-1")),
        (SALE, {"resource.invoice_number": "INV-1"}, ("INV-1", None)),
        (ORDER, {"resource.purchase_units.0.invoice_id": "INV-1"}, ("INV-1", None)),
        (REFUND, {"resource.invoice_id": "INV-OF-THE-REFUND"}, (None, None)),
    ],
)
def test_what_was_paid(name: str, changes: dict[str, Any], links: tuple[str | None, str | None]) -> None:
    event = read(name, changes)
    assert (event.invoice_id, event.subscription_id) == links


API = "https://api.paypal.com/v2"
RELATED = {"order_id": "ORDER-1", "authorization_id": "AUTH-1"}


def up(path: str) -> list[dict[str, str]]:
    return [
        {"rel": "self", "href": f"{API}/payments/captures/X"},
        {"rel": "up", "href": f"{API}/{path}"},
    ]


@pytest.mark.parametrize(
    ("name", "changes", "ids"),
    [
        (CAPTURE, {"resource.supplementary_data": {"related_ids": RELATED}}, ("ORDER-1", "AUTH-1")),
        (CAPTURE, {"resource.links": up("checkout/orders/ORDER-1")}, ("ORDER-1",)),
        (CAPTURE, {"resource.links": up("payments/authorizations/AUTH-1")}, ("AUTH-1",)),
        (
            CAPTURE,
            {
                "resource.supplementary_data": {"related_ids": {"order_id": "ORDER-1"}},
                "resource.links": up("payments/authorizations/AUTH-1"),
            },
            ("ORDER-1", "AUTH-1"),
        ),
        (CAPTURE, {"resource.supplementary_data": {"related_ids": {"order_id": "no id"}}}, ()),
        (AUTHORIZATION, {"resource.links": up("checkout/orders/ORDER-1")}, ("ORDER-1",)),
        (AUTHORIZATION, {"resource.parent_payment": "PAY-1"}, ("PAY-1",)),  # v1
        (REFUND, {"resource.supplementary_data": {"related_ids": RELATED}}, ("ORDER-1", "AUTH-1")),
        (SALE, {}, ()),
        (DISPUTE, {}, ()),
        (ORDER, {}, ()),
        (
            ORDER,
            {
                "event_type": "CHECKOUT.ORDER.COMPLETED",
                "resource.purchase_units": [unit("12.50", "CAP-1")],
            },
            ("9JL52742K01513702",),
        ),
    ],
)
def test_a_payment_is_named_by_what_it_came_from_first_and_last_by_the_id_of_its_amounts(
    name: str, changes: dict[str, Any], ids: tuple[str, ...]
) -> None:
    event = read(name, changes)
    assert event.payment_ids == (*ids, event.transaction_id)


@pytest.mark.parametrize(
    ("final", "status", "left"),
    [(True, "COMPLETED", 0), (True, "PENDING", 0), (False, "COMPLETED", None), (True, "DECLINED", None)],
)
def test_a_final_capture_leaves_nothing_authorized(final: bool, status: str, left: int | None) -> None:
    event = read(CAPTURE, {"resource.final_capture": final, "resource.status": status})
    assert event.authorized_minor == left
