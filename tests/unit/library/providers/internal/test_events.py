"""In-house senders: the table of docs/internal-events.md."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.internal.events import _KINDS
from tests.support.library.providers import normalise

DOCUMENTATION = Path(__file__).parents[5] / "docs" / "internal-events.md"
PAYMENT: dict[str, Any] = {
    "id": "evt_1",
    "type": "payment.succeeded",
    "created_at": "2025-10-09T06:07:40+02:00",
    "transaction_id": "order-1",
    "amount_minor": 1099,
    "currency": "EUR",
    "status": "succeeded",
    "customer_id": "c-1",
}


def read(**changes: object) -> NormalisedEvent:
    return normalise("internal", json.dumps(PAYMENT | changes).encode())


def test_a_payment() -> None:
    assert read() == NormalisedEvent(
        provider="internal",
        event_id="evt_1",
        event_type="payment.succeeded",
        created="2025-10-09T04:07:40.000000Z",
        occurred_at="2025-10-09T04:07:40.000000Z",
        transaction_id="order-1",
        object_kind="payment",
        object_id="order-1",
        status="succeeded",
        amount_minor=1099,
        amount_meaning="captured",
        currency="EUR",
        amount_provider_raw=1099,
        captured_minor=None,
        refunded_total_minor=None,
        customer_id="c-1",
        livemode=None,
        account=None,
        object_created_at=None,
        authorized_minor=None,
        released_minor=None,
        withdrawn_minor=None,
        fee_minor=None,
        provider_status=None,
        occasion=None,
        outside_provider=None,
        arrival_date=None,
        invoice_id=None,
        subscription_id=None,
        order_id=None,
        shares=(),
        payment_ids=("order-1",),
    )


@pytest.mark.parametrize(
    ("kind", "said", "status", "meaning"),
    [
        ("payment", "pending", "pending", "requested"),
        ("payment", "authorized", "authorized", "authorized"),
        ("payment", "succeeded", "succeeded", "captured"),
        ("payment", "failed", "failed", "requested"),
        ("payment", "canceled", "canceled", "requested"),
        ("refund", "pending", "pending", "refund"),
        ("refund", "succeeded", "refunded", "refund"),
        ("refund", "failed", "failed", "refund"),
        ("refund", "canceled", "canceled", "refund"),
        ("dispute", "open", "disputed", "disputed"),
        ("dispute", "won", "dispute_won", "disputed"),
        ("dispute", "lost", "dispute_lost", "disputed"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".updated", "."])
def test_status_decides_and_a_suffix_says_nothing(
    kind: str, said: str, status: str, meaning: str, suffix: str
) -> None:
    for event_type in (kind + suffix, f"{kind}.{said}"):
        event = read(type=event_type, status=said)
        assert (event.object_kind, event.status, event.amount_meaning) == (kind, status, meaning)
        assert event.transaction_id == "order-1"


def test_a_refund_names_itself_or_is_one_an_event() -> None:
    assert read(type="refund", object_id="r-1").object_id == "r-1"
    assert read(type="refund").object_id == "evt_1"


@pytest.mark.parametrize("livemode", [True, False])
def test_a_sender_may_tell_test_money(livemode: bool) -> None:
    assert read(livemode=livemode).livemode is livemode


@pytest.mark.parametrize("event_type", ["invoice.created", "payments", "ping", "PAYMENT.succeeded"])
def test_other_types_are_ignored(event_type: str) -> None:
    event = read(type=event_type, amount_minor="x", currency=None)
    assert (event.status, event.object_kind, event.transaction_id) == ("ignored", "other", None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "payment.failed"}, "status_contradicts_type"),
        ({"status": "paid"}, "unknown_status"),
        ({"status": None}, "missing_status"),
        ({"status": "refunded"}, "unknown_status"),  # a payment is refunded by its refunds
        ({"amount_minor": 10.99}, "invalid_amount"),
        ({"amount_minor": "1099"}, "invalid_amount"),
        ({"amount_minor": -1}, "negative_amount"),
        ({"amount_minor": None}, "missing_amount"),
        ({"currency": "EURO"}, "unknown_currency"),
        ({"transaction_id": None}, "missing_transaction_id"),
        ({"transaction_id": "a b"}, "invalid_transaction_id"),
        ({"customer_id": {}}, "invalid_customer_id"),
        ({"type": "refund", "object_id": 5}, "invalid_object_id"),
        ({"livemode": "yes"}, "invalid_livemode"),
    ],
)
def test_a_known_kind_that_makes_no_sense_is_unreadable(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        read(**changes)
    assert raised.value.reason == reason


def test_the_documentation_has_every_kind_and_status() -> None:
    documented: dict[str, set[str]] = {}
    kind = ""
    for row in re.findall(r"^\| (?:`(\w+)`)? *\| (`[^|]+`) \| [^|`]+ \|", DOCUMENTATION.read_text(), re.M):
        kind = row[0] or kind
        documented.setdefault(kind, set()).update(re.findall(r"`(\w+)`", row[1]))
    assert documented == {kind: set(statuses) for kind, statuses in _KINDS.items()}


def test_the_documented_example_is_read() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENTATION.read_text(), re.S)
    event = normalise("internal", example.encode())
    assert (event.status, event.amount_minor, event.currency) == ("succeeded", 1099, "EUR")
