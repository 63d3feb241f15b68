"""Stripe's payouts to the seller's bank: https://docs.stripe.com/api/payouts/object"""

from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.money import signed_from
from payment_webhooks.providers.fields import choice, identifier, identifier_or_none
from payment_webhooks.providers.stripe.amounts import from_stripe
from payment_webhooks.timestamps import utc_timestamp

_STATUSES: Final = {
    "pending": words.PENDING,
    "in_transit": words.IN_TRANSIT,
    "paid": words.PAID,
    "failed": words.FAILED,  # also after "paid": within five business days
    "canceled": words.CANCELED,
}


def read_payout(payout: dict[str, Any]) -> EventFacts:
    """By its own status: each event shows the payout as it was then. A negative one takes money from the bank, for a
    balance below 0."""
    object_id = identifier(payout.get("id"), "object_id")
    created, arrival = payout.get("created"), payout.get("arrival_date")
    return EventFacts(
        object_kind=words.KIND_PAYOUT,
        object_id=object_id,
        status=choice(_STATUSES, payout.get("status"), "status"),
        transaction_id=object_id,
        money=signed_from(from_stripe, payout.get("amount"), payout.get("currency")),
        amount_meaning=words.MEANING_PAID_OUT,
        amount_provider_raw=payout.get("amount"),
        object_created_at=None if created is None else utc_timestamp(created),
        provider_status=identifier_or_none(payout.get("failure_code"))
        or identifier_or_none(payout.get("status")),
        arrival_date=None if arrival is None else utc_timestamp(arrival)[:10],  # midnight UTC of that day
    )
