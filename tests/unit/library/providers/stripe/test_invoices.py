"""Stripe's links between a payment, its invoice and its subscription, in old API versions and new ones."""

from typing import Any, Final

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import changed
from tests.support.library.ledger import payment_event, row_of
from tests.support.library.providers import normalise

# Since 2025-03-31.basil: docs.stripe.com/api/invoice-payment/object
INVOICE_PAYMENT: Final[dict[str, Any]] = {
    "id": "inpay_1",
    "object": "invoice_payment",
    "amount_paid": 2000,
    "amount_requested": 2000,
    "created": 1391288554,
    "currency": "usd",
    "invoice": "in_1",
    "is_default": True,
    "livemode": False,
    "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
    "status": "paid",
}
# Before it (fields of the API version 2023-10-16).
INVOICE: Final[dict[str, Any]] = {
    "id": "in_1",
    "object": "invoice",
    "amount_due": 2000,
    "amount_paid": 2000,
    "charge": "ch_1",
    "currency": "usd",
    "customer": "cus_1",
    "paid_out_of_band": False,
    "payment_intent": "pi_1",
    "status": "paid",
    "subscription": "sub_1",
}


def told(event_type: str, stripe_object: dict[str, Any], **changes: Any) -> NormalisedEvent:
    document = {"id": "evt_invoice", "type": event_type, "data.object": stripe_object | changes}
    return normalise("stripe", changed("stripe/pi_succeeded", document))


def links(event: NormalisedEvent) -> tuple[str | None, str | None]:
    return event.invoice_id, event.subscription_id


@pytest.mark.parametrize(
    ("payment", "transaction_id"),
    [
        ({"type": "payment_intent", "payment_intent": "pi_1"}, "pi_1"),
        ({"type": "payment_intent", "payment_intent": {"id": "pi_1"}}, "pi_1"),
        ({"type": "charge", "charge": "ch_1"}, "ch_1"),  # of a charge that has no intent
    ],
)
def test_an_invoice_payment_joins_the_invoice_and_the_payment(
    payment: dict[str, Any], transaction_id: str
) -> None:
    event = told("invoice_payment.paid", INVOICE_PAYMENT, payment=payment)
    assert (event.transaction_id, event.status, event.amount_minor) == (transaction_id, "succeeded", 2000)
    assert links(event) == ("in_1", None)


@pytest.mark.parametrize("payment", [None, {}, {"type": "payment_record", "payment_record": "prec_1"}])
def test_an_invoice_payment_of_no_payment_of_stripes_is_ignored(payment: dict[str, Any] | None) -> None:
    event = told("invoice_payment.paid", INVOICE_PAYMENT, payment=payment)
    assert (event.status, event.object_id) == ("ignored", "inpay_1")


def test_an_invoice_of_an_old_api_version_names_payment_and_subscription() -> None:
    event = told("invoice.paid", INVOICE)
    assert (event.transaction_id, event.customer_id, links(event)) == ("pi_1", "cus_1", ("in_1", "sub_1"))


@pytest.mark.parametrize(
    "changes",
    [{"paid_out_of_band": True}, {"payment_intent": None, "charge": None}, {"amount_paid": 0}],
)
def test_an_invoice_that_no_payment_has_paid_tells_none(changes: dict[str, Any]) -> None:
    assert told("invoice.paid", INVOICE, **changes).status == "ignored"


def test_an_intent_a_charge_and_a_session_name_them_where_the_version_has_it() -> None:
    intent = normalise("stripe", changed("stripe/pi_succeeded", {"data.object.invoice": "in_1"}))
    charge = normalise("stripe", changed("stripe/charge_succeeded_no_pi", {"data.object.invoice": "in_1"}))
    session = {
        "id": "cs_1",
        "object": "checkout.session",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 2000,
        "currency": "usd",
        "invoice": {"id": "in_1"},
        "subscription": "sub_1",
    }
    assert links(intent) == links(charge) == ("in_1", None)
    assert links(told("checkout.session.completed", session)) == ("in_1", "sub_1")


@pytest.mark.parametrize("link", [7, "", "an invoice", ["in_1"], {"id": None}])
def test_a_link_that_makes_no_sense_never_holds_up_a_payment(link: object) -> None:
    event = normalise("stripe", changed("stripe/pi_succeeded", {"data.object.invoice": link}))
    assert (event.status, event.invoice_id) == ("succeeded", None)


def test_an_invoice_payment_without_its_amount_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent, match="missing_amount"):
        told("invoice_payment.paid", INVOICE_PAYMENT, amount_paid=None)


@pytest.mark.parametrize("received", [2000, 5000])
@pytest.mark.parametrize("second", [-1, 0, 1])
def test_what_an_invoice_tells_adds_no_money_to_its_payment(received: int, second: int) -> None:
    """The intent may have paid other invoices, too: 50.00 received, 20.00 of it for this one."""
    paid = row_of(payment_event("succeeded", received))
    invoice = row_of(payment_event("succeeded", 2000, second)._replace(invoice_id="in_1", event_id="evt_2"))
    state = fold([paid, invoice])
    assert (state.captured_minor, state.net_minor, state.invoice_id) == (received, received, "in_1")


def test_the_link_that_was_told_last_stands() -> None:
    rows = [
        row_of(payment_event("pending", 100, 1)._replace(invoice_id="in_1", subscription_id="sub_1")),
        row_of(payment_event("succeeded", 100, 2)._replace(invoice_id="in_2")),
        row_of(payment_event("succeeded", 100, 3)),
    ]
    for order in (rows, rows[::-1]):
        state = fold(order)
        assert (state.invoice_id, state.subscription_id, state.order_id) == ("in_2", "sub_1", None)
