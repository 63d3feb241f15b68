"""Square events: https://developer.squareup.com/reference/square/webhooks (states from the SDK 46.0.0).

`data.id` is not always the object's id, so ids come from the object. An object's `updated_at` says when it
got its state: `payment.updated` comes several times for one payment, in any order.
"""

from collections.abc import Callable
from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import MAX_AMOUNT_MINOR, Money, from_minor_units, signed_from
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
from payment_webhooks.timestamps import utc_timestamp

Object = dict[str, Any]

# type -> name of the object in data.object
_TYPES: Final = {
    "payment.created": "payment",
    "payment.updated": "payment",
    "refund.created": "refund",
    "refund.updated": "refund",
    "dispute.created": "dispute",
    "dispute.state.updated": "dispute",
    "dispute.state.changed": "dispute",  # the older name
    "dispute.evidence.created": "dispute",
    "dispute.evidence.added": "dispute",  # the older name
    "dispute.evidence.deleted": "dispute",
    "dispute.evidence.removed": "dispute",  # the older name
    "payout.sent": "payout",
    "payout.paid": "payout",
    "payout.failed": "payout",
}
_PAYMENT_STATUSES: Final = {
    "APPROVED": words.AUTHORIZED,
    "PENDING": words.PENDING,
    "COMPLETED": words.SUCCEEDED,
    "CANCELED": words.CANCELED,
    "FAILED": words.FAILED,
}
_PAYMENT_MEANINGS: Final = {
    words.AUTHORIZED: words.MEANING_AUTHORIZED,
    words.SUCCEEDED: words.MEANING_CAPTURED,
}
# The seller takes the money himself and Square only writes it down:
# https://developer.squareup.com/docs/payments-api/take-payments/external-payments
_OUTSIDE_SQUARE: Final = ("CASH", "EXTERNAL")
_REFUND_STATUSES: Final = {
    "PENDING": words.PENDING,
    "APPROVED": words.PENDING,
    "COMPLETED": words.REFUNDED,
    "REJECTED": words.FAILED,
    "FAILED": words.FAILED,
}
# Every other state, a future one too, is an open dispute: to assume better would overstate what we own.
_DISPUTE_STATES: Final = {
    "INQUIRY_EVIDENCE_REQUIRED": words.INQUIRY,
    "INQUIRY_PROCESSING": words.INQUIRY,
    "WON": words.DISPUTE_WON,
    "INQUIRY_CLOSED": words.DISPUTE_WON,
    "LOST": words.DISPUTE_LOST,
    "ACCEPTED": words.DISPUTE_LOST,
}
_PAYOUT_STATUSES: Final = {"SENT": words.IN_TRANSIT, "PAID": words.PAID, "FAILED": words.FAILED}


def event_types() -> tuple[str, ...]:
    """Every type of which `read` says something."""
    return tuple(_TYPES)


def read(envelope: Envelope) -> EventFacts:
    """Raises UnreadableEvent where a known type has a body that makes no sense."""
    name = _TYPES.get(envelope.event_type)
    if name is None:
        return EventFacts(
            object_id=identifier_or_none(mapping_or_empty(envelope.document.get("data")).get("id"))
        )
    container = mapping(mapping(envelope.document.get("data"), "data").get("object"), "object")
    # The schema of the older dispute events calls it "object" once more.
    square_object = mapping(container.get(name, container.get("object")), name)
    location_id = optional_identifier(square_object.get("location_id"), "location_id")
    return _READERS[name](square_object)._replace(
        occurred_at=_time(square_object, "updated_at"),
        object_created_at=_time(square_object, "created_at"),
        fee_minor=_fee(square_object, -1 if name == "refund" else 1),
        provider_status=identifier_or_none(square_object.get("state" if name == "dispute" else "status")),
        account=f"{envelope.account}:{location_id}" if envelope.account and location_id else None,
    )


def _time(square_object: Object, field: str) -> str | None:
    value = square_object.get(field)
    return None if value is None else utc_timestamp(value)


def _fee(square_object: Object, app_fee_sign: int) -> int | None:
    """What Square keeps, less what it gives back: https://developer.squareup.com/reference/square/objects/ProcessingFee

    With it goes the fee of the app that took the payment; of a refund `app_fee_money` is what the app gives back,
    also where Square gives back nothing. None of a payment until Square has worked its fee out, minutes later. A fee
    that can't be read never holds up a payment.
    """
    fees = square_object.get("processing_fee")
    amounts = [
        mapping_or_empty(mapping_or_empty(fee).get("amount_money")).get("amount")
        for fee in (fees if isinstance(fees, list) else [])
    ]
    if not amounts and (app_fee_sign > 0 or square_object.get("app_fee_money") is None):
        return None
    app_fee = mapping_or_empty(square_object.get("app_fee_money")).get("amount", 0)
    whole = [amount for amount in (*amounts, app_fee) if type(amount) is int]
    total = sum(whole[:-1]) + app_fee_sign * whole[-1] if len(whole) == len(amounts) + 1 else None
    return total if total is not None and abs(total) <= MAX_AMOUNT_MINOR else None


