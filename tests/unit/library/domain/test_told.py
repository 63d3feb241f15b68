"""What people are told of a row by what it changed; nothing twice, and no money that nobody vouches for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.told import NOTIFICATION_TYPES, dedupe_id, notification_types
from tests.support.library.ledger import (
    dispute_event,
    payment_event,
    refund_event,
    row_of,
    told_of,
    told_of_rows,
)
from tests.support.library.ledger_strategies import ledgers

PAID = payment_event(words.SUCCEEDED, 500, 1)
REFUNDED = refund_event("re_1", words.REFUNDED, 200, 2)
INQUIRY = dispute_event("dp_1", words.INQUIRY, 500, 3)


def types_of(*events: NormalisedEvent) -> list[list[str]]:
    return [
        notification_types(*told) for told in told_of(*events, is_high_value=lambda minor, _: minor > 1000)
    ]


@pytest.mark.parametrize(
    ("before", "event", "types"),
    [
        ([], PAID, ["payment_confirmation"]),
        ([], payment_event(words.SUCCEEDED, 1001), ["high_value_alert", "payment_confirmation"]),
        ([], payment_event(words.PENDING, 5000), []),
        ([], payment_event(words.AUTHORIZED, 5000), []),
        ([], payment_event(words.FAILED, 5000), ["payment_failed"]),
        ([], payment_event(words.CANCELED, 500), []),
        ([payment_event(words.SUCCEEDED, 300)], PAID, ["payment_confirmation"]),  # a second capture
        ([PAID], refund_event("re_1", words.PENDING, 200, 2), []),
        ([PAID], REFUNDED, ["payment_refunded"]),
        ([PAID], payment_event(words.PARTIALLY_REFUNDED, 200, 2), ["payment_refunded"]),
        ([PAID, payment_event(words.PARTIALLY_REFUNDED, 200, 2)], REFUNDED, []),  # the same money
        ([PAID], refund_event("re_1", words.FAILED, 200, 2), ["refund_failed"]),
        ([PAID, REFUNDED], refund_event("re_1", words.FAILED, 200, 3), ["refund_failed"]),
        ([PAID], REFUNDED._replace(currency="EUR"), ["payment_flagged"]),
        ([PAID], refund_event("re_1", words.REFUNDED, 600, 2), ["payment_refunded"]),  # and says to look
        ([], PAID._replace(outside_provider=True, amount_minor=0), []),
        ([PAID, REFUNDED], refund_event("re_1", words.CANCELED, 200, 3), ["refund_failed"]),
        ([PAID], INQUIRY, ["payment_disputed"]),
        ([PAID, INQUIRY], dispute_event("dp_1", words.DISPUTED, 500, 4), ["payment_disputed"]),
        ([PAID, INQUIRY], dispute_event("dp_1", words.DISPUTE_WON, 500, 4), ["payment_disputed"]),
    ],
)
def test_what_an_event_is_told_as(
    before: list[NormalisedEvent], event: NormalisedEvent, types: list[str]
) -> None:
    assert types_of(*before, event)[len(before) :] == [types]


@pytest.mark.parametrize(
    "event", [PAID, REFUNDED, INQUIRY, payment_event(words.FAILED, 500), payment_event(words.PENDING, 500)]
)
def test_another_event_that_says_the_same_is_not_told(event: NormalisedEvent) -> None:
    again = event._replace(event_id="evt_again", occurred_at=event.occurred_at.replace("06:06", "06:07"))
    assert len(types_of(event, again)) == 1


def test_each_declined_attempt_is_told() -> None:
    attempts = [payment_event(words.FAILED, 500, n)._replace(occasion=f"ch_{n}") for n in range(3)]
    assert types_of(*attempts) == [["payment_failed"]] * 3


def unconfirmed(event: NormalisedEvent) -> LedgerRow:
    return row_of(event._replace(event_id=f"{event.event_id}_unconfirmed"), confirmed=False)


def test_money_is_told_once_somebody_vouches_for_it() -> None:
    much = payment_event(words.SUCCEEDED, 5000, 1)
    told = told_of_rows(unconfirmed(much), row_of(much), is_high_value=lambda minor, _: minor > 1000)
    assert [notification_types(*each) for each in told] == [[], ["high_value_alert", "payment_confirmation"]]
    assert [(effect.high_value, effect.moves_money) for _, effect in told] == [(False, True), (True, False)]


def test_an_attempt_and_an_inquiry_are_told_whoever_says_so() -> None:
    told = told_of_rows(unconfirmed(payment_event(words.FAILED, 5)), unconfirmed(INQUIRY))
    assert [notification_types(*each) for each in told] == [["payment_failed"], ["payment_disputed"]]


@given(ledgers(), st.booleans())
def test_only_what_differs_is_told_and_no_money_without_a_word_for_it(
    rows: list[LedgerRow], high: bool
) -> None:
    told = told_of_rows(*rows, is_high_value=lambda *_: high)
    for row, effect in told:
        types = notification_types(row, effect)
        assert types == [each for each in NOTIFICATION_TYPES if each in types]
        assert not types or row.confirmed or not effect.moves_money
    confirmations = sum("payment_confirmation" in notification_types(*each) for each in told)
    if not confirmations and rows and all(row.confirmed for row in rows):
        assert fold(rows).captured_minor == 0 or len({row.currency for row in rows}) > 1


def test_a_dedupe_id_is_that_of_an_event_of_a_payment() -> None:
    ids = {
        dedupe_id(*each) for each in (("stripe:pi_1", "evt_1"), ("stripe:pi_1", "evt_2"), ("b:pi_1", "evt_1"))
    }
    assert len(ids) == 3
    assert {len(each) for each in ids} == {64}
