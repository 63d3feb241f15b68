"""The headers that each provider sends with a body."""

import base64
import hashlib
import hmac
import secrets
import uuid
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from payment_webhooks.contract import PROVIDER_INTERNAL, PROVIDER_PAYPAL, PROVIDER_SQUARE, PROVIDER_STRIPE
from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from scripts.provider_simulator.paypal_authority import LocalAuthority, make_authority

SentHeaders = list[tuple[str, str]]

SQUARE_VERSION: Final = "2025-08-20"
USER_AGENTS: Final = {
    PROVIDER_STRIPE: "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    PROVIDER_SQUARE: "Square Connect v2",
    PROVIDER_PAYPAL: "PayPal/AUHD-214.0-58409150",
    PROVIDER_INTERNAL: "payment-webhooks-sender/1.0",
}


def sign(
    provider: str,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    authority: LocalAuthority | None = None,
) -> SentHeaders:
    """The headers of one delivery attempt at `now_seconds` (Unix time). Each attempt is signed anew.

    Stripe signs with every live key, as it does while a secret is rolled; the others with the newest one.
    PayPal needs the `authority` whose certificate the endpoint's secret pins. Raises ValueError when
    the secret has no key, no notification URL (Square), or there is no authority (PayPal).
    """
    if not secret.keys:
        raise ValueError("the endpoint's secret has no key yet")
    newest = secret.keys[0]
    headers = [("Content-Type", "application/json"), ("User-Agent", USER_AGENTS[provider])]
    if provider == PROVIDER_STRIPE:
        return [*headers, ("Stripe-Signature", stripe_signature(body, secret.keys, int(now_seconds)))]
    if provider == PROVIDER_INTERNAL:
        return [*headers, ("X-Webhook-Signature", stripe_signature(body, (newest,), int(now_seconds)))]
    if provider == PROVIDER_SQUARE:
        return [*headers, *_square_headers(body, newest, secret, now_seconds)]
    if authority is None:
        raise ValueError("PayPal needs a local authority")
    when = datetime.fromtimestamp(int(now_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [*headers, *paypal_headers(body, newest.value, authority, str(uuid.uuid4()), when)]


def forge(
    provider: str,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    authority: LocalAuthority | None = None,
) -> SentHeaders:
    """The headers of someone who knows all but the keys: well-formed, fresh, signed by another key."""
    stranger = make_authority(secret.environment, datetime.fromtimestamp(now_seconds, UTC))
    if authority is not None:
        stranger = replace(authority, signer_key=stranger.signer_key)
    guesses = tuple(SecretKey(key.id, secrets.token_urlsafe(24)) for key in secret.keys[:1])
    keys = secret.keys if provider == PROVIDER_PAYPAL else guesses  # a webhook's id is not secret
    return sign(provider, body, replace(secret, keys=keys), now_seconds, stranger)


def stripe_signature(body: bytes, keys: tuple[SecretKey, ...], timestamp: int) -> str:
    """`t=...,v1=...`: https://docs.stripe.com/webhooks#verify-manually"""
    signed = f"{timestamp}.".encode() + body
    signatures = [hmac.new(key.value.encode(), signed, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={timestamp}", *(f"v1={signature}" for signature in signatures)])


def square_signature(body: bytes, key: str, notification_url: str) -> str:
    """https://developer.squareup.com/docs/webhooks/step3validate"""
    mac = hmac.new(key.encode(), notification_url.encode() + body, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode("ascii")


def _square_headers(body: bytes, key: SecretKey, secret: EndpointSecret, now_seconds: float) -> SentHeaders:
    if not secret.notification_url:
        raise ValueError("the endpoint's secret has no notification URL")
    delivered = datetime.fromtimestamp(now_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        ("square-environment", "Production" if secret.environment == "live" else "Sandbox"),
        ("square-version", SQUARE_VERSION),
        ("square-initial-delivery-timestamp", delivered),
        ("x-square-hmacsha256-signature", square_signature(body, key.value, secret.notification_url)),
    ]


def paypal_headers(
    body: bytes, webhook_id: str, authority: LocalAuthority, transmission_id: str, transmission_time: str
) -> SentHeaders:
    """https://developer.paypal.com/api/rest/webhooks/rest"""
    signed = f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = authority.signer_key.sign(signed, padding.PKCS1v15(), SHA256())
    return [
        ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
        ("PAYPAL-AUTH-VERSION", "v2"),
        ("PAYPAL-CERT-URL", authority.certificate_url),
        ("PAYPAL-TRANSMISSION-ID", transmission_id),
        ("PAYPAL-TRANSMISSION-SIG", base64.b64encode(signature).decode("ascii")),
        ("PAYPAL-TRANSMISSION-TIME", transmission_time),
    ]
