"""Claims at PayPal, case by case: one loss counts once, what is open is held, what nobody tells is flagged."""

from typing import Any

import pytest

from payment_webhooks.domain.payment_state import PaymentState
from tests.support.money import paypal_bodies as paypal
from tests.support.money.paypal_states import states

CLAIM = paypal.dispute("PP-1", {"C": 1000}, "CHARGEBACK", 1000, 10, 10)
CAPTURED = ("PAYMENT.CAPTURE.COMPLETED", paypal.capture("C", "COMPLETED", 1000, 0, 0))
OPENED = ("CUSTOMER.DISPUTE.CREATED", CLAIM)


def reversal(amount: int, second: int = 20) -> tuple[str, dict[str, Any]]:
    return "PAYMENT.CAPTURE.REVERSED", paypal.refund("R-1", "C", "COMPLETED", amount, second, second)


def refund(amount: int, second: int) -> tuple[str, dict[str, Any]]:
    return "PAYMENT.CAPTURE.REFUNDED", paypal.refund("R-2", "C", "COMPLETED", amount, second, second)


def resolved(outcome: str, refunded: int | None, second: int = 30) -> tuple[str, dict[str, Any]]:
    return "CUSTOMER.DISPUTE.RESOLVED", paypal.resolved(CLAIM, outcome, refunded, second)


def state(*told: tuple[str, dict[str, Any]]) -> PaymentState:
    bodies = [paypal.event(n, name, "x", resource, 100 + n) for n, (name, resource) in enumerate(told)]
    assert states(bodies) == states(reversed(bodies))
    return states(bodies)["C"]


def amounts(found: PaymentState) -> tuple[int, int, int, int]:
    return found.refunded_minor, found.disputed_minor, found.held_minor, found.net_minor


def test_an_open_claim_holds_the_money_and_has_not_taken_it() -> None:
    found = state(CAPTURED, OPENED)
    assert (amounts(found), found.dispute_status, found.flags) == ((0, 0, 1000, 1000), "disputed", ())


@pytest.mark.parametrize("how", [reversal(1000), refund(1000, 20)])
@pytest.mark.parametrize("outcome", ["RESOLVED_BUYER_FAVOUR", "ACCEPTED"])
def test_a_lost_claim_that_is_told_as_a_refund_too_is_subtracted_once(
    how: tuple[str, dict[str, Any]], outcome: str
) -> None:
    found = state(CAPTURED, OPENED, how, resolved(outcome, 1000))
    assert (amounts(found), found.flags, found.status) == ((1000, 0, 0, 0), (), "refunded")


def test_a_lost_claim_that_no_refund_tells_is_subtracted() -> None:
    found = state(CAPTURED, OPENED, resolved("RESOLVED_BUYER_FAVOUR", 1000))
    assert (amounts(found), found.flags, found.status) == ((0, 1000, 0, 0), (), "succeeded")


@pytest.mark.parametrize("how", [[], [reversal(300)]])
def test_a_claim_that_is_settled_for_a_part_takes_that_part(how: list[tuple[str, dict[str, Any]]]) -> None:
    found = state(CAPTURED, OPENED, *how, resolved("RESOLVED_BUYER_FAVOUR", 300))
    assert (found.net_minor, found.held_minor, found.flags) == (700, 0, ())


def test_a_refund_of_other_money_before_the_claim_counts_beside_it() -> None:
    opened = (
        "CUSTOMER.DISPUTE.CREATED",
        paypal.dispute("PP-1", {"C": 1000}, "CHARGEBACK", 700, 10, 10),
    )
    lost = (
        "CUSTOMER.DISPUTE.RESOLVED",
        paypal.resolved(opened[1], "RESOLVED_BUYER_FAVOUR", 700, 30),
    )
    found = state(CAPTURED, refund(300, 5), opened, lost)
    assert (amounts(found), found.flags) == ((300, 700, 0, 0), ())
    found = state(CAPTURED, refund(300, 5), opened, reversal(700), lost)
    assert (amounts(found), found.flags) == ((1000, 0, 0, 0), ())


