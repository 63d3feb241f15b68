"""Two deliveries of one event have one fingerprint, two bodies have two, and without the key it tells
nothing.
"""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.providers.envelope import parse_object
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.receiving.fingerprint import canonical, fingerprint

KEY = b"a key of its own"
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.text(max_size=6), values, max_size=5)


@given(documents)
def test_neither_the_order_of_keys_nor_blanks_count(document: dict[str, Any]) -> None:
    turned = dict(reversed(document.items()))
    assert canonical(turned, json.dumps(turned, indent=2).encode()) == canonical(
        document, json.dumps(document).encode()
    )


@given(documents, documents)
def test_other_content_is_other_bytes(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical(one, b"") == canonical(other, b"")) is same


def test_a_volatile_field_does_not_count_at_the_top_and_counts_elsewhere() -> None:
    volatile = frozenset({"pending_webhooks"})
    assert canonical({"pending_webhooks": 1}, b"", volatile) == canonical({}, b"", volatile)
    assert canonical({"pending_webhooks": 1}, b"") != canonical({}, b"")
    nested: dict[str, Any] = {"data": {"pending_webhooks": 1}}
    assert canonical(nested, b"", volatile) != canonical({"data": {}}, b"", volatile)


def test_only_stripe_has_a_volatile_field() -> None:
    volatile = {name: PROVIDERS.get(name).volatile_fields for name in PROVIDERS.names}
    assert {name: fields for name, fields in volatile.items() if fields} == {"stripe": {"pending_webhooks"}}


@given(st.binary())
def test_a_body_that_can_not_be_read_counts_as_it_is(body: bytes) -> None:
    assert canonical(None, body) == body


def test_a_document_that_is_too_deep_to_write_counts_as_it_came() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert canonical(deep, b"the body") == b"the body"
    while deep:  # taken apart by hand: the interpreter's own way is recursive
        deep = deep["a"]


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_that_json_can_hold_has_a_fingerprint(text: str) -> None:
    assert len(fingerprint(KEY, canonical({"text": text}, b""))) == 64


def test_it_is_keyed() -> None:
    data = b"4242424242424242"
    assert fingerprint(KEY, data) != hashlib.sha256(data).hexdigest()
    assert fingerprint(KEY, data) != fingerprint(b"another key", data)
    assert fingerprint(KEY, data) == fingerprint(KEY, data)


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        fingerprint(b"", b"data")


@pytest.mark.parametrize("number", ["1.0", "-1.50", "1e3", "0.1E-7"])
def test_a_number_is_not_the_text_of_it(number: str) -> None:
    def written(value: str) -> bytes:
        body = f'{{"amount": {{"values": [{value}]}}, "note": "2.5"}}'.encode()
        return canonical(parse_object(body), body)

    assert written(number) != written(f'"{number}"')
    assert written(number) == written(f" {number} ")


def test_which_of_two_values_is_the_number_counts() -> None:
    one, other = b'{"a": 1.5, "b": "1.5"}', b'{"a": "1.5", "b": 1.5}'
    assert canonical(parse_object(one), one) != canonical(parse_object(other), other)


def test_a_body_without_decimal_numbers_is_compared_as_ever() -> None:
    """Deliveries of one event come before and after an update: what is stored must still be the same."""
    body = b'{"at": "2025-10-09T06:07:40.5Z", "value": "1.00", "count": 3}'
    assert canonical(parse_object(body), body) == (
        b'{"at":"2025-10-09T06:07:40.5Z","count":3,"value":"1.00"}'
    )


def test_a_body_of_decimals_is_not_written_many_times_over() -> None:
    """A million of them must be compared within the receiver's deadline."""
    body = b'{"x": [' + b"1.5, " * 50_000 + b"1]}"
    assert len(canonical(parse_object(body), body)) <= 4 * len(body)
