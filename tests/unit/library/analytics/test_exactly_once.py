"""Any order, any grouping, any number of redeliveries, failures before or after an effect: the same counters.

Properties are not compared with the second engine, for which their transactions are a minute's work: the requests are
those of test_counters.py again.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.analytics.counted_effects import Sums, counted_of, sums
from payment_webhooks.analytics.stream_batch import CountedBatch, count_batch
from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from payment_webhooks.domain.facts import Facts
from payment_webhooks.errors import Unavailable
from tests.support.library.analytics_records import PAID, Analytics, effect, record

CONFLICT = ServiceError(
    "dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": [{"Code": "TransactionConflict"}]}
)
LOST = Unavailable("dynamodb_timeout")

HOURS = st.sampled_from(["2026-11-20T00", "2026-11-20T01", "2026-11-21T23"])
AMOUNTS = st.sampled_from([0, 7, 2**53 - 1])


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    return Facts(
        status=draw(st.sampled_from(["pending", "succeeded"])),
        currency=draw(st.sampled_from([None, "EUR", "JPY"])),
        captured_minor=draw(AMOUNTS),
        refunded_minor=draw(AMOUNTS),
        declined_attempts=draw(st.integers(0, 1)),
    )


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Distinct effects among changes and removals, in the order of the stream."""
    count = draw(st.integers(1, 40))
    return [
        record(
            number,
            draw(st.sampled_from(["INSERT", "INSERT", "INSERT", "MODIFY", "REMOVE"])),
            draw(st.builds(effect, facts(), st.none() | facts(), HOURS)),
        )
        for number in range(count)
    ]


def truth(stream: Sequence[dict[str, Any]]) -> Sums:
    return sums(found for each in stream if (found := counted_of(each)) is not None)


def after(stream: Sequence[dict[str, Any]], result: CountedBatch) -> Sequence[dict[str, Any]]:
    """What the stream delivers next, as Lambda does: from the record that the answer names."""
    if result.failed_at is None:
        return []
    numbers = [each["dynamodb"]["SequenceNumber"] for each in stream]
    return stream[numbers.index(result.failed_at) :] if result.failed_at else stream


def regrouped(stream: Sequence[dict[str, Any]], cuts: list[int]) -> list[Sequence[dict[str, Any]]]:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    return [stream[start:end] for start, end in pairwise(edges)]


CUTS = st.lists(st.integers(1, 40), max_size=6)


@given(streams(), st.lists(CUTS, min_size=1, max_size=3), st.data())
def test_redelivery_in_other_groups_and_orders_changes_nothing(
    stream: list[dict[str, Any]], groupings: list[list[int]], data: st.DataObject
) -> None:
    analytics = Analytics(compared=False)
    for cuts in groupings:
        for batch in data.draw(st.permutations(regrouped(stream, cuts))):
            assert count_batch(batch, analytics.table, analytics.keep).failed_at is None
    assert analytics.counters() == truth(stream)


@given(
    streams(),
    CUTS,
    st.dictionaries(
        st.integers(1, 30), st.tuples(st.sampled_from([CONFLICT, LOST]), st.booleans()), max_size=12
    ),
)
def test_failures_before_or_after_an_effect_change_nothing(
    stream: list[dict[str, Any]], cuts: list[int], failures: dict[int, tuple[Exception, bool]]
) -> None:
    """A failure after the effect is an answer that was lost; only an outage has one."""
    analytics = Analytics(compared=False)
    for call, (error, after_effect) in failures.items():
        analytics.dynamodb.fail(call, error, after_effect and error is LOST)
    for batch in regrouped(stream, cuts):
        left: Sequence[dict[str, Any]] = batch
        while left:
            left = after(left, count_batch(left, analytics.table, analytics.keep))
    analytics.dynamodb.heal()
    assert analytics.counters() == truth(stream)


class Crash(Exception):
    """The container dies: nothing of ours is told."""


@given(st.integers(100, 260), st.integers(1, 4), st.booleans(), CUTS)
def test_a_crash_between_chunks_repeats_and_counts_once(
    count: int, call: int, after_effect: bool, cuts: list[int]
) -> None:
    stream = [record(number, told=effect(PAID._replace(captured_minor=number))) for number in range(count)]
    analytics = Analytics(compared=False)
    analytics.dynamodb.fail(call, Crash(), after_effect)
    with suppress(Crash):
        count_batch(stream, analytics.table, analytics.keep)
    analytics.dynamodb.heal()
    for batch in regrouped(stream, cuts):
        assert count_batch(batch, analytics.table, analytics.keep).failed_at is None
    assert analytics.counters() == truth(stream)


def test_a_record_twice_in_one_batch_counts_once() -> None:
    analytics = Analytics()
    result = count_batch([record(1), record(2), record(1)], analytics.table, analytics.keep)
    assert (result.counted, result.duplicates, result.others) == (2, 1, 0)
    assert analytics.counters() == truth([record(1), record(2)])
