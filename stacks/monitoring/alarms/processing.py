"""Alarms of workflow mode: of executions, and of the right to start them."""

from collections.abc import Iterator

from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import Alarm, total


def workflow_alarms() -> Iterator[Alarm]:
    failures = {
        "workflow-failed": ("ExecutionsFailed", "A webhook could not be applied to the ledger."),
        "workflow-timed-out": ("ExecutionsTimedOut", "An execution took longer than all its attempts may."),
    }
    for name, (metric, meaning) in failures.items():
        yield Alarm(
            *(name, f"Workflow mode: {meaning[0].lower()}{meaning[1:]}", (measured.workflow(metric),)),
            *(0, "executions"),
        )
    throttles = (measured.workflow("ExecutionThrottled"), measured.pipe("ExecutionThrottled"))
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
