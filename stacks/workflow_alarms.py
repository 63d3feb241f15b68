"""Alarms of workflow mode, which are there in that mode alone."""

from collections.abc import Iterator

from stacks import measured, options
from stacks.resources.alarms import Alarm, total

ONLY_IN_WORKFLOW_MODE = (options.PROCESSING_MODE, options.WORKFLOW_MODE)


def workflow_alarms() -> Iterator[Alarm]:
    failures = {
        "workflow-failed": ("ExecutionsFailed", "A webhook could not be applied to the ledger."),
        "workflow-timed-out": ("ExecutionsTimedOut", "An execution took longer than all its attempts may."),
    }
    for name, (metric, meaning) in failures.items():
        yield Alarm(
            *(name, f"Workflow mode: {meaning[0].lower()}{meaning[1:]}", (measured.workflow(metric),)),
            *(0, "executions"),
            only_if=ONLY_IN_WORKFLOW_MODE,
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
        only_if=ONLY_IN_WORKFLOW_MODE,
    )
