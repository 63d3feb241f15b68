"""No provider is registered that takes a forged request."""

import re

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.errors import InvalidSignature, Rejected, Unavailable
from payment_webhooks.headers import Headers
from payment_webhooks.providers.registry import PROVIDERS
from scripts.provider_simulator.simulator import Simulator, forge, sign, simulator_of
from tests.support.library.providers import verify
from tests.support.library.receiving import KEY, NOW, Receiving, event

RECEIVING = Receiving()
SECRET = RECEIVING.secret(KEY)
EVERY = pytest.mark.parametrize("provider", PROVIDERS.names)


def received(sent: list[tuple[str, str]]) -> Headers:
    return tuple((name.lower(), value) for name, value in sent)


def genuine(provider: str) -> Headers:
    return received(sign(provider, event(provider), SECRET, NOW, RECEIVING.authority))


def checked(
    provider: str, headers: Headers, body: bytes | None = None, secret: EndpointSecret = SECRET
) -> str:
    def certificate(url: str) -> bytes:
        return RECEIVING.authority.certificates[url].encode()

    return verify(provider, headers, event(provider) if body is None else body, secret, NOW, certificate)


def taken(provider: str, headers: Headers, body: bytes | None = None) -> bool:
    """Whether the request counts as authentic; another error than a refusal is raised."""
    try:
        checked(provider, headers, body)
    except Rejected:
        return False
    return True


def changed(body: bytes, position: int) -> bytes:
    return body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]


@EVERY
def test_a_genuine_request_is_taken(provider: str) -> None:
    assert checked(provider, genuine(provider)) == f"id-of-{KEY}"


@EVERY
def test_a_body_with_another_byte_is_refused(provider: str) -> None:
    """Wherever the byte stands; where the signature covers some fields only, in one of these."""
    headers, body = genuine(provider), event(provider)
    refused = [not taken(provider, headers, changed(body, position)) for position in range(len(body))]
    assert all(refused) if PROVIDERS.get(provider).signs_whole_body else any(refused)


@EVERY
def test_a_request_without_a_signature_header_is_refused(provider: str) -> None:
    headers = genuine(provider)
    for name in PROVIDERS.get(provider).signature_headers:
        assert not taken(provider, tuple(header for header in headers if header[0] != name))


@EVERY
def test_a_request_that_another_key_signed_is_refused(provider: str) -> None:
    forged = received(forge(provider, event(provider), SECRET, NOW, RECEIVING.authority))
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        checked(provider, forged)


@EVERY
def test_an_endpoint_without_keys_takes_nothing(provider: str) -> None:
    with pytest.raises(Unavailable, match="endpoint_not_configured"):
        checked(provider, genuine(provider), secret=EndpointSecret())
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        checked(provider, genuine(provider), secret=RECEIVING.secret("0123456789abcdef"))


@EVERY
def test_a_record_has_the_name_that_the_registry_has(provider: str) -> None:
    assert PROVIDERS.get(provider).name == provider
    assert re.fullmatch("[a-z0-9]+", provider)


@EVERY
def test_a_provider_has_a_simulator_that_sends_the_headers_of_its_record(provider: str) -> None:
    assert isinstance(simulator_of(provider), Simulator)
    record, names = PROVIDERS.get(provider), {name for name, _ in genuine(provider)}
    assert {*record.signature_headers, *filter(None, [record.transmission_id_header])} <= names


def test_a_signature_that_does_not_cover_the_body_has_a_transmission_id_and_the_providers_word() -> None:
    """Otherwise one seen delivery is as good as any number of other bodies."""
    for name in PROVIDERS.names:
        record = PROVIDERS.get(name)
        assert record.signs_whole_body or (record.connect is not None and record.transmission_id_header), name


def test_what_is_not_registered_is_our_mistake_and_not_the_senders() -> None:
    with pytest.raises(Unavailable, match="unknown_provider"):
        PROVIDERS.get("paddle")
