"""Which records of the ledger's stream count, where, and in groups of what size."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.analytics.transitions import (
    Bucket,
    Counted,
    Tally,
    chunks,
    counted_of,
    sums,
)
from tests.support.library.analytics_records import HOUR, record

BUCKET = Bucket(HOUR, "stripe", "EUR", "succeeded", "captured")


def test_a_new_marker_counts_in_the_hour_that_it_happened() -> None:
    found = counted_of(record())
    assert found == Counted("stripe:pi_1", "transition#payment#succeeded#1099", BUCKET, Tally(1, 1099))


@pytest.mark.parametrize("event_name", ["MODIFY", "REMOVE"])
def test_changes_and_removals_of_markers_count_for_nothing(event_name: str) -> None:
    assert counted_of(record(event_name=event_name)) is None


@pytest.mark.parametrize("sort_key", ["2026-11-20T18:30:00.000000Z#40#evt_1", "archive#summary"])
def test_rows_and_the_archives_summary_count_for_nothing(sort_key: str) -> None:
    assert counted_of(record(timestamp=sort_key)) is None


def test_what_is_not_confirmed_is_counted_and_told_apart() -> None:
    found = counted_of(record(confirmed=False))
    assert found is not None
    assert found.tally == Tally(1, 1099, 1, 1099)


def test_a_transition_without_an_amount_counts_and_adds_nothing() -> None:
    found = counted_of(record(amount_minor=None, amount_meaning=None, currency=None))
    assert found is not None
    assert (found.bucket.currency, found.bucket.meaning, found.tally) == (None, None, Tally(1, 0))


def test_an_amount_of_zero_is_an_amount() -> None:
    found = counted_of(record(amount_minor=0, currency="JPY"))
    assert found is not None
    assert (found.bucket.meaning, found.tally) == ("captured", Tally(1, 0))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": "1099"},
        {"amount_minor": True},
        {"currency": None},
        {"currency": "EURO"},
        {"amount_meaning": None},
        {"amount_meaning": "a#b"},
        {"state": None},
        {"state": "not#a#word"},
        {"provider": ""},
        {"occurred_at": "yesterday"},
        {"occurred_at": None},
        {"confirmed": "yes"},
        {"confirmed": None},
    ],
)
def test_a_marker_that_is_not_of_its_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        counted_of(record(**changes))


@st.composite
def transitions(draw: st.DrawFn) -> list[Counted]:
    hours = draw(st.lists(st.integers(0, 23), max_size=250))
    return [
        Counted(
            f"stripe:{number}", "transition#", BUCKET._replace(hour=f"2026-11-20T{hour:02}"), Tally(1, number)
        )
        for number, hour in enumerate(hours)
    ]


@given(transitions(), st.integers(2, 12))
def test_chunks_keep_the_order_fit_a_transaction_and_lose_nothing(found: list[Counted], most: int) -> None:
    made = list(chunks(found, most))
    assert [each for chunk in made for each in chunk] == found
    for chunk, after in pairwise([*made, None]):
        assert chunk is not None
        assert len(chunk) + len(sums(chunk)) <= most
        if after is not None:  # not smaller than needed: the next one did not fit
            assert len(chunk) + 1 + len(sums([*chunk, after[0]])) > most


def test_a_whole_batch_of_one_bucket_is_two_transactions() -> None:
    found = [Counted(f"stripe:{number}", "transition#", BUCKET, Tally(1, 5)) for number in range(100)]
    assert [len(chunk) for chunk in chunks(found)] == [99, 1]
    assert sums(found) == {BUCKET: Tally(100, 500)}
