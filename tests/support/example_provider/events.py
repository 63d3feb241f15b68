"""Events of the example provider: captures and refunds."""

from typing import Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.money import from_minor_units
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.fields import choice, identifier, mapping
from tests.support.example_provider.provider import notification

# Where its smallest unit is not ISO 4217's.
EXPONENTS: Final = {"ISK": 2, "CLP": 2, "IDR": 0}
_CAPTURE: Final = {"true": words.SUCCEEDED, "false": words.FAILED}
_REFUND: Final = {"true": words.REFUNDED, "false": words.FAILED}


def read(envelope: Envelope) -> EventFacts:
    """Raises UnreadableEvent where a known code has a body that makes no sense."""
    item = notification(envelope.document)
    if envelope.event_type not in ("CAPTURE", "REFUND"):
        return EventFacts()
    is_refund = envelope.event_type == "REFUND"
    amount = mapping(item.get("amount"), "amount")
    object_id = identifier(item.get("reference"), "object_id")
    return EventFacts(
        object_kind=words.KIND_REFUND if is_refund else words.KIND_PAYMENT,
        object_id=object_id,
        status=choice(_REFUND if is_refund else _CAPTURE, item.get("success"), "status"),
        transaction_id=identifier(item.get("original"), "transaction_id") if is_refund else object_id,
        money=from_minor_units(amount.get("value"), amount.get("currency"), EXPONENTS),
        amount_meaning=words.MEANING_REFUND if is_refund else words.MEANING_CAPTURED,
        amount_provider_raw=amount.get("value"),
    )
