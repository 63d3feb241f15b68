"""Stripe: https://docs.stripe.com/webhooks. Signature: timestamped_hmac.py, the key is the whole `whsec_...` text."""

from typing import Any, Final

from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import Provider, lazy

SIGNATURE_HEADER: Final = "stripe-signature"


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("id"),
        event_type=document.get("type"),
        created=document.get("created"),
        livemode=document.get("livemode"),
        account=document.get("account"),
    )


def _check_api_secret(value: str) -> None:
    """A secret key (`sk_`) may do everything: https://docs.stripe.com/keys/restricted-api-keys."""
    if not value.startswith("rk_"):
        raise ValueError(
            "it must be a restricted key (rk_...), with the rights that docs/reconciliation.md names"
        )


PROVIDER: Final = Provider(
    name="stripe",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=lazy("timestamped_hmac", "verify", SIGNATURE_HEADER),
    envelope=_envelope,
    read=lazy("stripe.events", "read"),
    event_types=lazy("stripe.events", "event_types"),
    is_personal=lazy("stripe.personal_fields", "is_personal"),
    list_events=lazy("stripe.event_list", "StripeEvents"),
    list_balance=lazy("stripe.balance_list", "StripeBalance"),
    listed_days=30,
    lists_by_account=True,
    # API reference, Event: `pending_webhooks` counts the endpoints that have not answered yet.
    volatile_fields=frozenset({"pending_webhooks"}),
    check_api_secret=_check_api_secret,
    # Signing secrets begin with `whsec_`, API keys with these: https://docs.stripe.com/keys
    key_prefix="whsec_",
    api_key_prefixes=("sk_", "rk_", "pk_"),
)
