"""Senders of our own house: docs/internal-events.md is what they are told.

Signature: timestamped_hmac.py, in `X-Webhook-Signature: t=...,v1=...`. It has all that a signature needs: the raw body
and the time are signed, several keys can be live, and there are libraries for it in every language.
"""

from typing import TYPE_CHECKING, Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.headers import Headers, single_header
from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import FetchCertificate, Provider

if TYPE_CHECKING:
    from payment_webhooks.domain.events import EventFacts

SIGNATURE_HEADER: Final = "x-webhook-signature"


def _verify(
    headers: Headers, body: bytes, secret: EndpointSecret, now_seconds: float, _fetch: FetchCertificate
) -> str:
    from payment_webhooks.providers.timestamped_hmac import verify_header

    return verify_header(single_header(headers, SIGNATURE_HEADER), body, secret, now_seconds)


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("id"),
        event_type=document.get("type"),
        created=document.get("created_at"),
        livemode=document.get("livemode"),
    )


def _read(envelope: Envelope) -> "EventFacts":
    from payment_webhooks.providers.internal.events import read

    return read(envelope)


PROVIDER: Final = Provider(
    name="internal",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=_verify,
    envelope=_envelope,
    read=_read,
)
