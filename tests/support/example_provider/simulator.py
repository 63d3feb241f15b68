"""Sends as the example provider does; what scripts/provider_simulator has of the others."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.timestamps import utc_timestamp
from scripts.provider_simulator.local_authority import LocalAuthority
from scripts.provider_simulator.simulator import SentHeaders, Simulator


def _sign(
    body: bytes, secret: EndpointSecret, _now_seconds: float, _authority: LocalAuthority | None
) -> SentHeaders:
    item = json.loads(body)["notificationItems"][0]["item"]
    delivery = str(uuid.uuid4())
    text = (
        f"{delivery}:{item['reference']}:{item['code']}:"
        f"{item['amount']['value']}:{item['amount']['currency']}:{item['success']}"
    )
    mac = hmac.new(bytes.fromhex(secret.keys[0].value), text.encode(), hashlib.sha256)
    signature = base64.b64encode(mac.digest()).decode("ascii")
    return [("X-Example-Delivery", delivery), ("X-Example-Signature", signature)]


def _freshen(event: dict[str, Any], event_id: str, now_seconds: float) -> None:
    event["notificationItems"][0]["item"].update(reference=event_id, date=utc_timestamp(now_seconds))


SIMULATOR: Final = Simulator(_sign, _freshen)
