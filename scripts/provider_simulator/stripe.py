"""Stripe: signs with every live key, as it does while a secret is rolled."""

from typing import Any, Final

from payment_webhooks.endpoints.secret_document import EndpointSecret
from scripts.provider_simulator.local_authority import LocalAuthority
from scripts.provider_simulator.simulator import SentHeaders, Simulator, timestamped_signature


def _sign(
    body: bytes, secret: EndpointSecret, now_seconds: float, _authority: LocalAuthority | None
) -> SentHeaders:
    return [
        ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("Stripe-Signature", timestamped_signature(body, secret.keys, int(now_seconds))),
    ]


def _freshen(event: dict[str, Any], event_id: str, now_seconds: float) -> None:
    event.update(id=event_id, created=int(now_seconds))


SIMULATOR: Final = Simulator(_sign, _freshen)
