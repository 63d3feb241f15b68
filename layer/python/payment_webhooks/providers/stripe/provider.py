"""Stripe: https://docs.stripe.com/webhooks. Signature: timestamped_hmac.py, the key is the whole `whsec_...` text."""

from typing import TYPE_CHECKING, Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.headers import Headers, single_header
from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import FetchCertificate, Provider

if TYPE_CHECKING:
    from payment_webhooks.domain.events import EventFacts

SIGNATURE_HEADER: Final = "stripe-signature"
# Signing secrets begin with `whsec_`, API keys with these: https://docs.stripe.com/keys
_API_KEY_PREFIXES: Final = ("sk_", "rk_", "pk_")


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
        created=document.get("created"),
        livemode=document.get("livemode"),
        account=document.get("account"),
    )


def _read(envelope: Envelope) -> "EventFacts":
    from payment_webhooks.providers.stripe.events import read

    return read(envelope)


def _check_key(value: str) -> None:
    if value.startswith(_API_KEY_PREFIXES):
        raise ValueError(
            "this is an API key of Stripe, not the signing secret of a webhook endpoint (whsec_...)"
        )


PROVIDER: Final = Provider(
    name="stripe",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=_verify,
    envelope=_envelope,
    read=_read,
    # API reference, Event: `pending_webhooks` counts the endpoints that have not answered yet.
    volatile_fields=frozenset({"pending_webhooks"}),
    check_key=_check_key,
)
