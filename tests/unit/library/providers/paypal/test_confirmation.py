"""A PayPal event counts only as far as PayPal itself tells the same."""

import json
from typing import Any

import pytest

from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Mode
from payment_webhooks.errors import Unavailable, UnreadableEvent
from payment_webhooks.providers.confirmation import compared
from payment_webhooks.providers.paypal.event_lookup import EventLookup, path_of
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.paypal_confirmation import (
    CAPTURE,
    CONTRADICTED,
    CREDENTIALS,
    EVENTS,
    FakePayPal,
    confirm,
    confirmation_by,
    delivered,
    processing,
)
from tests.support.library.providers import normalise


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (CAPTURE, "/v2/payments/captures/29Y24445UY2083144"),
        ("sale_completed_v1_published.json", "/v1/payments/sale/2FY57107YS3937627"),
        ("authorization_created.json", "/v2/payments/authorizations/5AU00000000000006"),
        ("capture_refunded.json", "/v2/payments/refunds/1RF00000000000003"),
        ("order_approved_ignored.json", "/v2/checkout/orders/9JL52742K01513702"),
        ("dispute_created_published.json", "/v1/customer/disputes/PP-000-042-663-135"),
        ("payouts_item_unclaimed.json", "/v1/payments/payouts-item/C9K5LFQ3E8P7W"),
    ],
)
def test_what_paypal_tells_the_same_is_confirmed(name: str, path: str) -> None:
    _, resource, event = delivered(name)
    paypal = FakePayPal(resource)
    confirmed = confirm(name, paypal)
    assert confirmed is not None
    assert confirmed._replace(customer_id=event.customer_id) == event
    assert paypal.paths == [path]


@pytest.mark.parametrize(
    ("kind", "event_type", "path"),
    [
        ("refund", "PAYMENT.SALE.REFUNDED", "/v1/payments/refund/29Y24445UY2083144"),
        ("payment", "CHECKOUT.PAYMENT-APPROVAL.REVERSED", "/v2/checkout/orders/29Y24445UY2083144"),
    ],
)
def test_rarer_objects_have_their_own_paths(kind: str, event_type: str, path: str) -> None:
    body, _, event = delivered(CAPTURE)
    assert path_of(event._replace(object_kind=kind, event_type=event_type), body) == path


@pytest.mark.parametrize("name", sorted(file.name for file in EVENTS.glob("*.json")))
def test_every_event_that_moves_the_ledger_can_be_read_again(name: str) -> None:
    body, _, event = delivered(name)
    if event.transaction_id is not None:
        assert path_of(event, body).startswith(("/v1/", "/v2/"))


def test_an_order_that_was_told_as_its_capture_is_read_as_the_order() -> None:
    body, resource, event = delivered("order_approved_ignored.json")
    told = event._replace(object_id="CAP-1", event_type="CHECKOUT.ORDER.COMPLETED")
    assert path_of(told, body) == f"/v2/checkout/orders/{resource['id']}"


def test_the_path_holds_no_text_of_a_link() -> None:
    body, _, event = delivered(CAPTURE)
    assert path_of(event._replace(object_kind="dispute", object_id="../../x?y"), body).endswith(
        "..%2F..%2Fx%3Fy"
    )


@pytest.mark.parametrize("object_id", [".", ".."])
@pytest.mark.parametrize("kind", ["payment", "refund", "dispute", "payout"])
def test_an_id_of_dots_is_no_path(object_id: str, kind: str) -> None:
    body, _, event = delivered(CAPTURE)
    forged = json.loads(body)
    forged["resource"]["id"] = object_id
    event = event._replace(object_kind=kind, object_id=object_id)
    with pytest.raises(UnreadableEvent, match="invalid_object_id"):
        path_of(event, json.dumps(forged).encode())


@pytest.mark.parametrize(
    "told",
    [
        {"amount": {"value": "9999.99", "currency_code": "USD"}},
        {"amount": {"value": "100.00", "currency_code": "EUR"}},
        {"id": "ANOTHER0000000001"},
        {"amount": None},
    ],
)
def test_what_paypal_tells_otherwise_is_kept_for_a_person(told: dict[str, Any]) -> None:
    _, resource, _ = delivered(CAPTURE)
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        confirm(CAPTURE, FakePayPal({**resource, **told}))


