"""Stripe payments whose state was, or would easily be, wrong: each in plain words and numbers."""

import json
from typing import Any, Final

import pytest

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
from payment_webhooks.domain.told import notification_types
from tests.support.library.events import event_document
from tests.support.library.ledger import row_of, told_of_rows
from tests.support.library.providers import normalise

NOON: Final = 1_760_000_000
EXAMPLES: Final = {
    "payment_intent": "pi_succeeded",
    "charge": "charge_succeeded_no_pi",
    "refund": "refund_created_pending",
    "dispute": "dispute_created",
}
# An authorisation of 10.00; of the charge 7.00, then 2.00 are captured. docs.stripe.com/payments/multicapture
SEVERAL: Final = {"payment_method_details": {"card": {"multicapture": {"status": "available"}}}}


def told(event_type: str, second: int, before: dict[str, Any] | None = None, **fields: Any) -> LedgerRow:
    """The row of an event of payment pi_1, `second` seconds after noon, with `fields` of its object."""
    name = "payment_intent" if event_type.startswith("payment_intent") else event_type.split(".")[0]
    name = "dispute" if ".dispute." in event_type else name
    example = event_document(f"stripe/{EXAMPLES[name]}")
    common = {"currency": "usd", "amount": 1000, "created": NOON + second, "payment_intent": "pi_1"}
    common |= {"id": "pi_1"} if name == "payment_intent" else {}
    data = {"object": {**example["data"]["object"], **common, **fields}, "previous_attributes": before or {}}
    event_id = f"evt_{event_type}_{second}_{len(fields)}_{fields.get('status')}"
    event = example | {"id": event_id, "type": event_type, "created": NOON + second, "data": data}
    return row_of(normalise("stripe", json.dumps(event).encode()))


def amounts(state: PaymentState) -> tuple[str, int, int, int]:
    return state.status, state.captured_minor, state.refunded_minor, state.net_minor


PAID: Final = told("payment_intent.succeeded", 0, amount_received=1000)


@pytest.mark.parametrize("told_after", [0, 1])
def test_a_refund_that_failed_is_no_refund_whenever_its_beginning_was_told(told_after: int) -> None:
    rows = [
        PAID,
        told("charge.refunded", 60, amount_captured=1000, amount_refunded=1000),
        told("refund.created", 60 + told_after, created=NOON + 60, amount=1000, status="pending"),
        told("refund.failed", 90_000, created=NOON + 60, amount=1000, status="failed"),
    ]
    assert amounts(fold(rows)) == ("succeeded", 1000, 0, 1000)


def test_a_later_total_that_is_smaller_replaces_the_earlier_one() -> None:
    rows = [
        told("charge.refunded", 60, amount_captured=1000, amount_refunded=800),
        told("charge.updated", 90, amount_captured=1000, amount_refunded=300),
    ]
    assert amounts(fold(rows)) == ("partially_refunded", 1000, 300, 700)


CAPTURED_7: Final = (
    told("charge.updated", 10, captured=False, amount_captured=700, **SEVERAL),
    told(
        "payment_intent.amount_capturable_updated",
        10,
        status="requires_capture",
        amount_capturable=300,
        amount_received=700,
    ),
)


@pytest.mark.parametrize("rows", [CAPTURED_7, CAPTURED_7[:1], CAPTURED_7[1:]])
def test_the_first_of_several_captures_is_money_that_came_in(rows: tuple[LedgerRow, ...]) -> None:
    state = fold(rows)
    assert amounts(state) == ("authorized", 700, 0, 700)
    assert state.authorized_minor == 300


def test_a_refund_between_two_captures_leaves_the_rest_authorized() -> None:
    refund: dict[str, Any] = {"captured": False, "amount_captured": 700, "amount_refunded": 200, **SEVERAL}
    state = fold([*CAPTURED_7, told("charge.refunded", 20, **refund)])
    assert amounts(state) == ("partially_refunded", 700, 200, 500)
    assert state.authorized_minor == 300


@pytest.mark.parametrize(
    ("refunded", "fields", "before"),
    [
        (900, {"refunded": True}, 0),  # `refunded`: all that was received has gone back
        (900, {"refunded": True, **SEVERAL}, 0),
        (50, {}, 0),  # less than what was released: none of it is
        (50, SEVERAL, 0),
        (150, SEVERAL, 0),
        (150, {}, 0),  # nothing was in it before, so the release is not
        (100, {}, 50),
    ],
)
def test_after_several_captures_a_refund_counts_whole(
    refunded: int, fields: dict[str, Any], before: int
) -> None:
    """10.00 authorised, 9.00 captured in two parts: Stripe counts none of the 1.00 that it released as refunded."""
    row = told(
        "charge.refunded",
        20,
        {"amount_refunded": before},
        amount_captured=900,
        amount_refunded=refunded,
        **fields,
    )
    assert fold([row]).refunded_minor == refunded


