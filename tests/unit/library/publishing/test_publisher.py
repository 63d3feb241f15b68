"""The event of a row: what it says, that it is published whole or not at all, and by whom again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import Unavailable
from payment_webhooks.publishing.configuration import Configuration
from payment_webhooks.publishing.publisher import EventPublisher, event_detail
from tests.support.library.ledger import dispute_event, payment_event, refund_event, told_of
from tests.support.library.processing import Processing
from tests.support.library.receiving import event

EVENTS = Path(__file__).parents[3] / "events"
PAID = payment_event(words.SUCCEEDED, 5)
TAKEN = {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}


def details(*events: NormalisedEvent) -> list[dict[str, Any]]:
    return [event_detail(*told) for told in told_of(*events, is_high_value=Configuration().is_high_value)]


def detail(event: NormalisedEvent) -> dict[str, Any]:
    (told,) = details(event)
    return told


class Bus:
    """EventBridge: what was put, and the answers to come."""

    def __init__(self, *answers: Mapping[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.entries: list[dict[str, Any]] = []
        self.publish = EventPublisher(self._call, "bus-dev", lambda: "Root=1-2-3")

    @property
    def details(self) -> list[dict[str, Any]]:
        return [json.loads(entry["Detail"]) for entry in self.entries]

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert operation == "PutEvents"
        (entry,) = parameters["Entries"]
        self.entries.append(entry)
        answer = self.answers.pop(0) if self.answers else TAKEN
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


# Of a payment that was captured and nothing else.
CAPTURED = {
    "status": "succeeded",
    "dispute_status": None,
    "currency": "USD",
    "authorized_minor": 0,
    "captured_minor": 1_099,
    "captured_unconfirmed_minor": 0,
    "refunded_minor": 0,
    "refunded_unconfirmed_minor": 0,
    "disputed_minor": 0,
    "disputed_unconfirmed_minor": 0,
    "held_minor": 0,
    "held_unconfirmed_minor": 0,
    "fee_minor": None,
    "declined_attempts": 0,
    "confirmed": True,
    "flags": (),
}


def test_an_event_says_what_happened_in_ids_and_amounts() -> None:
    told = detail(payment_event(words.SUCCEEDED, 1_099, event_id="evt_1"))
    assert told.pop("dedupe_id").isalnum()
    assert told == {
        "transaction_id": "stripe:pi_1",
        "event_id": "evt_1",
        "webhook_id": "stripe:evt_1",
        "endpoint": "stripe",
        "provider": "stripe",
        "event_type": "payment.succeeded",
        "object_kind": "payment",
        "object_id": "pi_1",
        "state": "succeeded",
        "amount_minor": 1_099,
        "amount": "10.99",
        "amount_meaning": "captured",
        "currency": "USD",
        "customer_id": None,
        "account": None,
        "invoice_id": None,
        "subscription_id": None,
        "order_id": None,
        "arrival_date": None,
        "occurred_at": "2025-10-09T06:06:40.000000Z",
        "livemode": True,
        "confirmed": True,
        "high_value": False,
        "moves_money": True,
        "notification_types": ["payment_confirmation"],
        "summary": "10.99 USD was captured. Payment stripe:pi_1 is succeeded now: "
        "captured 10.99 USD, net 10.99 USD.",
        "version": 1,
        "changes": {name: (None, value) for name, value in CAPTURED.items() if value is not None},
        "payment": CAPTURED,
    }


def test_a_later_event_says_what_it_changed_and_what_the_payment_is_now() -> None:
    told = details(payment_event(words.SUCCEEDED, 1_099), refund_event("re_1", words.REFUNDED, 99, 1))[-1]
    assert told["version"] == 2
    assert told["changes"] == {"status": ("succeeded", "partially_refunded"), "refunded_minor": (0, 99)}
    assert (told["payment"]["captured_minor"], told["payment"]["refunded_minor"]) == (1_099, 99)
    assert told["notification_types"] == ["payment_refunded"]


def test_an_amount_that_the_provider_does_not_tell_is_none() -> None:
    told = detail(payment_event(words.PENDING, None))
    assert (told["amount_minor"], told["amount"], told["high_value"]) == (None, None, False)


@pytest.mark.parametrize(("amount_minor", "high"), [(1_000_000, False), (1_000_001, True)])
def test_high_value_is_over_the_threshold(amount_minor: int, high: bool) -> None:
    assert detail(payment_event(words.SUCCEEDED, amount_minor))["high_value"] is high


def test_the_dedupe_id_is_that_of_the_event() -> None:
    events = [payment_event(words.SUCCEEDED, minor, event_id=name) for minor, name in ((5, "a"), (6, "b"))]
    first, second = (told["dedupe_id"] for told in details(*events))
    assert first != second
    assert first == detail(events[0])["dedupe_id"]
    assert len(first) == 64


def test_high_value_is_told_once_for_each_movement_of_money() -> None:
    much = 2_000_000
    life = [
        payment_event(words.PENDING, much),
        payment_event(words.FAILED, much),
        payment_event(words.AUTHORIZED, much),
        payment_event(words.SUCCEEDED, much),
        refund_event("re_1", words.PENDING, much),
        payment_event(words.REFUNDED, much),
        refund_event("re_1", words.REFUNDED, much),
        refund_event("re_2", words.FAILED, much),
        dispute_event("dp_1", words.INQUIRY, much),
        dispute_event("dp_1", words.DISPUTED, much),
        dispute_event("dp_1", words.DISPUTE_LOST, much),
    ]
    told = [(each["object_kind"], each["state"]) for each in details(*life) if each["high_value"]]
    # A dispute of what has been refunded already is beyond the payment's money; the ledger takes it at its word.
    assert told == [("payment", "succeeded"), ("payment", "refunded"), ("dispute", "disputed")]


@pytest.mark.parametrize(
    ("events", "moves"),
    [
        ([payment_event(words.PENDING, 5)], False),
        ([payment_event(words.AUTHORIZED, 5)], False),
        ([payment_event(words.FAILED, 5)], False),
        ([payment_event(words.CANCELED, 5)], False),
        ([PAID], True),
        ([PAID, payment_event(words.REFUNDED, 5, 1)], True),
        ([PAID, refund_event("re_1", words.PENDING, 5, 1)], False),
        ([PAID, refund_event("re_1", words.REFUNDED, 5, 1)], True),
        ([PAID, refund_event("re_1", words.FAILED, 5, 1)], False),
        (
            [PAID, refund_event("re_1", words.REFUNDED, 5, 1), refund_event("re_1", words.FAILED, 5, 2)],
            True,
        ),
        ([PAID, dispute_event("dp_1", words.INQUIRY, 5, 1)], False),
        ([PAID, dispute_event("dp_1", words.DISPUTED, 5, 1)], True),
        ([PAID, dispute_event("dp_1", words.DISPUTE_WON, 5, 1)], False),  # nobody told that it was opened
    ],
)
def test_what_moves_money(events: list[NormalisedEvent], moves: bool) -> None:
    assert details(*events)[-1]["moves_money"] is moves


def test_each_row_that_changes_something_is_one_event_of_our_source() -> None:
    bus = Bus()
    processing = Processing(publisher=bus.publish)
    processing.process(processing.store("internal", event(id="ev-1")))
    processing.process(processing.store("internal", event(id="ev-2")))
    (entry,) = bus.entries
    assert entry["EventBusName"] == "bus-dev"
    assert (entry["Source"], entry["DetailType"]) == ("payment.processor", "Payment Processed")
    assert entry["TraceHeader"] == "Root=1-2-3"
    assert bus.details[0]["event_id"] == "ev-1"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}, "events_Throttling"),
        ({"FailedEntryCount": 1, "Entries": [{}]}, "events_entry_failed"),
        ({}, "events_entry_failed"),
        (Unavailable("events_timeout"), "events_timeout"),
    ],
)
def test_an_entry_that_was_not_taken_is_published_by_the_retry(
    answer: Mapping[str, Any] | Exception, reason: str
) -> None:
    bus = Bus(answer)
    processing = Processing(publisher=bus.publish)
    keys = processing.store("internal", event())
    with pytest.raises(Unavailable, match=reason):
        processing.process(keys)
    assert processing.item(keys)["status"] == "received"
    assert processing.process(keys).published is True
    first, second = bus.details
    assert first == second
    assert processing.item(keys)["status"] == "processed"


def test_what_is_not_confirmed_says_so() -> None:
    bus = Bus()
    processing = Processing(publisher=bus.publish)
    body = (EVENTS / "paypal/capture_completed_jpy.json").read_bytes()
    processing.process(processing.store("paypal", body))
    (told,) = bus.details
    assert (told["confirmed"], told["moves_money"]) == (False, True)
    assert told["amount"] == str(told["amount_minor"])  # the yen has no decimals
