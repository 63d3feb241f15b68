"""What the vectors do not show of Stripe's, Square's and the in-house provider."""

import subprocess
import sys

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from payment_webhooks.errors import InvalidSignature, MalformedRequest, Unavailable, WebhookError
from payment_webhooks.headers import Headers
from payment_webhooks.providers.internal import provider as internal
from payment_webhooks.providers.square import provider as square
from payment_webhooks.providers.stripe import provider as stripe
from scripts.command_line.project_paths import LAYER
from scripts.provider_simulator.simulator import sign
from tests.support.library.providers import verify
from tests.support.library.vectors import vector

NOW = 1_760_000_000.0
BODY = b'{"id": "evt_1"}'
KEYS = (SecretKey("new", "secret-new"), SecretKey("old", "secret-old"))
SECRET = EndpointSecret(keys=KEYS, notification_url="https://hooks.example.com/v1/webhook/square")
MAC_PROVIDERS = ("stripe", "square", "internal")


def headers_of(provider: str, secret: EndpointSecret, body: bytes = BODY) -> Headers:
    return tuple((name.lower(), value) for name, value in sign(provider, body, secret, NOW))


def no_fetch(url: str) -> bytes:
    raise AssertionError(f"{url} was fetched")


@pytest.mark.parametrize("provider", MAC_PROVIDERS)
def test_the_key_that_signed_is_named(provider: str) -> None:
    signed_by_old = headers_of(provider, SECRET._replace(keys=KEYS[1:]))
    assert verify(provider, signed_by_old, BODY, SECRET, NOW, no_fetch) == "old"
    assert verify(provider, headers_of(provider, SECRET), BODY, SECRET, NOW, no_fetch) == "new"


@pytest.mark.parametrize("provider", MAC_PROVIDERS)
def test_a_retired_key_no_longer_verifies(provider: str) -> None:
    signed_by_old = headers_of(provider, SECRET._replace(keys=KEYS[1:]))
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        verify(provider, signed_by_old, BODY, SECRET._replace(keys=KEYS[:1]), NOW, no_fetch)


@pytest.mark.parametrize("provider", MAC_PROVIDERS)
def test_an_empty_body_can_be_authentic(provider: str) -> None:
    assert verify(provider, headers_of(provider, SECRET, b""), b"", SECRET, NOW, no_fetch) == "new"


@pytest.mark.parametrize("provider", MAC_PROVIDERS)
def test_a_malformed_header_is_refused_before_the_secret_is_looked_at(provider: str) -> None:
    """Or anyone's noise would count as a sender of an endpoint that has no key, which alarms."""
    with pytest.raises(MalformedRequest, match="missing_header"):
        verify(provider, (), BODY, EndpointSecret(), NOW, no_fetch)
    with pytest.raises(Unavailable, match="endpoint_not_configured"):
        verify(provider, headers_of(provider, SECRET), BODY, EndpointSecret(), NOW, no_fetch)


def test_the_providers_do_not_take_each_others_headers() -> None:
    as_stripe = headers_of("stripe", SECRET)
    with pytest.raises(MalformedRequest, match="missing_header"):
        verify("internal", as_stripe, BODY, SECRET, NOW, no_fetch)


def test_an_unknown_provider_is_our_mistake_and_not_the_senders() -> None:
    with pytest.raises(Unavailable, match="unknown_provider"):
        verify("paddle", (), BODY, SECRET, NOW, no_fetch)


@pytest.mark.parametrize("provider", ["stripe", "internal"])
@pytest.mark.parametrize(
    ("age_seconds", "reason"),
    [(-300, None), (-301, "timestamp_in_future"), (300, None), (301, "timestamp_too_old")],
)
def test_the_age_limit_is_300_seconds_on_both_sides(
    provider: str, age_seconds: int, reason: str | None
) -> None:
    headers = headers_of(provider, SECRET)
    if reason is None:
        assert verify(provider, headers, BODY, SECRET, NOW + age_seconds, no_fetch) == "new"
        return
    with pytest.raises(InvalidSignature, match=reason):
        verify(provider, headers, BODY, SECRET, NOW + age_seconds, no_fetch)