def test_what_a_partial_capture_releases_is_no_refund_though_a_refund_tells_it() -> None:
    release = told("refund.created", 11, created=NOON + 10, id="re_release", amount=400, status="succeeded")
    for capture in (
        told("payment_intent.succeeded", 10, amount_received=600, amount_capturable=0),
        told("charge.captured", 10, amount_captured=600, amount_refunded=400),
    ):
        assert amounts(fold([capture, release])) == ("succeeded", 600, 0, 600)
        real: dict[str, Any] = {"status": "succeeded", "balance_transaction": "txn_1"}
        later = told("refund.created", 90, id="re_1", amount=400, **real)
        assert amounts(fold([capture, release, later])) == ("partially_refunded", 600, 400, 200)


def test_an_authorisation_that_expired_took_nothing_and_gave_nothing_back() -> None:
    release = told("refund.created", 11, amount=1000, status="succeeded", reason="expired_uncaptured_charge")
    assert amounts(fold([release])) == ("canceled", 0, 0, 0)
    assert len(told_of_rows(release, told("payment_intent.canceled", 11, amount_received=0))) == 1


def test_an_inquiry_takes_no_money_and_the_chargeback_that_follows_is_told() -> None:
    inquiry = told("charge.dispute.created", 60, status="warning_needs_response")
    chargeback = told(
        "charge.dispute.updated", 90, {"status": "warning_needs_response"}, status="needs_response"
    )
    assert (fold([PAID, inquiry]).net_minor, fold([PAID, inquiry]).dispute_status) == (1000, "inquiry")
    state = fold([PAID, inquiry, chargeback])
    assert (state.net_minor, state.disputed_minor, state.dispute_status) == (0, 1000, "disputed")
    assert len(told_of_rows(inquiry, chargeback)) == 2


EARLIER = ("under_review", "won", "lost")


@pytest.mark.parametrize(
    ("status", "before"),
    [
        ("needs_response", "won"),
        ("under_review", "lost"),
        ("appeal_under_review", "lost"),
        ("lost", "appeal_under_review"),
    ],
)
def test_a_dispute_that_is_opened_again_is_told_again(status: str, before: str) -> None:
    again = told("charge.dispute.updated", 90, {"status": before}, status=status)
    earlier = [told("charge.dispute.updated", 60 + n, status=each) for n, each in enumerate(EARLIER)]
    assert again in [each.row for each in told_of_rows(*earlier, again)]


def test_one_chargeback_is_told_once_though_money_and_review_follow() -> None:
    opened = [
        told("charge.dispute.created", 60, status="needs_response"),
        told("charge.dispute.funds_withdrawn", 61, status="needs_response"),
        told("charge.dispute.updated", 90, {"status": "needs_response"}, status="under_review"),
    ]
    assert len(told_of_rows(*opened)) == 1


def test_a_checkout_that_waits_for_its_capture_is_authorized() -> None:
    authorized = told(
        "payment_intent.amount_capturable_updated", 10, status="requires_capture", amount_capturable=1000
    )
    session: dict[str, Any] = {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "unpaid",
    }
    session |= {"payment_intent": "pi_1", "amount_total": 1000, "currency": "usd"}
    body = event_document("stripe/pi_succeeded") | {
        "type": "checkout.session.completed",
        "created": NOON + 11,
    }
    body |= {"data": {"object": session}}
    later = row_of(normalise("stripe", json.dumps(body).encode()))
    assert (fold([authorized, later]).status, fold([later]).status) == ("authorized", "pending")


def test_each_declined_attempt_is_told_once_by_its_charge_or_its_intent() -> None:
    attempts = []
    for number in (1, 2):
        error = {"last_payment_error": {"code": "card_declined", "charge": f"ch_{number}"}}
        attempts.append(told("charge.failed", 10 * number, id=f"ch_{number}", status="failed"))
        attempts.append(told("payment_intent.payment_failed", 10 * number, **error))
    for order in (attempts, attempts[::-1]):
        told_now = told_of_rows(*order)
        assert [each.row.occasion for each in told_now] == [order[0].occasion, order[2].occasion]
        assert [notification_types(*each) for each in told_now] == [["payment_failed"]] * 2


def test_an_attempt_that_was_not_authenticated_has_no_charge_and_is_told() -> None:
    error = {"code": "payment_intent_authentication_failure"}
    rows = [
        told("payment_intent.payment_failed", second, last_payment_error=error, latest_charge="ch_1")
        for second in (10, 20)
    ]
    assert [notification_types(*each) for each in told_of_rows(*rows)] == [["payment_failed"]] * 2


def test_news_of_an_attempt_that_failed_does_not_undo_the_one_that_succeeded() -> None:
    document = event_document("stripe/charge_succeeded_no_pi")
    document["data"]["object"] |= {"status": "failed", "captured": False}
    event = normalise("stripe", json.dumps(document | {"type": "charge.updated"}).encode())
    assert event.status == "ignored"


