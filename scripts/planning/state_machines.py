"""State machines between a pipe and the function that they call for each item."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scripts.planning.consumers import PIPE, STATE_MACHINE, Consumer
from scripts.planning.deployment_on_paper import Deployment
from stacks.evaluation.resolved_stack import Resource

_THROTTLED: Final = "Lambda.TooManyRequestsException"


def started_machines(deployment: Deployment) -> list[Resource]:
    """Those that a pipe starts; a machine that nothing starts stands idle."""
    targets = [deployment.find(pipe.get("Target")) for pipe in deployment.of_type(PIPE)]
    return [machine for machine in deployment.of_type(STATE_MACHINE) if machine in targets]


def machine_consumers(deployment: Deployment) -> Iterator[Consumer]:
    """Each machine as what feeds its function: one item at a time, as many at once as the function can be."""
    for machine in started_machines(deployment):
        first = first_state(machine)
        function = deployment.find((first.get("Parameters") or {}).get("FunctionName"))
        if function is None:
            continue
        yield Consumer(
            resource=machine,
            worker=function,
            source=machine,
            target=None,
            batch=1,
            parallel=1,
            maximum_concurrency=None,
            keeps_seconds=_patience_seconds(first),
            filters=(),
        )


def first_state(machine: Resource) -> Mapping[str, Any]:
    found: Mapping[str, Any] = machine.get("Definition", "States", machine.get("Definition", "StartAt")) or {}
    return found


def transitions(machine: Resource) -> int:
    """States that an item passes when nothing fails."""
    states = machine.get("Definition", "States") or {}
    passed, state = 1, first_state(machine)
    while "Next" in state and passed <= len(states):
        passed, state = passed + 1, states[state["Next"]]
    return passed


def _patience_seconds(state: Mapping[str, Any]) -> float:
    """How long it tries again while the function is throttled: its longest pauses, all of them."""
    for retrier in state.get("Retry", ()):
        if _THROTTLED in retrier["ErrorEquals"]:
            first, rate = float(retrier.get("IntervalSeconds", 1)), float(retrier.get("BackoffRate", 2))
            longest = float(retrier.get("MaxDelaySeconds", "inf"))
            attempts = int(retrier.get("MaxAttempts", 3))
            return sum(min(first * rate**number, longest) for number in range(attempts))
    return 0.0
