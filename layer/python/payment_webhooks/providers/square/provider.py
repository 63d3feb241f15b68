"""Square: https://developer.squareup.com/docs/webhooks/overview."""

from typing import Any, Final

from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import Provider, lazy

SIGNATURE_HEADER: Final = "x-square-hmacsha256-signature"


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("event_id"),
        event_type=document.get("type"),
        created=document.get("created_at"),
        livemode=document.get("livemode"),
        account=document.get("merchant_id"),
    )


PROVIDER: Final = Provider(
    name="square",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    signs_url=True,
    verify=lazy("square.signature", "verify"),
    envelope=_envelope,
    read=lazy("square.events", "read"),
    event_types=lazy("square.events", "event_types"),
    is_personal=lazy("square.personal_fields", "is_personal"),
    list_events=lazy("square.event_list", "SquareEvents"),
    list_balance=lazy("square.balance_list", "SquareBalance"),
    listed_days=28,
    lists_by_account=True,
)