def test_sixteen_signatures_are_read_and_seventeen_are_not() -> None:
    genuine = dict(headers_of("stripe", SECRET._replace(keys=KEYS[:1])))[stripe.SIGNATURE_HEADER]
    timestamp, signature = genuine.split(",")
    for others, accepted in ((15, True), (16, False)):
        value = ",".join([timestamp, *(f"v1={'0' * 64}" for _ in range(others)), signature])
        if accepted:
            assert verify("stripe", ((stripe.SIGNATURE_HEADER, value),), BODY, SECRET, NOW, no_fetch) == "new"
            continue
        with pytest.raises(MalformedRequest, match="header_too_large"):
            verify("stripe", ((stripe.SIGNATURE_HEADER, value),), BODY, SECRET, NOW, no_fetch)


def test_a_header_of_4096_characters_is_read_and_a_longer_one_is_not() -> None:
    genuine = dict(headers_of("stripe", SECRET))[stripe.SIGNATURE_HEADER]
    filled = f"{genuine},v0=".ljust(4096, "0")
    assert verify("stripe", ((stripe.SIGNATURE_HEADER, filled),), BODY, SECRET, NOW, no_fetch) == "new"
    with pytest.raises(MalformedRequest, match="header_too_large"):
        verify("stripe", ((stripe.SIGNATURE_HEADER, filled + "0"),), BODY, SECRET, NOW, no_fetch)


@pytest.mark.parametrize("joint", [", ", ",\t"])
def test_two_headers_that_a_proxy_has_joined_are_refused(joint: str) -> None:
    genuine = dict(headers_of("stripe", SECRET))[stripe.SIGNATURE_HEADER]
    with pytest.raises(MalformedRequest, match="duplicate_header"):
        verify("stripe", ((stripe.SIGNATURE_HEADER, f"{genuine}{joint}v0=0"),), BODY, SECRET, NOW, no_fetch)


def test_square_without_its_registered_url_is_not_configured() -> None:
    headers = headers_of("square", SECRET)
    for url in (None, ""):
        with pytest.raises(Unavailable, match="endpoint_setting_missing"):
            verify("square", headers, BODY, SECRET._replace(notification_url=url), NOW, no_fetch)


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        ("A" * 128, InvalidSignature, "signature_mismatch"),
        ("A" * 129, MalformedRequest, "header_too_large"),
        ("A" * 43 + "~", MalformedRequest, "malformed_header"),
        ("", MalformedRequest, "malformed_header"),
    ],
)
def test_square_header_that_can_be_no_signature_is_not_compared(
    value: str, error: type[WebhookError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        verify("square", ((square.SIGNATURE_HEADER, value),), BODY, SECRET, NOW, no_fetch)


def test_the_in_house_signature_is_stripes_under_another_name() -> None:
    genuine = vector("stripe", "valid_pretty_body")
    value = dict(genuine.headers)[stripe.SIGNATURE_HEADER]
    headers = ((internal.SIGNATURE_HEADER, value),)
    assert verify("internal", headers, genuine.body, genuine.secret, genuine.now_seconds, no_fetch) == "key-0"


def test_a_mac_needs_no_cryptography_package() -> None:
    """Cold start: only PayPal's endpoint pays for importing cryptography and urllib3."""
    program = (
        "import sys\n"
        "from payment_webhooks.providers.registry import PROVIDERS\n"
        "records = [PROVIDERS.get(name) for name in PROVIDERS.names]\n"
        "import payment_webhooks.providers.paypal.signature, payment_webhooks.providers.square.signature\n"
        "import payment_webhooks.providers.timestamped_hmac\n"
        "import payment_webhooks.providers.certificate_download\n"
        "loaded = {'cryptography', 'urllib3', 'botocore'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(LAYER / "python")})
