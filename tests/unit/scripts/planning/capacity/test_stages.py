"""The stages that are found in the built templates, and what bounds each."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from payment_webhooks import contract
from scripts.planning.capacity.stage import Limit, Load, Stage
from scripts.planning.capacity.stages import API, BATCHES, Model, workers
from scripts.planning.consumers import System
from scripts.planning.deployment_on_paper import Deployment, plan
from scripts.planning.recorded_calls import INBOX
from scripts.planning.service_times import ServiceTime, ServiceTimes
from scripts.planning.workload import Traffic, Workload
from stacks.assembly import Assembly, build
from stacks.compute import stream_pipe
from stacks.compute.functions import analytics_processor as analysing
from stacks.compute.functions import audit_logger
from stacks.compute.functions import payment_processor as processing
from stacks.messaging.stack import MAXIMUM_RECEIVES

RECEIVER, PROCESSOR, AUDIT, PIPE, ANALYTICS = (
    *("webhook_receiver", "payment_processor"),
    *("audit_logger", "processing_pipe", "analytics_processor"),
)
TIMES = ServiceTimes(
    {
        RECEIVER: ServiceTime(0.02, 0, "given"),
        PROCESSOR: ServiceTime(0.01, 0.04, "given"),
        AUDIT: ServiceTime(0.01, 0.02, "given"),
        PIPE: ServiceTime(0.02, 0, "given"),
        ANALYTICS: ServiceTime(0.02, 0.001, "given"),
    }
)
STEADY = Load(1000, 1000)
NO_PAYPAL = Workload(Traffic(body_bytes=3000, paypal_share=0))


@cache
def assembly() -> Assembly:
    return build()


def default(parameter: str) -> int:
    declared: dict[str, Any] = json.loads(assembly().root)["Parameters"]
    return int(declared[parameter]["Default"])


def stages(load: Load = STEADY, shards: int | None = 10, **parameters: object) -> dict[str, Stage]:
    given = {name: str(value) for name, value in parameters.items()}
    system = System(plan(assembly(), given))
    model = Model(system, NO_PAYPAL, TIMES, load, "us-east-1", shards)
    return {stage.name: stage for stage in model.stages()}


def limit(stage: Stage, name: str) -> Limit:
    (found,) = [each for each in stage.limits if each.name == name]
    return found


def test_the_way_of_a_webhook() -> None:
    before = {stage.name: stage.feeds_from for stage in stages().values()}
    assert (
        before.items()
        >= {
            API: None,
            RECEIVER: API,
            INBOX: RECEIVER,
            PIPE: INBOX,
            PROCESSOR: PIPE,
            AUDIT: INBOX,
        }.items()
    )
    assert [name for name, stage in stages().items() if stage.refuses] == [API, RECEIVER, INBOX]


def test_the_api_refuses_what_the_template_throttles() -> None:
    api = stages()[API]
    assert limit(api, "throttle").per_second == default("ApiThrottleRate")
    assert api.burst == default("ApiThrottleBurst")
    assert limit(stages(ApiThrottleRate=77)[API], "throttle").per_second == 77


def test_the_receiver_is_bound_by_its_time_and_by_lambdas_rate() -> None:
    receiver = stages(ReceiverConcurrency=60)[RECEIVER]
    assert limit(receiver, "concurrency").per_second == pytest.approx(60 / 0.02)
    assert limit(receiver, "invocation quota").per_second == 600
    assert receiver.lowest.name == "invocation quota"


def test_the_pending_index_is_bound_by_its_shards() -> None:
    """Each webhook comes into the index and leaves it: two units."""
    inbox = stages()[INBOX]
    assert limit(inbox, contract.PENDING_INDEX).per_second == contract.PENDING_SHARD_COUNT * 1000 / 2


def test_the_inbox_serves_its_quota_in_the_long_run_and_what_it_has_in_a_spike() -> None:
    """Four units to store 3 kB with its attributes, four to mark it."""
    assert limit(stages()[INBOX], "inbox table").per_second == 40_000 / 8
    new = stages(load=Load(10, 10_000))[INBOX]
    assert limit(new, "inbox table").per_second == 4_000 / 8
    grown = stages(load=Load(1_000, 10_000))[INBOX]
    assert limit(grown, "inbox table").per_second == pytest.approx(2 * 1_000)


def test_the_pipe_works_on_so_many_batches_of_each_shard() -> None:
    pipe = stages(shards=3)[PIPE]
    batches = 3 * stream_pipe.BATCHES_AT_ONCE / 0.02
    assert limit(pipe, BATCHES).per_second == pytest.approx(batches * stream_pipe.BATCH_SIZE / 2)
    assert pipe.keeps_seconds == stream_pipe.RECORD_AGE_SECONDS
    assert pipe.lanes == 3 * stream_pipe.BATCHES_AT_ONCE


def test_the_processor_works_on_so_many_batches() -> None:
    processor = stages(ProcessorConcurrency=7)[PROCESSOR]
    size = processing.BATCH_SIZE
    assert limit(processor, BATCHES).per_second == pytest.approx(7 * size / (0.01 + size * 0.04))
    assert processor.keeps_seconds == 4 * 24 * 3600
    assert processor.per_webhook == 1
    shards = contract.LEDGER_SHARD_COUNT
    assert limit(processor, contract.STATUS_INDEX).per_second == shards * 1000
    assert limit(processor, contract.PROVIDER_INDEX).per_second == shards * 1000


def test_the_audit_logger_works_on_one_batch_of_each_shard() -> None:
    """Two records for each webhook, as long as it may run so many at once."""
    size = audit_logger.BATCH_SIZE
    batch_seconds = 0.01 + size * 0.02
    audit = stages(shards=3, AuditConcurrency=10)[AUDIT]
    assert audit.per_webhook == 2
    shards_times = limit(audit, BATCHES).per_second * 2 * batch_seconds / size
    assert shards_times == pytest.approx(audit.lanes)
    assert audit.lanes % 3 == 0 or audit.lanes == 10
    assert stages(shards=300, AuditConcurrency=10)[AUDIT].lanes == 10
    assert audit.keeps_seconds == 24 * 3600
    assert limit(audit, "audit bucket").per_second == 3500 / 2


def test_streams_have_at_least_the_shards_that_the_load_needs() -> None:
    """4,000 units at first; 8,000 for 1,000 webhooks a second of eight units."""
    few, many = (stages(load=Load(rate, rate), shards=None)[PIPE] for rate in (10, 1_000))
    assert few.lanes == 4 * stream_pipe.BATCHES_AT_ONCE
    assert many.lanes == 8 * stream_pipe.BATCHES_AT_ONCE


def test_warm_throughput_counts_from_the_first_second() -> None:
    deployment = plan(assembly(), {})
    warm = {"WarmThroughput": {"WriteUnitsPerSecond": 20_000}}
    resources = tuple(
        replace(each, properties={**each.properties, **warm}) if each.type == "AWS::DynamoDB::Table" else each
        for each in deployment.resources
    )
    system = System(Deployment(resources, deployment.parameters))
    model = Model(system, NO_PAYPAL, TIMES, Load(10, 10_000), "us-east-1")
    found = {stage.name: stage for stage in model.stages()}
    assert limit(found[INBOX], "inbox table").per_second == 20_000 / 8
    assert found[PIPE].lanes == 20 * stream_pipe.BATCHES_AT_ONCE


def test_names_for_service_times_are_those_of_the_stages() -> None:
    names = workers(System(plan(assembly(), {})))
    assert set(names) >= {RECEIVER, PROCESSOR, AUDIT, PIPE}
    assert set(names) <= set(stages())


def test_a_message_is_kept_long_enough_for_every_retry() -> None:
    """Else what waits in a backlog would be given up before its last attempt."""
    processor = stages()[PROCESSOR]
    assert processor.keeps_seconds > MAXIMUM_RECEIVES * default("QueueVisibilityTimeout")


def test_analytics_take_from_the_ledger_one_record_for_each_transition() -> None:
    found = stages(shards=7)[ANALYTICS]
    assert (found.feeds_from, found.per_webhook) == (PROCESSOR, 1)
    assert limit(found, BATCHES).per_second == pytest.approx(7 * analysing.BATCH_SIZE / (0.02 + 100 * 0.001))
    few = stages(shards=7, AnalyticsConcurrency=2)[ANALYTICS]
    assert limit(few, BATCHES).per_second == pytest.approx(2 * analysing.BATCH_SIZE / (0.02 + 100 * 0.001))


def test_the_days_counters_are_as_many_partitions_as_shards() -> None:
    found = limit(stages()[ANALYTICS], "day's counters")
    assert found.per_second == contract.ANALYTICS_SHARD_COUNT * 1000 / 2
    assert "8 key values" in found.how
