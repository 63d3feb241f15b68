"""What joins Stripe's invoices to their payments; of the invoices themselves nothing is kept.

Since the API version 2025-03-31.basil a payment does not name its invoice, nor the invoice its payment:
https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
"""

from typing import Any

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts
from payment_webhooks.providers.fields import identifier, identifier_or_none, mapping_or_empty
from payment_webhooks.providers.stripe.amounts import from_stripe
from payment_webhooks.providers.stripe.references import link, reference

Object = dict[str, Any]


def read_invoice_payment(paid: Object) -> EventFacts:
    """What joins them since then: https://docs.stripe.com/api/invoice-payment/object"""
    return _of_invoice(paid, mapping_or_empty(paid.get("payment")))._replace(
        invoice_id=link(paid.get("invoice"))
    )


def read_invoice(invoice: Object) -> EventFacts:
    """Of an older version; `amount_paid` is what the payment was then."""
    if invoice.get("paid_out_of_band") is True:
        invoice = {**invoice, "payment_intent": None, "charge": None}
    return _of_invoice(invoice, invoice)._replace(
        invoice_id=link(invoice.get("id")),
        subscription_id=link(invoice.get("subscription")),
        customer_id=reference(invoice.get("customer"), "customer_id"),
    )


def _of_invoice(paid: Object, payment: Object) -> EventFacts:
    """The payment that `payment` names; it may have paid other invoices, too, so what was paid is the least of it."""
    object_id = identifier(paid.get("id"), "object_id")
    named = payment.get("payment_intent")
    transaction_id = reference(payment.get("charge") if named is None else named, "transaction_id")
    if transaction_id is None or paid.get("amount_paid") == 0:  # by a credit: its payment has paid nothing
        return EventFacts(object_id=object_id)
    return EventFacts(
        object_kind=words.KIND_PAYMENT,
        object_id=object_id,
        status=words.SUCCEEDED,
        transaction_id=transaction_id,
        money=from_stripe(paid.get("amount_paid"), paid.get("currency")),
        amount_meaning=words.MEANING_CAPTURED,
        amount_provider_raw=paid.get("amount_paid"),
        provider_status=identifier_or_none(paid.get("status")),
    )
