"""PayPal's payouts: money that the seller sends to somebody else, an item for each receiver.

https://developer.paypal.com/docs/payouts/standard/reference/webhooks/ (payments_payouts_batch_v1.json). PayPal has no
webhook for what goes to the seller's own bank: no such name is among its events
(https://developer.paypal.com/api/rest/webhooks/event-names/); its reports tell that.
"""

from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.providers.fields import identifier, identifier_or_none, mapping
from payment_webhooks.providers.paypal.amounts import resource_amount

# transaction_status of an item: `transaction_enum`.
_STATUSES: Final = {
    "PENDING": words.PENDING,
    "ONHOLD": words.PENDING,
    "UNCLAIMED": words.IN_TRANSIT,  # the receiver has 30 days
    "SUCCESS": words.PAID,
    "FAILED": words.FAILED,
    "DENIED": words.FAILED,
    "BLOCKED": words.FAILED,
    # It was sent, and has come back.
    "RETURNED": words.FAILED,
    "REFUNDED": words.FAILED,
    "REVERSED": words.FAILED,
}


def read_payout_item(item: dict[str, Any], status: str) -> EventFacts:
    """`status`: what the event's type says, for an item that does not. Nothing of its receiver is kept."""
    object_id = identifier(item.get("payout_item_id"), "object_id")
    money, raw = resource_amount(mapping(item.get("payout_item"), "payout_item").get("amount"))
    said = item.get("transaction_status")
    if status != words.CANCELED:  # by the seller: the item says RETURNED then
        status = _STATUSES.get(said, status) if isinstance(said, str) else status
    return EventFacts(
        object_kind=words.KIND_PAYOUT,
        object_id=object_id,
        status=status,
        transaction_id=object_id,
        money=money,
        amount_meaning=words.MEANING_SENT,
        amount_provider_raw=raw,
        provider_status=identifier_or_none(said),
    )