@pytest.mark.parametrize("second", [5, 5 * 86_400])
def test_a_reversal_is_the_claims_money_whenever_it_was_made(second: int) -> None:
    found = state(CAPTURED, OPENED, reversal(1000, second), resolved("RESOLVED_BUYER_FAVOUR", 1000))
    assert (amounts(found), found.flags) == ((1000, 0, 0, 0), ())


def test_a_refund_of_other_money_after_the_claim_counts_beside_it() -> None:
    lost = resolved("RESOLVED_BUYER_FAVOUR", 300)
    found = state(CAPTURED, OPENED, lost, refund(700, 5 * 86_400))
    assert (amounts(found), found.flags) == ((700, 300, 0, 0), ())
    won = resolved("RESOLVED_SELLER_FAVOUR", 0)
    found = state(CAPTURED, OPENED, won, refund(700, 5 * 86_400))
    assert (amounts(found), found.flags) == ((700, 0, 0, 300), ())


def test_a_claim_that_is_won_beside_a_reversal_is_flagged() -> None:
    """Whether PayPal put the money back is in no webhook."""
    found = state(CAPTURED, OPENED, reversal(1000), resolved("RESOLVED_SELLER_FAVOUR", 0))
    assert (found.net_minor, found.flags) == (0, ("refund_dispute_overlap",))


def test_a_lost_claim_and_refunds_of_another_amount_are_flagged() -> None:
    found = state(CAPTURED, OPENED, refund(200, 20), resolved("RESOLVED_BUYER_FAVOUR", 800))
    assert (amounts(found), found.flags) == ((200, 600, 0, 200), ("refund_dispute_overlap",))


@pytest.mark.parametrize(("how", "net"), [([], 0), ([reversal(300)], 700)])
def test_a_lost_claim_that_does_not_say_how_much_is_flagged(
    how: list[tuple[str, dict[str, Any]]], net: int
) -> None:
    found = state(CAPTURED, OPENED, *how, resolved("RESOLVED_BUYER_FAVOUR", None))
    assert (found.net_minor, found.flags) == (net, ("dispute_amount_unknown",))


def test_a_claim_that_paypal_pays_takes_nothing() -> None:
    found = state(CAPTURED, OPENED, resolved("RESOLVED_WITH_PAYOUT", 1000))
    assert (amounts(found), found.flags, found.dispute_status) == ((0, 0, 0, 1000), (), "dispute_won")


def appeal(second: int) -> dict[str, Any]:
    return CLAIM | {
        "dispute_life_cycle_stage": "PRE_ARBITRATION",
        "update_time": paypal.instant(second),
    }


def test_while_an_appeal_is_open_the_lost_money_stays_gone() -> None:
    lost, again = resolved("RESOLVED_BUYER_FAVOUR", 1000), ("CUSTOMER.DISPUTE.UPDATED", appeal(40))
    found = state(CAPTURED, OPENED, lost, again)
    assert (amounts(found), found.dispute_status, found.flags) == ((0, 1000, 0, 0), "disputed", ())
    won = paypal.resolved(appeal(40), "RESOLVED_SELLER_FAVOUR", 0, 50)
    found = state(CAPTURED, OPENED, lost, again, ("CUSTOMER.DISPUTE.RESOLVED", won))
    assert (amounts(found), found.dispute_status, found.flags) == ((0, 0, 0, 1000), "dispute_won", ())


def test_an_appeal_without_the_decision_before_it_is_flagged() -> None:
    found = state(CAPTURED, OPENED, ("CUSTOMER.DISPUTE.UPDATED", appeal(40)))
    assert (found.net_minor, found.flags) == (0, ("dispute_amount_unknown",))


