"""Each movement of money is told once, by the row that vouches for it; what is told twice over has moved once."""

from collections import Counter

import pytest
from hypothesis import given

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import correction
from payment_webhooks.domain.effect import vouched_for
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.sentences import sentence
from payment_webhooks.domain.told import notification_types
from tests.support.library.ledger import (
    dispute_event,
    payment_event,
    refund_event,
    row_of,
    rows_of,
    told_of_rows,
)
from tests.support.library.ledger_strategies import ledgers

PAID = payment_event(words.SUCCEEDED, 9000, 1)
REFUNDED = refund_event("re_1", words.REFUNDED, 3000, 2)


def claim(status: str, amount: int, second: int, taken: int = 0) -> NormalisedEvent:
    event = dispute_event("PP-1", status, amount, second)
    return event._replace(amount_meaning=words.MEANING_CLAIMED, withdrawn_minor=taken)


LOST = claim(words.DISPUTE_LOST, 6000, 90_000, taken=6000)


def confirmation(row: LedgerRow) -> LedgerRow:
    return correction(row, words.CONFIRMED, f"{row.event_id}#correction1", "2026-01-01T00:00:00.000000Z", "a")


def told(*rows: LedgerRow) -> list[tuple[list[str], str]]:
    found = told_of_rows(*rows, is_high_value=lambda minor, _: minor > 2500)
    return [(notification_types(*each), sentence(*each).partition(". Payment")[0]) for each in found]


def unconfirmed(*events: NormalisedEvent) -> list[LedgerRow]:
    return [row_of(event, confirmed=False) for event in events]


def test_what_a_person_confirms_is_told_then_and_once() -> None:
    rows = unconfirmed(PAID, REFUNDED, LOST)
    found = told(*rows, *map(confirmation, rows), *rows_of(PAID._replace(event_id="evt_again")))
    assert [types for types, _ in found] == [
        [],
        [],
        [],
        ["high_value_alert", "payment_confirmation"],
        ["high_value_alert", "payment_refunded"],
        ["high_value_alert", "payment_disputed"],
    ]
    assert [said for _, said in found[3:]] == [
        f"Event {PAID.event_id} was confirmed by a person; 90.00 USD was captured",
        f"Event {REFUNDED.event_id} was confirmed by a person; 30.00 USD was refunded",
        f"Event {LOST.event_id} was confirmed by a person; 60.00 USD was withdrawn for a dispute",
    ]


@pytest.mark.parametrize(
    ("event", "kind"), [(PAID, "confirmation"), (REFUNDED, "refunded"), (LOST, "disputed")]
)
def test_what_another_event_confirms_is_told_then(event: NormalisedEvent, kind: str) -> None:
    again = row_of(event._replace(event_id="evt_again"))
    found = told(*unconfirmed(event), again, again._replace(sort_key="event#3", event_id="3"))
    assert [types for types, _ in found] == [[], ["high_value_alert", f"payment_{kind}"]]


def test_a_refund_that_fails_unconfirmed_has_failed_once_it_is_confirmed() -> None:
    failed = refund_event("re_1", words.FAILED, 3000, 5)
    (row,) = unconfirmed(failed)
    found = told(*rows_of(PAID, REFUNDED), row, confirmation(row))
    assert [types for types, _ in found[2:]] == [[], ["high_value_alert", "refund_failed"]]


def test_a_refund_that_tells_the_loss_of_a_claim_is_no_second_loss() -> None:
    reversal = refund_event("re_1", words.REFUNDED, 6000, 90_001)
    reversal = reversal._replace(amount_meaning=words.MEANING_CLAIMED)
    found = told(*rows_of(PAID, claim(words.DISPUTED, 6000, 3), LOST, reversal))
    assert found[1:] == [
        (
            ["high_value_alert", "payment_disputed"],
            "60.00 USD is held for a dispute; Dispute PP-1 over 60.00 USD is disputed",
        ),
        (
            ["high_value_alert", "payment_disputed"],
            "60.00 USD was withdrawn for a dispute; Dispute PP-1 over 60.00 USD is dispute lost",
        ),
        ([], "The refund tells the loss of the dispute, 60.00 USD"),
    ]
    effect = told_of_rows(*rows_of(PAID, LOST, reversal))[-1].effect
    assert (effect.moves_money, effect.high_value) == (False, False)


def test_a_claim_that_opens_unconfirmed_is_told_at_once_and_as_high_value_once_it_is_confirmed() -> None:
    (row,) = unconfirmed(claim(words.DISPUTED, 6000, 3))
    found = told(*rows_of(PAID), row, confirmation(row))
    assert [types for types, _ in found[1:]] == [["payment_disputed"], ["high_value_alert"]]


def test_a_claim_that_is_won_alarms_nobody() -> None:
    found = told(
        *rows_of(PAID, claim(words.DISPUTED, 6000, 3), claim(words.DISPUTE_WON, 6000, 4)),
    )
    assert found[-1][0] == ["payment_disputed"]


@pytest.mark.parametrize("first", [REFUNDED, LOST])
def test_what_turns_out_to_be_of_another_currency_has_not_come_back(first: NormalisedEvent) -> None:
    types, said = told(*rows_of(first._replace(currency="EUR"), PAID))[-1]
    assert types == ["high_value_alert", "payment_confirmation"]
    assert (
        "EUR is of another currency than the payment, and is counted no more; 90.00 USD was captured" in said
    )


@given(ledgers())
def test_all_that_is_told_is_all_that_is_vouched_for(rows: list[LedgerRow]) -> None:
    rows = [row._replace(currency="USD") for row in rows]
    rows += [confirmation(row) for row in rows if not row.confirmed]
    for number in range(len(rows) + 1):
        moved: Counter[str] = Counter()
        for row, effect in told_of_rows(*rows[:number]):
            for each in vouched_for(row, effect):
                moved[each.what] += each.minor
        state = fold(rows[:number])
        assert (
            moved["captured"],
            moved["refunded"] + moved["retold"],
            moved["disputed"] - moved["retold"],
            moved["held"],
        ) == (
            state.captured_minor - state.captured_unconfirmed_minor,
            state.refunded_minor - state.refunded_unconfirmed_minor,
            state.disputed_minor - state.disputed_unconfirmed_minor,
            state.held_minor - state.held_unconfirmed_minor,
        )
    assert fold(rows) == fold([row._replace(confirmed=True) for row in rows])
