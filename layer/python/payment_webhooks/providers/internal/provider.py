"""Senders of our own house: docs/internal-events.md is what they are told.

Signature: timestamped_hmac.py, in `X-Webhook-Signature: t=...,v1=...`. It has all that a signature needs: the raw body
and the time are signed, several keys can be live, and there are libraries for it in every language.
"""

from typing import Any, Final

from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import Provider, lazy

SIGNATURE_HEADER: Final = "x-webhook-signature"
MIN_KEY_CHARACTERS: Final = 16  # people choose these keys: a short one is found by trying


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("id"),
        event_type=document.get("type"),
        created=document.get("created_at"),
        livemode=document.get("livemode"),
    )


def _check_key(value: str) -> None:
    if len(value) < MIN_KEY_CHARACTERS:
        raise ValueError(f"a key of an in-house sender has {MIN_KEY_CHARACTERS} characters or more")


PROVIDER: Final = Provider(
    name="internal",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=lazy("timestamped_hmac", "verify", SIGNATURE_HEADER),
    envelope=_envelope,
    read=lazy("internal.events", "read"),
    event_types=lazy("internal.events", "event_types"),
    is_personal=lazy("internal.personal_fields", "is_personal"),
    check_key=_check_key,
)