def test_an_inquiry_holds_the_money_until_it_is_canceled() -> None:
    asked = ("CUSTOMER.DISPUTE.CREATED", CLAIM | {"dispute_life_cycle_stage": "INQUIRY"})
    found = state(CAPTURED, asked)
    assert (amounts(found), found.dispute_status) == ((0, 0, 1000, 1000), "inquiry")
    found = state(CAPTURED, asked, resolved("CANCELED_BY_BUYER", None))
    assert (amounts(found), found.dispute_status, found.flags) == ((0, 0, 0, 1000), "dispute_won", ())


def test_a_capture_that_is_partially_refunded_while_a_claim_is_open_was_not_refunded() -> None:
    told = ("PAYMENT.CAPTURE.COMPLETED", paypal.capture("C", "PARTIALLY_REFUNDED", 1000, 0, 12))
    found = state(told, OPENED)
    assert (found.status, found.captured_minor, found.net_minor, found.flags) == ("succeeded", 1000, 1000, ())
    found = state(told, OPENED, resolved("RESOLVED_SELLER_FAVOUR", 0))
    assert (found.status, found.net_minor, found.flags) == ("succeeded", 1000, ())


def test_a_capture_that_is_partially_refunded_and_no_refund_nor_claim_is_flagged() -> None:
    found = state(("PAYMENT.CAPTURE.COMPLETED", paypal.capture("C", "PARTIALLY_REFUNDED", 1000, 0, 12)))
    assert (found.status, found.flags) == ("partially_refunded", ("refund_amount_unknown",))


def test_a_lost_claim_that_is_reopened_in_its_stage_stays_taken_until_it_is_decided_or_credited() -> None:
    lost = resolved("RESOLVED_BUYER_FAVOUR", 1000)
    reopened = CLAIM | {"update_time": paypal.instant(40)}
    again = ("CUSTOMER.DISPUTE.UPDATED", reopened)
    found = state(CAPTURED, OPENED, lost, again)
    assert (amounts(found), found.dispute_status, found.flags) == ((0, 1000, 0, 0), "disputed", ())
    won = ("CUSTOMER.DISPUTE.RESOLVED", paypal.resolved(reopened, "RESOLVED_SELLER_FAVOUR", 0, 50))
    assert amounts(state(CAPTURED, OPENED, lost, again, won)) == (0, 0, 0, 1000)
    moved = [{"party": "SELLER", "type": kind, "amount": paypal.money(1000)} for kind in ("DEBIT", "CREDIT")]
    credited = ("CUSTOMER.DISPUTE.UPDATED", reopened | {"fund_movements": moved})
    assert amounts(state(CAPTURED, OPENED, lost, credited)) == (0, 0, 1000, 1000)


def test_a_won_claim_that_is_reopened_holds_the_money_again() -> None:
    again = ("CUSTOMER.DISPUTE.UPDATED", CLAIM | {"update_time": paypal.instant(40)})
    found = state(CAPTURED, OPENED, resolved("RESOLVED_SELLER_FAVOUR", 0), again)
    assert (amounts(found), found.dispute_status) == ((0, 0, 1000, 1000), "disputed")


def test_an_event_without_a_stage_turns_no_inquiry_into_a_dispute() -> None:
    asked = ("CUSTOMER.DISPUTE.CREATED", CLAIM | {"dispute_life_cycle_stage": "INQUIRY"})
    older = {key: each for key, each in CLAIM.items() if key != "dispute_life_cycle_stage"}
    found = state(CAPTURED, asked, ("RISK.DISPUTE.CREATED", older))
    assert (amounts(found), found.dispute_status) == ((0, 0, 1000, 1000), "inquiry")
    found = state(CAPTURED, ("RISK.DISPUTE.CREATED", older))
    assert (amounts(found), found.dispute_status) == ((0, 0, 1000, 1000), "disputed")
    assert state(CAPTURED, OPENED, ("RISK.DISPUTE.CREATED", older)).objects == state(CAPTURED, OPENED).objects
