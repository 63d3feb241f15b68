"""The load that webhooks put on tables and consumers: units, shards, items, and how large batches become."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, NamedTuple

from scripts.planning import aws_limits as aws
from scripts.planning.deployment_on_paper import PIPE, QUEUE, STATE_MACHINE, Consumer, Deployment
from scripts.planning.dynamodb_units import write_units
from scripts.planning.recorded_calls import Work
from scripts.planning.service_times import ServiceTimes
from scripts.planning.workload import Workload
from stacks.evaluation.resolved_stack import Resource

QUEUES: Final = (QUEUE, STATE_MACHINE)  # they hold an item until a worker is free


class Concurrency(NamedTuple):
    """Batches that run at once, and the reason in words."""

    batches: int
    reason: str


@dataclass(frozen=True)
class Load:
    """A steady rate of new webhooks on a deployment.

    per_second: new webhooks. shards: open shards of each stream (DescribeStream tells); None: as few as the rate needs.
    table_write_units: the account's quota of a table, a second.
    """

    deployment: Deployment
    workload: Workload
    times: ServiceTimes
    per_second: float
    region: str
    shards: int | None = None
    table_write_units: float = aws.TABLE_WRITE_UNITS_PER_SECOND

    def items(self, consumer: Consumer) -> float:
        """Items that one webhook makes for the consumer; one, where the sender to its queue is not known."""
        if self.is_standby(consumer):
            return 0.0
        if consumer.source.type in QUEUES:
            sender = self.sender_to(consumer.source)
            return self.filtered_records(sender) if sender else 1.0
        # A pipe's batch is counted before its filter: AWS does not say, and this is the safe side.
        return self._records(consumer.source, () if consumer.worker.type == PIPE else consumer.filters)

    def filtered_records(self, pipe: Consumer) -> float:
        """Records of one webhook that pass the pipe's filter."""
        return self._records(pipe.source, pipe.filters)

    def is_standby(self, consumer: Consumer) -> bool:
        """Whether it is the queue of a function that a state machine calls: then only the sweeper sends to it."""
        called = [other.worker for other in self.deployment.consumers if other.source.type == STATE_MACHINE]
        return consumer.source.type == QUEUE and consumer.worker in called

    def sender_to(self, queue: Resource) -> Consumer | None:
        return next((consumer for consumer in self.deployment.consumers if consumer.target == queue), None)

    def concurrency(self, consumer: Consumer) -> Concurrency:
        ceiling = reserved_concurrency(consumer.worker)
        if consumer.worker.type == PIPE:
            ceiling = aws.PIPE_EXECUTIONS.get(self.region, aws.PIPE_EXECUTIONS_ELSEWHERE)
        if consumer.source.type == QUEUE:
            ceiling = min(ceiling, consumer.maximum_concurrency or aws.SQS_SOURCE_MAXIMUM_CONCURRENCY)
        if consumer.source.type in QUEUES:
            return Concurrency(ceiling, f"{ceiling} at once")
        shards = self.shards_of(consumer.source)
        batches = shards * consumer.parallel
        ceiling = max(1, int(ceiling * self._share(consumer)))
        if batches <= ceiling:
            return Concurrency(batches, f"{shards} shards x {consumer.parallel}")
        return Concurrency(ceiling, f"{ceiling} at once (of {shards} shards x {consumer.parallel})")

    def _share(self, consumer: Consumer) -> float:
        """Of the worker's concurrency, where it reads several streams: as its items are of all."""
        all_items = sum(
            self.items(other) for other in self.deployment.consumers if other.worker == consumer.worker
        )
        return self.items(consumer) / all_items if all_items else 1.0

    def mean_batch(self, consumer: Consumer) -> float:
        """Items of a batch at this rate: where workers are short, a batch is as large as what arrives between two
        completions; n = items/s * (call + n * item) / workers. Where a batch waits, it holds an item and what comes
        until the window ends to the same part of a shard.
        """
        time, items_per_second = self.times.of(consumer.worker), self.per_second * self.items(consumer)
        spare = self.concurrency(consumer).batches - items_per_second * time.item_seconds
        if spare <= 0:
            return float(consumer.batch)
        parts = 1 if consumer.source.type in QUEUES else self.shards_of(consumer.source) * consumer.parallel
        waited = 1.0 + items_per_second * consumer.window_seconds / parts
        return min(float(consumer.batch), max(waited, items_per_second * time.call_seconds / spare))

    def shards_of(self, table: Resource) -> int:
        """Shards of the table's stream: one for each partition, and a partition takes 1,000 write units a second."""
        if self.shards is not None:
            return self.shards
        role = self.deployment.role_of(table)
        written = self.write_units(role) * self.per_second if role else 0.0
        return ceil(
            max(initial_write_units(table.properties), written) / aws.PARTITION_WRITE_UNITS_PER_SECOND
        )

    def write_units(self, role: str, index: str | None = None) -> float:
        """Write units of one webhook, to the table or to one of its indexes."""
        table = self.deployment.table(role)

        def units(work: Work) -> float:
            written = write_units(table, work.calls.writes_to(role))
            return written.table if index is None else written.indexes[index]

        return self.workload.mean(units)

    def _records(self, table: Resource, filters: tuple[str, ...]) -> float:
        role = self.deployment.role_of(table)
        return self.workload.records(role, filters) if role else 1.0


def reserved_concurrency(function: Resource) -> int:
    return int(function.get("ReservedConcurrentExecutions") or aws.LAMBDA_ACCOUNT_CONCURRENCY)


def initial_write_units(table_or_index: Mapping[str, Any]) -> float:
    """Write units a second that it serves without having grown."""
    warm = table_or_index.get("WarmThroughput") or {}
    return max(aws.NEW_TABLE_WRITE_UNITS_PER_SECOND, float(warm.get("WriteUnitsPerSecond", 0)))
