"""The document in an endpoint's secret: read strictly, edited purely, never shown."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.endpoints.secret_document import (
    EndpointSecret,
    add_key,
    dump_endpoint_secret,
    parse_endpoint_secret,
    retire_key,
    set_keys,
)
from payment_webhooks.errors import Unavailable

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "mode": "live",
    "account": None,
    "keys": [{"id": "key-1", "value": "whsec_a"}],
}


def test_a_secret_that_was_just_made_has_no_keys() -> None:
    assert parse_endpoint_secret('{"mode": "test", "account": null, "keys": []}') == EndpointSecret()


def test_the_mode_had_another_name_once() -> None:
    former = parse_endpoint_secret('{"environment": "live", "account": null, "keys": []}')
    assert former == EndpointSecret(mode="live")
    written = json.loads(dump_endpoint_secret(former))
    assert written["mode"] == "live"
    assert "environment" not in written
    assert parse_endpoint_secret('{"environment": "test", "mode": "live", "keys": []}').mode == "live"


@given(st.lists(st.text("abc123", min_size=1, max_size=9), unique=True, max_size=4))
def test_what_is_written_is_read_back(values: list[str]) -> None:
    secret = set_keys(
        EndpointSecret(mode="live", account="acct_1", ignores_test_events=True), tuple(values), NOW
    )
    assert parse_endpoint_secret(dump_endpoint_secret(secret)) == secret
    assert [key.value for key in secret.keys] == values


def test_a_new_key_is_the_newest_and_every_id_is_its_own() -> None:
    secret = add_key(add_key(EndpointSecret(), "first", NOW), "second", NOW)
    assert [key.value for key in secret.keys] == ["second", "first"]
    assert len({key.id for key in secret.keys}) == 2


def test_a_retired_key_is_gone_and_the_last_one_stays() -> None:
    secret = add_key(add_key(EndpointSecret(), "old", NOW), "new", NOW)
    kept = retire_key(secret, secret.keys[1].id)
    assert [key.value for key in kept.keys] == ["new"]
    with pytest.raises(ValueError, match="last live key"):
        retire_key(kept, kept.keys[0].id)
    with pytest.raises(ValueError, match="no live key"):
        retire_key(kept, "key-of-nobody")
    assert retire_key(kept, kept.keys[0].id, even_last=True).keys == ()


@pytest.mark.parametrize("value", ["", " whsec_a", "whsec_a\n", "schlüssel", "a\x00b", "x" * 513])
def test_a_key_that_was_copied_badly_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ValueError, match="a key") as refused:
        add_key(EndpointSecret(), value, NOW)
    assert not value.strip() or value.strip() not in str(refused.value)


def test_a_key_may_have_512_characters() -> None:
    assert add_key(EndpointSecret(), "x" * 512, NOW).keys


def test_the_same_key_twice_and_one_too_many_are_refused() -> None:
    secret = set_keys(EndpointSecret(), tuple(f"key{number}" for number in range(4)), NOW)
    with pytest.raises(ValueError, match="live already"):
        add_key(secret, "key0", NOW)
    with pytest.raises(ValueError, match="retire one first"):
        add_key(secret, "another", NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "staging"},
        {"mode": None},
        {"ignores_test_events": "no"},
        {"keys": "whsec_a"},
        {"keys": ["whsec_a"]},
        {"keys": [{"id": "key-1", "value": ""}]},
        {"keys": [{"id": "", "value": "whsec_a"}]},
        {"keys": [{"id": "key 1", "value": "whsec_a"}]},
        {"keys": [{"id": "key-1", "value": "a"}, {"id": "key-1", "value": "b"}]},
        {"keys": [{"id": "key-1", "value": "a", "added_at": 7}]},
        {"keys": [{"id": f"key-{number}", "value": f"v{number}"} for number in range(5)]},
        {"notification_url": 7},
        {"notification_url": "https://hooks.example.com/é"},
        {"certificates": ["pem"]},
        {"certificates": {"https://a": 7}},
        {"trust_anchors": "pem"},
    ],
)
def test_a_document_of_another_form_verifies_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="secret_malformed"):
        parse_endpoint_secret(json.dumps({**DOCUMENT, **change}))


@given(st.text() | st.builds("{}".format, st.integers()) | st.just("[" * 100_000))
def test_whatever_the_text_is_nothing_else_is_raised(text: str) -> None:
    with pytest.raises(Unavailable, match="secret_malformed"):
        parse_endpoint_secret(text)


def test_a_document_that_secrets_manager_could_not_hold_is_refused() -> None:
    largest = json.dumps(DOCUMENT).ljust(65_536)
    assert parse_endpoint_secret(largest).mode == "live"
    with pytest.raises(Unavailable):
        parse_endpoint_secret(largest + " ")


def test_fields_of_a_later_version_are_left_alone() -> None:
    assert parse_endpoint_secret(json.dumps({**DOCUMENT, "later": {"a": 1}})).mode == "live"


def test_no_key_is_shown() -> None:
    assert "whsec_a" not in repr(parse_endpoint_secret(json.dumps(DOCUMENT)))
