"""Stripe events: https://docs.stripe.com/api/events/types (names checked against the SDK stripe 16.1.0).

Three events may tell one success (payment intent, charge, checkout session). All three are read as the same
payment, under the id of the payment intent; a charge without one is a transaction of its own.
"""

from collections.abc import Callable
from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import Money, currency_code, from_minor_units
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.fields import (
    choice,
    identifier,
    identifier_or_none,
    mapping,
    mapping_or_empty,
    optional_identifier,
    text,
)

Object = dict[str, Any]

# Where Stripe's smallest unit is not ISO's (docs.stripe.com/currencies). ISK: 500 is 5 kr, and stays so
# (support.stripe.com, "Deprecation of fractional ISK charges and refunds"). UGX: Stripe lists it as
# zero-decimal and yet says "to charge 5 UGX, provide 500"; we take the example. MGA: zero-decimal at Stripe.
_EXPONENTS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
# Stripe does not say which unit it would use for these, and a guess may be wrong by a factor of ten or more.
_UNDOCUMENTED_UNITS: Final = frozenset({"IQD", "LYD", "CLF", "UYI", "UYW"})

# type -> (name of data.object, status). None: the object's own status, or its amounts, decide.
_TYPES: Final[dict[str, tuple[str, str | None]]] = {
    "payment_intent.created": ("payment_intent", words.PENDING),
    "payment_intent.processing": ("payment_intent", words.PENDING),
    "payment_intent.requires_action": ("payment_intent", words.PENDING),
    "payment_intent.partially_funded": ("payment_intent", words.PENDING),
    "payment_intent.amount_capturable_updated": ("payment_intent", words.AUTHORIZED),
    "payment_intent.succeeded": ("payment_intent", words.SUCCEEDED),
    "payment_intent.payment_failed": ("payment_intent", words.FAILED),
    "payment_intent.canceled": ("payment_intent", words.CANCELED),
    "charge.pending": ("charge", words.PENDING),
    "charge.succeeded": ("charge", words.SUCCEEDED),
    "charge.captured": ("charge", words.SUCCEEDED),
    "charge.failed": ("charge", words.FAILED),
    "charge.expired": ("charge", words.CANCELED),
    "charge.refunded": ("charge", words.SUCCEEDED),
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
}

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
# Every other status, a future one too, is an open dispute: to assume better would overstate what we own.
# "prevented" ends before any chargeback; what it cost comes as a refund of its own.
_DISPUTE_STATUSES: Final = {
    "won": words.DISPUTE_WON,
    "warning_closed": words.DISPUTE_WON,
    "prevented": words.DISPUTE_WON,
    "lost": words.DISPUTE_LOST,
}
_SESSION_STATUSES: Final = {
    "paid": words.SUCCEEDED,
    "no_payment_required": words.SUCCEEDED,
    "unpaid": words.PENDING,
}
# These sessions take no money themselves: the payment of their invoice does, as a payment intent of its own.
_SESSION_MODES_WITHOUT_PAYMENT: Final = frozenset({"subscription", "setup"})


def read(envelope: Envelope) -> EventFacts:
    """Raises UnreadableEvent where a known type has a body that makes no sense."""
    document = envelope.document
    known = _TYPES.get(envelope.event_type)
    # A thin event only points at its object, whatever its type is called.
    if known is None or document.get("object") == "v2.core.event":
        return _ignored(document)
    name, status = known
    stripe_object = mapping(mapping(document.get("data"), "data").get("object"), "object")
    if stripe_object.get("object") != name:
        raise UnreadableEvent("unexpected_object")
    return _READERS[name](stripe_object, status)


def from_stripe(amount: object, currency: object) -> Money:
    """Money from Stripe's smallest unit.

    Raises what `from_minor_units` raises, and UnreadableEvent("undocumented_currency_unit").
    """
    if currency_code(currency) in _UNDOCUMENTED_UNITS:
        raise UnreadableEvent("undocumented_currency_unit")
    return from_minor_units(amount, currency, _EXPONENTS)


def _ignored(document: Object) -> EventFacts:
    stripe_object = mapping_or_empty(mapping_or_empty(document.get("data")).get("object"))
    if not stripe_object:
        stripe_object = mapping_or_empty(document.get("related_object"))  # thin events
    object_id = identifier_or_none(stripe_object.get("id"))
    is_customer = stripe_object.get("object") == "customer"
    customer_id = object_id if is_customer else identifier_or_none(stripe_object.get("customer"))
    return EventFacts(object_id=object_id, customer_id=customer_id)


