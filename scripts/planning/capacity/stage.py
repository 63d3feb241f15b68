"""A stage that webhooks pass, and the limits that bound it, in webhooks a second."""

from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

from scripts.planning.capacity.queueing import Station, Wait
from scripts.planning.service_times import ServiceTime


class Load(NamedTuple):
    """Webhooks a second: before and after, and at the peak. They are equal where the load is steady."""

    baseline: float
    peak: float

    @property
    def is_steady(self) -> bool:
        return self.peak <= self.baseline


@dataclass(frozen=True)
class Limit:
    """`per_second`: webhooks. `how` says what it is made of."""

    name: str
    per_second: float
    how: str


@dataclass(frozen=True)
class Stage:
    """What stands between a webhook and the next stage.

    feeds_from: the stage before, None for the first. refuses: what is too much is answered with an error and
    comes again by its sender; otherwise it waits, for `keeps_seconds` at most. per_webhook: items of this stage
    for each webhook. station: its servers, for what chance does. lanes: equal parts of the servers that share no
    queue, as those of a stream's shards. poll_seconds: how long it may be before an item is looked for. burst:
    what a throttle lets through at once.
    """

    name: str
    feeds_from: str | None
    refuses: bool
    limits: tuple[Limit, ...]
    per_webhook: float = 1.0
    keeps_seconds: float = inf
    station: Station | None = None
    service_time: ServiceTime | None = None
    lanes: int = 1
    poll_seconds: float = 0.0
    burst: float = 0.0

    @property
    def lowest(self) -> Limit:
        return min(self.limits, key=lambda limit: limit.per_second)

    @property
    def per_second(self) -> float:
        return self.lowest.per_second

    def mean_wait(self, rate: float) -> Wait | None:
        """Before service begins, while `rate` webhooks a second arrive; None where nothing waits, or for ever."""
        if self.station is None or self.refuses or rate >= self.per_second:
            return None
        wait = self._lane.mean_wait(rate * self.per_webhook / self.lanes)
        return Wait(wait.seconds + self.poll_seconds, wait.is_bound or self.poll_seconds > 0)

    def mean_batch(self, rate: float) -> float:
        """Items that are taken at once, while `rate` webhooks a second arrive; 1 where nothing is batched."""
        return self._lane.mean_batch(rate * self.per_webhook / self.lanes) if self.station else 1.0

    @property
    def _lane(self) -> Station:
        assert self.station is not None
        return replace(self.station, servers=self.station.servers // self.lanes)
