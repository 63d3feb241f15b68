"""The one strict parse: what the receiver reads of a body, and what it refuses to read."""

import json
from typing import Any

import pytest

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.envelope import NumberText
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.events import REMOVED, changed, event_body
from tests.support.library.providers import read_envelope

STRIPE = '{"id": "evt_1", "type": "payment_intent.succeeded", "created": 1759990060'


def reason_of(provider: str, body: bytes) -> str:
    with pytest.raises(UnreadableEvent) as raised:
        read_envelope(provider, body)
    return raised.value.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "body_not_json"),
        (b"not json", "body_not_json"),
        (b"\xef\xbb\xbf" + STRIPE.encode() + b"}", "body_not_json"),  # byte order mark
        (STRIPE.encode("utf-16") + b"}", "body_not_json"),  # json.loads of bytes would guess and accept it
        (STRIPE.encode() + b', "name": "\xff"}', "body_not_json"),
        (STRIPE.encode() + b"} {}", "body_not_json"),
        (STRIPE.encode() + b', "x": NaN}', "body_not_json"),
        (STRIPE.encode() + b', "x": [-Infinity]}', "body_not_json"),
        (STRIPE.encode() + b', "x": ' + b"9" * 5000 + b"}", "body_not_json"),  # Python's limit of digits
        (b"[]", "body_not_object"),
        (b'"evt_1"', "body_not_object"),
        (b"null", "body_not_object"),
        (STRIPE.encode() + b', "id": "evt_2"}', "duplicate_key"),
        (STRIPE.encode() + b', "data": {"object": {"amount": 1, "amount": 2}}}', "duplicate_key"),
    ],
)
def test_every_reader_must_see_the_same_document(body: bytes, reason: str) -> None:
    assert reason_of("stripe", body) == reason


@pytest.mark.parametrize("levels", [64, 500, 5_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
def test_deep_nesting_is_refused_at_any_depth(levels: int, opening: str, closing: str) -> None:
    body = f'{STRIPE}, "x": {opening * levels}1{closing * levels}}}'
    assert reason_of("stripe", body.encode()) == "nesting_too_deep"


def test_nesting_up_to_the_limit_is_read() -> None:
    body = f'{STRIPE}, "x": {"[" * 63}{"]" * 63}}}'
    assert read_envelope("stripe", body.encode()).event_id == "evt_1"


def test_a_wide_document_is_not_a_deep_one() -> None:
    body = f'{STRIPE}, "x": [{",".join(["[]"] * 1000)}]}}'
    assert read_envelope("stripe", body.encode()).event_id == "evt_1"


def test_a_number_with_decimals_keeps_its_text() -> None:
    rate = read_envelope("stripe", f'{STRIPE}, "rate": 0.1000000000000000055}}'.encode()).document["rate"]
    assert isinstance(rate, NumberText)
    assert rate == "0.1000000000000000055"
    assert json.dumps(rate) == '"0.1000000000000000055"'  # a fingerprint of the document can be taken


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": REMOVED}, "missing_event_id"),
        ({"id": None}, "missing_event_id"),
        ({"id": ""}, "missing_event_id"),
        ({"id": 17}, "invalid_event_id"),
        ({"id": 1.5}, "invalid_event_id"),
        ({"id": "evt 1"}, "invalid_event_id"),
        ({"id": "evt#1"}, "invalid_event_id"),
        ({"id": "evt_1\n"}, "invalid_event_id"),
        ({"id": "\ud800"}, "invalid_event_id"),
        ({"id": "x" * 201}, "invalid_event_id"),
        ({"type": REMOVED}, "missing_event_type"),
        ({"type": {}}, "invalid_event_type"),
        ({"created": REMOVED}, "missing_timestamp"),
        ({"created": "yesterday"}, "invalid_timestamp"),
        ({"created": 1759990060.5}, "invalid_timestamp"),
        ({"created": True}, "invalid_timestamp"),
        ({"created": -5}, "invalid_timestamp"),
        ({"livemode": "false"}, "invalid_livemode"),  # a true string: test money would pass as live
        ({"livemode": 0}, "invalid_livemode"),
        ({"account": ["acct_1"]}, "invalid_account"),
    ],
)
def test_what_identifies_an_event_must_be_of_its_form(changes: dict[str, Any], reason: str) -> None:
    assert reason_of("stripe", changed("stripe/pi_succeeded", changes)) == reason


def test_ids_of_the_longest_form_are_read() -> None:
    event_id = "Az09._:-" * 25
    assert read_envelope("stripe", changed("stripe/pi_succeeded", {"id": event_id})).event_id == event_id


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_another_providers_body_is_never_taken_for_an_event(provider: str) -> None:
    for other in ("stripe/pi_succeeded", "square/payment_updated_completed", "paypal/capture_pending"):
        if provider in (other.split("/")[0], "internal"):
            continue
        assert reason_of(provider, event_body(other)).startswith("missing_")


@pytest.mark.parametrize(
    ("href", "livemode"),
    [
        ("https://api.paypal.com/v1/x", True),
        ("https://api-m.paypal.com/v1/x", True),
        ("https://API.SANDBOX.PAYPAL.COM/v1/x", False),
        ("https://api-m.sandbox.paypal.com/v1/x", False),
        ("https://api.paypal.com.evil.example/v1/x", None),
        ("https://evil.example/api.paypal.com", None),
        ("https://[", None),
        (7, None),
    ],
)
def test_paypals_environment_is_the_host_of_its_links(href: object, livemode: bool | None) -> None:
    body = changed("paypal/capture_pending", {"links": [{"href": href, "rel": "self"}]})
    assert read_envelope("paypal", body).livemode is livemode


@pytest.mark.parametrize("links", [REMOVED, None, [], ["x"], {}, [{"rel": "self"}]])
def test_paypal_without_links_does_not_say_its_mode(links: object) -> None:
    assert read_envelope("paypal", changed("paypal/capture_pending", {"links": links})).livemode is None


def test_square_never_says_its_mode() -> None:
    assert read_envelope("square", event_body("square/payment_updated_completed")).livemode is None


def test_connect_events_name_their_account() -> None:
    body = changed("stripe/pi_succeeded", {"account": "acct_1"})
    assert read_envelope("stripe", body).account == "acct_1"


def test_the_document_is_not_in_the_text_of_an_envelope() -> None:
    assert "cus_TA001" not in repr(read_envelope("stripe", event_body("stripe/pi_succeeded")))