def _payment_intent(intent: Object, status: str | None) -> EventFacts:
    field, meaning = _INTENT_AMOUNTS[status or words.PENDING]
    object_id = identifier(intent.get("id"), "object_id")
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status or words.PENDING,
        transaction_id=object_id,
        money=from_stripe(intent.get(field), intent.get("currency")),
        amount_meaning=meaning,
        amount_provider_raw=intent.get(field),
        customer_id=_reference(intent.get("customer"), "customer_id"),
    )


def _charge(charge: Object, status: str | None) -> EventFacts:
    currency = charge.get("currency")
    money = from_stripe(charge.get("amount"), currency)
    object_id = identifier(charge.get("id"), "object_id")
    facts = EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status or words.SUCCEEDED,
        transaction_id=_reference(charge.get("payment_intent"), "transaction_id") or object_id,
        money=money,
        amount_meaning=words.MEANING_REQUESTED,
        amount_provider_raw=charge.get("amount"),
        customer_id=_reference(charge.get("customer"), "customer_id"),
    )
    if status != words.SUCCEEDED:
        return facts
    refunded = from_stripe(charge.get("amount_refunded", 0), currency).amount_minor
    if charge.get("captured") is False:
        # Stripe writes the release of an authorisation as a refund of a charge that was never captured.
        if refunded >= money.amount_minor > 0:
            return facts._replace(status=words.CANCELED)
        return facts._replace(status=words.AUTHORIZED, amount_meaning=words.MEANING_AUTHORIZED)
    return _captured_charge(charge, facts, money.amount_minor, refunded)


def _captured_charge(charge: Object, facts: EventFacts, authorized: int, refunded: int) -> EventFacts:
    raw_captured = charge.get("amount_captured")
    raw_captured = charge.get("amount") if raw_captured is None else raw_captured  # API versions before 2020
    captured = from_stripe(raw_captured, charge.get("currency"))
    # What a partial capture leaves of the authorisation is counted in amount_refunded too; it was never ours.
    refunded -= max(0, authorized - captured.amount_minor)
    if refunded <= 0:
        return facts._replace(
            money=captured, amount_meaning=words.MEANING_CAPTURED, amount_provider_raw=raw_captured
        )
    full = refunded >= captured.amount_minor
    return facts._replace(
        status=words.REFUNDED if full else words.PARTIALLY_REFUNDED,
        money=captured._replace(amount_minor=refunded),
        amount_meaning=words.MEANING_REFUNDED_TOTAL,
        amount_provider_raw=charge.get("amount_refunded"),
        captured_minor=captured.amount_minor,
        refunded_total_minor=refunded,
    )


def _refund(refund: Object, _status: str | None) -> EventFacts:
    status = choice(_REFUND_STATUSES, refund.get("status"), "status")
    return _of_charge(refund, words.KIND_REFUND, status, words.MEANING_REFUND)


def _dispute(dispute: Object, _status: str | None) -> EventFacts:
    status = _DISPUTE_STATUSES.get(text(dispute.get("status"), "status"), words.DISPUTED)
    return _of_charge(dispute, words.KIND_DISPUTE, status, words.MEANING_DISPUTED)


def _of_charge(stripe_object: Object, kind: str, status: str, meaning: str) -> EventFacts:
    transaction_id = _reference(stripe_object.get("payment_intent"), "transaction_id")
    return EventFacts(
        object_kind=kind,
        object_id=identifier(stripe_object.get("id"), "object_id"),
        status=status,
        transaction_id=transaction_id or identifier(_bare_id(stripe_object.get("charge")), "transaction_id"),
        money=from_stripe(stripe_object.get("amount"), stripe_object.get("currency")),
        amount_meaning=meaning,
        amount_provider_raw=stripe_object.get("amount"),
        customer_id=_reference(stripe_object.get("customer"), "customer_id"),
    )


def _session(session: Object, status: str | None) -> EventFacts:
    object_id = identifier(session.get("id"), "object_id")
    customer_id = _reference(session.get("customer"), "customer_id")
    intent = _reference(session.get("payment_intent"), "transaction_id")
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
    )


def _bare_id(value: object) -> object:
    """An expandable field holds an id or the whole object: https://docs.stripe.com/api/expanding_objects"""
    return value.get("id") if isinstance(value, dict) else value


def _reference(value: object, name: str) -> str | None:
    return optional_identifier(_bare_id(value), name)


_READERS: Final[dict[str, Callable[[Object, str | None], EventFacts]]] = {
    "payment_intent": _payment_intent,
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
    "checkout.session": _session,
}
