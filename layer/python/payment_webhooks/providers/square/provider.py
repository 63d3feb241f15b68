"""Square: https://developer.squareup.com/docs/webhooks/overview."""

from typing import TYPE_CHECKING, Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.headers import Headers
from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import FetchCertificate, Provider

if TYPE_CHECKING:
    from payment_webhooks.domain.events import EventFacts

SIGNATURE_HEADER: Final = "x-square-hmacsha256-signature"


def _verify(
    headers: Headers, body: bytes, secret: EndpointSecret, _now_seconds: float, _fetch: FetchCertificate
) -> str:
    from payment_webhooks.providers.square.signature import verify

    return verify(headers, body, secret)


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("event_id"),
        event_type=document.get("type"),
        created=document.get("created_at"),
        livemode=document.get("livemode"),
        account=document.get("merchant_id"),
    )


def _read(envelope: Envelope) -> "EventFacts":
    from payment_webhooks.providers.square.events import read

    return read(envelope)


PROVIDER: Final = Provider(
    name="square",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=_verify,
    envelope=_envelope,
    read=_read,
)
