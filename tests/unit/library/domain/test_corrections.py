"""What corrections do to the sum of a payment's rows."""

from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import correction, counted
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.told import notification_types
from tests.support.library.ledger import payment_event, refund_event, row_of, told_of_rows
from tests.support.library.ledger_strategies import ledgers

PAID = row_of(payment_event(words.SUCCEEDED, 5000, 1))
REFUND = row_of(refund_event("re_1", words.REFUNDED, 700, 2))


def said(row: LedgerRow, status: str, second: int = 0) -> LedgerRow:
    at = f"2026-01-01T00:00:{second:02d}.000000Z"
    return correction(row, status, f"{row.event_id}#correction{second}", at, "arn:aws:iam::1:user/ann")


def test_a_retracted_row_counts_for_nothing() -> None:
    assert fold([PAID, REFUND, said(REFUND, words.RETRACTED)]) == fold([PAID])


def test_a_confirmed_row_counts_as_confirmed() -> None:
    unconfirmed = PAID._replace(confirmed=False)
    assert fold([unconfirmed]).captured_unconfirmed_minor == 5000
    assert fold([unconfirmed, said(PAID, words.CONFIRMED)]) == fold([PAID])


def test_of_several_corrections_the_last_decides_in_whichever_order_they_are_read() -> None:
    rows = [PAID, REFUND, said(REFUND, words.RETRACTED, 1), said(REFUND, words.CONFIRMED, 2)]
    assert fold(rows) == fold(rows[::-1]) == fold([PAID, REFUND])
    assert fold([*rows, said(REFUND, words.RETRACTED, 3)]) == fold([PAID])


def test_a_merge_says_nothing_of_a_row() -> None:
    assert fold([PAID, said(PAID, words.MERGED)]) == fold([PAID])


def test_a_correction_is_of_the_payment_and_has_no_money() -> None:
    row = PAID._replace(customer_id="cus_1", account="acct_1", currency="EUR", order_id="order_1")
    told = correction(row, words.RETRACTED, "evt_2", "2026-01-01T00:00:00.000000Z", "ann")._asdict()
    assert {name: value for name, value in told.items() if value is not None} == {
        "transaction_id": "stripe:pi_1",
        "sort_key": "event#evt_2",
        "endpoint": "stripe",
        "provider": "stripe",
        "event_id": "evt_2",
        "event_type": "correction.retracted",
        "occurred_at": "2026-01-01T00:00:00.000000Z",
        "object_kind": "correction",
        "object_id": "ann",
        "status": "retracted",
        "amount_provider_raw": "null",
        "customer_id": "cus_1",
        "livemode": True,
        "confirmed": True,
        "webhook_id": "stripe:evt_succeeded_5000_1",
        "webhook_timestamp": "2025-10-09T06:06:41.000000Z",
        "recorded_at": "2026-01-01T00:00:00.000000Z",
        "account": "acct_1",
        "answers": "evt_succeeded_5000_1",
    }


@given(ledgers(), st.data())
def test_a_ledger_without_a_row_is_a_ledger_that_retracts_it(
    rows: list[LedgerRow], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(rows), unique=True)) if rows else []
    retracted = {row.event_id for row in chosen}
    left = [row for row in rows if row.event_id not in retracted]
    all_rows = [*rows, *(said(row, words.RETRACTED) for row in chosen)]
    assert counted(all_rows) == left
    assert fold(all_rows) == fold(left)


def test_what_is_retracted_is_not_told_as_money_that_came_back() -> None:
    told = told_of_rows(
        PAID, REFUND, said(REFUND, words.RETRACTED), is_high_value=lambda minor, _: minor > 5000
    )
    assert [notification_types(*each) for each in told] == [
        ["payment_confirmation"],
        ["payment_refunded"],
        ["payment_corrected"],
    ]
    assert told[-1].effect.changes["refunded_minor"] == (700, 0)


def test_what_a_person_confirms_is_told() -> None:
    told = told_of_rows(PAID._replace(confirmed=False), said(PAID, words.CONFIRMED))
    assert [notification_types(*each) for each in told] == [[], ["payment_confirmation"]]
