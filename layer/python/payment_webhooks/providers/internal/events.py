"""Events of in-house senders; docs/internal-events.md is what they are told.

Body: {id, type, created_at, transaction_id, amount_minor, currency, status, customer_id} and, for refunds and
disputes, object_id. `type` is a kind, alone or with a suffix of the sender's own ("payment",
"payment.succeeded"); `status` decides.
"""

from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import from_minor_units
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.fields import choice, identifier, identifier_or_none, optional_identifier

# kind -> {status in the body: (status, what amount_minor means)}
_KINDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    words.KIND_PAYMENT: {
        "pending": (words.PENDING, words.MEANING_REQUESTED),
        "authorized": (words.AUTHORIZED, words.MEANING_AUTHORIZED),
        "succeeded": (words.SUCCEEDED, words.MEANING_CAPTURED),
        "failed": (words.FAILED, words.MEANING_REQUESTED),
        "canceled": (words.CANCELED, words.MEANING_REQUESTED),
    },
    words.KIND_REFUND: {
        "pending": (words.PENDING, words.MEANING_REFUND),
        "succeeded": (words.REFUNDED, words.MEANING_REFUND),
        "failed": (words.FAILED, words.MEANING_REFUND),
        "canceled": (words.CANCELED, words.MEANING_REFUND),
    },
    words.KIND_DISPUTE: {
        "inquiry": (words.INQUIRY, words.MEANING_DISPUTED),
        "open": (words.DISPUTED, words.MEANING_DISPUTED),
        "won": (words.DISPUTE_WON, words.MEANING_DISPUTED),
        "lost": (words.DISPUTE_LOST, words.MEANING_DISPUTED),
    },
}


def event_types() -> tuple[str, ...]:
    """Every type of which `read` says something."""
    return tuple(_KINDS)


def read(envelope: Envelope) -> EventFacts:
    """Raises UnreadableEvent where a known type has a body that makes no sense."""
    body = envelope.document
    kind, _, suffix = envelope.event_type.partition(".")
    statuses = _KINDS.get(kind)
    if statuses is None:
        return EventFacts(
            object_id=identifier_or_none(body.get("object_id")),
            customer_id=identifier_or_none(body.get("customer_id")),
        )
    said = choice({name: name for name in statuses}, body.get("status"), "status")
    if suffix in statuses and suffix != said:
        raise UnreadableEvent("status_contradicts_type")
    status, meaning = statuses[said]
    money = from_minor_units(body.get("amount_minor"), body.get("currency"))
    transaction_id = identifier(body.get("transaction_id"), "transaction_id")
    return EventFacts(
        object_kind=kind,
        object_id=transaction_id if kind == words.KIND_PAYMENT else _object_id(body, envelope),
        status=status,
        transaction_id=transaction_id,
        money=money,
        amount_meaning=meaning,
        amount_provider_raw=money.amount_minor,
        customer_id=optional_identifier(body.get("customer_id"), "customer_id"),
    )


def _object_id(body: dict[str, Any], envelope: Envelope) -> str:
    """A refund or dispute that never names itself is one object an event."""
    return optional_identifier(body.get("object_id"), "object_id") or envelope.event_id
