"""Uses of each resource for a million new webhooks at an even rate: calls, batches, runs, traces."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

from scripts.planning import aws_limits as aws
from scripts.planning.cost.bill import Line, PriceList, Span, Unpriced
from scripts.planning.deployment_on_paper import FUNCTION, Consumer, Deployment
from scripts.planning.load import Load
from scripts.planning.workload import Workload
from stacks.evaluation.resolved_stack import Resource

MILLION: Final = 1_000_000
HOURS_PER_MONTH: Final = 730
MONTH_SECONDS: Final = HOURS_PER_MONTH * 3600
DAYS_PER_MONTH: Final = HOURS_PER_MONTH / 24
GB: Final = 2**30

SCHEDULE: Final = "AWS::Scheduler::Schedule"
SAMPLING_RULE: Final = "AWS::XRay::SamplingRule"
_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True)
class Calls:
    """Calls of a function: how many for a million webhooks, how many a month besides, and the seconds of one."""

    webhooks: float
    month: float
    seconds: float


@dataclass(frozen=True)
class Usage:
    """load: of new webhooks; redeliveries come on top (Workload.duplicate_share)."""

    load: Load
    prices: PriceList

    @property
    def deployment(self) -> Deployment:
        return self.load.deployment

    @property
    def workload(self) -> Workload:
        return self.load.workload

    @property
    def per_month(self) -> float:
        """New webhooks a month."""
        return self.load.per_second * MONTH_SECONDS

    @property
    def requests(self) -> float:
        """For a million new webhooks, with redeliveries."""
        return MILLION / (1 - self.workload.duplicate_share)

    @property
    def duplicates(self) -> float:
        return self.requests - MILLION

    def line(
        self,
        resource: Resource,
        item: str,
        quantity: float,
        price: str,
        span: Span = Span.WEBHOOKS,
        note: str = "",
    ) -> Line:
        """A line at the price of that name. Raises KeyError when the price list lacks it."""
        return Line(str(resource), item, quantity, self.prices[price], span, note)

    def consumer(self, resource: Resource) -> Consumer | None:
        return next((entry for entry in self.deployment.consumers if entry.resource == resource), None)

    def batches(self, consumer: Consumer) -> float:
        """Batches of a million webhooks: few items come at once at a low rate, so most hold one."""
        return MILLION * self.load.items(consumer) / self.load.mean_batch(consumer)

    def calls(self, function: Resource) -> Calls | None:
        """None for a function that neither a webhook nor a schedule calls."""
        consumers = [consumer for consumer in self.deployment.consumers if consumer.worker == function]
        time = self.load.times.of(function)
        month = sum(self.runs(schedule) for schedule in self._schedules_of(function))
        if function == self.deployment.receiver:
            return Calls(self.requests, month, time.seconds(1))
        if consumers:
            items = sum(MILLION * self.load.items(consumer) for consumer in consumers)
            batches = sum(map(self.batches, consumers))
            return Calls(batches, month, time.seconds(items / batches if batches else 1))
        return Calls(0, month, time.seconds(1)) if month else None

    def runs(self, schedule: Resource) -> float:
        """Runs a month; 0 for an expression that is not a plain rate."""
        rate = _RATE.fullmatch(str(schedule.get("ScheduleExpression")))
        if rate is None:
            return 0.0
        return MONTH_SECONDS / (int(rate[1]) * _UNIT_SECONDS[rate[2]])

    def traces(self, calls: float, service: str = "") -> float:
        """Calls that X-Ray samples, of the `calls` of a million webhooks: by the rule for `service`, which is the name
        of a service in its traces, else by the default rule.
        """
        most, share = float(aws.TRACES_PER_SECOND_FIRST), aws.TRACES_SHARE_OF_REST
        for rule in self.deployment.of_type(SAMPLING_RULE):
            if rule.get("SamplingRule", "ServiceName") == service:
                most = float(rule.get("SamplingRule", "ReservoirSize"))
                share = float(rule.get("SamplingRule", "FixedRate"))
        rate = calls / MILLION * self.load.per_second
        first = min(rate, most)
        return calls * (first + (rate - first) * share) / rate if rate else 0.0

    def containers(self, function: Resource) -> int:
        """Execution environments that are at work at once on average, at least one."""
        calls = self.calls(function)
        return max(1, ceil(calls.webhooks / MILLION * self.load.per_second * calls.seconds)) if calls else 0

    def names_resource(self, variable: str, resource: Resource) -> bool:
        """Whether that environment variable of any function refers to the resource."""
        functions = self.deployment.of_type(FUNCTION)
        return any(
            self.deployment.environment_resource(function, variable) == resource for function in functions
        )

    def _schedules_of(self, function: Resource) -> Iterator[Resource]:
        for schedule in self.deployment.of_type(SCHEDULE):
            if self.deployment.find(schedule.get("Target", "Arn")) == function:
                yield schedule


Pricing = Callable[[Usage, Resource], Iterator[Line | Unpriced]]


def monthly(item: str, price: str, quantity: float = 1, beside: str = "") -> Pricing:
    """The pricing of a resource that costs the same every month, and `beside` it what has no figure."""

    def lines(usage: Usage, resource: Resource) -> Iterator[Line | Unpriced]:
        yield usage.line(resource, item, quantity, price, Span.MONTH)
        if beside:
            yield unpriced(resource, beside)

    return lines


def unpriced(resource: Resource, reason: str) -> Unpriced:
    return Unpriced(str(resource), resource.type, reason)
