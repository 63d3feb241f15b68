"""Square: signs the registered URL and the body with the newest key."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.timestamps import utc_timestamp
from scripts.provider_simulator.local_authority import LocalAuthority
from scripts.provider_simulator.simulator import SentHeaders, Simulator

VERSION: Final = "2025-08-20"


def square_signature(body: bytes, key: str, notification_url: str) -> str:
    """https://developer.squareup.com/docs/webhooks/step3validate"""
    mac = hmac.new(key.encode(), notification_url.encode() + body, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode("ascii")


def _sign(
    body: bytes, secret: EndpointSecret, now_seconds: float, _authority: LocalAuthority | None
) -> SentHeaders:
    if not secret.notification_url:
        raise ValueError("the endpoint's secret has no notification URL")
    delivered = datetime.fromtimestamp(now_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = square_signature(body, secret.keys[0].value, secret.notification_url)
    return [
        ("User-Agent", "Square Connect v2"),
        ("square-environment", "Production" if secret.mode == "live" else "Sandbox"),
        ("square-version", VERSION),
        ("square-initial-delivery-timestamp", delivered),
        ("x-square-hmacsha256-signature", signature),
    ]


def _freshen(event: dict[str, Any], event_id: str, now_seconds: float) -> None:
    event.update(event_id=event_id, created_at=utc_timestamp(now_seconds))


SIMULATOR: Final = Simulator(_sign, _freshen)
