"""The provider of the canary's webhooks, which are synthetic: they go the way of all webhooks and tell nothing.

Whatever is signed with the canary's key is ignored by the processor, as nothing is ever read of it: that key books no
money.
"""

import json
from typing import TYPE_CHECKING, Any, Final

from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import Provider, lazy

if TYPE_CHECKING:  # of events, which the receiver does not read
    from payment_webhooks.domain.events import EventFacts

SIGNATURE_HEADER: Final = "x-webhook-signature"
EVENT_TYPE: Final = "canary"


def synthetic_body(event_id: str, created_at: str) -> bytes:
    """The body of one webhook, with the mark by which people know it."""
    event = {"id": event_id, "type": EVENT_TYPE, "created_at": created_at, "synthetic": True}
    return json.dumps(event).encode()


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("id"),
        event_type=document.get("type"),
        created=document.get("created_at"),
    )


def _read(_envelope: Envelope) -> "EventFacts":
    from payment_webhooks.domain.events import EventFacts

    return EventFacts()


PROVIDER: Final = Provider(
    name="canary",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=True,
    verify=lazy("timestamped_hmac", "verify", SIGNATURE_HEADER),
    envelope=_envelope,
    read=_read,
    event_types=tuple,
    is_personal=lambda _place, _name: False,
)
