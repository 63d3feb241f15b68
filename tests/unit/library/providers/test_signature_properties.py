"""Whatever is sent and whatever the secret holds: `verify` answers with a key's id or with one of its own errors."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from payment_webhooks.errors import InvalidSignature, MalformedRequest, Unavailable, WebhookError
from payment_webhooks.headers import Headers
from payment_webhooks.providers.internal import provider as internal
from payment_webhooks.providers.paypal import signature as paypal
from payment_webhooks.providers.paypal.provider import SIGNATURE_HEADER, TRANSMISSION_ID_HEADER
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.providers.square import provider as square
from payment_webhooks.providers.stripe import provider as stripe
from tests.support.library.providers import verify
from tests.support.library.vectors import Vector, vector, vectors

NOW = 1_760_000_000
ANY_TEXT = st.text(st.characters(), max_size=60)  # with lone surrogates, which st.text() leaves out
HEADER_NAMES = (
    stripe.SIGNATURE_HEADER,
    internal.SIGNATURE_HEADER,
    square.SIGNATURE_HEADER,
    TRANSMISSION_ID_HEADER,
    paypal.TRANSMISSION_TIME_HEADER,
    SIGNATURE_HEADER,
    paypal.CERTIFICATE_URL_HEADER,
    paypal.ALGORITHM_HEADER,
)
GENUINE = vector("paypal", "valid_basic")
CERTIFICATE_URL = dict(GENUINE.headers)[paypal.CERTIFICATE_URL_HEADER]
LIKELY_VALUES = st.sampled_from(
    [
        f"t={NOW},v1={'0' * 64}",
        f"t={NOW},v1=",
        f"t={'9' * 12},v1=00",
        "t=,v1=",
        "A" * 43 + "=",
        "====",
        CERTIFICATE_URL,
        "SHA256withRSA",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2025-10-09T08:53:10+24:00",
        "2025-02-31T08:53:10Z",
        "2025-10-09T08:53:10.123456789Z",
    ]
)
HEADERS = st.lists(st.tuples(st.sampled_from(HEADER_NAMES), LIKELY_VALUES | ANY_TEXT), max_size=9).map(tuple)
SECRETS = st.builds(
    EndpointSecret,
    mode=st.sampled_from(["live", "test"]),
    keys=st.lists(st.builds(SecretKey, st.just("key"), ANY_TEXT), max_size=3).map(tuple),
    notification_url=st.none() | ANY_TEXT,
    certificates=st.dictionaries(st.just(CERTIFICATE_URL) | ANY_TEXT, ANY_TEXT, max_size=2),
    trust_anchors=st.lists(ANY_TEXT, max_size=2).map(tuple),
)


@st.composite
def altered(draw: st.DrawFn, original: bytes) -> bytes:
    """A few bytes of the original replaced, removed or inserted."""
    changed = bytearray(original)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(changed)))
        changed[start : start + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(changed)


def outcome(provider: str, headers: Headers, body: bytes, secret: EndpointSecret, pem: bytes) -> str | None:
    """The key's id, or None for a refusal. Any other error is the failure that these tests look for."""
    try:
        return verify(provider, headers, body, secret, NOW, lambda url: pem)
    except (MalformedRequest, InvalidSignature, Unavailable) as refusal:
        reason = refusal.reason
    assert reason.replace("_", "").isalpha()
    return None


@given(
    st.sampled_from(PROVIDERS.names) | ANY_TEXT,
    HEADERS,
    st.binary(max_size=100),
    SECRETS,
    st.binary(max_size=100),
)
def test_nothing_but_its_own_errors_leaves_verify(
    provider: str, headers: Headers, body: bytes, secret: EndpointSecret, pem: bytes
) -> None:
    assert outcome(provider, headers, body, secret, pem) is None


@given(
    st.data(),
    st.sampled_from(
        [item for provider in PROVIDERS.names[:3] for item in vectors(provider) if item.accepted]
    ),
)
def test_one_altered_header_never_raises_another_error(data: st.DataObject, genuine: Vector) -> None:
    headers = list(genuine.headers)
    position = data.draw(st.integers(0, len(headers) - 1))
    name, value = headers[position]
    headers[position] = (name, data.draw(altered(value.encode())).decode("utf-8", "surrogateescape"))
    pem = genuine.chain if genuine.provider == "paypal" else b""
    outcome(genuine.provider, tuple(headers), genuine.body, genuine.secret, pem)


@given(st.data())
def test_an_altered_certificate_never_raises_another_error(data: st.DataObject) -> None:
    pem = data.draw(altered(GENUINE.chain))
    outcome("paypal", GENUINE.headers, GENUINE.body, GENUINE.secret, pem)


@given(st.data())
def test_an_altered_trust_anchor_never_raises_another_error(data: st.DataObject) -> None:
    anchor = data.draw(altered(GENUINE.secret.trust_anchors[0].encode()))
    secret = GENUINE.secret._replace(trust_anchors=(anchor.decode("utf-8", "surrogateescape"),))
    outcome("paypal", GENUINE.headers, GENUINE.body, secret, GENUINE.chain)


@given(st.data(), st.sampled_from(["stripe", "square"]))
def test_a_genuine_signature_never_verifies_another_body(data: st.DataObject, provider: str) -> None:
    genuine = vector(provider, "valid_pretty_body" if provider == "stripe" else "valid_pretty")
    body = data.draw(altered(genuine.body))
    if body != genuine.body:
        assert outcome(provider, genuine.headers, body, genuine.secret, b"") is None


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u2003"])
@pytest.mark.parametrize("provider", PROVIDERS.names)
def test_a_blank_key_verifies_nothing(provider: str, blank: str) -> None:
    """Fails closed: anyone can sign with the empty key, and PayPal's simulator would be let in by a blank id."""
    names = {"stripe": "valid_pretty_body", "internal": "valid_pretty_body", "square": "valid_pretty"}
    genuine = vector("stripe" if provider == "internal" else provider, names.get(provider, "valid_basic"))
    headers = tuple(
        (
            internal.SIGNATURE_HEADER if provider == "internal" and name == stripe.SIGNATURE_HEADER else name,
            value,
        )
        for name, value in genuine.headers
    )
    secret = genuine.secret._replace(keys=(SecretKey("blank", blank),))
    fetch: Callable[[str], bytes] = lambda url: pytest.fail("nothing to verify with, and yet it was fetched")  # noqa: E731
    with pytest.raises(WebhookError) as refusal:
        verify(provider, headers, genuine.body, secret, NOW, fetch)
    assert isinstance(refusal.value, Unavailable)
    assert refusal.value.reason == "endpoint_not_configured"
