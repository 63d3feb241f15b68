"""How often each part is used for a million new webhooks, at an even rate."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Final

from scripts.planning import aws_limits as aws
from scripts.planning.capacity.stage import Load
from scripts.planning.capacity.stages import Model
from scripts.planning.consumers import FUNCTION, Consumer, System
from scripts.planning.cost.prices import Price, PriceList
from scripts.planning.service_times import ServiceTimes
from scripts.planning.workload import Workload
from stacks.evaluation.resolved_stack import Resource

MILLION: Final = 1_000_000
HOURS_PER_MONTH: Final = 730
MONTH_SECONDS: Final = HOURS_PER_MONTH * 3600
DAYS_PER_MONTH: Final = HOURS_PER_MONTH / 24
GB: Final = 2**30

SCHEDULE: Final = "AWS::Scheduler::Schedule"
_EVERY: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True)
class Calls:
    """Calls of a function: how many for a million webhooks, how many a month besides, and their length."""

    for_webhooks: float
    a_month: float
    seconds: float


@dataclass(frozen=True)
class Usage:
    """per_month: new webhooks; redeliveries come on top (Traffic.duplicate_share, of all requests)."""

    system: System
    workload: Workload
    times: ServiceTimes
    prices: PriceList
    per_month: float
    region: str

    @property
    def rate(self) -> float:
        """New webhooks a second."""
        return self.per_month / MONTH_SECONDS

    @property
    def requests(self) -> float:
        """For a million new webhooks, with redeliveries."""
        return MILLION / (1 - self.workload.traffic.duplicate_share)

    @property
    def duplicates(self) -> float:
        return self.requests - MILLION

    @cached_property
    def model(self) -> Model:
        return Model(self.system, self.workload, self.times, Load(self.rate, self.rate), self.region)

    def price(self, name: str) -> Price:
        return self.prices[name]

    def batches(self, consumer: Consumer) -> float:
        """Batches that are worked on: few items come at once at a low rate, so most hold one."""
        stage = self.model.stage_of(consumer)
        return MILLION * self.model.items_for(consumer) / stage.mean_batch(self.rate)

    def calls(self, function: Resource) -> Calls | None:
        """None where no webhook and no schedule calls it."""
        consumers = [each for each in self.model.consumers if each.worker == function]
        time = self.times.of(function)
        a_month = sum(self.runs(schedule) for schedule in self._schedules_of(function))
        if function == self.system.receiver:
            return Calls(self.requests, a_month, time.seconds(1))
        if consumers:
            items = sum(MILLION * self.model.items_for(each) for each in consumers)
            batches = sum(map(self.batches, consumers))
            return Calls(batches, a_month, time.seconds(items / batches if batches else 1))
        return Calls(0, a_month, time.seconds(1)) if a_month else None

    def runs(self, schedule: Resource) -> float:
        """A month; 0 for an expression that is no plain rate."""
        every = _EVERY.fullmatch(str(schedule.get("ScheduleExpression")))
        if every is None:
            return 0.0
        return MONTH_SECONDS / (int(every[1]) * _UNIT_SECONDS[every[2]])

    def traces(self, calls: float) -> float:
        """How many of these, for a million webhooks, X-Ray's default rule samples."""
        rate = calls / MILLION * self.rate
        first = min(rate, aws.TRACES_PER_SECOND_FIRST)
        return calls * (first + (rate - first) * aws.TRACES_SHARE_OF_REST) / rate if rate else 0.0

    def containers(self, function: Resource) -> int:
        """Execution environments that are at work at once on average, at least one."""
        calls = self.calls(function)
        return max(1, ceil(calls.for_webhooks / MILLION * self.rate * calls.seconds)) if calls else 0

    def functions(self) -> list[Resource]:
        return self.system.deployment.of_type(FUNCTION)

    def _schedules_of(self, function: Resource) -> Iterator[Resource]:
        for schedule in self.system.deployment.of_type(SCHEDULE):
            if self.system.deployment.find(schedule.get("Target", "Arn")) == function:
                yield schedule
