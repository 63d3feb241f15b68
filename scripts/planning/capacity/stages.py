"""The stages that a webhook passes, found in the templates: API, receiver, inbox, and all that consumes after."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Final

from payment_webhooks import contract
from scripts.planning import aws_limits as aws
from scripts.planning.capacity.queueing import Station
from scripts.planning.capacity.stage import Limit, Load, Stage
from scripts.planning.capacity.table_limits import Tables
from scripts.planning.consumers import PIPE, QUEUE, STATE_MACHINE, Consumer, System
from scripts.planning.recorded_calls import ANALYTICS, INBOX, LEDGER
from scripts.planning.service_times import ServiceTimes, key_of
from scripts.planning.state_machines import machine_consumers, transitions
from scripts.planning.workload import Workload
from stacks.evaluation.resolved_stack import Resource

API: Final = "api"
BATCHES: Final = "batches at once"
_QUEUES: Final = (QUEUE, STATE_MACHINE)  # what holds items until a worker is free


@dataclass(frozen=True)
class Model:
    """Everything that the stages are worked out from. shards: of each stream, where it is known."""

    system: System
    workload: Workload
    times: ServiceTimes
    load: Load
    region: str
    shards: int | None = None

    def stages(self) -> list[Stage]:
        """In the order in which a webhook passes them."""
        consumers = [self.stage_of(each) for each in self._used]
        return [self._api(), self._receiver(), self._inbox(), *_in_order(consumers)]

    @cached_property
    def consumers(self) -> list[Consumer]:
        return [*self.system.consumers(), *machine_consumers(self.system.deployment)]

    @property
    def _used(self) -> list[Consumer]:
        """Those that webhooks come to in the ordinary way."""
        return [each for each in self.consumers if self.items_for(each) or not self._only_for_leftovers(each)]

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.system, self.workload, self.load, self.shards)

    def _api(self) -> Stage:
        settings = (self.system.api_stage.get("MethodSettings") or [{}])[0]
        account = aws.API_ACCOUNT_REQUESTS_PER_SECOND
        rate = float(settings.get("ThrottlingRateLimit", account))
        return Stage(
            name=API,
            feeds_from=None,
            refuses=True,
            limits=(
                Limit("throttle", rate, f"{rate:,.0f} requests/s"),
                Limit("account quota", account, f"{account:,} requests/s, all APIs of account and region"),
            ),
            burst=float(settings.get("ThrottlingBurstLimit", 0)),
        )

    def _receiver(self) -> Stage:
        function = self.system.receiver
        time, at_once = self.times.of(function), concurrency_of(function)
        station = Station(at_once, 1, time.call_seconds, time.item_seconds)
        quota = aws.LAMBDA_REQUESTS_PER_SECOND_PER_CONCURRENCY
        return Stage(
            name=key_of(function),
            feeds_from=API,
            refuses=True,
            limits=(
                Limit("concurrency", station.per_second, f"{at_once} at once, {time.seconds(1) * 1000:g} ms"),
                Limit("invocation quota", quota * at_once, f"{quota} requests/s for each of {at_once}"),
            ),
            station=station,
            service_time=time,
        )

    def _inbox(self) -> Stage:
        return Stage(INBOX, key_of(self.system.receiver), True, tuple(self._tables.limits(INBOX)))

    def stage_of(self, consumer: Consumer) -> Stage:
        per_webhook, queued = self.items_for(consumer), consumer.source.type in _QUEUES
        time, (servers, how) = self.times.of(consumer.worker), self._servers(consumer)
        station = Station(servers, consumer.batch, time.call_seconds, time.item_seconds)
        batch_milliseconds = time.seconds(consumer.batch) * 1000
        batches = Limit(
            BATCHES,
            station.per_second / per_webhook if per_webhook else inf,
            f"{how}, {consumer.batch} in {batch_milliseconds:g} ms, {per_webhook:g} for each webhook",
        )
        return Stage(
            name=self._name(consumer),
            feeds_from=self._before(consumer),
            refuses=False,
            limits=(batches, *self._starts(consumer), *self._behind(consumer.worker)),
            per_webhook=per_webhook,
            keeps_seconds=consumer.keeps_seconds,
            station=station,
            service_time=time,
            lanes=1 if queued else servers,
            poll_seconds=0.0 if queued else 1 / aws.STREAM_POLLS_PER_SHARD_PER_SECOND,
        )

    def _name(self, consumer: Consumer) -> str:
        """The worker's, or the event source's own where a function has several."""
        alone = [each.worker for each in self._used].count(consumer.worker) == 1
        return key_of(consumer.worker if alone else consumer.resource)

    def _servers(self, consumer: Consumer) -> tuple[int, str]:
        """How many batches run at once, and in words why."""
        ceiling = concurrency_of(consumer.worker)
        if consumer.worker.type == PIPE:
            ceiling = aws.PIPE_EXECUTIONS.get(self.region, aws.PIPE_EXECUTIONS_ELSEWHERE)
        if consumer.source.type == STATE_MACHINE:
            return ceiling, f"{ceiling} at once"
        if consumer.source.type == QUEUE:
            at_once = min(ceiling, consumer.maximum_concurrency or aws.SQS_SOURCE_MAXIMUM_CONCURRENCY)
            return at_once, f"{at_once} at once (after {_ramp_seconds(at_once):.0f} s)"
        shards = self._tables.shards_of(consumer.source)
        lanes = shards * consumer.parallel
        if lanes <= ceiling:
            return lanes, f"{shards} shards x {consumer.parallel}"
        return ceiling, f"{ceiling} at once (of {shards} shards x {consumer.parallel})"

    def _before(self, consumer: Consumer) -> str:
        """The stage that fills what it takes from: the sender to its queue, or the writer of its table."""
        feeder = self._sender_to(consumer.source)
        if feeder is None and self.system.role_of(consumer.source) == LEDGER:
            feeder = next(filter(self._writes_ledger_from_queue, self._used), None)
        return self._name(feeder) if feeder else INBOX

    def _sender_to(self, queue: Resource) -> Consumer | None:
        return next((each for each in self.consumers if each.target == queue), None)

    def _writes_ledger_from_queue(self, consumer: Consumer) -> bool:
        return consumer.source.type in _QUEUES and self._writes_ledger(consumer.worker)

    def _only_for_leftovers(self, consumer: Consumer) -> bool:
        """A queue whose function a state machine calls: in workflow mode, the sweeper alone sends there."""
        called = [each.worker for each in self.consumers if each.source.type == STATE_MACHINE]
        return consumer.source.type == QUEUE and consumer.worker in called

    def items_for(self, consumer: Consumer) -> float:
        """Items that one webhook makes for it to take; one, where who sends to its queue is not known."""
        if self._only_for_leftovers(consumer):
            return 0.0
        if consumer.source.type in _QUEUES:
            sender = self._sender_to(consumer.source)
            return self.passed_by(sender) if sender else 1.0
        # A pipe's batch is counted before its filter: AWS does not say, and this is the safe side.
        return self._records(consumer.source, () if consumer.worker.type == PIPE else consumer.filters)

    def passed_by(self, pipe: Consumer) -> float:
        """Records of one webhook that pass its filter."""
        return self._records(pipe.source, pipe.filters)

    def _records(self, table: Resource, filters: tuple[str, ...]) -> float:
        role = self.system.role_of(table)
        return self.workload.records(role, filters) if role else 1.0

    def _starts(self, consumer: Consumer) -> Iterator[Limit]:
        """What bounds a pipe that starts an execution for each record that passes its filter, and the calls that
        the executions make.
        """
        if consumer.source.type == STATE_MACHINE:
            quota = aws.LAMBDA_REQUESTS_PER_SECOND_PER_CONCURRENCY
            at_once = concurrency_of(consumer.worker)
            yield Limit("invocation quota", quota * at_once, f"{quota} requests/s for each of {at_once}")
        machine = consumer.target
        if machine is None or machine.type != STATE_MACHINE:
            return
        starts = aws.START_EXECUTIONS_PER_SECOND.get(self.region, aws.START_EXECUTIONS_ELSEWHERE)
        yield Limit("StartExecution", starts / self.passed_by(consumer), f"{starts}/s, account and region")
        moves = aws.STATE_TRANSITIONS_PER_SECOND.get(self.region, aws.STATE_TRANSITIONS_ELSEWHERE)
        of_one = self.passed_by(consumer) * transitions(machine)
        yield Limit("StateTransition", moves / of_one, f"{moves:,}/s, account and region, {of_one:g} each")

    def _writes_ledger(self, worker: Resource) -> bool:
        variables = (contract.ENV_INBOX_TABLE, contract.ENV_TRANSACTIONS_TABLE)
        return all(self.system.named(worker, variable) for variable in variables)

    def _behind(self, worker: Resource) -> Iterator[Limit]:
        """What a worker waits for: throttled there, it fails, and its items come again."""
        if self._writes_ledger(worker):
            yield from self._tables.limits(LEDGER)
        if self.system.named(worker, contract.ENV_ANALYTICS_TABLE):
            yield from self._tables.limits(ANALYTICS)
            yield self._tables.counters_limit()
        if self.system.named(worker, contract.ENV_AUDIT_BUCKET):
            puts, objects = aws.BUCKET_PUTS_PER_SECOND, self.workload.audit_objects
            yield Limit(
                "audit bucket", puts / objects, f"{puts:,} PUT/s until S3 splits it, {objects:g} each"
            )


def workers(system: System) -> list[str]:
    """The names that service times may be given for."""
    return sorted({key_of(system.receiver), *(key_of(each.worker) for each in system.consumers())})


def concurrency_of(function: Resource) -> int:
    return int(function.get("ReservedConcurrentExecutions") or aws.LAMBDA_ACCOUNT_CONCURRENCY)


def _ramp_seconds(at_once: int) -> float:
    """How long an SQS event source takes, once messages wait, until so many batches run at once."""
    added = max(0, at_once - aws.SQS_SOURCE_INITIAL_CONCURRENCY)
    return added / aws.SQS_SOURCE_ADDED_PER_MINUTE * 60


def _in_order(stages: list[Stage]) -> list[Stage]:
    """Each after the one that feeds it."""
    ordered: list[Stage] = []
    waiting = {stage.name for stage in stages}
    while len(ordered) < len(stages):
        ready = [stage for stage in stages if stage.name in waiting and stage.feeds_from not in waiting]
        if not ready:
            raise ValueError(f"stages that feed each other: {', '.join(sorted(waiting))}")
        ordered += ready
        waiting -= {stage.name for stage in ready}
    return ordered