def test_a_state_says_whose_money_it_is() -> None:
    body = json.dumps(event_document("stripe/pi_succeeded") | {"account": "acct_1"}).encode()
    assert fold([row_of(normalise("stripe", body))]).account == "acct_1"
    assert fold([PAID]).account is None  # our own


def test_a_refund_of_a_customers_cash_balance_is_told_as_no_payments_and_flagged() -> None:
    state = fold(
        [told("refund.created", 10, payment_intent=None, charge=None, amount=400, status="succeeded")]
    )
    assert (state.status, state.refunded_minor, state.flags) == ("unknown", 400, ("captured_unknown",))


def released(second: int, **fields: Any) -> LedgerRow:
    return told("refund.created", second, **{"id": "re_release", "status": "succeeded"} | fields)


def test_a_release_is_never_told_as_money_gone_before_its_authorization_is_told_as_canceled() -> None:
    canceled = told("payment_intent.canceled", 11, amount_received=0)
    (release, _) = told_of_rows(released(10), canceled)
    assert notification_types(*release) == []
    state = fold([released(10)])
    assert (amounts(state), state.flags) == (("unknown", 0, 0, 0), ())
    unsaid = fold([released(10)._replace(released_minor=None)])  # nothing is said of the balance
    assert (amounts(unsaid), unsaid.flags) == (("unknown", 0, 0, 0), ("captured_unknown",))
    assert (amounts(fold([released(10), canceled])), fold([released(10), canceled]).flags) == (
        ("canceled", 0, 0, 0),
        (),
    )


def test_a_refund_whose_money_left_the_balance_counts_though_its_capture_is_not_told() -> None:
    state = fold([released(10, balance_transaction="txn_1")])
    assert (state.refunded_minor, state.flags) == (1000, ("captured_unknown",))


PART: Final = told("payment_intent.succeeded", 10, amount_received=500, amount_capturable=0)


def test_a_refund_within_the_second_of_a_capture_of_a_part_counts() -> None:
    state = fold([PART, released(10, amount=500, balance_transaction="txn_1")])
    assert (amounts(state), state.flags) == (("refunded", 500, 500, 0), ())


def test_a_release_may_be_stamped_a_second_after_its_capture() -> None:
    state = fold([PART, released(11, amount=500)])
    assert (amounts(state), state.flags) == (("succeeded", 500, 0, 500), ())


def test_a_refund_that_moved_no_money_and_is_no_release_is_left_to_a_person() -> None:
    state = fold([PART, released(90, amount=400)])
    assert (amounts(state), state.flags) == (("succeeded", 500, 0, 500), ("refund_amount_unknown",))


def test_what_may_be_a_release_or_a_refund_is_flagged() -> None:
    row = released(10, amount=500)._replace(released_minor=None)  # nothing is said of the balance
    assert (fold([PART, row]).refunded_minor, fold([PART, row]).flags) == (0, ("refund_amount_unknown",))


def test_what_is_canceled_after_the_first_of_several_captures_was_paid() -> None:
    canceled = told("payment_intent.canceled", 30, amount_received=700, amount_capturable=0)
    state = fold([*CAPTURED_7, canceled])
    assert (amounts(state), state.authorized_minor) == (("succeeded", 700, 0, 700), 0)


def test_an_attempt_that_made_no_charge_is_one_more_though_the_intent_names_the_last_charge() -> None:
    error = {"code": "payment_intent_payment_attempt_failed"}
    rows = [
        told("charge.failed", 10, id="ch_0", status="failed"),
        told("payment_intent.payment_failed", 10, last_payment_error={"charge": "ch_0"}),
        told("payment_intent.payment_failed", 20, last_payment_error=error, latest_charge="ch_0"),
    ]
    for order in (rows, rows[::-1]):
        assert [notification_types(*each) for each in told_of_rows(*order)] == [["payment_failed"]] * 2
    assert fold(rows).declined_attempts == 2


@pytest.mark.parametrize("first", [0, 1])
def test_a_dispute_that_is_opened_again_is_told_once(first: int) -> None:
    closed = [told("charge.dispute.created", 50), told("charge.dispute.closed", 60, status="won")]
    again = [
        told("charge.dispute.updated", 90, {"status": "won"}, status="needs_response"),
        told("charge.dispute.funds_withdrawn", 90, status="needs_response", reason="general"),
    ]
    later = told("charge.dispute.updated", 95, {"evidence": {}}, status="needs_response")
    now = told_of_rows(PAID, *closed, again[first], again[1 - first], later)
    assert len(now) == 1 + 2 + 1


def test_the_fee_of_a_platform_is_told_once_by_intent_and_charge() -> None:
    rows = [
        told("payment_intent.succeeded", 0, amount_received=1000, application_fee_amount=30),
        told("charge.succeeded", 0, id="ch_1", amount_captured=1000, application_fee_amount=30),
        told("charge.failed", 0, id="ch_0", status="failed", application_fee_amount=30),
    ]
    assert fold(rows).fee_minor == fold(rows[:1]).fee_minor == fold(rows[1:]).fee_minor == 30
    assert fold([PAID]).fee_minor is None
