"""The stages that every webhook passes, found in the templates, and the limits of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from math import inf
from typing import Any, Final

from payment_webhooks import contract
from scripts.planning import aws_limits as aws
from scripts.planning.deployment_on_paper import STATE_MACHINE, Consumer, count_transitions
from scripts.planning.load import QUEUES, Load, initial_write_units, reserved_concurrency
from scripts.planning.recorded_calls import ANALYTICS, INBOX, LEDGER
from scripts.planning.service_times import ServiceTime, snake_case_name
from stacks.evaluation.resolved_stack import Resource

API: Final = "api"
BATCHES: Final = "batches at once"
SENDER: Final = "the sender"
# The number of partition keys that an index has at once, in the worst case: one status, one provider, one day.
INDEX_KEY_VALUES: Final = {
    contract.PENDING_INDEX: contract.PENDING_SHARD_COUNT,
    contract.STATUS_INDEX: contract.LEDGER_SHARD_COUNT,
    contract.DISPUTE_INDEX: contract.LEDGER_SHARD_COUNT,
    contract.PROVIDER_INDEX: contract.LEDGER_SHARD_COUNT,
    contract.ARCHIVE_INDEX: contract.ARCHIVE_SHARD_COUNT,
}
# Hours, providers, currencies and statuses that a full batch of effects has; nobody has measured it yet.
COUNTERS_OF_A_BATCH: Final = 20


@dataclass(frozen=True)
class Limit:
    """per_second: webhooks. reason: what the figure is made of. initial_per_second: less, where AWS grows with the
    load, and a spike comes before it has grown.
    """

    name: str
    per_second: float
    reason: str
    initial_per_second: float = inf

    @property
    def spike_per_second(self) -> float:
        return min(self.per_second, self.initial_per_second)


@dataclass(frozen=True)
class Stage:
    """previous: name of the stage before; None for the first. waits_in: where webhooks wait that are too many; at the
    sender, when they are refused (429 or 5xx) and sent again. keeps_seconds: age at which they are given up there.
    """

    name: str
    previous: str | None
    waits_in: str
    limits: tuple[Limit, ...]
    keeps_seconds: float = inf
    service_time: ServiceTime | None = None

    @property
    def per_second(self) -> float:
        return min(limit.per_second for limit in self.limits)

    @property
    def spike_per_second(self) -> float:
        return min(limit.spike_per_second for limit in self.limits)


def find_stages(load: Load) -> list[Stage]:
    """All stages, each after the one that feeds it."""
    consumers = [consumer for consumer in load.deployment.consumers if not load.is_standby(consumer)]
    stages = [_api(load), _receiver(load), _inbox(load)]
    stages += [_consumer_stage(load, consumer, consumers) for consumer in consumers]
    by_name = {stage.name: stage for stage in stages}
    order = TopologicalSorter({stage.name: filter(None, [stage.previous]) for stage in stages})
    return [by_name[name] for name in order.static_order()]


def _api(load: Load) -> Stage:
    settings = (load.deployment.api_stage.get("MethodSettings") or [{}])[0]
    account = aws.API_ACCOUNT_REQUESTS_PER_SECOND
    rate = float(settings.get("ThrottlingRateLimit", account))
    throttle = Limit("throttle", rate, f"{rate:,.0f} requests/s")
    quota = Limit("account quota", account, f"{account:,} requests/s, all APIs of account and region")
    return Stage(API, None, SENDER, (throttle, quota))


def _receiver(load: Load) -> Stage:
    function = load.deployment.receiver
    time, concurrency = load.times.of(function), reserved_concurrency(function)
    limits = (
        Limit("concurrency", concurrency / time.seconds(1), f"{concurrency} at once, {time}"),
        _invocation_quota(function),
    )
    return Stage(snake_case_name(function), API, SENDER, limits, service_time=time)


def _inbox(load: Load) -> Stage:
    return Stage(INBOX, snake_case_name(load.deployment.receiver), SENDER, tuple(_table_limits(load, INBOX)))


def _consumer_stage(load: Load, consumer: Consumer, consumers: list[Consumer]) -> Stage:
    items, time, concurrency = (
        load.items(consumer),
        load.times.of(consumer.worker),
        load.concurrency(consumer),
    )
    items_per_second = concurrency.batches * consumer.batch / time.seconds(consumer.batch)
    reason = f"{concurrency.reason}, {consumer.batch} in {time.seconds(consumer.batch) * 1000:g} ms, "
    reason += f"{time.origin}; {items:g} a webhook"
    limit = Limit(BATCHES, items_per_second / items if items else inf, reason)
    return Stage(
        name=_name(consumer, consumers),
        previous=_previous(load, consumer, consumers),
        waits_in=f"{consumer.source.logical_id}{'' if consumer.source.type in QUEUES else ' stream'}",
        limits=(limit, *_execution_limits(load, consumer), *_storage_limits(load, consumer)),
        keeps_seconds=consumer.keeps_seconds,
        service_time=time,
    )


def _name(consumer: Consumer, consumers: list[Consumer]) -> str:
    """The worker's name; for its second event source, that of the source."""
    first = next(other for other in consumers if other.worker == consumer.worker)
    return snake_case_name(consumer.worker if consumer is first else consumer.resource)


