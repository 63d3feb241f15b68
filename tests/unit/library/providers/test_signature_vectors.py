"""Every vector of the three providers, through `verify`."""

import re
from typing import NoReturn

import pytest

from payment_webhooks.errors import InvalidSignature, MalformedRequest, Unavailable, WebhookError
from tests.support.library.providers import verify
from tests.support.library.vectors import Vector, vectors

ALL = [*vectors("stripe"), *vectors("square"), *vectors("paypal")]

# A body that is authentic but not JSON: the vectors reject it as a whole, `verify` accepts it. Nothing authentic is
# refused: such a body is stored as quarantined, so that a person sees it and the sender stops retrying.
AUTHENTIC_BUT_NOT_JSON = {
    ("stripe", "bom_body_signed"),
    ("stripe", "invalid_utf8_body_signed"),
    ("square", "bom_body_signed"),
    ("square", "invalid_utf8_signed"),
    ("paypal", "bom_body_signed"),
    ("paypal", "invalid_utf8_signed"),
}

# Where the code in our error is not the first word of the vector's reason.
REASONS = {
    "unsupported_algo": {"unsupported_algorithm"},
    "cert_expired": {"certificate_expired"},
    "cert_untrusted": {"certificate_untrusted"},
    "cert_wrong_name": {"certificate_wrong_name"},
    "cert_unparsable": {"certificate_unavailable"},  # transient: PayPal once served something else for hours
    "cert_url": {"certificate_url_not_allowed"},
    "cert_url_not_allowed": {"certificate_url_not_allowed"},
    "duplicate": {"malformed_header"},
    "malformed": {"malformed_header"},
    "missing_signature": {"missing_header"},
    "no_secret": {"endpoint_not_configured"},
}
EXCEPTIONS = {
    ("stripe", "space_after_comma"): {"duplicate_header"},  # so a proxy joins two headers
    ("paypal", "cert_order_reversed"): {"certificate_wrong_name"},  # the first certificate is the authority
}


def identity(vector: Vector) -> tuple[str, str]:
    return vector.provider, vector.name


def expected_reasons(vector: Vector) -> set[str]:
    first = re.match(r"\w+", vector.document["reason"])
    assert first is not None
    return EXCEPTIONS.get(identity(vector)) or REASONS.get(first[0], {first[0]})


def outcome(vector: Vector) -> str:
    """The key that verified the vector; a fetch in a vector that forbids it fails the test."""

    def refuse(url: str) -> NoReturn:
        pytest.fail(f"{url} was fetched")

    def fetch(url: str) -> bytes:
        return vector.chain

    headers, body = vector.delivered()
    fetch_certificate = refuse if vector.must_not_fetch or vector.provider != "paypal" else fetch
    return verify(vector.provider, headers, body, vector.secret, vector.now_seconds, fetch_certificate)


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector.provider}-{vector.name}")
def test_vector_gives_the_expected_result(vector: Vector) -> None:
    if vector.accepted or identity(vector) in AUTHENTIC_BUT_NOT_JSON:
        assert outcome(vector) in {key.id for key in vector.secret.keys}
        return
    with pytest.raises((MalformedRequest, InvalidSignature, Unavailable)) as refusal:
        outcome(vector)
    assert refusal.value.reason in expected_reasons(vector)


def test_the_list_of_authentic_bodies_that_are_not_json_is_complete() -> None:
    found = {
        identity(vector)
        for vector in ALL
        if vector.signature_valid and not vector.accepted and "body_not_json" in vector.document["reason"]
    }
    assert found == AUTHENTIC_BUT_NOT_JSON


def test_the_other_rejected_vector_with_a_valid_signature_is_the_one_from_the_future() -> None:
    found = {identity(vector) for vector in ALL if vector.signature_valid and not vector.accepted}
    assert found - AUTHENTIC_BUT_NOT_JSON == {("paypal", "time_future_1h")}


def test_only_an_outage_is_answered_so_that_the_sender_tries_again() -> None:
    """503 keeps the sender retrying: right for what is our or the provider's trouble, wrong for a forgery."""
    unavailable = set()
    for vector in ALL:
        try:
            outcome(vector)
        except Unavailable:
            unavailable.add(identity(vector))
        except WebhookError:
            continue
    assert unavailable == {("paypal", "cert_empty"), ("stripe", "empty_key_forgery")}


def test_the_vectors_are_all_there() -> None:
    assert len(vectors("stripe")) == 43
    assert len(vectors("square")) == 32
    assert len(vectors("paypal")) == 54
    assert sum(vector.must_not_fetch for vector in ALL) == 15
