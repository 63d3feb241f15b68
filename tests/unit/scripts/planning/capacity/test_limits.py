"""The stages that are found in the built templates, and what bounds each."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from payment_webhooks import contract
from scripts.planning.capacity.limits import API, BATCHES, SENDER, Limit, Stage, find_stages
from scripts.planning.deployment_on_paper import Deployment, resolve_deployment
from scripts.planning.load import Load
from scripts.planning.recorded_calls import INBOX, LEDGER
from scripts.planning.service_times import ServiceTime, ServiceTimes, snake_case_name
from scripts.planning.workload import Workload
from stacks.assembly import Assembly
from stacks.compute import processing_pipe
from stacks.compute.functions import analytics_processor as analysing
from stacks.compute.functions import audit_logger
from stacks.compute.functions import payment_processor as processing
from tests.support.templates.resources import built

RECEIVER, PROCESSOR, AUDIT = "webhook_receiver", "payment_processor", "audit_logger"
LEDGER_AUDIT = "audit_logger_stream_source_ledger"
PIPE, ANALYTICS = "processing_pipe", "analytics_processor"
TIMES = ServiceTimes(
    {
        RECEIVER: ServiceTime(0.02, 0, "given"),
        PROCESSOR: ServiceTime(0.01, 0.04, "given"),
        AUDIT: ServiceTime(0.01, 0.02, "given"),
        PIPE: ServiceTime(0.02, 0, "given"),
        ANALYTICS: ServiceTime(0.02, 0.001, "given"),
    }
)
NO_PAYPAL = Workload(body_bytes=3000, paypal_share=0)


@cache
def assembly() -> Assembly:
    return built()


def default(parameter: str) -> int:
    declared: dict[str, Any] = json.loads(assembly().root)["Parameters"]
    return int(declared[parameter]["Default"])


def make_load(rate: float = 1000, shards: int | None = 10, **parameters: object) -> Load:
    values = {name: str(value) for name, value in parameters.items()}
    return Load(resolve_deployment(assembly(), values), NO_PAYPAL, TIMES, rate, "us-east-1", shards)


def stages(rate: float = 1000, shards: int | None = 10, **parameters: object) -> dict[str, Stage]:
    return {stage.name: stage for stage in find_stages(make_load(rate, shards, **parameters))}


def limit(stage: Stage, name: str) -> Limit:
    (only,) = [entry for entry in stage.limits if entry.name == name]
    return only


def batches_per_second(stage: Stage, items: float, size: int) -> float:
    return limit(stage, BATCHES).per_second * items / size


def test_the_way_of_a_webhook() -> None:
    previous = {stage.name: stage.previous for stage in stages().values()}
    assert previous == {
        API: None,
        RECEIVER: API,
        INBOX: RECEIVER,
        PIPE: INBOX,
        PROCESSOR: PIPE,
        AUDIT: INBOX,
        LEDGER_AUDIT: PROCESSOR,
        ANALYTICS: PROCESSOR,
        "notification_handler": INBOX,
    }
    names = list(previous)
    assert all(names.index(name) > names.index(before) for name, before in previous.items() if before)


def test_webhooks_that_are_too_many_wait_at_the_sender_until_they_are_in_the_inbox() -> None:
    waits_in = {name: stage.waits_in for name, stage in stages().items()}
    assert [name for name, place in waits_in.items() if place == SENDER] == [API, RECEIVER, INBOX]
    assert waits_in[PIPE] == waits_in[AUDIT] == "InboxTable stream"
    assert waits_in[PROCESSOR] == "ProcessingQueue"


def test_the_api_refuses_what_the_template_throttles() -> None:
    assert limit(stages()[API], "throttle").per_second == default("ApiThrottleRate")
    assert limit(stages(ApiThrottleRate=77)[API], "throttle").per_second == 77


def test_the_receiver_is_bound_by_its_time_and_by_lambdas_rate() -> None:
    receiver = stages(ReceiverConcurrency=60)[RECEIVER]
    assert limit(receiver, "concurrency").per_second == pytest.approx(60 / 0.02)
    assert limit(receiver, "invocation quota").per_second == 600
    assert receiver.per_second == 600
    assert receiver.service_time == ServiceTime(0.02, 0, "given")


def test_the_pending_index_is_bound_by_its_shards() -> None:
    """Each webhook comes into the index and leaves it: two units."""
    inbox = stages()[INBOX]
    assert limit(inbox, contract.PENDING_INDEX).per_second == 20 * 1000 / 2


def test_the_inbox_serves_its_quota_in_the_long_run_and_less_in_a_spike() -> None:
    """Four units to store 3 kB with its attributes, four to mark it."""
    few, many = (limit(stages(rate)[INBOX], "inbox table") for rate in (10, 1_000))
    assert few.per_second == many.per_second == 40_000 / 8
    assert few.spike_per_second == 4_000 / 8
    assert many.spike_per_second == pytest.approx(2 * 1_000)


def test_the_pipe_works_on_so_many_batches_of_each_shard() -> None:
    pipe = stages(shards=3)[PIPE]
    batches = 3 * processing_pipe.BATCHES_AT_ONCE / 0.02
    assert limit(pipe, BATCHES).per_second == pytest.approx(batches * processing_pipe.QUEUE_BATCH_SIZE / 2)
    assert pipe.keeps_seconds == 24 * 3600


def test_the_processor_works_on_so_many_batches() -> None:
    processor = stages(ProcessorConcurrency=7)[PROCESSOR]
    size = processing.BATCH_SIZE
    assert limit(processor, BATCHES).per_second == pytest.approx(7 * size / (0.01 + size * 0.04))
    assert processor.keeps_seconds == 4 * 24 * 3600
    assert limit(processor, contract.STATUS_INDEX).per_second == 10_000
    assert limit(processor, contract.PROVIDER_INDEX).per_second == 10_000


def test_without_a_reservation_a_queue_drives_two_at_once_and_a_function_has_the_accounts() -> None:
    size = processing.BATCH_SIZE
    stage = stages(ProcessorConcurrency=0, ReceiverConcurrency=0)
    assert limit(stage[PROCESSOR], BATCHES).per_second == pytest.approx(2 * size / (0.01 + size * 0.04))
    assert limit(stage["webhook_receiver"], "invocation quota").per_second == 10 * 1000


def test_the_audit_logger_works_on_two_batches_of_each_shard() -> None:
    """Two records of the inbox for each webhook, as long as it may run so many at once beside those of the ledger."""
    size = audit_logger.BATCH_SIZE
    batch_seconds = 0.01 + size * 0.02
    few = stages(shards=3, AuditConcurrency=100)[AUDIT]
    assert batches_per_second(few, 2, size) * batch_seconds == pytest.approx(3 * 2)
    of_ledger = make_load().workload.records(LEDGER)
    many = stages(shards=300, AuditConcurrency=100)
    share = int(100 * 2 / (2 + of_ledger))
    assert batches_per_second(many[AUDIT], 2, size) * batch_seconds == pytest.approx(share)
    rest = int(100 * of_ledger / (2 + of_ledger))
    assert batches_per_second(many[LEDGER_AUDIT], of_ledger, size) * batch_seconds == pytest.approx(rest)
    assert few.keeps_seconds == 24 * 3600
    assert limit(few, "audit bucket").per_second == 3500 * size / 2


def test_streams_have_at_least_the_shards_that_the_load_needs() -> None:
    """4,000 units at first; 8,000 for 1,000 webhooks a second of eight units."""
    inbox = make_load().deployment.table(INBOX)
    assert [make_load(rate, shards=None).shards_of(inbox) for rate in (10, 1_000)] == [4, 8]


def test_warm_throughput_counts_from_the_first_second() -> None:
    deployment = resolve_deployment(assembly(), {})
    warm = {"WarmThroughput": {"WriteUnitsPerSecond": 20_000}}
    resources = tuple(
        replace(resource, properties={**resource.properties, **warm})
        if resource.type == "AWS::DynamoDB::Table"
        else resource
        for resource in deployment.resources
    )
    warmed = Deployment(resources, deployment.parameters)
    load = Load(warmed, NO_PAYPAL, TIMES, 10, "us-east-1")
    (inbox,) = [stage for stage in find_stages(load) if stage.name == INBOX]
    assert limit(inbox, "inbox table").spike_per_second == 20_000 / 8
    assert load.shards_of(warmed.table(INBOX)) == 20


def test_service_times_have_the_names_of_the_stages() -> None:
    names = {snake_case_name(worker) for worker in make_load().deployment.workers}
    assert names == set(stages()) - {API, INBOX, LEDGER_AUDIT}


@pytest.mark.parametrize(("rate", "size"), [(1, 1), (100, 1), (840, 6), (900, 10), (2_000, 10)])
def test_batches_grow_as_workers_become_short(rate: float, size: float) -> None:
    """33.6 of 35 workers are busy with 840 items of 40 ms a second; 1.4 with 140 calls of 10 ms, so of six items."""
    load = make_load(rate, ProcessorConcurrency=35)
    (processor,) = [
        consumer for consumer in load.deployment.consumers if snake_case_name(consumer.worker) == PROCESSOR
    ]
    assert load.mean_batch(processor) == pytest.approx(size)


def test_a_message_is_kept_long_enough_for_every_retry() -> None:
    """Else what waits in a backlog would be given up before its last attempt."""
    processor = stages()[PROCESSOR]
    assert processor.keeps_seconds > 5 * (default("ProcessorTimeout") + 60)


def test_analytics_take_from_the_ledger_one_record_for_each_effect() -> None:
    analytics = stages(shards=7)[ANALYTICS]
    assert analytics.previous == PROCESSOR
    assert limit(analytics, BATCHES).per_second == pytest.approx(
        7 * analysing.BATCH_SIZE / (0.02 + 100 * 0.001)
    )
    few = stages(shards=7, AnalyticsConcurrency=2)[ANALYTICS]
    assert limit(few, BATCHES).per_second == pytest.approx(2 * analysing.BATCH_SIZE / (0.02 + 100 * 0.001))


def test_the_days_counters_are_as_many_partitions_as_shards() -> None:
    analytics = limit(stages()[ANALYTICS], "day's counters")
    assert analytics.per_second == 8 * 1000 / (20 * 2 / 100)
    assert "8 key values" in analytics.reason
