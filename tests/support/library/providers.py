"""Providers by their name, for tests that go through all of them."""

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.headers import Headers
from payment_webhooks.providers import provider as records
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.registry import PROVIDERS


def read_envelope(provider: str, body: bytes) -> Envelope:
    return records.read_envelope(PROVIDERS.get(provider), body)


def normalise(provider: str, body: bytes) -> NormalisedEvent:
    return records.normalise(PROVIDERS.get(provider), body)


def verify(
    provider: str,
    headers: Headers,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    fetch_certificate: records.FetchCertificate,
) -> str:
    return PROVIDERS.get(provider).verify(headers, body, secret, now_seconds, fetch_certificate)
