"""PayPal disputes: stages, outcomes, and what they took from the seller."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent, parts_of
from tests.support.library.events import changed
from tests.support.library.providers import normalise

DISPUTE = "dispute_resolved_seller"


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("paypal", changed(f"paypal/{name}", changes))


@pytest.mark.parametrize("event_type", ["CREATED", "UPDATED", "RESOLVED"])
@pytest.mark.parametrize(
    ("resource_status", "outcome", "status"),
    [
        ("OPEN", None, "disputed"),
        ("WAITING_FOR_BUYER_RESPONSE", None, "disputed"),
        ("WAITING_FOR_SELLER_RESPONSE", None, "disputed"),
        ("UNDER_REVIEW", "RESOLVED_SELLER_FAVOUR", "disputed"),
        ("OTHER", None, "disputed"),
        ("RESOLVED", "RESOLVED_BUYER_FAVOUR", "dispute_lost"),
        ("RESOLVED", "ACCEPTED", "dispute_lost"),
        ("RESOLVED", "RESOLVED_SELLER_FAVOUR", "dispute_won"),
        ("RESOLVED", "RESOLVED_WITH_PAYOUT", "dispute_won"),
        ("RESOLVED", "CANCELED_BY_BUYER", "dispute_won"),
        ("RESOLVED", "DENIED", "dispute_won"),
        ("RESOLVED", "NONE", "dispute_won"),
        ("RESOLVED", "AN_OUTCOME_OF_NEXT_YEAR", "disputed"),
        ("RESOLVED", None, "disputed"),
        ("A_STATUS_OF_NEXT_YEAR", None, "disputed"),
    ],
)
def test_disputes(event_type: str, resource_status: str, outcome: str | None, status: str) -> None:
    changes = {
        "resource.status": resource_status,
        "resource.dispute_outcome.outcome_code": outcome,
        "resource.dispute_life_cycle_stage": "CHARGEBACK",
    }
    event = read(DISPUTE, {"event_type": f"CUSTOMER.DISPUTE.{event_type}"} | changes)
    assert (event.object_kind, event.status, event.amount_minor) == ("dispute", status, 5500)
    assert (event.transaction_id, event.object_id) == ("3CP00000000000007", "PP-D-0007")


def test_the_published_v1_dispute_is_read() -> None:
    resource = {
        "dispute_creation_date": 1430132049000,
        "dispute_amount": {"currency": "USD", "value": "1001"},
        "seller_payment_id": "93U280418G152174E",
        "dispute_status": 1000,
        "dispute_id": "PP-000-001-202-018",
    }
    event = read(DISPUTE, {"event_type": "RISK.DISPUTE.CREATED", "resource": resource})
    assert (event.status, event.amount_minor) == ("disputed", 100100)
    assert (event.transaction_id, event.object_id) == ("93U280418G152174E", "PP-000-001-202-018")
    assert event.occurred_at == event.created


def dispute(status: str, stage: str = "CHARGEBACK", **fields: Any) -> NormalisedEvent:
    changes = {f"resource.{name}": value for name, value in fields.items()}
    changes |= {"resource.status": status, "resource.dispute_life_cycle_stage": stage}
    return read(DISPUTE, changes)


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


@pytest.mark.parametrize(
    ("stage", "status", "occasion"),
    [
        ("INQUIRY", "inquiry", None),
        ("CHARGEBACK", "disputed", None),
        ("PRE_ARBITRATION", "disputed", "PRE_ARBITRATION"),
        ("ARBITRATION", "disputed", "ARBITRATION"),
        (None, "disputed", "stage_unknown"),  # of v1
    ],
)
def test_an_inquiry_is_not_yet_a_claim_and_an_appeal_is_told_again(
    stage: str, status: str, occasion: str | None
) -> None:
    event = dispute("OPEN", stage)
    assert (event.status, event.occasion, event.amount_meaning) == (status, occasion, "claimed")


@pytest.mark.parametrize("stage", ["INQUIRY", "CHARGEBACK"])
def test_while_it_is_open_it_does_not_say_what_is_gone(stage: str) -> None:
    assert dispute("UNDER_REVIEW", stage).withdrawn_minor is None


def test_while_an_appeal_is_open_the_decision_before_it_tells_what_is_gone() -> None:
    assert dispute("UNDER_REVIEW", "PRE_ARBITRATION").withdrawn_minor is None


@pytest.mark.parametrize(
    ("outcome", "refunded", "withdrawn"),
    [
        ("RESOLVED_BUYER_FAVOUR", usd("55.00"), 5500),
        ("ACCEPTED", usd("3.00"), 300),  # settled for a part
        ("RESOLVED_BUYER_FAVOUR", None, None),
        ("RESOLVED_BUYER_FAVOUR", {"currency_code": "EUR", "value": "50.00"}, None),
        ("RESOLVED_SELLER_FAVOUR", usd("0.00"), 0),
        ("RESOLVED_SELLER_FAVOUR", None, 0),
        ("RESOLVED_WITH_PAYOUT", usd("55.00"), 0),  # PayPal's own money
        ("CANCELED_BY_BUYER", usd("3.00"), None),  # whose money is not told
        ("AN_OUTCOME_OF_NEXT_YEAR", usd("3.00"), None),
    ],
)
def test_what_the_outcome_says_that_the_seller_lost(
    outcome: str, refunded: dict[str, str] | None, withdrawn: int | None
) -> None:
    event = dispute("RESOLVED", dispute_outcome={"outcome_code": outcome, "amount_refunded": refunded})
    assert event.withdrawn_minor == withdrawn


def movement(kind: str, value: str, **fields: Any) -> dict[str, Any]:
    return {
        "affected_party": "SELLER",
        "type": kind,
        "amount": usd(value),
        "reason": "DISPUTE_SETTLEMENT",
    } | fields


@pytest.mark.parametrize(
    ("movements", "withdrawn"),
    [
        ([movement("DEBIT", "30.00")], 3000),
        ([movement("DEBIT", "30.00"), movement("CREDIT", "10.00")], 2000),
        ([movement("DEBIT", "30.00"), movement("DEBIT", "20.00", reason="DISPUTE_FEE")], 3000),
        ([movement("DEBIT", "30.00"), movement("CREDIT", "30.00", affected_party="BUYER")], 3000),
        ([movement("CREDIT", "55.00", affected_party="BUYER")], 5500),  # as the outcome says
        ([movement("DEBIT", "30.00", amount={"currency_code": "EUR", "value": "30.00"})], 5500),
    ],
)
def test_movements_of_the_sellers_money_are_the_exact_truth(
    movements: list[dict[str, Any]], withdrawn: int
) -> None:
    outcome = {"outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": usd("55.00")}
    event = dispute("RESOLVED", dispute_outcome=outcome, money_movements=movements)
    assert event.withdrawn_minor == withdrawn


@pytest.mark.parametrize("transactions", [None, [], [{}], [{"buyer_transaction_id": "B-1"}]])
def test_a_dispute_that_names_no_payment_is_told_as_one_of_its_own(transactions: object) -> None:
    event = dispute("OPEN", disputed_transactions=transactions)
    assert (event.transaction_id, event.object_id, event.amount_minor) == ("PP-D-0007", "PP-D-0007", 5500)


def shared(
    gross: dict[str, str | None], refunded: str | None
) -> list[tuple[str | None, int | None, int | None]]:
    named = [
        {"seller_transaction_id": each} | ({"gross_amount": usd(amount)} if amount else {})
        for each, amount in gross.items()
    ]
    outcome = {"outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": refunded and usd(refunded)}
    event = dispute("RESOLVED", disputed_transactions=named, dispute_outcome=outcome)
    parts = parts_of(event)
    endings = ["", *(f"#part{number}" for number in range(2, len(parts) + 1))]
    assert [part.event_id for part in parts] == [event.event_id + ending for ending in endings]
    assert [part.payment_ids for part in parts] == [(part.transaction_id,) for part in parts]
    return [(part.transaction_id, part.amount_minor, part.withdrawn_minor) for part in parts]


@pytest.mark.parametrize(
    ("gross", "refunded", "shares"),
    [
        ({"C-1": "30.00", "C-2": "25.00"}, "55.00", [("C-1", 3000, 3000), ("C-2", 2500, 2500)]),
        ({"C-1": "30.00", "C-2": "25.00"}, "0.00", [("C-1", 3000, 0), ("C-2", 2500, 0)]),
        # Whose loss it was is not told.
        ({"C-1": "30.00", "C-2": "25.00"}, "10.00", [("C-1", 3000, None), ("C-2", 2500, None)]),
        ({"C-1": "60.00", "C-2": "30.00"}, "55.00", [("C-1", 3666, None), ("C-2", 1834, None)]),
        ({"C-1": "55.00", "C-2": None}, "55.00", [("C-1", 2750, None), ("C-2", 2750, None)]),
        ({"C-1": "0.00", "C-2": "0.00"}, None, [("C-1", 2750, None), ("C-2", 2750, None)]),
        ({"C-1": "90.00"}, "10.00", [("C-1", 5500, 1000)]),
    ],
)
def test_a_dispute_over_several_captures_is_shared_by_their_own_amounts(
    gross: dict[str, str | None], refunded: str | None, shares: list[tuple[str, int, int | None]]
) -> None:
    assert shared(gross, refunded) == shares
