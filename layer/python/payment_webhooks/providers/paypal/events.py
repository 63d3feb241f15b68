"""PayPal events: https://developer.paypal.com/api/rest/webhooks/event-names/

v2 payments, orders and disputes, and v1 sales, which subscriptions still use. The resource is rendered when
the event is sent, so its own status outranks the type's name. A refund and a dispute belong to their capture or sale;
an order, its authorizations and its captures are one payment, as each names what it came from: in `related_ids`, or in
the link `up` (payments_payment_v2.json of paypal-rest-api-specifications). A reauthorization names its order, and not
the authorization before it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import Money, from_minor_units
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.fields import (
    identifier,
    identifier_or_none,
    mapping,
    mapping_or_empty,
    optional_identifier,
)
from payment_webhooks.providers.paypal.amounts import resource_amount
from payment_webhooks.providers.paypal.disputes import read_dispute
from payment_webhooks.providers.paypal.fees import fee_given_back, fee_kept
from payment_webhooks.providers.paypal.payouts import read_payout_item
from payment_webhooks.timestamps import utc_timestamp

Object = dict[str, Any]

_LINK: Final = re.compile(
    r"/(orders|authorizations|captures|capture|sale|refunds|refund)/([A-Za-z0-9._:-]{1,200})(?:[?#].*)?$"
)


class _Type(NamedTuple):
    shape: str
    status: str  # where the resource's own status is missing or unknown


_TYPES: Final = {
    "PAYMENT.AUTHORIZATION.CREATED": _Type("authorization", words.AUTHORIZED),
    "PAYMENT.AUTHORIZATION.VOIDED": _Type("authorization", words.CANCELED),
    "PAYMENT.CAPTURE.COMPLETED": _Type("capture", words.SUCCEEDED),
    "PAYMENT.CAPTURE.PENDING": _Type("capture", words.PENDING),
    "PAYMENT.CAPTURE.DECLINED": _Type("capture", words.FAILED),
    "PAYMENT.CAPTURE.DENIED": _Type("capture", words.FAILED),
    "PAYMENT.CAPTURE.REFUNDED": _Type("refund", words.REFUNDED),
    "PAYMENT.CAPTURE.REVERSED": _Type("refund", words.REFUNDED),
    "PAYMENT.REFUND.PENDING": _Type("refund", words.PENDING),
    "PAYMENT.REFUND.FAILED": _Type("refund", words.FAILED),
    "PAYMENT.SALE.COMPLETED": _Type("capture", words.SUCCEEDED),
    "PAYMENT.SALE.PENDING": _Type("capture", words.PENDING),
    "PAYMENT.SALE.DENIED": _Type("capture", words.FAILED),
    "PAYMENT.SALE.REFUNDED": _Type("refund", words.REFUNDED),
    "PAYMENT.SALE.REVERSED": _Type("refund", words.REFUNDED),
    "CHECKOUT.ORDER.APPROVED": _Type("order", words.PENDING),
    "CHECKOUT.ORDER.COMPLETED": _Type("order", words.CLOSED),
    "CHECKOUT.ORDER.VOIDED": _Type("order", words.CANCELED),
    "CHECKOUT.ORDER.DECLINED": _Type("order", words.FAILED),
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": _Type("order", words.CANCELED),
    "CUSTOMER.DISPUTE.CREATED": _Type("dispute", words.DISPUTED),
    "CUSTOMER.DISPUTE.UPDATED": _Type("dispute", words.DISPUTED),
    "CUSTOMER.DISPUTE.RESOLVED": _Type("dispute", words.DISPUTED),
    "RISK.DISPUTE.CREATED": _Type("dispute", words.DISPUTED),
    # Not their batches (PAYMENT.PAYOUTSBATCH.*): they name no item, and the items tell the same money.
    "PAYMENT.PAYOUTS-ITEM.HELD": _Type("payout_item", words.PENDING),
    "PAYMENT.PAYOUTS-ITEM.UNCLAIMED": _Type("payout_item", words.IN_TRANSIT),
    "PAYMENT.PAYOUTS-ITEM.SUCCEEDED": _Type("payout_item", words.PAID),
    "PAYMENT.PAYOUTS-ITEM.CANCELED": _Type("payout_item", words.CANCELED),
    "PAYMENT.PAYOUTS-ITEM.BLOCKED": _Type("payout_item", words.FAILED),
    "PAYMENT.PAYOUTS-ITEM.DENIED": _Type("payout_item", words.FAILED),
    "PAYMENT.PAYOUTS-ITEM.FAILED": _Type("payout_item", words.FAILED),
    "PAYMENT.PAYOUTS-ITEM.REFUNDED": _Type("payout_item", words.FAILED),
    "PAYMENT.PAYOUTS-ITEM.RETURNED": _Type("payout_item", words.FAILED),
}
# `status` of v2 and, in lower case, `state` of v1: payments_payment_v2.json and the v1 sale object.
_CAPTURE_STATUSES: Final = {
    "COMPLETED": words.SUCCEEDED,
    "PENDING": words.PENDING,
    "DECLINED": words.FAILED,
    "DENIED": words.FAILED,
    "FAILED": words.FAILED,
    "PARTIALLY_REFUNDED": words.PARTIALLY_REFUNDED,
    "REFUNDED": words.REFUNDED,
}
_AUTHORIZATION_STATUSES: Final = {
    "CREATED": words.AUTHORIZED,
    "CAPTURED": words.CLOSED,  # the money is told by its captures
    "PARTIALLY_CAPTURED": words.AUTHORIZED,
    "DENIED": words.FAILED,
    "PENDING": words.PENDING,
    "VOIDED": words.CANCELED,
}
_REFUND_STATUSES: Final = {
    "COMPLETED": words.REFUNDED,
    "PENDING": words.PENDING,
    "FAILED": words.FAILED,
    "CANCELLED": words.CANCELED,
}
# "A completed order can indicate a payment was authorized, an authorized payment was captured, or a payment was
# declined" (checkout_orders_v2.json): its payments tell.
_ORDER_STATUSES: Final = {"COMPLETED": words.CLOSED, "VOIDED": words.CANCELED}
_GAVE_BACK: Final = frozenset({words.PARTIALLY_REFUNDED, words.REFUNDED})
# How much went back of a capture that is partially refunded is not told, nor whether anything did: while a claim is
# open, a capture has this status, too (paypal/Checkout-NodeJS-SDK issue 31).
_CAPTURE_MEANINGS: Final = {
    words.SUCCEEDED: words.MEANING_CAPTURED,
    words.REFUNDED: words.MEANING_REFUNDED_TOTAL,
}


def event_types() -> tuple[str, ...]:
    """Every type of which `read` says something."""
    return tuple(_TYPES)


def read(envelope: Envelope) -> EventFacts:
    """Raises UnreadableEvent where a known type has a body that makes no sense."""
    known = _TYPES.get(envelope.event_type)
    if known is None:
        resource = mapping_or_empty(envelope.document.get("resource"))
        return EventFacts(object_id=identifier_or_none(resource.get("id")))
    resource = mapping(envelope.document.get("resource"), "resource")
    facts = _READERS[known.shape](resource, known, envelope)
    if facts.object_kind == words.KIND_PAYMENT:
        # A v1 sale calls its subscription the billing agreement.
        subscription_id = identifier_or_none(resource.get("billing_agreement_id"))
        facts = facts._replace(invoice_id=_invoice_id(resource), subscription_id=subscription_id)
    payer = mapping_or_empty(resource.get("payer"))
    # An order that is told as its only capture began before it, and may have changed before it, too.
    timed = _told_capture(resource, known) or resource
    created_at, updated_at = timed.get("create_time"), timed.get("update_time", resource.get("update_time"))
    return facts._replace(
        customer_id=optional_identifier(payer.get("payer_id"), "customer_id"),
        occurred_at=None if updated_at is None else utc_timestamp(updated_at),
        object_created_at=None if created_at is None else utc_timestamp(created_at),
        account=_merchant(resource),
    )


def _invoice_id(resource: Object) -> str | None:
    """The seller's number of the invoice."""
    units = resource.get("purchase_units")
    sole = mapping_or_empty(units[0]) if isinstance(units, list) and len(units) == 1 else {}
    return identifier_or_none(
        resource.get("invoice_id", resource.get("invoice_number", sole.get("invoice_id")))
    )


