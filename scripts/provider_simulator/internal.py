"""In-house senders: sign with the newest key."""

from typing import Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.timestamps import utc_timestamp
from scripts.provider_simulator.local_authority import LocalAuthority
from scripts.provider_simulator.simulator import SentHeaders, Simulator, timestamped_signature


def _sign(
    body: bytes, secret: EndpointSecret, now_seconds: float, _authority: LocalAuthority | None
) -> SentHeaders:
    return [
        ("User-Agent", "payment-webhooks-sender/1.0"),
        ("X-Webhook-Signature", timestamped_signature(body, secret.keys[:1], int(now_seconds))),
    ]


def _freshen(event: dict[str, Any], event_id: str, now_seconds: float) -> None:
    event.update(id=event_id, created_at=utc_timestamp(now_seconds))


SIMULATOR: Final = Simulator(_sign, _freshen)
