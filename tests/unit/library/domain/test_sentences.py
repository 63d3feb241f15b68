"""What people read of a change: a sentence with amounts as people write them."""

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import correction
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.sentences import sentence
from tests.support.library.ledger import (
    dispute_event,
    payment_event,
    refund_event,
    rows_of,
    told_of,
    told_of_rows,
)

PAID = payment_event(words.SUCCEEDED, 109_900, 1)
HELD = dispute_event("dp_1", words.DISPUTED, 50_000, 3)
NOW = "Payment stripe:pi_1 is"


@pytest.mark.parametrize(
    ("before", "event", "said"),
    [
        (
            [],
            PAID,
            f"1,099.00 USD was captured. {NOW} succeeded now: captured 1,099.00 USD, net 1,099.00 USD.",
        ),
        (
            [],
            payment_event(words.FAILED, 500)._replace(currency="JPY"),
            f"An attempt to pay 500 JPY was declined. {NOW} failed now.",
        ),
        (
            [PAID],
            refund_event("re_1", words.REFUNDED, 9_900, 2),
            f"99.00 USD was refunded. {NOW} partially refunded now: captured 1,099.00 USD, refunded 99.00 USD, "
            "net 1,000.00 USD.",
        ),
        (
            [PAID, refund_event("re_1", words.REFUNDED, 9_900, 2)],
            refund_event("re_1", words.FAILED, 9_900, 3),
            f"99.00 USD of a refund has come back, as it failed. {NOW} succeeded now: captured 1,099.00 USD, "
            "net 1,099.00 USD.",
        ),
        (
            [PAID],
            HELD._replace(provider_status="needs_response"),
            "500.00 USD was withdrawn for a dispute; Dispute dp_1 over 500.00 USD is disputed (needs_response). "
            f"{NOW} succeeded now: captured 1,099.00 USD, disputed 500.00 USD, net 599.00 USD.",
        ),
        (
            [PAID],
            dispute_event("dp_1", words.INQUIRY, 50_000, 3),
            f"Dispute dp_1 over 500.00 USD is inquiry. {NOW} succeeded now: captured 1,099.00 USD, net 1,099.00 USD.",
        ),
        ([], payment_event(words.PENDING, 1), f"Payment pi_1 over 0.01 USD is pending. {NOW} pending now."),
    ],
)
def test_what_changed_and_what_the_payment_is_now(
    before: list[NormalisedEvent], event: NormalisedEvent, said: str
) -> None:
    row, effect = told_of(*before, event)[-1]
    assert sentence(row, effect) == said


def test_a_correction_says_what_it_is_and_a_flag_that_a_person_should_look() -> None:
    paid, refunded = rows_of(PAID, refund_event("re_1", words.REFUNDED, 120_000, 2))
    retracted = correction(
        paid, words.RETRACTED, "c-1", "2026-01-01T00:00:00.000000Z", "arn:aws:iam::1:user/a"
    )
    told = told_of_rows(paid, refunded, retracted)
    assert sentence(*told[1]).endswith("net -101.00 USD. A person should look: exceeds captured.")
    assert sentence(*told[2]).startswith(
        f"Event {PAID.event_id} was retracted by a person; 1,099.00 USD less is captured. {NOW}"
    )
    assert sentence(*told[-1]).endswith("A person should look: captured unknown.")


def test_cash_is_no_reason_to_look() -> None:
    row, effect = told_of(PAID._replace(outside_provider=True))[0]
    assert effect.after is not None
    assert effect.after.flags == ("outside_provider",)
    assert "should look" not in sentence(row, effect)


def test_money_that_nobody_vouches_for_is_said_to_be_so() -> None:
    row, effect = told_of(PAID)[0]
    assert sentence(row._replace(confirmed=False), effect).endswith(
        "Nobody but the webhook itself vouches for this."
    )
