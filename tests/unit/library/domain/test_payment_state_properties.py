"""What holds of every ledger: order of arrival and duplicates change nothing, keys sort, sums are right."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from tests.support.library.ledger import payment_event, refund_event, row_of, rows_of
from tests.support.library.ledger_strategies import AMOUNTS, SECONDS, events, ledgers


@given(ledgers(), st.randoms(use_true_random=False), st.data())
def test_the_order_of_arrival_and_duplicates_change_nothing(
    rows: list[LedgerRow], random: Random, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(rows), max_size=5)) if rows else []
    shuffled = rows + again
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(rows)


@given(ledgers())
def test_amounts_hold_together(rows: list[LedgerRow]) -> None:
    state = fold(rows)
    assert state.net_minor == state.captured_minor - state.refunded_minor - state.disputed_minor
    assert min(state.captured_minor, state.refunded_minor, state.disputed_minor, state.authorized_minor) >= 0
    if state.net_minor < 0:
        assert {"captured_unknown", "exceeds_captured"} & set(state.flags)
    if state.status == "partially_refunded" and state.refunded_minor:
        assert state.refunded_minor < state.captured_minor or not state.captured_minor
    currencies = {row.currency for row in rows}
    assert ("mixed_currency" in state.flags) <= (len(currencies) > 1)
    assert state.row_count == len(rows)


@given(ledgers(), st.sampled_from(["failed", "canceled"]), SECONDS)
def test_a_failed_refund_never_undoes_a_payment(rows: list[LedgerRow], status: str, second: int) -> None:
    paid = [row for row in rows if row.object_kind == "payment"] + rows_of(payment_event("succeeded", 5, 2))
    failed = row_of(refund_event("o-9", status, 3, second))
    state = fold([*paid, failed])
    assert state.status in {"succeeded", "partially_refunded", "refunded"}
    assert state.captured_minor == fold(paid).captured_minor
    assert state.refunded_minor <= fold(paid).refunded_minor


@given(st.lists(AMOUNTS, min_size=1, max_size=3), SECONDS)
def test_refunds_that_are_done_add_up(amounts: list[int], second: int) -> None:
    refunds = [refund_event(f"o-{n}", "refunded", amount, second) for n, amount in enumerate(amounts)]
    assert fold(rows_of(payment_event("succeeded", 100), *refunds)).refunded_minor == sum(amounts)


@given(ledgers())
def test_a_state_is_confirmed_when_all_its_rows_are(rows: list[LedgerRow]) -> None:
    assert fold([row._replace(confirmed=True) for row in rows]).confirmed


@given(events())
def test_keys_are_deterministic(event: NormalisedEvent) -> None:
    row, again = row_of(event), row_of(event)._replace(recorded_at="2026-01-01T00:00:00.000000Z")
    assert row.sort_key == again.sort_key
