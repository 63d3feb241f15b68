"""Finds drift: resources changed by hand since the deploy, in the root and the stacks nested in it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from scripts.cloudformation.additions import UNSEEN, additions
from scripts.cloudformation.live_stack import (
    NESTED_STACK,
    LiveStack,
    read_stack,
    resources_of,
    stack_tree,
)
from scripts.cloudformation.live_states import Clients, LiveState, live_states
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.errors import NotDeployed, Refused, RolledBack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

_POLL_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 900.0
_DRIFTED: Final = ("MODIFIED", "DELETED")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
_COMPARABLE: Final = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
)
_EMPTY: Final = (NO_STACK, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE", "ROLLBACK_COMPLETE")


@dataclass(frozen=True)
class Difference:
    """One property with the template's value and the actual one, as text, as CloudFormation gives them."""

    path: str
    kind: str
    expected: str
    actual: str


@dataclass(frozen=True)
class DriftedResource:
    """A resource that differs from its template. `path` names the nested stacks down to it."""

    path: tuple[str, ...]
    resource_type: str
    physical_id: str
    status: str
    differences: tuple[Difference, ...]

    @property
    def shown_path(self) -> str:
        return "/".join(self.path)


@dataclass(frozen=True)
class Drift:
    """`checked`: resources compared; `unchecked`: those whose type CloudFormation cannot compare."""

    drifted: tuple[DriftedResource, ...]
    checked: int
    unchecked: int

    def document(self) -> dict[str, object]:
        """For JSON."""
        drifted = [
            {
                "resource": resource.shown_path,
                "type": resource.resource_type,
                "physical_id": resource.physical_id,
                "status": resource.status,
                "differences": [vars(difference) for difference in resource.differences],
            }
            for resource in self.drifted
        ]
        return {
            "drifted": drifted,
            "checked": self.checked,
            "unchecked": self.unchecked,
            "not_looked_at": list(UNSEEN),
        }


def comparable_stack(cloudformation: "CloudFormationClient", name: str, to_make_it: str = "") -> LiveStack:
    """The stack, in a state in which it can be compared with its template.

    Raises NotDeployed where there is nothing of it, as when its first change set waits; Refused in another state.
    """
    stack = read_stack(cloudformation, name)
    if stack.status in _EMPTY:
        what = f"stack {name}" if stack.status == NO_STACK else f"resource in {name}, which is {stack.status}"
        raise NotDeployed(what, *filter(None, [to_make_it]))
    if stack.status not in _COMPARABLE:
        raise Refused(
            f"stack {name} is {stack.status}, and CloudFormation compares no such stack with its template",
            "deploy --status says what to do",
        )
    return stack


def find_drift(
    cloudformation: "CloudFormationClient", client: Clients, stack_id: str, sleep: Callable[[float], None]
) -> Drift:
    """Compare every resource with its template. CloudFormation compares one stack at a time, so all run at once.

    What would stop the system, and what was added to it, is asked of the services besides.

    Raises RolledBack when a detection fails or takes longer than a quarter of an hour.
    """
    resources = list(resources_of(cloudformation, stack_id))
    stacks = {stack_id: path for path, stack_id in stack_tree(stack_id, resources).items()}
    detections = {
        nested_id: cloudformation.detect_stack_drift(StackName=nested_id)["StackDriftDetectionId"]
        for nested_id in stacks
    }
    for detection in detections.values():
        _wait(cloudformation, detection, sleep)
    compared = [
        (stacks[nested_id], entry)
        for nested_id in stacks
        for entry in _entries(cloudformation, nested_id)
        if entry["ResourceType"] != NESTED_STACK  # its own resources are compared one by one
    ]
    drifted = {
        (*path, entry["LogicalResourceId"]): DriftedResource(
            path=(*path, entry["LogicalResourceId"]),
            resource_type=entry["ResourceType"],
            physical_id=entry.get("PhysicalResourceId", ""),
            status=entry["StackResourceDriftStatus"],
            differences=tuple(map(_difference, entry.get("PropertyDifferences", ()))),
        )
        for path, entry in compared
        if entry["StackResourceDriftStatus"] in _DRIFTED
    }
    checked = {
        (*path, entry["LogicalResourceId"])
        for path, entry in compared
        if entry["StackResourceDriftStatus"] in (*_DRIFTED, "IN_SYNC")
    }
    for state in live_states(cloudformation, client, resources):
        path = (*state.resource.path, state.resource.logical_id)
        checked.add(path)
        if state.actual != state.expected:
            drifted[path] = _with_state(drifted.get(path), path, state)
    for state in additions(client, resources):
        path = (*state.resource.path, state.resource.logical_id)
        drifted[path] = _with_state(drifted.get(path), path, state)
    unchecked = len(resources) - (len(stacks) - 1) - len(checked)
    return Drift(tuple(drifted[path] for path in sorted(drifted)), len(checked), unchecked)


def _with_state(found: DriftedResource | None, path: tuple[str, ...], state: LiveState) -> DriftedResource:
    """What CloudFormation found of the resource, if anything, and its service's own answer, each property once."""
    if state.actual is None:
        status, differences = "DELETED", []
    else:
        status = "MODIFIED"
        differences = [Difference(f"/{state.property_name}", "NOT_EQUAL", state.expected, state.actual)]
    if found is None:
        resource = state.resource
        found = DriftedResource(path, resource.resource_type, resource.physical_id, status, ())
    known = {difference.path for difference in found.differences}
    added = tuple(difference for difference in differences if difference.path not in known)
    return replace(found, differences=(*found.differences, *added))


def _wait(cloudformation: "CloudFormationClient", detection: str, sleep: Callable[[float], None]) -> None:
    for _ in range(int(_WAIT_SECONDS / _POLL_SECONDS)):
        answer = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        # A detection that failed for one resource still has results for the others, and names that one.
        if answer["DetectionStatus"] == "DETECTION_FAILED":
            reason = answer.get("DetectionStatusReason", "no reason given")
            raise RolledBack(f"drift could not be detected: {reason}", "nothing was changed")
        if answer["DetectionStatus"] == "DETECTION_COMPLETE":
            return
        sleep(_POLL_SECONDS)
    raise RolledBack(f"drift was not detected within {_WAIT_SECONDS:.0f} s", "run the same command again")


def _entries(cloudformation: "CloudFormationClient", stack_id: str) -> Iterator[Mapping[str, Any]]:
    """boto3 has no paginator for this operation."""
    request: dict[str, Any] = {"StackName": stack_id}
    while True:
        answer = cloudformation.describe_stack_resource_drifts(**request)
        yield from answer["StackResourceDrifts"]
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]


def _difference(raw: Mapping[str, Any]) -> Difference:
    expected, actual = _text(raw["ExpectedValue"]), _text(raw["ActualValue"])
    return Difference(raw["PropertyPath"], raw["DifferenceType"], expected, actual)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
