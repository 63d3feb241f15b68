"""PayPal: signs a CRC32 of the body with the certificate of a local authority (local_authority.py)."""

import base64
import uuid
import zlib
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.timestamps import utc_timestamp
from scripts.provider_simulator.local_authority import LocalAuthority
from scripts.provider_simulator.simulator import SentHeaders, Simulator


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


def _sign(
    body: bytes, secret: EndpointSecret, now_seconds: float, authority: LocalAuthority | None
) -> SentHeaders:
    if authority is None:
        raise ValueError("PayPal needs a local authority")
    when = datetime.fromtimestamp(int(now_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        ("User-Agent", "PayPal/AUHD-214.0-58409150"),
        *paypal_headers(body, secret.keys[0].value, authority, str(uuid.uuid4()), when),
    ]


def _freshen(event: dict[str, Any], event_id: str, now_seconds: float) -> None:
    event.update(id=event_id, create_time=utc_timestamp(now_seconds))


SIMULATOR: Final = Simulator(_sign, _freshen, signs_with_certificate=True)
