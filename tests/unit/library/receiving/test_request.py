"""What the gateway delivers, as one value; whatever it is, nothing but MalformedRequest comes out of it."""

import base64
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.errors import MalformedRequest
from payment_webhooks.headers import single_header
from payment_webhooks.receiving.request import from_api_gateway


def event(**fields: Any) -> dict[str, Any]:
    return {
        "pathParameters": {"endpoint": "stripe"},
        "multiValueHeaders": {"Stripe-Signature": ["t=1,v1=aa"]},
        "headers": {"Stripe-Signature": "t=1,v1=aa"},
        "body": "{}",
        "isBase64Encoded": False,
        "requestContext": {"requestId": "r-1", "identity": {"sourceIp": "192.0.2.1"}},
        **fields,
    }


def test_a_request_is_read() -> None:
    request = from_api_gateway(event())
    assert (request.endpoint, request.body, request.source_ip, request.request_id) == (
        "stripe",
        b"{}",
        "192.0.2.1",
        "r-1",
    )
    assert request.headers == (("stripe-signature", "t=1,v1=aa"),)


def test_base64_is_decoded_to_the_exact_bytes() -> None:
    body = b'\xef\xbb\xbf{"a": "\xff"}\r\n'
    read = from_api_gateway(event(body=base64.b64encode(body).decode(), isBase64Encoded=True))
    assert read.body == body


@pytest.mark.parametrize("body", ["not base64!", "abc"])
def test_what_is_called_base64_and_is_not_is_malformed(body: str) -> None:
    with pytest.raises(MalformedRequest, match="malformed_body"):
        from_api_gateway(event(body=body, isBase64Encoded=True))


def test_no_body_is_an_empty_body() -> None:
    assert from_api_gateway(event(body=None)).body == b""


def test_headers_of_one_name_are_all_kept_and_then_refused() -> None:
    request = from_api_gateway(event(multiValueHeaders={"Stripe-Signature": ["a", "b"], "X": ["1"]}))
    assert single_header(request.headers, "x") == "1"
    with pytest.raises(MalformedRequest, match="duplicate_header"):
        single_header(request.headers, "stripe-signature")
    with pytest.raises(MalformedRequest, match="missing_header"):
        single_header(request.headers, "absent")


def test_two_spellings_of_one_header_are_two_headers() -> None:
    request = from_api_gateway(
        event(multiValueHeaders={"stripe-signature": ["a"], "STRIPE-SIGNATURE": ["b"]})
    )
    with pytest.raises(MalformedRequest, match="duplicate_header"):
        single_header(request.headers, "stripe-signature")


def test_single_headers_serve_where_there_are_no_others() -> None:
    request = from_api_gateway(event(multiValueHeaders=None))
    assert single_header(request.headers, "stripe-signature") == "t=1,v1=aa"


@pytest.mark.parametrize("said", ["a\nb", "é", 7, None])
def test_what_a_sender_writes_does_not_end_up_in_logs(said: object) -> None:
    assert from_api_gateway(event(requestContext={"identity": {"sourceIp": said}})).source_ip == ""


TRACE = "Root=1-68e76f11-0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (TRACE, TRACE),
        (f"{TRACE};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:d4bd80c0:0", TRACE),
        (f"Self=1-68e76f12-0123456789abcdef01234567;{TRACE}", TRACE),
        (f"{TRACE};Parent=4242424242424242", TRACE),
        ("4242424242424242", ""),
        (f"4242424242424242{TRACE}", ""),
        (f"{TRACE}4242424242424242", ""),
        ("Root=1-2-3", ""),
        ("x" * 5000, ""),
    ],
)
def test_a_trace_id_is_one_of_x_ray_or_nothing(header: str, expected: str) -> None:
    """Anyone can send one, without a signature."""
    assert from_api_gateway(event(multiValueHeaders={"X-Amzn-Trace-Id": [header]})).trace_id == expected


def test_neither_body_nor_headers_are_shown() -> None:
    shown = repr(from_api_gateway(event(body="4242424242424242")))
    assert "4242" not in shown
    assert "v1=aa" not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_whatever_the_event_is_nothing_else_is_raised(document: Any) -> None:
    with suppress(MalformedRequest):
        from_api_gateway(document)


@given(st.sampled_from(sorted(event())), JSON)
def test_whatever_one_field_is_nothing_else_is_raised(field: str, value: Any) -> None:
    with suppress(MalformedRequest):
        from_api_gateway(event(**{field: value}))
