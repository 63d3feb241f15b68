"""Stripe events: https://docs.stripe.com/api/events/types (names checked against the SDK stripe 16.1.0).

Three events may tell one success (payment intent, charge, checkout session). All three are read as the same
payment, under the id of the payment intent; a charge without one is a transaction of its own.

Capturing in several parts: https://docs.stripe.com/payments/multicapture.
"""

from collections.abc import Callable
from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import Money
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.fields import (
    choice,
    identifier,
    identifier_or_none,
    mapping,
    mapping_or_empty,
    text,
)
from payment_webhooks.providers.stripe.amounts import from_stripe, minor_in
from payment_webhooks.providers.stripe.invoices import read_invoice, read_invoice_payment
from payment_webhooks.providers.stripe.payouts import read_payout
from payment_webhooks.providers.stripe.references import bare_id, link, reference
from payment_webhooks.timestamps import utc_timestamp

Object = dict[str, Any]

# type -> (name of data.object, status). None: the object's own status, or its amounts, decide.
_TYPES: Final[dict[str, tuple[str, str | None]]] = {
    "payment_intent.created": ("payment_intent", words.PENDING),
    "payment_intent.processing": ("payment_intent", words.PENDING),
    "payment_intent.requires_action": ("payment_intent", words.PENDING),
    "payment_intent.partially_funded": ("payment_intent", words.PENDING),
    "payment_intent.amount_capturable_updated": ("payment_intent", None),
    "payment_intent.succeeded": ("payment_intent", words.SUCCEEDED),
    "payment_intent.payment_failed": ("payment_intent", words.FAILED),
    "payment_intent.canceled": ("payment_intent", words.CANCELED),
    "charge.pending": ("charge", words.PENDING),
    "charge.succeeded": ("charge", words.SUCCEEDED),
    "charge.captured": ("charge", words.SUCCEEDED),
    "charge.failed": ("charge", words.FAILED),
    "charge.expired": ("charge", words.CANCELED),
    "charge.refunded": ("charge", words.SUCCEEDED),
    "charge.updated": ("charge", None),
    "charge.refund.updated": ("refund", None),
    "refund.created": ("refund", None),
    "refund.updated": ("refund", None),
    "refund.failed": ("refund", None),
    "charge.dispute.created": ("dispute", None),
    "charge.dispute.updated": ("dispute", None),
    "charge.dispute.funds_withdrawn": ("dispute", None),
    "charge.dispute.funds_reinstated": ("dispute", None),
    "charge.dispute.closed": ("dispute", None),
    "checkout.session.completed": ("checkout.session", None),
    "checkout.session.async_payment_succeeded": ("checkout.session", None),
    "checkout.session.async_payment_failed": ("checkout.session", words.FAILED),
    "checkout.session.expired": ("checkout.session", words.CANCELED),
    "invoice_payment.paid": ("invoice_payment", words.SUCCEEDED),
    "invoice.paid": ("invoice", words.SUCCEEDED),
    "payout.created": ("payout", None),
    "payout.updated": ("payout", None),
    "payout.paid": ("payout", None),
    "payout.failed": ("payout", None),
    "payout.canceled": ("payout", None),
    "payout.reconciliation_completed": ("payout", None),
}

# Each capture sends amount_capturable_updated, the last one too.
_INTENT_STATUSES: Final = {"succeeded": words.SUCCEEDED, "canceled": words.CANCELED}
# status of an intent -> (field with the amount, what it means)
_INTENT_AMOUNTS: Final = {
    words.PENDING: ("amount", words.MEANING_REQUESTED),
    words.FAILED: ("amount", words.MEANING_REQUESTED),
    words.CANCELED: ("amount", words.MEANING_REQUESTED),
    words.AUTHORIZED: ("amount_capturable", words.MEANING_AUTHORIZED),
    words.SUCCEEDED: ("amount_received", words.MEANING_CAPTURED),
}
_REFUND_STATUSES: Final = {
    "pending": words.PENDING,
    "requires_action": words.PENDING,
    "succeeded": words.REFUNDED,
    "failed": words.FAILED,
    "canceled": words.CANCELED,
}
# An event that names its object and says nothing of it, where an event destination asks for it. Of a payment we must
# not be silent; others are ignored for that, not for their type. https://docs.stripe.com/event-destinations
_THIN: Final = "v2.core.event"
_IS_THIN: Final = "thin_event"
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
_SESSION_STATUSES: Final = {
    "paid": words.SUCCEEDED,
    "no_payment_required": words.SUCCEEDED,
    "unpaid": words.PENDING,
}
# These sessions take no money themselves: the payment of their invoice does, as a payment intent of its own.
_SESSION_MODES_WITHOUT_PAYMENT: Final = frozenset({"subscription", "setup"})


def event_types() -> tuple[str, ...]:
    """Every type of which `read` says something."""
    return tuple(_TYPES)


