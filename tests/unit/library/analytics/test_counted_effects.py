"""Which records of the ledger's stream count, where, and in groups of what size."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.analytics.counted_effects import Bucket, Counted, Tally, chunks, counted_of, sums
from payment_webhooks.domain.effect import Effect, to_text
from payment_webhooks.domain.facts import Facts
from tests.support.library.analytics_records import HOUR, PAID, effect, record

BUCKET = Bucket(HOUR, "stripe", "EUR", "succeeded")
PENDING = Facts("pending", currency="EUR")


def counted(told: Effect) -> dict[Bucket, Tally]:
    found = counted_of(record(told=told))
    return {} if found is None else found.sums


def test_a_new_payment_counts_in_the_hour_in_which_it_was_recorded() -> None:
    assert counted_of(record()) == Counted(
        "stripe:pi_1", "event#evt_1", {BUCKET: Tally(payments=1, captured_minor=1099)}
    )


def test_what_a_payment_was_is_taken_from_where_it_was() -> None:
    refunded = Facts("refunded", currency="EUR", captured_minor=1099, refunded_minor=1099)
    assert counted(effect(refunded, PAID)) == {
        BUCKET: Tally(payments=-1, captured_minor=-1099),
        BUCKET._replace(status="refunded"): Tally(payments=1, captured_minor=1099, refunded_minor=1099),
    }


def test_within_one_status_only_what_moved_counts() -> None:
    disputed = PAID._replace(dispute_status="disputed", disputed_minor=99, fee_minor=1500)
    assert counted(effect(disputed, PAID)) == {BUCKET: Tally(disputed_minor=99, fee_minor=1500)}


def test_another_currency_takes_the_payment_along() -> None:
    assert counted(effect(PAID, PAID._replace(currency="JPY", captured_minor=7))) == {
        BUCKET._replace(currency="JPY"): Tally(payments=-1, captured_minor=-7),
        BUCKET: Tally(payments=1, captured_minor=1099),
    }


def test_a_payment_that_another_has_taken_over_is_gone() -> None:
    assert counted(effect(None, PAID)) == {BUCKET: Tally(payments=-1, captured_minor=-1099)}


def test_what_is_not_confirmed_and_declined_attempts_are_summed_up() -> None:
    told = PENDING._replace(captured_minor=5, captured_unconfirmed_minor=5, declined_attempts=2, held_minor=3)
    (tally,) = counted(effect(told)).values()
    assert tally == Tally(1, 0, 5, 5, 0, 0, 3, 0, 2)
    assert tally.net_minor == 5


def test_a_payment_without_a_currency_counts() -> None:
    assert counted(effect(Facts())) == {Bucket(HOUR, "stripe", None, "unknown"): Tally(1)}


def test_an_effect_that_changes_no_sum_is_left_out() -> None:
    assert counted_of(record(told=effect(PAID, PAID._replace(confirmed=False)))) is None


@pytest.mark.parametrize("event_name", ["MODIFY", "REMOVE"])
def test_changes_and_removals_of_rows_count_for_nothing(event_name: str) -> None:
    assert counted_of(record(event_name=event_name)) is None


@pytest.mark.parametrize("sort_key", ["payment", "archive#summary", "event#evt_1"])
def test_what_has_no_effect_counts_for_nothing(sort_key: str) -> None:
    assert counted_of(record(timestamp=sort_key, effect=None)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"effect": "text"},
        {"effect": "{}"},
        {"effect": 7},
        {"effect": to_text(effect(hour="yesterday"))},
        {"effect": to_text(effect(PAID._replace(captured_minor="1099")))},  # type: ignore[arg-type]
        {"effect": to_text(effect(PAID._replace(captured_minor=True)))},
        {"effect": to_text(effect(PAID._replace(currency="EURO")))},
        {"effect": to_text(effect(PAID._replace(status="not#a#word")))},
        {"effect": to_text(effect(PAID, PAID._replace(status="")))},
        {"provider": ""},
        {"provider": None},
    ],
)
def test_a_row_that_is_not_of_its_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        counted_of(record(**changes))


@st.composite
def effects(draw: st.DrawFn) -> list[Counted]:
    hours = st.integers(0, 23).map(lambda hour: BUCKET._replace(hour=f"2026-11-20T{hour:02}"))
    found = draw(st.lists(st.lists(hours, min_size=1, max_size=2, unique=True), max_size=150))
    return [
        Counted(f"stripe:{number}", "event#", {bucket: Tally(1, number) for bucket in buckets})
        for number, buckets in enumerate(found)
    ]


@given(effects(), st.integers(3, 12))
def test_chunks_keep_the_order_fit_a_transaction_and_lose_nothing(found: list[Counted], most: int) -> None:
    made = list(chunks(found, most))
    assert [each for chunk in made for each in chunk] == found
    for chunk, after in pairwise([*made, None]):
        assert chunk is not None
        assert len(chunk) + len(sums(chunk)) <= most
        if after is not None:  # not smaller than needed: the next one did not fit
            assert len(chunk) + 1 + len(sums([*chunk, after[0]])) > most


def test_a_whole_batch_of_one_bucket_is_two_transactions() -> None:
    found = [Counted(f"stripe:{number}", "event#", {BUCKET: Tally(1, 5)}) for number in range(100)]
    assert [len(chunk) for chunk in chunks(found)] == [99, 1]
    assert sums(found) == {BUCKET: Tally(100, 500)}


def test_what_comes_to_nothing_in_a_chunk_is_no_addition() -> None:
    there = Counted("stripe:1", "event#1", {BUCKET: Tally(1, 5)})
    away = Counted("stripe:1", "event#2", {BUCKET: Tally(-1, -5)})
    assert sums([there, away]) == {}