def _merchant(resource: Object) -> str | None:
    """Whose money it is: the payee, whom refunds call payer, and disputes seller; None where it is of several."""
    parties = [resource.get("payee"), resource.get("payer")]
    for many, party in (("disputed_transactions", "seller"), ("purchase_units", "payee")):
        listed = resource.get(many)
        parties += [
            mapping_or_empty(each).get(party) for each in (listed if isinstance(listed, list) else ())
        ]
    named = (identifier_or_none(mapping_or_empty(party).get("merchant_id")) for party in parties)
    merchants = {merchant for merchant in named if merchant is not None}
    return merchants.pop() if len(merchants) == 1 else None


def _capture(capture: Object, known: _Type, envelope: Envelope) -> EventFacts:
    # v1: what an authorization and its captures have in common; a sale is the only one of its payment.
    is_sale = envelope.event_type.startswith("PAYMENT.SALE.")
    object_id = identifier(capture.get("id"), "object_id")
    status = _own_status(capture, _CAPTURE_STATUSES, known)
    money, raw = resource_amount(capture.get("amount"))
    taken = money.amount_minor if status in _GAVE_BACK else None
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status,
        transaction_id=object_id,
        money=money,
        amount_meaning=_CAPTURE_MEANINGS.get(status, words.MEANING_REQUESTED),
        amount_provider_raw=raw,
        captured_minor=taken,
        fee_minor=fee_kept(capture, money.currency),
        refunded_total_minor=taken if status == words.REFUNDED else None,
        authorized_minor=0 if capture.get("final_capture") is True and status != words.FAILED else None,
        payment_ids=_payment_ids(capture, object_id, None if is_sale else capture.get("parent_payment")),
    )


