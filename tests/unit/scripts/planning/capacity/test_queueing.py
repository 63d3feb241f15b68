"""The closed forms of queues, against exact values and against simulation with several seeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.planning.capacity.queueing import Station, erlang_b, erlang_c
from tests.support.scripts.queue_simulation import run_servers

SEEDS = (1, 2, 3)
ARRIVALS = 40_000
STATIONS = [
    Station(1, 10, 0.05, 0.01),
    Station(5, 10, 0.005, 0.03),
    Station(10, 10, 0.02, 0.0),
    Station(4, 100, 0.01, 0.025),
    Station(3, 5, 0.2, 0.01),
]


def test_refused_share_of_one_server_and_of_ten() -> None:
    """Values of the published tables: 0.5 erlang on 1 server, 5 on 10."""
    assert erlang_b(1, 0.5) == pytest.approx(1 / 3)
    assert erlang_b(10, 5) == pytest.approx(0.018385, rel=1e-4)


def test_waiting_share_of_ten_servers() -> None:
    assert erlang_c(10, 5) == pytest.approx(0.036105, rel=1e-4)
    assert erlang_c(2, 2) == 1


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.5), (10, 8), (50, 45), (50, 60)])
@pytest.mark.parametrize("seed", SEEDS)
def test_refused_share_is_what_a_simulation_refuses(servers: int, busy: float, seed: int) -> None:
    """Within one percent of all arrivals, also over the limit."""
    station = Station(servers, 1, 0.1, 0.0)
    rate = busy / 0.1
    found = run_servers(station, rate, ARRIVALS / rate, seed, loses=True)
    assert erlang_b(servers, busy) == pytest.approx(found.refused / found.arrived, abs=0.01)


@given(use=st.floats(0.01, 0.99), seconds=st.floats(0.001, 10))
def test_wait_for_one_server_is_exact(use: float, seconds: float) -> None:
    """M/D/1 (Pollaczek and Khinchine): use * service time / (2 * (1 - use))."""
    wait = Station(1, 1, seconds, 0.0).mean_wait(use / seconds)
    assert not wait.is_bound
    assert wait.seconds == pytest.approx(use * seconds / (2 * (1 - use)), rel=1e-6)


@pytest.mark.parametrize(("servers", "use"), [(1, 0.8), (4, 0.8), (4, 0.9), (20, 0.9)])
def test_wait_for_several_servers_is_what_a_simulation_waits(servers: int, use: float) -> None:
    """Within 15 percent, over the mean of the seeds."""
    station = Station(servers, 1, 0.1, 0.0)
    rate = use * station.per_second
    waits = [run_servers(station, rate, ARRIVALS / rate, seed).mean_wait for seed in SEEDS]
    assert station.mean_wait(rate).seconds == pytest.approx(sum(waits) / len(waits), rel=0.15)


@pytest.mark.parametrize("station", STATIONS)
def test_full_batches_are_the_capacity(station: Station) -> None:
    """Over saturation, a simulation takes within two percent of it (the last batches are not full)."""
    rate = 1.5 * station.per_second
    found = run_servers(station, rate, ARRIVALS / rate, seed=1)
    assert found.arrived / found.clock.now == pytest.approx(station.per_second, rel=0.02)


@pytest.mark.parametrize("station", STATIONS)
@pytest.mark.parametrize("use", [0.05, 0.3, 0.6, 0.8, 0.9, 0.97])
def test_wait_for_a_batch_is_at_most_the_bound(station: Station, use: float) -> None:
    rate = use * station.per_second
    found = run_servers(station, rate, ARRIVALS / rate, seed=2)
    wait = station.mean_wait(rate)
    assert wait.is_bound
    assert found.mean_wait <= wait.seconds


@given(
    servers=st.integers(1, 200),
    batch=st.integers(1, 100),
    call=st.floats(0.001, 1),
    item=st.floats(0, 0.1),
    use=st.floats(0.001, 0.999),
)
def test_batches_are_as_large_as_the_load_needs(
    servers: int, batch: int, call: float, item: float, use: float
) -> None:
    """Servers that work all the time in batches of that size take at least what arrives."""
    station = Station(servers, batch, call, item)
    rate = use * station.per_second
    items = station.mean_batch(rate)
    assert 1 <= items <= batch
    assert servers * items / station.seconds(items) >= rate * (1 - 1e-9)


def test_nothing_keeps_up_from_saturation_on() -> None:
    station = Station(2, 10, 0.1, 0.01)
    assert station.mean_wait(station.per_second).seconds == float("inf")
    assert station.mean_batch(1e9) == 10
