"""Fields of Stripe's objects that name another object: the id, or the whole object where it was expanded; and what an
object was before.

https://docs.stripe.com/api/expanding_objects
"""

from typing import Any

from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.fields import identifier_or_none, mapping_or_empty, optional_identifier


def bare_id(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value


def reference(value: object, name: str) -> str | None:
    """Raises UnreadableEvent for what is no id."""
    return optional_identifier(bare_id(value), name)


def link(value: object) -> str | None:
    """The id of what was paid; one that can't be read never holds up a payment."""
    return identifier_or_none(bare_id(value))


def previous(envelope: Envelope) -> dict[str, Any]:
    """What the event has changed, as it was before."""
    return mapping_or_empty(mapping_or_empty(envelope.document.get("data")).get("previous_attributes"))