def _previous(load: Load, consumer: Consumer, consumers: list[Consumer]) -> str:
    """The sender to the consumer's queue, or the writer of its table."""
    feeder = load.sender_to(consumer.source)
    if feeder is None and load.deployment.role_of(consumer.source) == LEDGER:
        writers = (
            other for other in consumers if other.source.type in QUEUES and _writes_ledger(load, other.worker)
        )
        feeder = next(writers, None)
    return _name(feeder, consumers) if feeder else INBOX


def _execution_limits(load: Load, consumer: Consumer) -> Iterator[Limit]:
    """Quotas of a state machine: on the calls that it makes, and on the pipe that starts an execution a record."""
    if consumer.source.type == STATE_MACHINE:
        yield _invocation_quota(consumer.worker)
    machine = consumer.target
    if machine is None or machine.type != STATE_MACHINE:
        return
    executions = load.filtered_records(consumer)
    starts = aws.START_EXECUTIONS_PER_SECOND.get(load.region, aws.START_EXECUTIONS_ELSEWHERE)
    yield Limit("StartExecution", starts / executions, f"{starts}/s, account and region")
    quota = aws.STATE_TRANSITIONS_PER_SECOND.get(load.region, aws.STATE_TRANSITIONS_ELSEWHERE)
    transitions = executions * count_transitions(machine)
    reason = f"{quota:,}/s, account and region, {transitions:g} a webhook"
    yield Limit("StateTransition", quota / transitions, reason)


def _invocation_quota(function: Resource) -> Limit:
    quota, concurrency = aws.LAMBDA_REQUESTS_PER_SECOND_PER_CONCURRENCY, reserved_concurrency(function)
    return Limit("invocation quota", quota * concurrency, f"{quota} requests/s for each of {concurrency}")


def _writes_ledger(load: Load, worker: Resource) -> bool:
    variables = (contract.ENV_INBOX_TABLE, contract.ENV_TRANSACTIONS_TABLE)
    return all(load.deployment.environment_resource(worker, variable) for variable in variables)


def _storage_limits(load: Load, consumer: Consumer) -> Iterator[Limit]:
    """Limits of the tables and the bucket that the worker writes to: throttled there, it fails and tries again, with
    fuller batches.
    """
    worker = consumer.worker
    if _writes_ledger(load, worker):
        yield from _table_limits(load, LEDGER)
    if load.deployment.environment_resource(worker, contract.ENV_ANALYTICS_TABLE):
        yield from _table_limits(load, ANALYTICS)
        yield _counters_limit(load, consumer)
    if load.deployment.environment_resource(worker, contract.ENV_AUDIT_BUCKET):
        puts, items = aws.BUCKET_PUTS_PER_SECOND, load.items(consumer)
        reason = f"{puts:,} PUT/s until S3 splits it, one for {consumer.batch} records, {items:g} a webhook"
        yield Limit("audit bucket", puts * consumer.batch / items if items else inf, reason)


def _table_limits(load: Load, role: str) -> Iterator[Limit]:
    """Of the table and of each index that a webhook writes to; a full index holds up the table's writes."""
    table = load.deployment.table(role)
    yield _write_limit(load, f"{role} table", load.write_units(role), table.properties, inf)
    for index in table.get("GlobalSecondaryIndexes") or ():
        name = index["IndexName"]
        units = load.write_units(role, name)
        if units:
            yield _write_limit(load, name, units, index, INDEX_KEY_VALUES.get(name, inf))


def _write_limit(
    load: Load, name: str, units: float, table_or_index: Mapping[str, Any], key_values: float
) -> Limit:
    """units: of one webhook. In the long run a table grows to its quota; at once it serves the larger of what it has
    from the start and twice its usual load.
    """
    quota, by_keys = load.table_write_units, key_values * aws.PARTITION_WRITE_UNITS_PER_SECOND
    initial = max(initial_write_units(table_or_index), aws.TABLE_GROWTH_AT_ONCE * load.per_second * units)
    reason = f"{key_values:g} key values x 1,000 units/s" if by_keys < quota else f"{quota:,.0f} units/s"
    return Limit(name, min(quota, by_keys) / units, f"{reason}, {units:.3g} a webhook", initial / units)


def _counters_limit(load: Load, consumer: Consumer) -> Limit:
    """The counters of a day have one partition key a shard. Where they are busy, batches are full, and a full batch
    adds to each counter once.
    """
    keys, partition = contract.ANALYTICS_SHARD_COUNT, aws.PARTITION_WRITE_UNITS_PER_SECOND
    units = COUNTERS_OF_A_BATCH * aws.TRANSACTION_FACTOR / consumer.batch * load.items(consumer)
    reason = f"{keys} key values x {partition:,} units/s, {units:.3g} a webhook: "
    reason += f"{COUNTERS_OF_A_BATCH} counters a batch, assumed"
    return Limit("day's counters", keys * partition / units if units else inf, reason)
