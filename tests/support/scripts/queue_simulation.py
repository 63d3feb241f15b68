"""Queues by discrete events: what the closed forms of planning are held against.

Items arrive one by one and go from node to node; a node refuses them, or lets them wait for a server that takes
a batch of them. Time is the simulation's own.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import fmean

from scripts.planning.capacity.fluid_flow import Segment
from scripts.planning.capacity.queueing import Station


class Clock:
    """What happens when. Events of one moment happen in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def plan(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._planned, (self.now + seconds, next(self._number), event))

    def run(self) -> None:
        """Until nothing is planned any more."""
        while self._planned:
            self.now, _, event = heapq.heappop(self._planned)
            event()


@dataclass
class Node:
    """Counts what arrives and what is refused, and passes the rest on to every node of `feeds`."""

    clock: Clock
    feeds: list["Node"] = field(default_factory=list)
    arrived: int = 0
    refused: int = 0

    def arrive(self) -> None:
        self.arrived += 1
        self.take()

    def take(self) -> None:
        self.pass_on()

    def pass_on(self) -> None:
        for node in self.feeds:
            node.arrive()


@dataclass
class Throttle(Node):
    """A bucket of `burst` tokens, filled at `rate`; an item without a token is refused."""

    rate: float = 1.0
    burst: float = 1.0

    def __post_init__(self) -> None:
        self._tokens, self._filled_at = self.burst, 0.0

    def take(self) -> None:
        self._tokens = min(self.burst, self._tokens + (self.clock.now - self._filled_at) * self.rate)
        self._filled_at = self.clock.now
        if self._tokens < 1:
            self.refused += 1
            return
        self._tokens -= 1
        self.pass_on()


@dataclass
class Servers(Node):
    """`station.servers`, each busy for the batch that it takes. With `loses`, who finds none free is refused.

    `drained_at`: when, after its peak, the queue was empty for the first time.
    """

    station: Station = field(default_factory=lambda: Station(1, 1, 1.0, 0.0))
    loses: bool = False
    waits: list[float] = field(default_factory=list)
    peak_backlog: int = 0
    drained_at: float | None = None

    def __post_init__(self) -> None:
        self._free = self.station.servers
        self._waiting: deque[float] = deque()

    def take(self) -> None:
        if self.loses and not self._free:
            self.refused += 1
            return
        self._waiting.append(self.clock.now)
        self._start()
        if len(self._waiting) > self.peak_backlog:
            self.peak_backlog, self.drained_at = len(self._waiting), None

    def _start(self) -> None:
        if not self._free or not self._waiting:
            return
        batch = [self._waiting.popleft() for _ in range(min(self.station.batch, len(self._waiting)))]
        self.waits += [self.clock.now - since for since in batch]
        if not self._waiting and self.drained_at is None:
            self.drained_at = self.clock.now
        self._free -= 1
        self.clock.plan(self.station.seconds(len(batch)), lambda: self._finish(len(batch)))

    def _finish(self, items: int) -> None:
        self._free += 1
        for _ in range(items):
            self.pass_on()
        self._start()

    @property
    def mean_wait(self) -> float:
        return fmean(self.waits)


def poisson(flow: Iterable[Segment], seed: int) -> Iterator[float]:
    """The moments of random arrivals at the rates of a flow (which must end)."""
    chance, start = random.Random(seed), 0.0
    for segment in flow:
        moment = start
        while segment.per_second and (moment := moment + chance.expovariate(segment.per_second)) < (
            start + segment.seconds
        ):
            yield moment
        start += segment.seconds


def simulate(clock: Clock, first: Node, moments: Iterable[float]) -> None:
    """Let items arrive at `first` at these moments, and run until the last one is through."""
    upcoming = iter(moments)

    def arrive_next() -> None:
        moment = next(upcoming, None)
        if moment is not None:
            clock.plan(moment - clock.now, arrive)

    def arrive() -> None:
        first.arrive()
        arrive_next()

    arrive_next()
    clock.run()


def run_servers(station: Station, rate: float, seconds: float, seed: int, loses: bool = False) -> Servers:
    """One station under random arrivals of one rate."""
    clock = Clock()
    servers = Servers(clock, station=station, loses=loses)
    simulate(clock, servers, poisson([Segment(seconds, rate)], seed))
    return servers
