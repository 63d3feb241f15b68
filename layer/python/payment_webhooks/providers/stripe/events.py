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
)
from payment_webhooks.providers.stripe.amounts import from_stripe, minor_in
from payment_webhooks.providers.stripe.invoices import read_invoice, read_invoice_payment
from payment_webhooks.providers.stripe.payouts import read_payout
from payment_webhooks.providers.stripe.references import bare_id, link, previous, reference
from payment_webhooks.providers.stripe.refunds_and_disputes import read_dispute, read_refund

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
# An event that names its object and says nothing of it, where an event destination asks for it. Of a payment we must
# not be silent; others are ignored for that, not for their type. https://docs.stripe.com/event-destinations
_THIN: Final = "v2.core.event"
_IS_THIN: Final = "thin_event"
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
    received = minor_in(intent, "amount_received")
    if status == words.CANCELED and received:
        status = words.SUCCEEDED  # what was left after the first of several captures was canceled
    field, meaning = _INTENT_AMOUNTS[status]
    object_id = identifier(intent.get("id"), "object_id")
    money = from_stripe(intent.get(field), intent.get("currency"))
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
        fee_minor=_application_fee(intent) if status == words.SUCCEEDED else None,
        invoice_id=link(intent.get("invoice")),
        occasion=_attempt(intent, envelope) if status == words.FAILED else None,
    )


def _application_fee(stripe_object: Object) -> int | None:
    """What a Connect platform takes of the payment; of Stripe's own fee no event tells."""
    return minor_in(stripe_object, "application_fee_amount")


def _attempt(intent: Object, envelope: Envelope) -> str:
    """The charge that failed; the event where an attempt has made none, as one that was not authenticated.

    An error that names no charge may be of the latest one, or of an attempt after it that has made none: whether
    another event of the intent has told that charge, the rows say together.
    """
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
    captured = minor_in(charge, "amount_captured") or 0
    if facts.status == words.CANCELED and 0 < captured < authorized.amount_minor:
        return _captured_before_it_expired(charge, facts, authorized)
    if facts.status != words.SUCCEEDED:
        return facts
    refunded = minor_in(charge, "amount_refunded") or 0
    if charge.get("captured") is False:
        return _uncaptured_charge(charge, facts, authorized, refunded)
    return _captured_charge(charge, facts, authorized.amount_minor, refunded, envelope)


def _captured_before_it_expired(charge: Object, facts: EventFacts, authorized: Money) -> EventFacts:
    """The first of several captures, or more; whether amount_refunded counts what has expired is not documented."""
    captured = minor_in(charge, "amount_captured") or 0
    return facts._replace(
        status=words.SUCCEEDED,
        money=authorized._replace(amount_minor=captured),
        amount_meaning=words.MEANING_CAPTURED,
        amount_provider_raw=charge.get("amount_captured"),
        authorized_minor=0,
        released_minor=max(0, authorized.amount_minor - captured) or None,
    )


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
        fee_minor=_application_fee(charge),
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
    before = previous(envelope).get("amount_refunded")
    less_before = type(before) is int and before < released and (before > 0 or refunded > released)
    return refunded >= released and not (all_but_released or less_before)


def _captures_may_be_several(charge: Object) -> bool:
    details = mapping_or_empty(mapping_or_empty(charge.get("payment_method_details")).get("card"))
    return mapping_or_empty(details.get("multicapture")).get("status") == "available"


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


_READERS: Final[dict[str, Callable[[Object, str | None, Envelope], EventFacts]]] = {
    "payment_intent": _payment_intent,
    "charge": _charge,
    "refund": lambda refund, *_: read_refund(refund),
    "dispute": lambda dispute, _, envelope: read_dispute(dispute, previous(envelope)),
    "checkout.session": _session,
    "invoice_payment": lambda paid, *_: read_invoice_payment(paid),
    "invoice": lambda invoice, *_: read_invoice(invoice),
    "payout": lambda payout, *_: read_payout(payout),
}
