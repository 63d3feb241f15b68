"""What the vectors do not show of PayPal's signature: its limits, to the second, and every host of its certificates."""

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret, Mode, SecretKey
from payment_webhooks.errors import InvalidSignature, MalformedRequest
from payment_webhooks.headers import Headers
from payment_webhooks.providers.paypal.signature import certificate_url
from scripts.provider_simulator.simulator import sign
from tests.support.library.providers import verify
from tests.support.library.receiving import NOW, Receiving

BODY = b'{"id": "WH-1"}'
DAYS = 24 * 3600
AUTHORITY = Receiving().authority
SECRET = EndpointSecret(keys=(SecretKey("key", "8PT597110X687430L"),), trust_anchors=AUTHORITY.trust_anchors)


def headers() -> Headers:
    return tuple((name.lower(), value) for name, value in sign("paypal", BODY, SECRET, NOW, AUTHORITY))


def verified(sent: Headers, now_seconds: float) -> str:
    return verify("paypal", sent, BODY, SECRET, now_seconds, lambda url: AUTHORITY.chain_pem.encode())


def test_four_days_of_retries_are_taken_and_five_minutes_of_a_clock_that_is_ahead() -> None:
    assert verified(headers(), NOW + 4 * DAYS) == "key"
    assert verified(headers(), NOW - 300) == "key"
    with pytest.raises(InvalidSignature, match="timestamp_too_old"):
        verified(headers(), NOW + 4 * DAYS + 1)
    with pytest.raises(InvalidSignature, match="timestamp_in_future"):
        verified(headers(), NOW - 301)


@pytest.mark.parametrize(
    ("name", "value"),
    [("paypal-transmission-time", "2025-02-31T08:53:10Z"), ("paypal-transmission-sig", "A")],
)
def test_a_day_that_does_not_exist_and_half_a_byte_are_malformed(name: str, value: str) -> None:
    sent = tuple((header, value if header == name else genuine) for header, genuine in headers())
    with pytest.raises(MalformedRequest, match="malformed_header"):
        verified(sent, NOW)


@pytest.mark.parametrize(
    ("host", "mode"),
    [
        ("api.paypal.com", "live"),
        ("api-m.paypal.com", "live"),
        ("api.sandbox.paypal.com", "test"),
        ("api-m.sandbox.paypal.com", "test"),
    ],
)
def test_a_certificate_comes_from_a_host_of_its_own_mode(host: str, mode: Mode) -> None:
    url = f"https://{host}/v1/notifications/certs/CERT-1"
    assert certificate_url(url.replace(host, f"{host.upper()}:443"), mode) == url
    with pytest.raises(InvalidSignature, match="certificate_url_not_allowed"):
        certificate_url(url, "test" if mode == "live" else "live")
