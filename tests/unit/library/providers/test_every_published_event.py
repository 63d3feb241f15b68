"""Every event of tests/events reads as its index says, and a few facts that the index leaves out."""

from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.timestamps import utc_timestamp
from tests.support.library.events import INDEX, event_body, event_document
from tests.support.library.providers import normalise, read_envelope


@pytest.mark.parametrize("case", INDEX, ids=[case["file"] for case in INDEX])
def test_every_event_reads_as_expected(case: dict[str, Any]) -> None:
    expected = case["expected"]
    event = normalise(expected["provider"], event_body(case["file"].removesuffix(".json")))
    # `created` is compared as an instant: the index leaves out a fraction of zero, the system never does.
    seen = {name: getattr(event, name) for name in expected} | {"created": utc_timestamp(event.created)}
    assert seen == expected | {"created": utc_timestamp(expected["created"])}
    assert event.created == utc_timestamp(event.created)


def test_the_index_covers_every_file() -> None:
    assert len(INDEX) == 43
    assert {case["expected"]["provider"] for case in INDEX} == set(PROVIDERS.names) - {"internal"}


@pytest.mark.parametrize("case", INDEX, ids=[case["file"] for case in INDEX])
def test_an_event_has_a_transaction_and_an_amount_unless_it_is_ignored(case: dict[str, Any]) -> None:
    event = normalise(case["expected"]["provider"], event_body(case["file"].removesuffix(".json")))
    ignored = event.status == words.IGNORED
    assert (event.object_kind == words.KIND_OTHER) == ignored
    for value in (event.transaction_id, event.amount_minor, event.currency, event.amount_meaning):
        assert (value is None) == ignored


@pytest.mark.parametrize("case", INDEX, ids=[case["file"] for case in INDEX])
def test_the_envelope_says_the_same_as_the_event(case: dict[str, Any]) -> None:
    body, provider = event_body(case["file"].removesuffix(".json")), case["expected"]["provider"]
    envelope, event = read_envelope(provider, body), normalise(provider, body)
    for name in ("event_id", "event_type", "created", "livemode"):
        assert getattr(envelope, name) == getattr(event, name)
    if provider == "paypal":  # its resources name the merchant
        assert envelope.account is None
    else:
        assert envelope.account == (
            event.account and event.account.split(":")[0]
        )  # and perhaps a location of it
    assert envelope.document == event_document(case["file"].removesuffix(".json"))


@pytest.mark.parametrize(
    ("name", "meaning", "captured_minor", "refunded_total_minor"),
    [
        ("stripe/pi_succeeded", "captured", None, None),
        ("stripe/pi_processing", "requested", None, None),
        ("stripe/pi_amount_capturable_updated", "authorized", None, None),
        ("stripe/charge_refunded_partial", "refunded_total", 1099, 300),
        ("stripe/charge_refunded_full", "refunded_total", 1099, 1099),
        ("stripe/refund_created_pending", "refund", None, None),
        ("stripe/dispute_created", "disputed", None, None),
        ("square/payment_updated_partially_refunded", "refunded_total", 2000, 500),
        ("square/payment_created_approved", "authorized", None, None),
        ("square/payment_updated_failed", "requested", None, None),
        # amount is this refund, and PayPal adds what has been refunded of the capture in all
        ("paypal/capture_refunded", "refund", None, 3000),
        # the status says that some was refunded, and nothing says how much
        ("paypal/capture_partially_refunded_status", "requested", 8000, None),
        ("paypal/authorization_created", "authorized", None, None),
    ],
)
def test_amounts_say_what_they_mean(
    name: str, meaning: str, captured_minor: int | None, refunded_total_minor: int | None
) -> None:
    event = normalise(name.split("/")[0], event_body(name))
    assert event.amount_meaning == meaning
    assert event.captured_minor == captured_minor
    assert event.refunded_total_minor == refunded_total_minor


@pytest.mark.parametrize(
    ("name", "occurred_at"),
    [
        ("stripe/pi_succeeded", "2025-10-09T06:07:40.000000Z"),  # Stripe has no other time
        ("square/payment_updated_completed", "2020-11-22T21:19:00.831000Z"),  # payment.updated_at
        ("paypal/capture_refunded", "2025-10-09T17:00:01.000000Z"),  # resource.update_time, with its offset
        ("paypal/order_approved_ignored", "2025-10-09T10:08:07.940000Z"),  # no update_time: the event's own
    ],
)
def test_occurred_at_is_when_the_object_got_its_status(name: str, occurred_at: str) -> None:
    assert normalise(name.split("/")[0], event_body(name)).occurred_at == occurred_at


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("square/payment_updated_completed", "6SSW7HV8K2ST5:S8GWD5R9QB376"),
        ("square/test_notification_ignored", "MLEFBHHSJGVHD"),
        ("stripe/pi_succeeded", None),
        ("paypal/capture_pending", None),
    ],
)
def test_the_account_is_the_merchant_and_at_square_the_location(name: str, account: str | None) -> None:
    assert normalise(name.split("/")[0], event_body(name)).account == account
