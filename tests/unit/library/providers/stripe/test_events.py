"""Stripe: every type that is read, and bodies that make no sense."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import REMOVED, changed
from tests.support.library.providers import normalise


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("stripe", changed(f"stripe/{name}", changes))


def reason_of(name: str, changes: dict[str, Any]) -> str:
    with pytest.raises(UnreadableEvent) as raised:
        read(name, changes)
    return raised.value.reason


@pytest.mark.parametrize(
    ("event_type", "status", "meaning"),
    [
        ("payment_intent.created", "pending", "requested"),
        ("payment_intent.processing", "pending", "requested"),
        ("payment_intent.requires_action", "pending", "requested"),
        ("payment_intent.partially_funded", "pending", "requested"),
        ("payment_intent.payment_failed", "failed", "requested"),
        ("payment_intent.canceled", "succeeded", "captured"),  # what was left of several captures
        ("payment_intent.amount_capturable_updated", "authorized", "authorized"),
        ("payment_intent.succeeded", "succeeded", "captured"),
    ],
)
def test_payment_intents(event_type: str, status: str, meaning: str) -> None:
    amounts = {
        "data.object.amount": 700,
        "data.object.amount_capturable": 600,
        "data.object.amount_received": 500,
        "data.object.status": "requires_capture",
    }
    event = read("pi_succeeded", {"type": event_type, **amounts})
    assert (event.object_kind, event.status, event.amount_meaning) == ("payment", status, meaning)
    assert event.amount_minor == {"requested": 700, "authorized": 600, "captured": 500}[meaning]


@pytest.mark.parametrize(
    ("event_type", "changes", "expected"),
    [
        ("charge.pending", {}, ("pending", 100, "requested")),
        ("charge.failed", {}, ("failed", 100, "requested")),
        ("charge.expired", {"captured": False, "amount_captured": 0}, ("canceled", 100, "requested")),
        # What was left of several captures has expired.
        ("charge.expired", {"captured": False, "amount_captured": 70}, ("succeeded", 70, "captured")),
        ("charge.succeeded", {"captured": False, "amount_captured": 0}, ("authorized", 100, "authorized")),
        ("charge.captured", {"amount_captured": 70}, ("succeeded", 70, "captured")),
        # API versions before 2020 have no amount_captured
        ("charge.succeeded", {"amount_captured": None}, ("succeeded", 100, "captured")),
        ("charge.refunded", {"amount_refunded": 40}, ("partially_refunded", 40, "refunded_total")),
        # A partial capture counts the rest of the authorisation as refunded: it was never captured.
        ("charge.refunded", {"amount_captured": 70, "amount_refunded": 30}, ("succeeded", 70, "captured")),
        (
            "charge.refunded",
            {"amount_captured": 70, "amount_refunded": 40},
            ("partially_refunded", 10, "refunded_total"),
        ),
        (
            "charge.refunded",
            {"amount_captured": 70, "amount_refunded": 100},
            ("refunded", 70, "refunded_total"),
        ),
        # The release of an authorisation comes as charge.refunded too: nothing was ever captured.
        (
            "charge.refunded",
            {"captured": False, "amount_captured": 0, "amount_refunded": 100},
            ("canceled", 100, "requested"),
        ),
    ],
)
def test_charges(event_type: str, changes: dict[str, Any], expected: tuple[str, int, str]) -> None:
    fields = {f"data.object.{name}": value for name, value in changes.items()}
    event = read("charge_succeeded_no_pi", {"type": event_type, **fields})
    assert (event.status, event.amount_minor, event.amount_meaning) == expected
    assert event.object_kind == "payment"
    assert event.transaction_id == "ch_3SGA014"


@pytest.mark.parametrize(
    "event_type", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
)
@pytest.mark.parametrize(
    ("stripe_status", "status"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("succeeded", "refunded"),
        ("failed", "failed"),
        ("canceled", "canceled"),
    ],
)
def test_refunds(event_type: str, stripe_status: str, status: str) -> None:
    event = read("refund_created_pending", {"type": event_type, "data.object.status": stripe_status})
    assert (event.object_kind, event.status, event.amount_minor) == ("refund", status, 400)
    assert (event.transaction_id, event.object_id) == ("pi_3SGA011", "re_3SGA011")


@pytest.mark.parametrize("suffix", ["created", "updated", "funds_withdrawn", "funds_reinstated", "closed"])
@pytest.mark.parametrize(
    ("stripe_status", "status"),
    [
        ("warning_needs_response", "inquiry"),
        ("warning_of_next_year", "inquiry"),
        ("warning_closed", "dispute_won"),
        ("needs_response", "disputed"),
        ("under_review", "disputed"),
        ("appeal_needs_response", "disputed"),
        ("appeal_under_review", "disputed"),
        ("won", "dispute_won"),
        ("prevented", "dispute_won"),
        ("lost", "dispute_lost"),
        ("a_status_of_next_year", "disputed"),
    ],
)
def test_disputes(suffix: str, stripe_status: str, status: str) -> None:
    changes = {"type": f"charge.dispute.{suffix}", "data.object.status": stripe_status}
    event = read("dispute_created", changes)
    assert (event.object_kind, event.status, event.amount_meaning) == ("dispute", status, "disputed")


def test_expanded_references_are_read() -> None:
    event = read(
        "charge_refunded_full", {"data.object.payment_intent": {"id": "pi_9", "object": "payment_intent"}}
    )
    assert event.transaction_id == "pi_9"


def test_a_refund_without_an_intent_belongs_to_its_charge() -> None:
    assert read("refund_created_pending", {"data.object.payment_intent": None}).transaction_id == "ch_3SGA011"


def test_a_refund_of_a_customers_cash_balance_is_a_transaction_of_its_own() -> None:
    event = read("refund_created_pending", {"data.object.payment_intent": None, "data.object.charge": None})
    assert (event.transaction_id, event.object_id, event.amount_minor) == ("re_3SGA011", "re_3SGA011", 400)


@pytest.mark.parametrize("event_type", ["payment_intent.succeeded", "v1.payment_intent.succeeded"])
def test_a_thin_event_of_a_payment_waits_for_a_person(event_type: str) -> None:
    assert reason_of("pi_succeeded", thin(event_type)) == "thin_event"


def test_other_thin_events_are_ignored_for_being_thin_and_named() -> None:
    event = read("pi_succeeded", thin("v1.billing.meter.no_meter_found"))
    assert (event.event_id, event.status, event.object_id) == ("evt_3SGev0001Test", "ignored", "pi_1")
    assert event.ignored_for == "thin_event"
    assert event.created == "2025-10-09T06:07:40.123000Z"


def thin(event_type: str) -> dict[str, Any]:
    return {
        "object": "v2.core.event",
        "type": event_type,
        "created": "2025-10-09T06:07:40.123Z",
        "data": REMOVED,
        "related_object": {"id": "pi_1", "type": "payment_intent", "url": "/v1/payment_intents/pi_1"},
    }


@pytest.mark.parametrize(
    "event_type", ["account.updated", "setup_intent.succeeded", "payment_intent.of_next_year", "charge"]
)
def test_other_types_are_ignored_whatever_they_hold(event_type: str) -> None:
    for data in ({"data": REMOVED}, {"data": {"object": {"id": 5, "customer": []}}}, {"data": [1]}):
        assert read("pi_succeeded", {"type": event_type, **data}).status == "ignored"


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("pi_succeeded", {"data": REMOVED}, "missing_data"),
        ("pi_succeeded", {"data.object": REMOVED}, "missing_object"),
        ("pi_succeeded", {"data.object": []}, "invalid_object"),
        ("pi_succeeded", {"data.object.id": REMOVED}, "missing_object_id"),
        ("pi_succeeded", {"data.object.id": "pi#1"}, "invalid_object_id"),
        ("pi_succeeded", {"data.object.amount_received": REMOVED}, "missing_amount"),
        ("pi_succeeded", {"data.object.amount_received": 10.99}, "invalid_amount"),
        ("pi_succeeded", {"data.object.amount_received": 1099.0}, "invalid_amount"),
        ("pi_succeeded", {"data.object.amount_received": "1099"}, "invalid_amount"),
        ("pi_succeeded", {"data.object.amount_received": -1099}, "negative_amount"),
        ("pi_succeeded", {"data.object.amount_received": 10**20}, "amount_too_large"),
        ("pi_succeeded", {"data.object.currency": REMOVED}, "missing_currency"),
        ("pi_succeeded", {"data.object.currency": "btc"}, "unknown_currency"),
        ("pi_succeeded", {"data.object.customer": 7}, "invalid_customer_id"),
        ("pi_succeeded", {"data.object.object": "charge"}, "unexpected_object"),
        ("charge_refunded_full", {"data.object.amount_refunded": -1}, "negative_amount"),
        ("refund_created_pending", {"data.object.status": None}, "missing_status"),
        ("refund_created_pending", {"data.object.status": "of_next_year"}, "unknown_status"),
        (
            "dispute_created",
            {"data.object.payment_intent": None, "data.object.charge": None},
            "missing_transaction_id",
        ),
        ("dispute_created", {"data.object.status": 5}, "invalid_status"),
        ("dispute_created", {"data.object.created": "yesterday"}, "invalid_timestamp"),
    ],
)
def test_a_known_type_that_makes_no_sense_is_unreadable(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    assert reason_of(name, changes) == reason