def read(envelope: Envelope) -> EventFacts:
    """Raises UnreadableEvent where a known type has a body that makes no sense."""
    document = envelope.document
    known = _TYPES.get(envelope.event_type.removeprefix("v1."))
    if known is None:
        return _ignored(document)
    if document.get("object") == _THIN:
        raise UnreadableEvent(_IS_THIN)
    name, status = known
    stripe_object = mapping(mapping(document.get("data"), "data").get("object"), "object")
    if stripe_object.get("object") != name:
        raise UnreadableEvent("unexpected_object")
    return _READERS[name](stripe_object, status, envelope)


def _ignored(document: Object) -> EventFacts:
    stripe_object = mapping_or_empty(mapping_or_empty(document.get("data")).get("object"))
    is_thin = document.get("object") == _THIN
    if is_thin:
        stripe_object = mapping_or_empty(document.get("related_object"))
    object_id = identifier_or_none(stripe_object.get("id"))
    is_customer = stripe_object.get("object") == "customer"
    customer_id = object_id if is_customer else identifier_or_none(stripe_object.get("customer"))
    facts = EventFacts(object_id=object_id, customer_id=customer_id)
    return facts._replace(ignored_for=_IS_THIN) if is_thin else facts


def _payment_intent(intent: Object, status: str | None, envelope: Envelope) -> EventFacts:
    status = status or _INTENT_STATUSES.get(str(intent.get("status")), words.AUTHORIZED)
    field, meaning = _INTENT_AMOUNTS[status]
    object_id = identifier(intent.get("id"), "object_id")
    money = from_stripe(intent.get(field), intent.get("currency"))
    received = minor_in(intent, "amount_received")
    asked = minor_in(intent, "amount")
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status,
        transaction_id=object_id,
        money=money,
        amount_meaning=meaning,
        amount_provider_raw=intent.get(field),
        captured_minor=received if status == words.AUTHORIZED and received else None,
        customer_id=reference(intent.get("customer"), "customer_id"),
        authorized_minor=minor_in(intent, "amount_capturable"),
        released_minor=(asked - received or None)
        if status == words.SUCCEEDED and asked and received and asked > received
        else None,
        provider_status=identifier_or_none(intent.get("status")),
        invoice_id=link(intent.get("invoice")),
        occasion=_attempt(intent, envelope) if status == words.FAILED else None,
    )


def _attempt(intent: Object, envelope: Envelope) -> str:
    """The charge that failed; the event where an attempt has made none, as one that was not authenticated."""
    error = mapping_or_empty(intent.get("last_payment_error"))
    charge = error.get("charge")
    if charge is None and error.get("code") != "payment_intent_authentication_failure":
        charge = intent.get("latest_charge")
    return identifier_or_none(bare_id(charge)) or envelope.event_id


def _charge(charge: Object, status: str | None, envelope: Envelope) -> EventFacts:
    object_id = identifier(charge.get("id"), "object_id")
    customer_id = reference(charge.get("customer"), "customer_id")
    if status is None and charge.get("status") != "succeeded":
        return EventFacts(object_id=object_id, customer_id=customer_id)  # an attempt that is told by others
    authorized = from_stripe(charge.get("amount"), charge.get("currency"))
    facts = EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status or words.SUCCEEDED,
        transaction_id=reference(charge.get("payment_intent"), "transaction_id") or object_id,
        money=authorized,
        amount_meaning=words.MEANING_REQUESTED,
        amount_provider_raw=charge.get("amount"),
        customer_id=customer_id,
        provider_status=identifier_or_none(charge.get("status")),
        invoice_id=link(charge.get("invoice")),
        occasion=object_id if status == words.FAILED else None,
    )
    if facts.status != words.SUCCEEDED:
        return facts
    refunded = minor_in(charge, "amount_refunded") or 0
    if charge.get("captured") is False:
        return _uncaptured_charge(charge, facts, authorized, refunded)
    return _captured_charge(charge, facts, authorized.amount_minor, refunded, envelope)


def _uncaptured_charge(charge: Object, facts: EventFacts, authorized: Money, refunded: int) -> EventFacts:
    """Not captured, or not for the last time yet."""
    captured = minor_in(charge, "amount_captured") or 0
    # Stripe writes the release of an authorisation as a refund of a charge that was never captured.
    if not captured and refunded >= authorized.amount_minor > 0:
        return facts._replace(status=words.CANCELED)
    left = authorized._replace(amount_minor=max(0, authorized.amount_minor - captured))
    facts = facts._replace(
        status=words.AUTHORIZED,
        money=left,
        amount_meaning=words.MEANING_AUTHORIZED,
        captured_minor=captured or None,
        authorized_minor=left.amount_minor,
    )
    return (
        _with_refunds(charge, facts, authorized._replace(amount_minor=captured), refunded)
        if captured
        else facts
    )