def test_an_event_is_of_the_payment_that_paypal_names() -> None:
    _, resource, event = delivered(CAPTURE)
    moved = {"supplementary_data": {"related_ids": {"order_id": "ORDER-OF-PAYPAL"}}}
    confirmed = confirm(CAPTURE, FakePayPal({**resource, **moved}))
    assert event.payment_ids == ("89T257400V0473133", "29Y24445UY2083144")
    assert confirmed is not None
    assert confirmed.payment_ids == ("ORDER-OF-PAYPAL", "29Y24445UY2083144")


def test_what_paypal_does_not_know_is_kept_for_a_person() -> None:
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        confirm(CAPTURE, FakePayPal(None))


def test_a_later_status_confirms_what_came_before() -> None:
    _, resource, event = delivered(CAPTURE)
    confirmed = confirm(CAPTURE, FakePayPal({**resource, "status": "REFUNDED"}))
    assert confirmed is not None
    assert confirmed.status == event.status == "succeeded"


def test_a_payout_that_was_claimed_since_was_unclaimed_and_one_that_was_not_yet_is_asked_again() -> None:
    name = "payouts_item_unclaimed.json"
    _, resource, _ = delivered(name)
    confirmed = confirm(name, FakePayPal({**resource, "transaction_status": "SUCCESS"}))
    assert confirmed is not None
    assert confirmed.status == "in_transit"
    with pytest.raises(Unavailable, match="paypal_not_yet"):
        confirm(name, FakePayPal({**resource, "transaction_status": "PENDING"}))


def test_an_earlier_status_is_asked_again_later() -> None:
    """PayPal's reads may lag its events; and a forged "completed" never counts while the payment is pending."""
    _, resource, _ = delivered(CAPTURE)
    with pytest.raises(Unavailable, match="paypal_not_yet"):
        confirm(CAPTURE, FakePayPal({**resource, "status": "PENDING"}))


def test_an_approved_order_is_confirmed_after_its_capture() -> None:
    name = "order_approved_ignored.json"
    _, resource, _ = delivered(name)
    amount = resource["purchase_units"][0]["amount"]
    taken = {"captures": [{"id": "CAP-1", "status": "COMPLETED", "amount": amount}]}
    units = [{**resource["purchase_units"][0], "payments": taken}]
    confirmed = confirm(name, FakePayPal({**resource, "status": "COMPLETED", "purchase_units": units}))
    assert confirmed is not None
    assert (confirmed.transaction_id, confirmed.status) == ("9JL52742K01513702", "pending")


def test_a_completed_order_is_confirmed_by_the_capture_that_it_was_told_as() -> None:
    """Another capture of the order may have come since."""
    document = json.loads(delivered("order_approved_ignored.json")[0])
    (unit,) = document["resource"]["purchase_units"]
    first, second = (
        {"id": name, "status": "COMPLETED", "amount": unit["amount"]} for name in ("CAP-1", "CAP-2")
    )

    def order(*captures: Any) -> dict[str, Any]:
        units = [{**unit, "payments": {"captures": list(captures)}}]
        return {**document["resource"], "status": "COMPLETED", "purchase_units": units}

    told = {**document, "event_type": "CHECKOUT.ORDER.COMPLETED", "resource": order(first)}
    body = json.dumps(told).encode()
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(order(second, first)))
    confirmed = confirmation.confirmed("paypal", body, normalise("paypal", body))
    assert confirmed is not None
    assert (confirmed.transaction_id, confirmed.status) == ("CAP-1", "succeeded")
    gone = confirmation_by(lambda: secret, lambda *_: FakePayPal(order(second)))
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        gone.confirmed("paypal", body, normalise("paypal", body))


def test_a_refund_that_failed_since_was_done_once() -> None:
    _, resource, _ = delivered("capture_refunded.json")
    confirmed = confirm("capture_refunded.json", FakePayPal({**resource, "status": "FAILED"}))
    assert confirmed is not None
    assert confirmed.status == "refunded"


