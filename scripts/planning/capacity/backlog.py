"""The backlog of a spike at each stage: what comes beyond its capacity, and how long that takes to drain.

During the spike a backlog grows by arrivals - capacity; afterwards it shrinks by capacity - base rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from scripts.planning.capacity.limits import Stage


@dataclass(frozen=True)
class Spike:
    """Webhooks a second before and after, at the peak, and the seconds that the peak lasts."""

    base_per_second: float
    peak_per_second: float
    seconds: float


@dataclass(frozen=True)
class Backlog:
    """Backlog of one stage.

    arriving_per_second: at the peak, after what the stages before hold back. webhooks: at its largest.
    drained_after_seconds: from the end of the spike; infinite when the base rate leaves nothing to spare.
    """

    stage: Stage
    arriving_per_second: float
    webhooks: float
    drained_after_seconds: float

    @property
    def oldest_seconds(self) -> float:
        """The longest that a webhook waits."""
        return self.webhooks / self.stage.spike_per_second

    @property
    def is_given_up(self) -> bool:
        """Whether the oldest reach the age at which they are given up."""
        return self.oldest_seconds > self.stage.keeps_seconds


def spike_backlogs(stages: Sequence[Stage], spike: Spike) -> list[Backlog]:
    """One backlog a stage, in the order of `stages`, in which each stage stands after its previous one.

    A stage hands on its capacity at most, and for longer than the spike: until its own backlog has drained.
    """
    backlogs: dict[str, Backlog] = {}
    base_rates: dict[str, float] = {}
    for stage in stages:
        arriving, base, late_seconds = spike.peak_per_second, spike.base_per_second, 0.0
        if stage.previous is not None:
            before = backlogs[stage.previous]
            arriving = min(before.arriving_per_second, before.stage.spike_per_second)
            base, late_seconds = base_rates[stage.previous], before.drained_after_seconds
        capacity = stage.spike_per_second
        webhooks, drained_after = 0.0, late_seconds
        if arriving > capacity:
            webhooks = (arriving - capacity) * (spike.seconds + late_seconds)
            drained_after += webhooks / (capacity - base) if capacity > base else inf
        backlogs[stage.name] = Backlog(stage, arriving, webhooks, drained_after)
        base_rates[stage.name] = min(base, capacity)
    return list(backlogs.values())