def _captured_charge(
    charge: Object, facts: EventFacts, authorized: int, refunded: int, envelope: Envelope
) -> EventFacts:
    raw_captured = charge.get("amount_captured")
    raw_captured = charge.get("amount") if raw_captured is None else raw_captured  # API versions before 2020
    captured = from_stripe(raw_captured, charge.get("currency"))
    released = max(0, authorized - captured.amount_minor)
    several = _captures_may_be_several(charge)
    if not several and _refunds_hold_release(charge, captured.amount_minor, released, refunded, envelope):
        refunded -= released
    facts = facts._replace(
        money=captured,
        amount_meaning=words.MEANING_CAPTURED,
        amount_provider_raw=raw_captured,
        authorized_minor=0,
        released_minor=None if several else released or None,
    )
    return _with_refunds(charge, facts, captured, refunded)


def _with_refunds(charge: Object, facts: EventFacts, captured: Money, refunded: int) -> EventFacts:
    """The total is told when it is 0, too: refunds that fail make it smaller."""
    facts = facts._replace(refunded_total_minor=refunded)
    if not refunded:
        return facts
    full = refunded >= captured.amount_minor
    return facts._replace(
        status=words.REFUNDED if full else words.PARTIALLY_REFUNDED,
        money=captured._replace(amount_minor=refunded),
        amount_meaning=words.MEANING_REFUNDED_TOTAL,
        amount_provider_raw=charge.get("amount_refunded"),
        captured_minor=captured.amount_minor,
    )


def _refunds_hold_release(
    charge: Object, captured: int, released: int, refunded: int, envelope: Envelope
) -> bool:
    """Whether amount_refunded counts what a partial capture left of the authorisation, which was never ours.

    It does (woocommerce-gateway-stripe#1073: authorised 20675, received 20300, amount_refunded 375), but not after
    several captures (the last example of docs.stripe.com/payments/multicapture, which says of `refunded`, too, that it
    is true when all that was received has gone back).
    """
    all_but_released = charge.get("refunded") is True and refunded == captured
    before = _previous(envelope).get("amount_refunded")
    less_before = type(before) is int and before < released and (before > 0 or refunded > released)
    return refunded >= released and not (all_but_released or less_before)


def _captures_may_be_several(charge: Object) -> bool:
    details = mapping_or_empty(mapping_or_empty(charge.get("payment_method_details")).get("card"))
    return mapping_or_empty(details.get("multicapture")).get("status") == "available"


def _refund(refund: Object, _status: str | None, _envelope: Envelope) -> EventFacts:
    status = choice(_REFUND_STATUSES, refund.get("status"), "status")
    facts = _of_charge(refund, words.KIND_REFUND, status, words.MEANING_REFUND)
    if refund.get("reason") != _RELEASE:
        return facts
    return facts._replace(
        object_kind=words.KIND_PAYMENT, status=words.CANCELED, amount_meaning=words.MEANING_REQUESTED
    )


def _dispute(dispute: Object, _status: str | None, envelope: Envelope) -> EventFacts:
    said = text(dispute.get("status"), "status")
    default = words.INQUIRY if said.startswith(_INQUIRY_PREFIX) else words.DISPUTED
    status = _DISPUTE_STATUSES.get(said, default)
    facts = _of_charge(dispute, words.KIND_DISPUTE, status, words.MEANING_DISPUTED)
    return facts._replace(occasion=_stage(said, str(_previous(envelope).get("status"))))


def _stage(said: str, before: str) -> str | None:
    """What a dispute is in when it comes to a status that it may have had already."""
    if said.startswith(_APPEAL_PREFIX) or (said == "lost" and before.startswith(_APPEAL_PREFIX)):
        return "appeal"
    return "reopened" if before in _OUTCOMES and said not in _OUTCOMES else None


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


def _session(session: Object, status: str | None, _envelope: Envelope) -> EventFacts:
    object_id = identifier(session.get("id"), "object_id")
    customer_id = reference(session.get("customer"), "customer_id")
    intent = reference(session.get("payment_intent"), "transaction_id")
    if intent is None and str(session.get("mode")) in _SESSION_MODES_WITHOUT_PAYMENT:
        return EventFacts(object_id=object_id, customer_id=customer_id)
    status = status or choice(_SESSION_STATUSES, session.get("payment_status"), "status")
    succeeded = status == words.SUCCEEDED
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status,
        transaction_id=intent or object_id,
        money=from_stripe(session.get("amount_total"), session.get("currency")),
        amount_meaning=words.MEANING_CAPTURED if succeeded else words.MEANING_REQUESTED,
        amount_provider_raw=session.get("amount_total"),
        customer_id=customer_id,
        provider_status=identifier_or_none(session.get("payment_status")),
        invoice_id=link(session.get("invoice")),
        subscription_id=link(session.get("subscription")),
    )


def _previous(envelope: Envelope) -> Object:
    """What the event has changed, as it was before."""
    return mapping_or_empty(mapping_or_empty(envelope.document.get("data")).get("previous_attributes"))


_READERS: Final[dict[str, Callable[[Object, str | None, Envelope], EventFacts]]] = {
    "payment_intent": _payment_intent,
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
    "checkout.session": _session,
    "invoice_payment": lambda paid, *_: read_invoice_payment(paid),
    "invoice": lambda invoice, *_: read_invoice(invoice),
    "payout": lambda payout, *_: read_payout(payout),
}
