"""Square: every type that is read, and bodies that make no sense."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import REMOVED, changed, event_document
from tests.support.library.providers import normalise

PAYMENT, REFUND, DISPUTE = "payment_updated_completed", "refund_created_pending", "dispute_created"


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("square", changed(f"square/{name}", changes))


@pytest.mark.parametrize("event_type", ["payment.created", "payment.updated"])
@pytest.mark.parametrize(
    ("square_status", "status", "meaning"),
    [
        ("APPROVED", "authorized", "authorized"),
        ("PENDING", "pending", "requested"),
        ("COMPLETED", "succeeded", "captured"),
        ("CANCELED", "canceled", "requested"),
        ("FAILED", "failed", "requested"),
    ],
)
def test_payments(event_type: str, square_status: str, status: str, meaning: str) -> None:
    event = read(PAYMENT, {"type": event_type, "data.object.payment.status": square_status})
    assert (event.object_kind, event.status, event.amount_meaning) == ("payment", status, meaning)


@pytest.mark.parametrize(
    ("refunded", "expected"),
    [
        (0, ("succeeded", 100, "captured", None)),
        (40, ("partially_refunded", 40, "refunded_total", 100)),
        (100, ("refunded", 100, "refunded_total", 100)),
    ],
)
def test_refunded_payments_stay_completed(refunded: int, expected: tuple[str, int, str, int | None]) -> None:
    event = read(PAYMENT, {"data.object.payment.refunded_money": {"amount": refunded, "currency": "USD"}})
    assert (event.status, event.amount_minor, event.amount_meaning, event.captured_minor) == expected


def test_only_a_completed_payment_is_read_as_refunded() -> None:
    refunded = {"data.object.payment.refunded_money": {"amount": 40, "currency": "USD"}}
    event = read(PAYMENT, refunded | {"data.object.payment.status": "CANCELED"})
    assert (event.status, event.amount_minor, event.refunded_total_minor) == ("canceled", 100, None)


def test_the_total_includes_the_tip() -> None:
    changes = {"data.object.payment.amount_money.amount": 100, "data.object.payment.total_money.amount": 120}
    assert read(PAYMENT, changes).amount_minor == 120
    assert read(PAYMENT, changes | {"data.object.payment.total_money": None}).amount_minor == 100


@pytest.mark.parametrize("event_type", ["refund.created", "refund.updated"])
@pytest.mark.parametrize(
    ("square_status", "status"),
    [
        ("PENDING", "pending"),
        ("APPROVED", "pending"),
        ("COMPLETED", "refunded"),
        ("REJECTED", "failed"),
        ("FAILED", "failed"),
    ],
)
def test_refunds(event_type: str, square_status: str, status: str) -> None:
    event = read(REFUND, {"type": event_type, "data.object.refund.status": square_status})
    assert (event.object_kind, event.status, event.amount_meaning) == ("refund", status, "refund")
    assert event.transaction_id == "KkAkhdMsgzn59SM8A89WgKwekxLZY"


def test_a_refund_of_no_payment_is_its_own_transaction() -> None:
    unlinked = {"data.object.refund.payment_id": REMOVED, "data.object.refund.unlinked": True}
    event = read(REFUND, unlinked)
    assert event.transaction_id == event.object_id


@pytest.mark.parametrize(
    "event_type",
    [
        "dispute.created",
        "dispute.state.updated",
        "dispute.state.changed",
        "dispute.evidence.created",
        "dispute.evidence.added",
        "dispute.evidence.deleted",
        "dispute.evidence.removed",
    ],
)
@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("INQUIRY_EVIDENCE_REQUIRED", "disputed"),
        ("INQUIRY_PROCESSING", "disputed"),
        ("INQUIRY_CLOSED", "dispute_won"),
        ("EVIDENCE_REQUIRED", "disputed"),
        ("PROCESSING", "disputed"),
        ("WON", "dispute_won"),
        ("LOST", "dispute_lost"),
        ("ACCEPTED", "dispute_lost"),
        ("A_STATE_OF_NEXT_YEAR", "disputed"),
    ],
)
def test_disputes(event_type: str, state: str, status: str) -> None:
    event = read(DISPUTE, {"type": event_type, "data.object.dispute.state": state})
    assert (event.object_kind, event.status, event.amount_minor) == ("dispute", status, 8801)


def test_the_older_dispute_schema_is_read() -> None:
    dispute = event_document(f"square/{DISPUTE}")["data"]["object"]["dispute"]
    older = {name: value for name, value in dispute.items() if name != "id"} | {"dispute_id": "D-1"}
    event = read(DISPUTE, {"type": "dispute.state.changed", "data.object": {"object": older}})
    assert (event.object_id, event.status) == ("D-1", "disputed")


@pytest.mark.parametrize(
    "event_type", ["order.created", "payment.of_next_year", "dispute", "terminal.refund.updated"]
)
def test_other_types_are_ignored_whatever_they_hold(event_type: str) -> None:
    bodies: list[Any] = [REMOVED, None, [], {"id": 7}, {"id": "x", "object": 5}]
    for data in bodies:
        assert read(PAYMENT, {"type": event_type, "data": data}).status == "ignored"


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (PAYMENT, {"data": REMOVED}, "missing_data"),
        (PAYMENT, {"data.object": {}}, "missing_payment"),
        (PAYMENT, {"data.object.payment.id": REMOVED}, "missing_object_id"),
        (PAYMENT, {"data.object.payment.status": "NEXT_YEAR"}, "unknown_status"),
        (PAYMENT, {"data.object.payment.total_money.amount": 1.5}, "invalid_amount"),
        (PAYMENT, {"data.object.payment.total_money.amount": -1}, "negative_amount"),
        (PAYMENT, {"data.object.payment.total_money.currency": "BTC"}, "unknown_currency"),
        (PAYMENT, {"data.object.payment.total_money": {}}, "missing_amount"),
        (PAYMENT, {"data.object.payment.updated_at": "soon"}, "invalid_timestamp"),
        (
            PAYMENT,
            {"data.object.payment.refunded_money": {"amount": 1, "currency": "EUR"}},
            "currency_mismatch",
        ),
        (REFUND, {"data.object.refund.payment_id": REMOVED}, "missing_transaction_id"),
        (REFUND, {"data.object.refund.status": "NEXT_YEAR"}, "unknown_status"),
        (DISPUTE, {"data.object.dispute.disputed_payment": REMOVED}, "missing_transaction_id"),
        (DISPUTE, {"data.object.dispute.state": REMOVED}, "missing_status"),
    ],
)
def test_a_known_type_that_makes_no_sense_is_unreadable(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        read(name, changes)
    assert raised.value.reason == reason
