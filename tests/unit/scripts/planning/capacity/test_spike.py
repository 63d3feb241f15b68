"""Loads as fluid: what must hold of every flow, and a whole spike against a discrete-event simulation."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.planning.capacity.fluid_flow import Flow, Segment, queue, rate_before, token_bucket, total
from scripts.planning.capacity.outcome import Outcome, spiked, steady
from scripts.planning.capacity.queueing import Station
from scripts.planning.capacity.stage import Limit, Load, Stage
from tests.support.scripts.queue_simulation import Clock, Servers, Throttle, poisson, simulate

FLOWS = st.lists(
    st.builds(Segment, st.floats(0.1, 1000), st.one_of(st.just(0.0), st.floats(0.01, 1000))), min_size=1
).map(tuple)


def test_a_queue_fills_in_the_spike_and_drains_after_it() -> None:
    passed = queue((Segment(10, 30), Segment(inf, 5)), 20)
    assert passed.peak_backlog == 100
    assert passed.peak_wait == 5
    assert passed.drained_at == pytest.approx(10 + 100 / 15)
    assert passed.flow == (Segment(10, 20), Segment(100 / 15, 20), Segment(inf, 5))


def test_a_queue_that_keeps_up_changes_nothing() -> None:
    passed = queue((Segment(10, 20), Segment(inf, 5)), 20)
    assert passed.flow == (Segment(10, 20), Segment(inf, 5))
    assert (passed.peak_backlog, passed.drained_at) == (0, 0)


def test_a_queue_whose_baseline_is_too_much_never_drains() -> None:
    passed = queue((Segment(inf, 21),), 20)
    assert (passed.peak_backlog, passed.drained_at) == (inf, inf)


def test_a_backlog_stays_as_it_is_where_just_as_much_comes() -> None:
    passed = queue((Segment(10, 30), Segment(inf, 20)), 20)
    assert (passed.peak_backlog, passed.drained_at) == (100, inf)


def test_a_throttle_lets_its_burst_through_first() -> None:
    passed = token_bucket((Segment(10, 30), Segment(10, 15), Segment(10, 30)), rate=20, burst=40)
    # 40 tokens last 4 s; 5 tokens a second for 10 s come back; that is all 40 again
    assert passed == (
        *(Segment(4, 30), Segment(6, 20), Segment(10, 15)),
        *(Segment(4, 30), Segment(6, 20)),
    )


@given(flow=FLOWS, capacity=st.floats(0.1, 1000))
def test_what_goes_into_a_queue_comes_out_or_waits(flow: Flow, capacity: float) -> None:
    seconds = sum(segment.seconds for segment in flow)
    passed = queue(flow, capacity)
    waiting = total(flow, inf) - total(passed.flow, inf)
    assert waiting >= -1e-6 * total(flow, inf)
    assert sum(segment.seconds for segment in passed.flow) == pytest.approx(seconds)
    assert all(segment.per_second <= capacity * (1 + 1e-9) for segment in passed.flow)
    assert waiting <= passed.peak_backlog + 1e-6 * (1 + total(flow, inf))


@given(flow=FLOWS, rate=st.floats(0.1, 1000), burst=st.floats(0, 10_000))
def test_a_throttle_lets_through_its_rate_and_one_burst(flow: Flow, rate: float, burst: float) -> None:
    seconds = sum(segment.seconds for segment in flow)
    passed = token_bucket(flow, rate, burst)
    allowed = min(total(flow, inf), rate * seconds + burst)
    assert total(passed, inf) <= allowed * (1 + 1e-9)
    assert all(rate_before(passed, at) <= rate_before(flow, at) * (1 + 1e-9) for at in (0.05, seconds / 2))


PEAK_SECONDS, AFTER_SECONDS = 40.0, 120.0
LOAD = Load(baseline=60.0, peak=600.0)
THROTTLE, BURST = 350.0, 800.0
RECEIVER = Station(100, 1, 0.08, 0.0)  # 1,250/s
PROCESSOR = Station(20, 10, 0.05, 0.1)  # 190/s
AUDIT = Station(4, 100, 0.01, 0.025)  # 159/s


def stages(receiver: Station = RECEIVER, throttle: float = THROTTLE) -> list[Stage]:
    def of(station: Station) -> tuple[Limit, ...]:
        return (Limit("batches", station.per_second, ""),)

    return [
        Stage("api", None, True, (Limit("throttle", throttle, ""),), burst=BURST),
        Stage("receiver", "api", True, of(receiver), station=receiver),
        Stage("processor", "receiver", False, of(PROCESSOR), station=PROCESSOR),
        Stage("audit", "receiver", False, of(AUDIT), station=AUDIT, keeps_seconds=30),
    ]


def simulated(
    seed: int, receiver: Station = RECEIVER, throttle: float = THROTTLE
) -> tuple[Throttle, Servers, Servers, Servers]:
    clock = Clock()
    processor, audit = Servers(clock, station=PROCESSOR), Servers(clock, station=AUDIT)
    front = Servers(clock, feeds=[processor, audit], station=receiver, loses=True)
    api = Throttle(clock, feeds=[front], rate=throttle, burst=BURST)
    simulate(
        clock,
        api,
        poisson([Segment(PEAK_SECONDS, LOAD.peak), Segment(AFTER_SECONDS, LOAD.baseline)], seed),
    )
    return api, front, processor, audit


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_tenfold_spike_is_what_a_simulation_of_every_webhook_shows(seed: int) -> None:
    """Refused, backlog, oldest and time to drain within five percent: a throttle, and two queues behind it."""
    found = {each.stage.name: each for each in spiked(stages(), LOAD, PEAK_SECONDS).stages}
    api, receiver, processor, audit = simulated(seed)
    assert found["api"].refused == pytest.approx(api.refused, rel=0.05)
    assert found["receiver"].refused == receiver.refused == 0
    for name, servers in (("processor", processor), ("audit", audit)):
        assert found[name].peak_backlog == pytest.approx(servers.peak_backlog, rel=0.05)
        assert found[name].peak_wait == pytest.approx(max(servers.waits), rel=0.05)
        assert servers.drained_at is not None
        assert found[name].drained_after == pytest.approx(servers.drained_at - PEAK_SECONDS, rel=0.05)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_receiver_that_is_too_small_refuses_what_a_simulation_refuses(seed: int) -> None:
    """Within five percent, where the throttle lets random arrivals through as they come."""
    small = Station(30, 1, 0.08, 0.0)  # 375/s
    found = spiked(stages(small, throttle=1000), LOAD, PEAK_SECONDS).stages[1]
    _, receiver, _, _ = simulated(seed, small, throttle=1000)
    assert found.refused == pytest.approx(receiver.refused, rel=0.05)


def test_the_order_in_which_limits_saturate() -> None:
    outcome = spiked(stages(), LOAD, PEAK_SECONDS)
    assert [stage.name for stage, _ in outcome.saturated] == ["audit", "processor", "api"]
    assert outcome.sustained == pytest.approx(AUDIT.per_second)


def test_what_waits_longer_than_it_is_kept_is_given_up() -> None:
    """The audit's oldest ages by 1 - 159/350 seconds a second; it is kept for 30 s."""
    audit = {each.stage.name: each for each in spiked(stages(), LOAD, PEAK_SECONDS).stages}["audit"]
    arriving = audit.arriving
    assert audit.peak_wait > 30
    assert audit.loses_after == pytest.approx(30 / (1 - AUDIT.per_second / arriving))


def test_refused_webhooks_come_in_again_as_there_is_room() -> None:
    outcome = spiked(stages(), LOAD, PEAK_SECONDS)
    assert outcome.caught_up_after == pytest.approx(outcome.refused / (THROTTLE - LOAD.baseline))
    assert spiked(stages(), Load(THROTTLE, 10 * THROTTLE), PEAK_SECONDS).caught_up_after == inf


def test_a_load_that_all_stages_sustain() -> None:
    outcome = steady(stages(), 100)
    assert outcome.saturated == ()
    assert outcome.done_after == outcome.refused == outcome.caught_up_after == 0
    assert outcome.accepted_per_second == pytest.approx(100)


def test_a_steady_load_that_is_too_much_waits_for_ever() -> None:
    outcome: Outcome = steady(stages(), 300)
    processor = outcome.stages[2]
    assert processor.peak_backlog == processor.peak_wait == processor.drained_after == inf
    assert processor.mean_wait is None
    assert outcome.done_after == inf
