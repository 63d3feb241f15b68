"""One transition is claimed once, whichever of its events comes first."""

import json
from typing import Any

import pytest

from payment_webhooks.contract import TRANSITION_PREFIX
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.transitions import Transition, is_marker, marker_sort_key, transition_of
from tests.support.library.events import changed, event_body, event_document
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of
from tests.support.library.providers import normalise


def claim(event: NormalisedEvent) -> Transition:
    transition = transition_of(row_of(event))
    assert transition is not None
    return transition


def test_intent_charge_and_session_claim_one_transition() -> None:
    charge: dict[str, Any] = event_document("stripe/charge_succeeded_no_pi")["data"]["object"]
    charge |= {"payment_intent": "pi_3SGA001", "amount": 1099, "amount_captured": 1099}
    session = {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": "pi_3SGA001",
        "amount_total": 1099,
        "currency": "usd",
    }
    bodies = [
        event_body("stripe/pi_succeeded"),
        changed("stripe/pi_succeeded", {"id": "evt_2", "type": "charge.succeeded", "data.object": charge}),
        changed(
            "stripe/pi_succeeded",
            {"id": "evt_3", "type": "checkout.session.completed", "data.object": session},
        ),
    ]
    claims = [claim(normalise("stripe", body)) for body in bodies]
    assert {(one.transaction_id, one.sort_key) for one in claims} == {
        ("stripe:pi_3SGA001", "transition#payment#succeeded#1099")
    }
    assert [one.claimed_by for one in claims] == ["evt_3SGev0001Test", "evt_2", "evt_3"]


def test_a_refund_and_a_dispute_claim_for_themselves() -> None:
    assert claim(refund_event("re_1", "refunded", 400)).sort_key == "transition#re_1#refunded#400"
    assert claim(dispute_event("dp_1", "disputed", 400)).sort_key == "transition#dp_1#disputed#400"


def test_a_second_partial_refund_is_another_transition() -> None:
    claims = [claim(payment_event("partially_refunded", amount)) for amount in (300, 500)]
    assert claims[0].sort_key != claims[1].sort_key


def test_what_reaches_a_state_again_is_another_transition() -> None:
    declines = [payment_event("failed", 1000)._replace(occasion=attempt) for attempt in (None, "ch_2")]
    assert [claim(each).sort_key for each in declines] == [
        "transition#payment#failed#1000",
        "transition#payment#failed#1000#ch_2",
    ]
    stages = [dispute_event("dp_1", status, 400) for status in ("inquiry", "disputed")]
    assert len({claim(each).sort_key for each in stages}) == 2


def test_an_amount_that_is_not_told_has_a_key_too() -> None:
    assert claim(payment_event("canceled", None)).sort_key == "transition#payment#canceled#none"


def test_a_transition_says_what_consumers_need() -> None:
    event = normalise("paypal", event_body("paypal/capture_refunded"))
    transition = transition_of(row_of(event, confirmed=False))
    assert transition is not None
    assert (transition.object, transition.object_kind, transition.state) == (
        "1RF00000000000003",
        "refund",
        "refunded",
    )
    assert (transition.amount_minor, transition.amount_meaning, transition.currency) == (
        1000,
        "refund",
        "USD",
    )
    assert transition.confirmed is False


@pytest.mark.parametrize(
    ("sort_key", "expected"),
    [
        (marker_sort_key("payment", "succeeded", 1), True),
        (row_of(payment_event("pending", 1)).sort_key, False),
    ],
)
def test_markers_are_told_from_rows(sort_key: str, expected: bool) -> None:
    assert is_marker(sort_key) is expected
    assert sort_key.startswith(TRANSITION_PREFIX) is expected


def test_the_raw_amount_is_kept_as_on_the_wire() -> None:
    raw = row_of(normalise("paypal", event_body("paypal/capture_refunded"))).amount_provider_raw
    assert json.loads(raw) == "10.00"