def _payment_ids(resource: Object, own_id: str, parent: object = None) -> tuple[str, ...]:
    """The order, or `parent` in place of it, the authorization and the capture that the resource names."""
    related = _related_ids(resource)
    named = (
        related.get("order_id") or _linked_id(resource, "up", ("orders",)) or parent,
        related.get("authorization_id") or _linked_id(resource, "up", ("authorizations",)),
        own_id,
    )
    ids = (identifier_or_none(each) for each in named)
    return tuple(dict.fromkeys(each for each in ids if each is not None))


def _related_ids(resource: Object) -> Object:
    return mapping_or_empty(mapping_or_empty(resource.get("supplementary_data")).get("related_ids"))


def _authorization(authorization: Object, known: _Type, _envelope: Envelope) -> EventFacts:
    object_id = identifier(authorization.get("id"), "object_id")
    status = _own_status(authorization, _AUTHORIZATION_STATUSES, known)
    money, raw = resource_amount(authorization.get("amount"))
    held = status == words.AUTHORIZED
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=status,
        transaction_id=object_id,
        money=money,
        amount_meaning=words.MEANING_AUTHORIZED if held else words.MEANING_REQUESTED,
        amount_provider_raw=raw,
        payment_ids=_payment_ids(authorization, object_id, authorization.get("parent_payment")),
    )


def _refund(refund: Object, known: _Type, envelope: Envelope) -> EventFacts:
    own_id = identifier(refund.get("id"), "object_id")
    transaction_id = _refunded_transaction(refund, envelope)
    status = _own_status(refund, _REFUND_STATUSES, known)
    # The published v1 refunds have a minus: "-0.01" (PAYMENT.SALE.REFUNDED), "-0.49" (PAYMENT.SALE.REVERSED).
    money, raw = resource_amount(refund.get("amount"), signed=True)
    return EventFacts(
        object_kind=words.KIND_REFUND,
        object_id=_linked_id(refund, "self", ("refunds", "refund")) or own_id,
        status=status,
        transaction_id=transaction_id,
        money=money,
        amount_meaning=words.MEANING_CLAIMED if _is_reversal(envelope) else words.MEANING_REFUND,
        amount_provider_raw=raw,
        refunded_total_minor=_refunded_total(refund, money) if status == words.REFUNDED else None,
        fee_minor=fee_given_back(refund, money.currency),
        payment_ids=_payment_ids(refund, transaction_id),
    )


def _is_reversal(envelope: Envelope) -> bool:
    return envelope.event_type.endswith(".REVERSED")


