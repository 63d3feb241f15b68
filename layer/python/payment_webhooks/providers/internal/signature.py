"""Signatures of in-house senders: Stripe's form, under a header of its own (`X-Webhook-Signature: t=...,v1=...`).

It has all that a signature needs: the raw body and the time are signed, several keys can be live, and there
are libraries for it in every language.
"""

from typing import Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.providers.stripe.signature import verify_header
from payment_webhooks.receiving.request import Headers, single_header

SIGNATURE_HEADER: Final = "x-webhook-signature"


def verify(headers: Headers, body: bytes, secret: EndpointSecret, now_seconds: float) -> str:
    """The id of the key that verified the body. Raises as `payment_webhooks.signatures.verify`."""
    return verify_header(single_header(headers, SIGNATURE_HEADER), body, secret, now_seconds)