def test_what_was_captured_is_compared_once_paypal_tells_it() -> None:
    _, _, event = delivered(CAPTURE)
    event = event._replace(captured_minor=10_000)
    assert compared(event, event).captured_minor == 10_000
    assert compared(event, event._replace(captured_minor=None)).captured_minor == 10_000
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        compared(event, event._replace(captured_minor=9_999))


def test_a_customer_that_only_the_event_names_is_not_taken_over() -> None:
    name = "order_approved_ignored.json"
    _, resource, event = delivered(name)
    assert event.customer_id is not None
    confirmed = confirm(name, FakePayPal({**resource, "payer": {}}))
    assert confirmed is not None
    assert confirmed.customer_id is None


def test_what_was_paid_is_what_paypal_tells_and_not_what_the_event_does() -> None:
    name = "sale_completed_v1_published.json"
    body, resource, event = delivered(name)
    forged = event._replace(invoice_id="FORGED", subscription_id="I-FORGED")
    told = {**resource, "billing_agreement_id": "I-1"}
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(told))
    confirmed = confirmation.confirmed("paypal", body, forged)
    assert confirmed is not None
    assert (confirmed.invoice_id, confirmed.subscription_id) == (None, "I-1")


def test_without_credentials_nobody_is_asked() -> None:
    body, _, event = delivered(CAPTURE)
    confirmation = confirmation_by(EndpointSecret, lambda *_: pytest.fail("asked"))
    assert confirmation.confirmed("paypal", body, event) is None


def test_rolled_credentials_are_used_at_once() -> None:
    body, resource, event = delivered(CAPTURE)
    secrets = [
        EndpointSecret(api=CREDENTIALS),
        EndpointSecret(api=CREDENTIALS._replace(client_secret="secret-2")),
    ]
    used: list[str] = []

    def make_api(credentials: ApiCredentials, _mode: Mode) -> FakePayPal:
        used.append(credentials.client_secret)
        return FakePayPal(resource)

    confirmation = confirmation_by(lambda: secrets[0], make_api)
    confirmation.confirmed("paypal", body, event)
    confirmation.confirmed("paypal", body, event)
    del secrets[0]
    confirmation.confirmed("paypal", body, event)
    assert used == ["secret-1", "secret-2"]


def test_a_confirmed_event_makes_a_confirmed_row() -> None:
    body, resource, _ = delivered(CAPTURE)
    run = processing(FakePayPal(resource))
    run.process(run.store("paypal", body))
    assert [row["confirmed"] for row in run.rows()] == [{"BOOL": True}]


def test_a_contradicted_event_is_quarantined_and_leaves_no_row() -> None:
    body, _, _ = delivered(CAPTURE)
    run = processing(FakePayPal(None))
    result = run.process(run.store("paypal", body))
    assert (result.status, result.reason) == ("quarantined", CONTRADICTED)
    assert run.rows() == []


def test_an_outage_delays_and_then_leaves_the_webhook_pending() -> None:
    """Never trusted, never dropped: not even after the last attempt, as the outage may last longer than the queue."""
    body, resource, _ = delivered(CAPTURE)
    paypal = FakePayPal(Unavailable("paypal_unreachable"))
    run = processing(paypal)
    keys = run.store("paypal", body)
    assert not run.deliver(keys, receive_count=1)
    assert run.deliver(keys, receive_count=5)  # acknowledged, but neither given up nor dead-lettered
    assert run.queues.sent == []
    (item,) = [each for each in run.receiving.inbox() if "pending_shard" in each]
    assert (item["status"], item["last_error"]) == ({"S": "received"}, {"S": "paypal_unreachable"})
    assert run.rows() == []
    paypal.answer = resource
    assert run.process(keys).status == "processed"


def test_the_record_connects_to_the_api_of_its_credentials() -> None:
    """The record names its functions as text, which no type check sees."""
    connect = PROVIDERS.get("paypal").connect
    assert connect is not None
    assert isinstance(connect(CREDENTIALS, "test"), EventLookup)