def _refunded_transaction(refund: Object, envelope: Envelope) -> str:
    named = (
        _linked_id(refund, "up", ("captures", "capture", "sale"))
        or _related_ids(refund).get("capture_id")
        or refund.get("sale_id")
        or refund.get("capture_id")
        or _linked_id(refund, "sale", ("sale",))
    )
    # Some reversals show the capture or sale itself instead of a refund.
    if named is None and envelope.document.get("resource_type") in ("sale", "capture"):
        named = refund.get("id")
    return identifier(named, "transaction_id")


def _refunded_total(refund: Object, money: Money) -> int | None:
    breakdown = mapping_or_empty(refund.get("seller_payable_breakdown"))
    total = breakdown.get("total_refunded_amount", refund.get("total_refunded_amount"))
    if total is None:
        return None
    refunded, _ = resource_amount(total)
    if refunded.currency != money.currency:
        raise UnreadableEvent("currency_mismatch")
    return refunded.amount_minor


def _order(order: Object, known: _Type, envelope: Envelope) -> EventFacts:
    """An order moves no money itself. A completed one that names its only capture is told as that capture, so that both
    events of one payment are one transaction; an approved one never is, however soon its capture came."""
    object_id = identifier(order.get("id", order.get("order_id")), "object_id")
    capture = _told_capture(order, known)
    if capture is not None:
        facts = _capture(capture, _Type("capture", words.PENDING), envelope)
        return facts._replace(payment_ids=tuple(dict.fromkeys((object_id, *facts.payment_ids))))
    money, raw = _order_amount(order)
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=_own_status(order, _ORDER_STATUSES, known),
        transaction_id=object_id,
        money=money,
        amount_meaning=words.MEANING_ORDERED if money else None,
        amount_provider_raw=raw,
    )


def _told_capture(resource: Object, known: _Type) -> Object | None:
    """As which an order is told."""
    return _sole_capture(resource) if known.shape == "order" and known.status == words.CLOSED else None


def _dispute(dispute: Object, _known: _Type, _envelope: Envelope) -> EventFacts:
    return read_dispute(dispute)


def _payout_item(item: Object, known: _Type, _envelope: Envelope) -> EventFacts:
    return read_payout_item(item, known.status)


def _own_status(resource: Object, statuses: Mapping[str, str], known: _Type) -> str:
    status = resource.get("status", resource.get("state"))
    return statuses.get(status.upper(), known.status) if isinstance(status, str) else known.status


_READERS: Final[dict[str, Callable[[Object, _Type, Envelope], EventFacts]]] = {
    "authorization": _authorization,
    "capture": _capture,
    "refund": _refund,
    "order": _order,
    "dispute": _dispute,
    "payout_item": _payout_item,
}


def _linked_id(resource: dict[str, Any], rel: str, segments: tuple[str, ...]) -> str | None:
    """The id at the end of the link `rel` whose path ends in `/{one of segments}/{id}`."""
    links = resource.get("links")
    for link in links if isinstance(links, list) else ():
        href = mapping_or_empty(link).get("href")
        if mapping_or_empty(link).get("rel") != rel or not isinstance(href, str):
            continue
        match = _LINK.search(href)
        if match and match[1] in segments:
            return match[2]
    return None


def _units(order: dict[str, Any]) -> list[dict[str, Any]]:
    units = order.get("purchase_units")
    return [mapping(unit, "purchase_unit") for unit in units] if isinstance(units, list) else []


def _order_amount(order: dict[str, Any]) -> tuple[Money | None, str | None]:
    """The sum over an order's units, and the text of a single one; None where the order has no units."""
    amounts = [resource_amount(unit.get("amount")) for unit in _units(order)]
    if not amounts:
        return None, None
    money = amounts[0][0]
    for further, _ in amounts[1:]:
        if further.currency != money.currency:
            raise UnreadableEvent("currency_mismatch")
        money = from_minor_units(money.amount_minor + further.amount_minor, money.currency)
    return money, amounts[0][1] if len(amounts) == 1 else None


def _sole_capture(order: dict[str, Any]) -> dict[str, Any] | None:
    """The capture of an order that names exactly one in all its units, else None."""
    captures: list[Any] = []
    for unit in _units(order):
        named = mapping_or_empty(unit.get("payments")).get("captures")
        captures += named if isinstance(named, list) else ()
    return mapping(captures[0], "capture") if len(captures) == 1 else None
