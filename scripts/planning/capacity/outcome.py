"""What becomes of a load on its way through the stages: what is refused, what waits, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from scripts.planning.capacity.fluid_flow import (
    Flow,
    Passed,
    Segment,
    limit,
    queue,
    rate_before,
    token_bucket,
    total,
)
from scripts.planning.capacity.queueing import Wait, erlang_b
from scripts.planning.capacity.stage import Limit, Load, Stage

_NEGLIGIBLE_SHARE: Final = 1e-6


@dataclass(frozen=True)
class StageOutcome:
    """One stage under one load; rates in webhooks a second, times in seconds.

    arriving, refused_per_second: at the end of the peak, after what stages before refuse or hold. refused: in
    the whole peak. mean_wait: before service begins, while the stage keeps up. peak_backlog: in webhooks.
    drained_after: from the end of the peak. loses_after: from its start, when the oldest is given up.
    """

    stage: Stage
    arriving: float
    refused_per_second: float
    refused: float
    mean_wait: Wait | None
    peak_backlog: float
    peak_wait: float
    drained_after: float
    loses_after: float | None

    @property
    def use(self) -> float:
        return self.arriving / self.stage.per_second


@dataclass(frozen=True)
class Outcome:
    """A load and what becomes of it. `saturated`: limits under the peak, the lowest first, with their stage."""

    load: Load
    seconds: float
    stages: tuple[StageOutcome, ...]
    saturated: tuple[tuple[Stage, Limit], ...]

    @property
    def refused(self) -> float:
        return sum(each.refused for each in self.stages)

    @property
    def accepted_per_second(self) -> float:
        """At the end of the peak."""
        return self.load.peak - sum(each.refused_per_second for each in self.stages)

    @property
    def sustained(self) -> float:
        """Webhooks a second that every stage sustains."""
        return min(each.stage.per_second for each in self.stages)

    @property
    def caught_up_after(self) -> float:
        """Seconds after the peak until what was refused may be in, at the earliest: senders come again over
        hours, and the stages that refuse have only so much to spare beside the baseline.
        """
        spare = min(each.stage.per_second for each in self.stages if each.stage.refuses) - self.load.baseline
        if not self.refused:
            return 0.0
        return self.refused / spare if spare > 0 else inf

    @property
    def done_after(self) -> float:
        """Seconds from the end of the peak until nothing waits any more."""
        return max(each.drained_after for each in self.stages)


def steady(stages: Sequence[Stage], rate: float) -> Outcome:
    """The same rate for ever."""
    return _outcome(stages, Load(rate, rate), (Segment(inf, rate),), inf)


def spiked(stages: Sequence[Stage], load: Load, seconds: float) -> Outcome:
    """The peak for `seconds`, with nothing waiting before, then the baseline again."""
    return _outcome(stages, load, (Segment(seconds, load.peak), Segment(inf, load.baseline)), seconds)


def carried(stage: Stage, rate: float) -> float:
    """What a stage that refuses lets through for good: at most its lowest limit, and of what is under that, all
    but what finds, by chance, every server busy (Erlang B; less than one in a million counts as none). Behind a
    throttle that is saturated, arrivals are more even than random, so fewer are refused than this says.
    """
    under = min(rate, stage.per_second)
    if stage.station is None:
        return under
    servers, busy = stage.station.servers, rate * stage.station.seconds(1)
    refused = erlang_b(servers, busy)
    return min(under, rate * (1 - refused)) if refused > _NEGLIGIBLE_SHARE else under


def _outcome(stages: Sequence[Stage], load: Load, flow: Flow, seconds: float) -> Outcome:
    """`stages` in order; `seconds` is how long the peak lasts."""
    flows: dict[str, Flow] = {}
    found: list[StageOutcome] = []
    for stage in stages:
        arriving = flow if stage.feeds_from is None else flows[stage.feeds_from]
        passed = _refuse(stage, arriving) if stage.refuses else queue(arriving, stage.per_second)
        flows[stage.name] = passed.flow
        found.append(_of_stage(stage, arriving, passed, seconds))
    under = [(stage, each) for stage in stages for each in stage.limits if each.per_second < load.peak]
    return Outcome(load, seconds, tuple(found), tuple(sorted(under, key=lambda pair: pair[1].per_second)))


def _refuse(stage: Stage, flow: Flow) -> Passed:
    if stage.burst:
        return Passed(token_bucket(flow, stage.per_second, stage.burst))
    return Passed(limit(flow, lambda rate: carried(stage, rate)))


def _of_stage(stage: Stage, arriving: Flow, passed: Passed, seconds: float) -> StageOutcome:
    rate, refused_rate, refused = rate_before(arriving, seconds), 0.0, 0.0
    if stage.refuses:
        refused_rate = rate - rate_before(passed.flow, seconds)
        endless = inf if refused_rate else 0.0
        refused = endless if seconds == inf else total(arriving, seconds) - total(passed.flow, seconds)
    return StageOutcome(
        stage,
        arriving=rate,
        refused_per_second=refused_rate,
        refused=refused,
        mean_wait=stage.mean_wait(rate),
        peak_backlog=passed.peak_backlog,
        peak_wait=passed.peak_wait,
        drained_after=max(0.0, passed.drained_at - seconds) if passed.drained_at < inf else inf,
        loses_after=_loses_after(stage, rate, passed.peak_wait),
    )


def _loses_after(stage: Stage, rate: float, peak_wait: float) -> float | None:
    """When the oldest that waits is as old as the stage keeps it: the backlog ages by 1 - capacity / rate
    seconds a second.
    """
    if peak_wait <= stage.keeps_seconds or rate <= stage.per_second:
        return None
    return stage.keeps_seconds / (1 - stage.per_second / rate)
