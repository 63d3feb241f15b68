"""Payouts of all providers: what their events say, and what they leave out."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import REMOVED, changed, event_body
from tests.support.library.providers import normalise

STRIPE, SQUARE, PAYPAL = (
    "stripe/payout_paid",
    "square/payout_sent_published",
    "paypal/payouts_item_unclaimed",
)


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise(name.split("/")[0], changed(name, changes))


@pytest.mark.parametrize(
    "event_type", ["created", "updated", "paid", "failed", "canceled", "reconciliation_completed"]
)
@pytest.mark.parametrize("status", ["pending", "in_transit", "paid", "failed", "canceled"])
def test_stripes_payout_has_its_own_status_whatever_the_event(event_type: str, status: str) -> None:
    event = read(STRIPE, {"type": f"payout.{event_type}", "data.object.status": status})
    assert (event.object_kind, event.status, event.provider_status) == ("payout", status, status)
    assert (event.transaction_id, event.object_id) == ("po_3SGA001", "po_3SGA001")


def test_stripe_says_when_it_arrives_whose_it_is_and_why_it_failed() -> None:
    failed = {"data.object.status": "failed", "data.object.failure_code": "account_closed"}
    event = read(STRIPE, {"account": "acct_1", **failed})
    assert (event.arrival_date, event.account) == ("2025-10-10", "acct_1")
    assert (event.amount_minor, event.amount_meaning, event.currency) == (123400, "paid_out", "EUR")
    assert event.provider_status == "account_closed"
    assert event.object_created_at == "2025-10-09T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("event_type", "square_status", "status"),
    [("sent", "SENT", "in_transit"), ("paid", "PAID", "paid"), ("failed", "FAILED", "failed")],
)
def test_squares_payout_is_of_its_location(event_type: str, square_status: str, status: str) -> None:
    event = read(SQUARE, {"type": f"payout.{event_type}", "data.object.payout.status": square_status})
    assert (event.object_kind, event.status, event.provider_status) == ("payout", status, square_status)
    assert (event.account, event.arrival_date) == ("MLEWJTMNJN37Z:LRJNZCB190DTQ", "2021-07-13")
    assert (event.amount_minor, event.amount_meaning, event.currency) == (457, "paid_out", "EUR")


def test_squares_money_may_call_its_currency_as_its_schema_does() -> None:
    assert (
        read(SQUARE, {"data.object.payout.amount_money": {"amount": 7, "currency": "JPY"}}).currency == "JPY"
    )


@pytest.mark.parametrize(
    ("name", "path"), [(STRIPE, "data.object.amount"), (SQUARE, "data.object.payout.amount_money.amount")]
)
def test_what_is_taken_from_the_bank_is_less_than_nothing(name: str, path: str) -> None:
    event = read(name, {path: -1234})
    assert (event.amount_minor, event.amount_provider_raw) == (-1234, -1234)


@pytest.mark.parametrize(
    ("event_type", "item_status", "status"),
    [
        ("SUCCEEDED", "SUCCESS", "paid"),
        ("HELD", "ONHOLD", "pending"),
        ("UNCLAIMED", "UNCLAIMED", "in_transit"),
        ("FAILED", "FAILED", "failed"),
        ("BLOCKED", "BLOCKED", "failed"),
        ("RETURNED", "RETURNED", "failed"),
        ("REFUNDED", "REFUNDED", "failed"),
        ("CANCELED", "RETURNED", "canceled"),
        # Rendered when it was sent: the item is further on.
        ("UNCLAIMED", "SUCCESS", "paid"),
        # Without a status that is known, the type says it.
        ("DENIED", "A_STATUS_OF_NEXT_YEAR", "failed"),
        ("SUCCEEDED", None, "paid"),
    ],
)
def test_paypals_payout_is_money_that_the_seller_sends(
    event_type: str, item_status: str | None, status: str
) -> None:
    event_type = f"PAYMENT.PAYOUTS-ITEM.{event_type}"
    event = read(PAYPAL, {"event_type": event_type, "resource.transaction_status": item_status})
    assert (event.object_kind, event.status) == ("payout", status)
    assert (event.amount_minor, event.amount_meaning, event.currency) == (100, "sent", "USD")
    assert (event.transaction_id, event.arrival_date, event.account) == ("C9K5LFQ3E8P7W", None, None)


def test_nothing_of_the_receiver_is_kept() -> None:
    event = normalise("paypal", event_body(PAYPAL))
    assert "receiver@example.com" not in repr(event)
    assert "patronage" not in repr(event)


@pytest.mark.parametrize("event_type", ["SUCCESS", "PROCESSING", "DENIED"])
def test_a_batch_is_not_counted_beside_its_items(event_type: str) -> None:
    batch = {"batch_header": {"payout_batch_id": "JNAJWX4XWB9V2", "batch_status": "SUCCESS"}}
    event = read(PAYPAL, {"event_type": f"PAYMENT.PAYOUTSBATCH.{event_type}", "resource": batch})
    assert (event.status, event.object_kind) == ("ignored", "other")


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (STRIPE, {"data.object.status": "lost"}, "unknown_status"),
        (STRIPE, {"data.object.amount": "1"}, "invalid_amount"),
        (STRIPE, {"data.object.arrival_date": "soon"}, "invalid_timestamp"),
        (STRIPE, {"data.object.id": None}, "missing_object_id"),
        (SQUARE, {"data.object.payout.status": "SETTLED"}, "unknown_status"),
        (SQUARE, {"data.object.payout.arrival_date": "13.07.2021"}, "invalid_timestamp"),
        (SQUARE, {"data.object.payout.amount_money.amount": True}, "invalid_amount"),
        (SQUARE, {"data.object.payout.amount_money": None}, "missing_amount"),
        (PAYPAL, {"resource.payout_item": REMOVED}, "missing_payout_item"),
        (PAYPAL, {"resource.payout_item.amount.value": "-1.00"}, "negative_amount"),
        (PAYPAL, {"resource.payout_item_id": "a#b"}, "invalid_object_id"),
    ],
)
def test_bodies_that_make_no_sense(name: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        read(name, changes)
    assert raised.value.reason == reason
