"""Stripe's refunds and disputes: https://docs.stripe.com/api/refunds/object, https://docs.stripe.com/api/disputes/object"""

from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.providers.fields import choice, identifier, identifier_or_none, text
from payment_webhooks.providers.stripe.amounts import from_stripe
from payment_webhooks.providers.stripe.references import reference
from payment_webhooks.timestamps import utc_timestamp

Object = dict[str, Any]

_REFUND_STATUSES: Final = {
    "pending": words.PENDING,
    "requires_action": words.PENDING,
    "succeeded": words.REFUNDED,
    "failed": words.FAILED,
    "canceled": words.CANCELED,
}
# Stripe's own reason of the refund by which an authorisation ends: it gives back no money, so tells the payment.
_RELEASE: Final = "expired_uncaptured_charge"
# Every other status, a future one too, is an open dispute: to assume better would overstate what we own.
# "prevented" ends before any chargeback; what it cost comes as a refund of its own.
_DISPUTE_STATUSES: Final = {
    "won": words.DISPUTE_WON,
    "warning_closed": words.DISPUTE_WON,
    "prevented": words.DISPUTE_WON,
    "lost": words.DISPUTE_LOST,
}
_INQUIRY_PREFIX: Final = "warning_"  # docs.stripe.com/disputes/how-disputes-work: no money is withdrawn yet
_APPEAL_PREFIX: Final = "appeal_"
_OUTCOMES: Final = frozenset({"won", "prevented", "lost"})


def read_refund(refund: Object) -> EventFacts:
    status = choice(_REFUND_STATUSES, refund.get("status"), "status")
    facts = _of_charge(refund, words.KIND_REFUND, status, words.MEANING_REFUND)
    if facts.transaction_id == facts.object_id:
        return facts
    amount = facts.money.amount_minor if facts.money else 0
    if refund.get("reason") != _RELEASE:
        # "Balance transaction that describes the impact on your account balance" (docs.stripe.com/api/refunds/object):
        # the release of an authorisation has none; a refund that is pending may have none yet.
        left_balance = refund.get("balance_transaction") is not None
        said_none = "balance_transaction" in refund and not left_balance and status == words.REFUNDED
        return facts._replace(
            withdrawn_minor=amount if left_balance else 0, released_minor=amount if said_none else None
        )
    return facts._replace(
        object_kind=words.KIND_PAYMENT, status=words.CANCELED, amount_meaning=words.MEANING_REQUESTED
    )


def read_dispute(dispute: Object, before: Object) -> EventFacts:
    said = text(dispute.get("status"), "status")
    default = words.INQUIRY if said.startswith(_INQUIRY_PREFIX) else words.DISPUTED
    status = _DISPUTE_STATUSES.get(said, default)
    facts = _of_charge(dispute, words.KIND_DISPUTE, status, words.MEANING_DISPUTED)
    return facts._replace(occasion=_stage(said, str(before.get("status"))))


def _stage(said: str, before: str) -> str | None:
    """What a dispute is in when it comes to a status that it may have had already."""
    if said.startswith(_APPEAL_PREFIX) or (said == "lost" and before.startswith(_APPEAL_PREFIX)):
        return "appeal"
    return words.REOPENED if before in _OUTCOMES and said not in _OUTCOMES else None


def _of_charge(stripe_object: Object, kind: str, status: str, meaning: str) -> EventFacts:
    object_id = identifier(stripe_object.get("id"), "object_id")
    transaction_id = reference(stripe_object.get("payment_intent"), "transaction_id")
    transaction_id = transaction_id or reference(stripe_object.get("charge"), "transaction_id")
    if transaction_id is None and kind == words.KIND_REFUND:
        transaction_id = (
            object_id  # of a customer's cash balance: it gives back no payment, so is one of its own
        )
    created = stripe_object.get("created")
    return EventFacts(
        object_kind=kind,
        object_id=object_id,
        status=status,
        transaction_id=identifier(transaction_id, "transaction_id"),
        money=from_stripe(stripe_object.get("amount"), stripe_object.get("currency")),
        amount_meaning=meaning,
        amount_provider_raw=stripe_object.get("amount"),
        customer_id=reference(stripe_object.get("customer"), "customer_id"),
        object_created_at=None if created is None else utc_timestamp(created),
        provider_status=identifier_or_none(stripe_object.get("status")),
    )
