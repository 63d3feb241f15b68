"""A PayPal dispute counts only as far as PayPal itself tells the same of it now."""

import json
from typing import Any

import pytest

from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.confirmation import compared
from tests.support.library.paypal_confirmation import (
    CONTRADICTED,
    CREDENTIALS,
    FakePayPal,
    confirm,
    confirmation_by,
    delivered,
    processing,
)
from tests.support.library.providers import normalise


def test_the_other_end_of_a_dispute_is_a_contradiction() -> None:
    _, resource, _ = delivered("dispute_resolved_seller.json")
    lost = {**resource, "dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"}}
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        confirm("dispute_resolved_seller.json", FakePayPal(lost))


def ended(outcome: str, stage: str, refunded: str) -> dict[str, Any]:
    _, resource, _ = delivered("dispute_resolved_seller.json")
    amount = {"currency_code": "USD", "value": refunded}
    told = {"outcome_code": outcome, "amount_refunded": amount}
    return {**resource, "dispute_outcome": told, "dispute_life_cycle_stage": stage}


def test_a_dispute_that_was_decided_otherwise_on_appeal_was_decided_before() -> None:
    lost = ended("RESOLVED_BUYER_FAVOUR", "PRE_ARBITRATION", "55.00")
    confirmed = confirm("dispute_resolved_seller.json", FakePayPal(lost))
    assert confirmed is not None
    assert (confirmed.status, confirmed.withdrawn_minor) == ("dispute_won", None)  # it says nothing of then


def test_an_appeal_that_is_open_now_had_a_decision_before() -> None:
    reopened = {**ended("RESOLVED_SELLER_FAVOUR", "PRE_ARBITRATION", "0.00"), "status": "UNDER_REVIEW"}
    confirmed = confirm("dispute_resolved_seller.json", FakePayPal(reopened))
    assert confirmed is not None
    assert confirmed.status == "dispute_won"


def test_what_a_dispute_took_is_what_paypal_tells_now() -> None:
    """Nothing in a forged body can make a loss smaller."""
    _, _, event = delivered("dispute_resolved_seller.json")
    won = ended("RESOLVED_SELLER_FAVOUR", "INQUIRY", "9.00")
    assert event.withdrawn_minor == 0
    confirmed = confirm("dispute_resolved_seller.json", FakePayPal(won))
    assert confirmed is not None
    assert confirmed.withdrawn_minor is None


def over_two(first: str, second: str) -> dict[str, Any]:
    _, resource, _ = delivered("dispute_resolved_seller.json")
    disputed = [
        {"seller_transaction_id": name, "gross_amount": {"currency_code": "USD", "value": value}}
        for name, value in (("C-1", first), ("C-2", second))
    ]
    return {**resource, "disputed_transactions": disputed}


@pytest.mark.parametrize(("second", "agrees"), [("25.00", True), ("90.00", False)])
def test_the_shares_of_several_payments_are_compared(second: str, agrees: bool) -> None:
    document = json.loads(delivered("dispute_resolved_seller.json")[0])
    body = json.dumps({**document, "resource": over_two("30.00", "25.00")}).encode()
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(over_two("30.00", second)))
    if agrees:
        confirmed = confirmation.confirmed("paypal", body, normalise("paypal", body))
        assert confirmed is not None
        assert [share.amount_minor for share in confirmed.shares] == [2500]
    else:
        with pytest.raises(UnreadableEvent, match=CONTRADICTED):
            confirmation.confirmed("paypal", body, normalise("paypal", body))


def test_as_much_of_other_payments_is_a_contradiction() -> None:
    document = json.loads(delivered("dispute_resolved_seller.json")[0])
    body = json.dumps({**document, "resource": over_two("30.00", "25.00")}).encode()
    secret = EndpointSecret(api=CREDENTIALS)
    told = over_two("30.00", "25.00")
    told["disputed_transactions"][1]["seller_transaction_id"] = "C-3"
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(told))
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        confirmation.confirmed("paypal", body, normalise("paypal", body))


def test_a_dispute_of_a_payment_that_paypal_does_not_name_is_a_contradiction() -> None:
    body, resource, _ = delivered("dispute_resolved_seller.json")
    (disputed,) = resource["disputed_transactions"]
    forged = {**resource, "disputed_transactions": [{**disputed, "seller_transaction_id": "C-OTHER"}]}
    delivery = json.dumps({**json.loads(body), "resource": forged}).encode()
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(resource))
    with pytest.raises(UnreadableEvent, match=CONTRADICTED):
        confirmation.confirmed("paypal", delivery, normalise("paypal", delivery))


@pytest.mark.parametrize(("status", "withdrawn_minor"), [("dispute_won", 7), ("disputed", None)])
def test_what_each_payment_of_a_dispute_lost_is_told_for_the_same_decision_alone(
    status: str, withdrawn_minor: int | None
) -> None:
    document = json.loads(delivered("dispute_resolved_seller.json")[0])
    event = normalise(
        "paypal", json.dumps({**document, "resource": over_two("30.00", "25.00")}).encode()
    )._replace(status=status)
    (share,) = event.shares
    current = event._replace(status="dispute_won", shares=(share._replace(withdrawn_minor=7),))
    assert [each.withdrawn_minor for each in compared(event, current).shares] == [withdrawn_minor]


def test_a_dispute_that_names_no_payment_is_confirmed_with_the_one_that_paypal_names() -> None:
    body, resource, _ = delivered("dispute_resolved_seller.json")
    document = json.loads(body)
    nameless = json.dumps({**document, "resource": {**resource, "disputed_transactions": []}}).encode()
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(resource))
    confirmed = confirmation.confirmed("paypal", nameless, normalise("paypal", nameless))
    assert confirmed is not None
    assert (confirmed.transaction_id, confirmed.payment_ids) == ("3CP00000000000007", ("3CP00000000000007",))


@pytest.mark.parametrize(("stage", "status"), [("INQUIRY", "inquiry"), ("CHARGEBACK", "disputed")])
def test_a_dispute_that_does_not_say_its_stage_is_confirmed_in_that_which_paypal_tells(
    stage: str, status: str
) -> None:
    body, resource, _ = delivered("dispute_resolved_seller.json")
    told = {name: value for name, value in resource.items() if name != "dispute_outcome"}
    told |= {"status": "UNDER_REVIEW", "dispute_life_cycle_stage": stage}
    older = {name: value for name, value in told.items() if name != "dispute_life_cycle_stage"}
    event = {**json.loads(body), "event_type": "RISK.DISPUTE.CREATED", "resource": older}
    delivery = json.dumps(event).encode()
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: FakePayPal(told))
    confirmed = confirmation.confirmed("paypal", delivery, normalise("paypal", delivery))
    assert confirmed is not None
    assert (confirmed.status, confirmed.occasion) == (status, None)


def test_a_dispute_over_two_captures_makes_a_row_of_each() -> None:
    document = json.loads(delivered("dispute_resolved_seller.json")[0])
    resource = over_two("30.00", "25.00")
    body = json.dumps({**document, "resource": resource}).encode()
    run = processing(FakePayPal(resource))
    keys = run.store("paypal", body)
    assert run.process(keys).status == "processed"
    assert sorted(row["transaction_id"]["S"] for row in run.rows()) == ["paypal:C-1", "paypal:C-2"]
