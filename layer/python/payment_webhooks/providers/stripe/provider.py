"""Stripe: https://docs.stripe.com/webhooks. Signature: timestamped_hmac.py, the key is the whole `whsec_...` text."""

from typing import Any, Final

from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import Provider, lazy

SIGNATURE_HEADER: Final = "stripe-signature"
# Signing secrets begin with `whsec_`, API keys with these: https://docs.stripe.com/keys
_API_KEY_PREFIXES: Final = ("sk_", "rk_", "pk_")


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("id"),
        event_type=document.get("type"),
        created=document.get("created"),
        livemode=document.get("livemode"),
        account=document.get("account"),
    )


def _check_key(value: str) -> None:
    if value.startswith(_API_KEY_PREFIXES):
        raise ValueError(
            "this is an API key of Stripe, not the signing secret of a webhook endpoint (whsec_...)"
        )


PROVIDER: Final = Provider(
    name="stripe",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=lazy("timestamped_hmac", "verify", SIGNATURE_HEADER),
    envelope=_envelope,
    read=lazy("stripe.events", "read"),
    # API reference, Event: `pending_webhooks` counts the endpoints that have not answered yet.
    volatile_fields=frozenset({"pending_webhooks"}),
    check_key=_check_key,
)
