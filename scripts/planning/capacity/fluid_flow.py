"""Loads that change over time, as fluid: pieces of constant rate, through what refuses and what queues.

A queue holds everything that its capacity cannot take, and gives it at its capacity until it is empty; so each
answer is exact for the fluid, with no time step. tests/unit/scripts/planning/capacity/test_spike.py compares it with a
discrete-event simulation.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Final, NamedTuple

_SETTLED: Final = 1e-9


class Segment(NamedTuple):
    """So many a second for so long; the last segment of a flow may be endless."""

    seconds: float
    per_second: float


Flow = tuple[Segment, ...]


@dataclass(frozen=True)
class Passed:
    """A flow behind a stage, and what waited before it. Waits are in seconds; `drained_at` counts from the
    flow's start: infinite when the queue never empties, 0 when nothing ever waited.
    """

    flow: Flow
    peak_backlog: float = 0.0
    peak_wait: float = 0.0
    drained_at: float = 0.0


def limit(flow: Flow, carried: Callable[[float], float]) -> Flow:
    """What `carried` lets through of each rate; the rest is refused."""
    return tuple(Segment(each.seconds, carried(each.per_second)) for each in flow)


def token_bucket(flow: Flow, rate: float, burst: float) -> Flow:
    """What a throttle of `rate` lets through, with a bucket of `burst` tokens that is full at first."""
    used, out = 0.0, []
    for segment in flow:
        over = segment.per_second - rate
        if over > 0:
            until_empty = min(segment.seconds, (burst - used) / over)
            out += [Segment(until_empty, segment.per_second), Segment(segment.seconds - until_empty, rate)]
        else:
            out.append(segment)
        used = min(burst, max(0.0, used + (over * segment.seconds if over else 0.0)))
    return _tidy(out)


def queue(flow: Flow, capacity: float) -> Passed:
    """A queue before a server that takes `capacity` a second (more than 0)."""
    backlog = peak = clock = drained_at = 0.0
    out: list[Segment] = []
    for segment in flow:
        growth = segment.per_second - capacity
        if backlog <= _SETTLED and growth <= _SETTLED * capacity:
            out.append(segment)
        elif growth >= 0 or segment.seconds < backlog / -growth:
            out.append(Segment(segment.seconds, capacity))
            backlog += growth * segment.seconds if growth else 0.0
            drained_at = inf
        else:
            draining = backlog / -growth
            out += [Segment(draining, capacity), Segment(segment.seconds - draining, segment.per_second)]
            backlog, drained_at = 0.0, clock + draining
        peak = max(peak, backlog)
        clock += segment.seconds
    return Passed(_tidy(out), peak, peak / capacity, drained_at)


def total(flow: Flow, seconds: float) -> float:
    """How many come within the first `seconds`."""
    found = 0.0
    for segment in flow:
        found += segment.per_second * max(0.0, min(segment.seconds, seconds))
        seconds -= segment.seconds
    return found


def rate_before(flow: Flow, seconds: float) -> float:
    """The rate just before that moment."""
    for segment in flow:
        if seconds <= segment.seconds:
            return segment.per_second
        seconds -= segment.seconds
    return 0.0


def _tidy(segments: Iterable[Segment]) -> Flow:
    return tuple(segment for segment in segments if segment.seconds > 0)