def _payment(payment: Object) -> EventFacts:
    object_id = identifier(payment.get("id"), "object_id")
    status = choice(_PAYMENT_STATUSES, payment.get("status"), "status")
    # total_money is amount_money and the tip; a payment without one has no tip.
    raw_money = payment.get("total_money")
    total, raw_total = _money(payment.get("amount_money") if raw_money is None else raw_money)
    facts = EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status,
        transaction_id=object_id,
        money=total,
        amount_meaning=_PAYMENT_MEANINGS.get(status, words.MEANING_REQUESTED),
        amount_provider_raw=raw_total,
        customer_id=optional_identifier(payment.get("customer_id"), "customer_id"),
        outside_provider=payment.get("source_type") in _OUTSIDE_SQUARE or None,
        # Its invoice, if there is one, names the same order, and no payment (invoice.payment_made).
        order_id=identifier_or_none(payment.get("order_id")),
    )
    return facts if status != words.SUCCEEDED else _with_refunds(facts, total, payment.get("refunded_money"))


def _with_refunds(facts: EventFacts, total: Money, refunded_money: object) -> EventFacts:
    """The status of a refunded payment stays COMPLETED; only `refunded_money` tells. It shrinks if a refund fails."""
    refunded, raw_refunded = (
        (total._replace(amount_minor=0), 0) if refunded_money is None else _money(refunded_money)
    )
    if refunded.currency != total.currency:
        raise UnreadableEvent("currency_mismatch")
    if refunded.amount_minor == 0:
        return facts._replace(refunded_total_minor=0)
    full = refunded.amount_minor >= total.amount_minor
    return facts._replace(
        status=words.REFUNDED if full else words.PARTIALLY_REFUNDED,
        money=refunded,
        amount_meaning=words.MEANING_REFUNDED_TOTAL,
        amount_provider_raw=raw_refunded,
        captured_minor=total.amount_minor,
        refunded_total_minor=refunded.amount_minor,
    )


def _refund(refund: Object) -> EventFacts:
    object_id = identifier(refund.get("id"), "object_id")
    money, raw = _money(refund.get("amount_money"))
    payment_id = refund.get("payment_id")
    if payment_id is None and refund.get("unlinked") is True:
        payment_id = object_id  # refunds no payment that Square knows: a transaction of its own
    return EventFacts(
        object_kind=words.KIND_REFUND,
        object_id=object_id,
        status=choice(_REFUND_STATUSES, refund.get("status"), "status"),
        transaction_id=identifier(payment_id, "transaction_id"),
        money=money,
        amount_meaning=words.MEANING_REFUND,
        amount_provider_raw=raw,
    )


def _dispute(dispute: Object) -> EventFacts:
    money, raw = _money(dispute.get("amount_money"))
    payment = mapping(dispute.get("disputed_payment"), "transaction_id")
    return EventFacts(
        object_kind=words.KIND_DISPUTE,
        object_id=identifier(dispute.get("id", dispute.get("dispute_id")), "object_id"),
        status=_DISPUTE_STATES.get(text(dispute.get("state"), "status"), words.DISPUTED),
        transaction_id=identifier(payment.get("payment_id"), "transaction_id"),
        money=money,
        amount_meaning=words.MEANING_DISPUTED,
        amount_provider_raw=raw,
        # A dispute that is opened again, after either outcome, has a new day by which to answer.
        occasion=identifier_or_none(dispute.get("due_at")),
    )


def _payout(payout: Object) -> EventFacts:
    """https://developer.squareup.com/reference/square/objects/Payout: a negative one takes money from the bank."""
    object_id = identifier(payout.get("id"), "object_id")
    money = mapping(payout.get("amount_money"), "amount")
    # The published events of payouts say currency_code, where Money has currency.
    currency = money.get("currency", money.get("currency_code"))
    return EventFacts(
        object_kind=words.KIND_PAYOUT,
        object_id=object_id,
        status=choice(_PAYOUT_STATUSES, payout.get("status"), "status"),
        transaction_id=object_id,
        money=signed_from(from_minor_units, money.get("amount"), currency),
        amount_meaning=words.MEANING_PAID_OUT,
        amount_provider_raw=money.get("amount"),
        arrival_date=_day(payout.get("arrival_date")),
    )


def _day(value: object) -> str | None:
    return None if value is None else utc_timestamp(f"{value}T00:00:00Z")[:10]


def _money(block: object) -> tuple[Money, int]:
    """Square's Money object: whole minor units, and the amount as sent."""
    fields = mapping(block, "amount")
    money = from_minor_units(fields.get("amount"), fields.get("currency"))
    return money, money.amount_minor


_READERS: Final[dict[str, Callable[[Object], EventFacts]]] = {
    "payment": _payment,
    "refund": _refund,
    "dispute": _dispute,
    "payout": _payout,
}
