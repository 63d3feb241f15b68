"""The backlog of a spike: how much waits at each stage, for how long, and when it has drained."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.planning.capacity.backlog import Backlog, Spike, spike_backlogs
from scripts.planning.capacity.limits import Limit, Stage

SPIKE = Spike(base_per_second=5, peak_per_second=30, seconds=10)
RATES = st.floats(1, 10_000)


def stage(name: str, per_second: float, previous: str | None = None, keeps_seconds: float = inf) -> Stage:
    return Stage(name, previous, "a queue", (Limit("batches", per_second, ""),), keeps_seconds)


def backlog(per_second: float, spike: Spike = SPIKE, keeps_seconds: float = inf) -> Backlog:
    (only,) = spike_backlogs([stage("only", per_second, keeps_seconds=keeps_seconds)], spike)
    return only


def test_a_backlog_grows_in_the_spike_and_drains_after_it() -> None:
    """Ten seconds of 30 - 20 are 100 webhooks; after that 20 - 5 drain 15 a second."""
    only = backlog(20)
    assert only.webhooks == 100
    assert only.oldest_seconds == 5
    assert only.drained_after_seconds == pytest.approx(100 / 15)


@pytest.mark.parametrize("per_second", [30, 31])
def test_a_stage_that_keeps_up_has_no_backlog(per_second: float) -> None:
    only = backlog(per_second)
    assert (only.webhooks, only.oldest_seconds, only.drained_after_seconds) == (0, 0, 0)


@pytest.mark.parametrize("per_second", [4, 5])
def test_a_backlog_never_drains_where_the_base_rate_leaves_nothing_to_spare(per_second: float) -> None:
    only = backlog(per_second)
    assert only.webhooks == (30 - per_second) * 10
    assert only.drained_after_seconds == inf


def test_webhooks_that_wait_longer_than_they_are_kept_are_given_up() -> None:
    """The oldest wait five seconds."""
    assert not backlog(20, keeps_seconds=5).is_given_up
    assert backlog(20, keeps_seconds=4.9).is_given_up


def test_a_stage_passes_on_its_capacity_until_its_own_backlog_is_gone() -> None:
    """The first holds 100 and hands on 20 a second for 10 + 100 / 15 seconds, 8 more than the second takes; three a
    second are to spare after that.
    """
    first, second, third = spike_backlogs(
        [stage("first", 20), stage("second", 12, "first"), stage("third", 12, "second")], SPIKE
    )
    assert second.arriving_per_second == 20
    assert second.webhooks == pytest.approx(8 * (10 + 100 / 15))
    assert second.drained_after_seconds == pytest.approx(first.drained_after_seconds + second.webhooks / 7)
    assert (third.arriving_per_second, third.webhooks) == (12, 0)


def test_stages_side_by_side_do_not_hold_each_other_up() -> None:
    _, slow, fast = spike_backlogs([stage("a", 40), stage("slow", 6, "a"), stage("fast", 30, "a")], SPIKE)
    assert slow.webhooks == 240
    assert (fast.arriving_per_second, fast.webhooks) == (30, 0)


def test_behind_a_stage_that_never_drains_a_slower_one_waits_without_end() -> None:
    _, second = spike_backlogs([stage("first", 5), stage("second", 4, "first")], SPIKE)
    assert second.webhooks == second.oldest_seconds == second.drained_after_seconds == inf


@given(base=RATES, factor=st.floats(1.1, 100), seconds=st.floats(1, 100_000), spare=st.floats(1.01, 1.09))
def test_two_stages_drain_when_the_slower_one_alone_would(
    base: float, factor: float, seconds: float, spare: float
) -> None:
    """Every webhook of the spike passes the slowest stage, so what stands before it does not change the end."""
    spike = Spike(base, base * factor, seconds)
    slow, fast = base * spare, base * spare * 1.5
    _, behind = spike_backlogs([stage("fast", fast), stage("slow", slow, "fast")], spike)
    alone = backlog(slow, spike)
    assert behind.drained_after_seconds == pytest.approx(alone.drained_after_seconds)


def test_a_spike_meets_what_is_served_before_aws_has_grown() -> None:
    limit = Limit("table", 100, "", initial_per_second=20)
    assert (limit.per_second, limit.spike_per_second) == (100, 20)
    (only,) = spike_backlogs([Stage("inbox", None, "the sender", (limit,))], SPIKE)
    assert only.webhooks == 100
