"""Stripe checkout sessions, and that a session, a charge and an intent tell one payment alike."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import changed, event_body, event_document
from tests.support.library.providers import normalise

SESSION: dict[str, Any] = {
    "id": "cs_1",
    "object": "checkout.session",
    "mode": "payment",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "amount_total": 1099,
    "currency": "eur",
    "customer": "cus_1",
}


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("stripe", changed(f"stripe/{name}", changes))


def session(event_type: str, **changes: object) -> NormalisedEvent:
    return read("pi_succeeded", {"type": f"checkout.session.{event_type}", "data.object": SESSION | changes})


@pytest.mark.parametrize(
    ("event_type", "payment_status", "status", "meaning"),
    [
        ("completed", "paid", "succeeded", "captured"),
        ("completed", "no_payment_required", "succeeded", "captured"),
        ("completed", "unpaid", "pending", "requested"),
        ("async_payment_succeeded", "paid", "succeeded", "captured"),
        ("async_payment_failed", "unpaid", "failed", "requested"),
        ("expired", "unpaid", "canceled", "requested"),
    ],
)
def test_checkout_sessions(event_type: str, payment_status: str, status: str, meaning: str) -> None:
    event = session(event_type, payment_status=payment_status)
    assert (event.status, event.amount_meaning, event.amount_minor) == (status, meaning, 1099)
    assert (event.transaction_id, event.object_id, event.customer_id) == ("pi_1", "cs_1", "cus_1")


def test_a_session_without_an_intent_is_its_own_transaction() -> None:
    assert session("expired", payment_intent=None, payment_status="unpaid").transaction_id == "cs_1"


@pytest.mark.parametrize("mode", ["subscription", "setup"])
def test_a_session_whose_invoice_takes_the_money_is_not_told_twice(mode: str) -> None:
    event = session("completed", payment_intent=None, mode=mode, amount_total=None, currency=None)
    assert (event.status, event.object_kind, event.object_id) == ("ignored", "other", "cs_1")


def test_a_session_with_an_intent_is_its_payment_whatever_its_mode() -> None:
    assert session("completed", mode="subscription").transaction_id == "pi_1"


def test_a_session_of_an_unknown_status_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent) as raised:
        session("completed", payment_status="of_next_year")
    assert raised.value.reason == "unknown_status"


def test_intent_charge_and_session_tell_the_same() -> None:
    intent = normalise("stripe", event_body("stripe/pi_succeeded"))
    charge_object = event_document("stripe/charge_succeeded_no_pi")["data"]["object"]
    told = {"payment_intent": "pi_3SGA001", "amount": 1099, "amount_captured": 1099}
    charge = read("pi_succeeded", {"type": "charge.succeeded", "data.object": charge_object | told})
    checkout = session("completed", payment_intent="pi_3SGA001")
    for event in (charge, checkout):
        for name in ("transaction_id", "object_kind", "status", "amount_minor", "amount_meaning"):
            assert getattr(event, name) == getattr(intent, name)
