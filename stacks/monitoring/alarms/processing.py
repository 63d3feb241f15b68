"""Alarms of processing: the pipe, the processor's dead letters, webhooks that wait for long, workflow mode."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from stacks.monitoring import metrics
from stacks.monitoring.alarm import MINUTE, TROUBLE, UNDER, Alarm, dead_letters, total
from stacks.names import IN_TEMPLATE
from stacks.parameters.features import CANARY_ON

OLDEST_PENDING_SECONDS: Final = 20 * MINUTE
SLOW_CANARY_SECONDS: Final = 10


def processing_alarms() -> Iterator[Alarm]:
    yield dead_letters(
        "processing-dlq",
        "A webhook could not be applied to the ledger.",
        metrics.queue(IN_TEMPLATE.processing_dlq),
    )
    yield dead_letters(
        "pipe-dlq", "The pipe could not hand webhooks to the processor.", metrics.queue(IN_TEMPLATE.pipe_dlq)
    )
    failures = tuple(
        metrics.pipe(metric, name)
        for metric in ("ExecutionFailed", "ExecutionTimeout")
        for name in metrics.PIPES.values()
    )
    yield Alarm(
        "pipe-failures",
        "The pipe from the inbox to the processor fails.",
        failures,
        0,
        "executions",
        expression=total(failures),
        periods=3,
        datapoints=2,
    )
    yield Alarm(
        "oldest-pending",
        "Webhooks that were answered 200 are not applied, although the sweeper sends them again after 10 minutes; "
        "or the sweeper does not run.",
        (metrics.own_metric(contract.METRIC_OLDEST_PENDING, "Maximum"),),
        OLDEST_PENDING_SECONDS,
        "seconds",
        periods=3,
        datapoints=3,
        missing=TROUBLE,
    )
    for name, status, meaning in (
        ("conflicts", contract.STATUS_CONFLICT, "A known event came with another body; a person decides."),
        ("quarantined", contract.STATUS_QUARANTINED, "An authentic webhook can't be read; a person decides."),
    ):
        both = tuple(
            metrics.outcome(metric, status)
            for metric in (contract.METRIC_RECEIVED, contract.METRIC_PROCESSED)
        )
        yield Alarm(name, meaning, both, 0, "webhooks", expression=total(both))
    yield from _workflow()
    yield from _canary()


def _canary() -> Iterator[Alarm]:
    """The scheduler calls within a minute (its user guide, "Schedule types": 60 second precision), and a round waits
    half a minute at most: one that is missed leaves eleven minutes without a webhook at most, and two leave twelve.
    """
    yield Alarm(
        "canary-lost",
        "Two of the canary's webhooks in a row were not accepted, or not judged in half a minute; or it does not run.",
        (metrics.own_metric(contract.METRIC_CANARY_JUDGED, "SampleCount"),),
        1,
        "webhooks",
        expression="FILL(m0, 0)",
        comparison=UNDER,
        period_seconds=MINUTE,
        periods=12,
        datapoints=12,
        missing=TROUBLE,
        only_with=CANARY_ON,
    )
    yield Alarm(
        "canary-slow",
        "It takes long until the canary's webhooks are judged.",
        (metrics.own_metric(contract.METRIC_CANARY_JUDGED, "Maximum"),),
        SLOW_CANARY_SECONDS,
        "seconds",
        periods=3,
        datapoints=3,
        only_with=CANARY_ON,
    )


def _workflow() -> Iterator[Alarm]:
    failures = {
        "workflow-failed": ("ExecutionsFailed", "a webhook could not be applied to the ledger."),
        "workflow-timed-out": ("ExecutionsTimedOut", "an execution took longer than all its attempts may."),
    }
    for name, (metric, meaning) in failures.items():
        yield Alarm(name, f"Workflow mode: {meaning}", (metrics.workflow(metric),), 0, "executions")
    throttles = (
        metrics.workflow("ExecutionThrottled"),
        metrics.pipe("ExecutionThrottled", IN_TEMPLATE.workflow_pipe),
    )
    yield Alarm(
        "workflow-throttled",
        "Workflow mode: more webhooks than the account may start executions, or make state transitions, for.",
        throttles,
        0,
        "throttles",
        expression=total(throttles),
        periods=3,
        datapoints=2,
    )
