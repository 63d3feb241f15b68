"""Signing as the providers do, against signatures that the providers' own libraries accept."""

import json
from datetime import UTC, datetime

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey, pin_certificates
from payment_webhooks.errors import InvalidSignature
from payment_webhooks.headers import Headers
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.providers.square import provider as square
from payment_webhooks.providers.stripe import provider as stripe
from scripts.provider_simulator.local_authority import LocalAuthority, make_authority
from scripts.provider_simulator.simulator import SentHeaders, forge, freshened, sign, timestamped_signature
from scripts.provider_simulator.square import square_signature
from tests.support.library.providers import read_envelope, verify
from tests.support.library.receiving import event
from tests.support.library.vectors import Vector, vectors

NOW = 1_760_000_000.0
BODY = b'{"id": "evt_1"}\r\n\xff'
ACCEPTED_SQUARE = [item for item in vectors("square") if item.accepted]
# One signature over one body: the others have more elements, or the same ones in another order.
ACCEPTED_STRIPE = [
    item
    for item in vectors("stripe")
    if item.accepted and dict(item.headers)[stripe.SIGNATURE_HEADER].count(",") == 1
]


@pytest.fixture(scope="module")
def authority() -> LocalAuthority:
    return make_authority("test", datetime.fromtimestamp(NOW, UTC))


@pytest.fixture(scope="module")
def secret(authority: LocalAuthority) -> EndpointSecret:
    keys = (SecretKey("new", "secret-new"), SecretKey("old", "secret-old"))
    configured = EndpointSecret(keys=keys, notification_url="https://hooks.example.com/v1/webhook/square")
    return pin_certificates(configured, authority.certificates, authority.trust_anchors)


def received(sent: SentHeaders) -> Headers:
    return tuple((name.lower(), value) for name, value in sent)


def no_fetch(url: str) -> bytes:
    raise AssertionError(f"{url} was fetched though it is pinned")


@pytest.mark.parametrize("vector", ACCEPTED_STRIPE, ids=lambda vector: vector.name)
def test_stripes_signature_is_the_published_one(vector: Vector) -> None:
    expected = dict(vector.headers)[stripe.SIGNATURE_HEADER]
    elements = dict(element.split("=") for element in expected.split(","))
    made = {
        dict(element.split("=") for element in text.split(","))["v1"]
        for text in (
            timestamped_signature(vector.body, (key,), int(elements["t"])) for key in vector.secret.keys
        )
    }
    assert elements["v1"] in made


@pytest.mark.parametrize("vector", ACCEPTED_SQUARE, ids=lambda vector: vector.name)
def test_squares_signature_is_the_published_one(vector: Vector) -> None:
    assert vector.secret.notification_url is not None
    made = {
        square_signature(vector.body, key.value, vector.secret.notification_url) for key in vector.secret.keys
    }
    assert dict(vector.headers)[square.SIGNATURE_HEADER] in made


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_what_is_signed_verifies_and_what_is_forged_does_not(
    provider: str, secret: EndpointSecret, authority: LocalAuthority
) -> None:
    genuine = received(sign(provider, BODY, secret, NOW, authority))
    assert verify(provider, genuine, BODY, secret, NOW, no_fetch) == "new"
    forged = received(forge(provider, BODY, secret, NOW, authority))
    assert {name for name, _ in forged} == {name for name, _ in genuine}
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        verify(provider, forged, BODY, secret, NOW, no_fetch)


def test_a_forger_has_a_certificate_of_its_own(secret: EndpointSecret) -> None:
    fetched = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        raise InvalidSignature("certificate_not_found")

    forged = received(forge("paypal", BODY, secret, NOW))
    with pytest.raises(InvalidSignature, match="certificate_not_found"):
        verify("paypal", forged, BODY, secret, NOW, fetch)
    assert fetched[0] not in secret.certificates


def test_each_attempt_of_paypal_is_a_transmission_of_its_own(
    secret: EndpointSecret, authority: LocalAuthority
) -> None:
    attempts = [dict(sign("paypal", BODY, secret, NOW, authority)) for _ in range(2)]
    assert attempts[0]["PAYPAL-TRANSMISSION-ID"] != attempts[1]["PAYPAL-TRANSMISSION-ID"]


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_without_a_key_nothing_is_signed(
    provider: str, secret: EndpointSecret, authority: LocalAuthority
) -> None:
    with pytest.raises(ValueError, match="no key"):
        sign(provider, BODY, secret._replace(keys=()), NOW, authority)


def test_what_a_provider_needs_besides_is_asked_for(secret: EndpointSecret) -> None:
    with pytest.raises(ValueError, match="notification URL"):
        sign("square", BODY, secret._replace(notification_url=None), NOW)
    with pytest.raises(ValueError, match="local authority"):
        sign("paypal", BODY, secret, NOW)


@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_a_fresh_event_has_another_id_and_time_and_nothing_else_changes(provider: str) -> None:
    before, after = event(provider), freshened(provider, event(provider), NOW)
    assert read_envelope(provider, after).event_id != read_envelope(provider, before).event_id
    assert read_envelope(provider, after).created == "2025-10-09T08:53:20.000000Z"
    old, new = json.loads(before), json.loads(after)
    assert old.keys() == new.keys()
    assert len([name for name in old if old[name] != new[name]]) == 2


@pytest.mark.parametrize(
    ("body", "why"), [(b"[]", "not a JSON object"), (b"{", "Expecting"), (b"\xff", "decode")]
)
def test_what_is_no_event_cannot_be_made_fresh(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        freshened("stripe", body, 0.0)
