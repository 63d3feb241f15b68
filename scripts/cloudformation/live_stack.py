"""Reads what is deployed: the state, outputs and resources of a stack and of the stacks nested in it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.errors import NotDeployed

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

    from scripts.command_line.aws_target import Target
    from stacks.names import Names

NESTED_STACK: Final = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class LiveStack:
    """A stack as it stands: `stack_id` is its ARN, empty when there is none (`status` is then NO_STACK)."""

    stack_id: str
    status: str
    outputs: dict[str, str]
    parameters: dict[str, str] = field(default_factory=dict)
    is_protected: bool = False  # termination protection
    change_set_id: str = ""  # of the one that was executed last


@dataclass(frozen=True)
class LiveResource:
    """One resource of a stack; `physical_id` is empty while it has none. `since`: its last creation or update."""

    stack_id: str
    logical_id: str
    physical_id: str
    resource_type: str
    status: str = ""
    path: tuple[str, ...] = ()  # logical ids of the nested stacks down to it
    since: datetime | None = None

    @property
    def shown_path(self) -> str:
        return "/".join((*self.path, self.logical_id))

    @property
    def is_nested_stack(self) -> bool:
        return self.resource_type == NESTED_STACK


def read_stack(cloudformation: "CloudFormationClient", name_or_id: str) -> LiveStack:
    """The stack of that name or ARN. A deleted one is still found by its ARN, not by its name."""
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name_or_id)["Stacks"]
    except ClientError as error:
        # CloudFormation has no code of its own for this: it is a ValidationError with these words.
        if "does not exist" in str(error):
            return LiveStack("", NO_STACK, {})
        raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    parameters = {
        parameter["ParameterKey"]: parameter.get("ParameterValue", "")
        for parameter in stack.get("Parameters", [])
    }
    protected = stack.get("EnableTerminationProtection", False)
    last = stack.get("ChangeSetId", "")
    return LiveStack(stack["StackId"], stack["StackStatus"], outputs, parameters, protected, last)


def webhook_url(target: "Target", names: "Names", endpoint: str) -> str:
    """Where the endpoint listens. Raises NotDeployed when nothing is deployed under the suffix."""
    outputs = read_stack(target.client("cloudformation"), names.stack).outputs
    try:
        return f"{outputs['ApiEndpoint'].rstrip('/')}/webhook/{endpoint}"
    except KeyError as error:
        raise NotDeployed(f"stack {names.stack}") from error


def read_template(cloudformation: "CloudFormationClient", **which: str) -> dict[str, Any]:
    """The template of a stack (StackName) or change set, as it was uploaded. boto3 parses JSON by itself."""
    body: Any = cloudformation.get_template(TemplateStage="Original", **which)["TemplateBody"]
    return json.loads(body) if isinstance(body, str) else dict(body)


def resources_of(
    cloudformation: "CloudFormationClient", stack_id: str, path: tuple[str, ...] = ()
) -> Iterator[LiveResource]:
    """Every resource that exists in the stack and in the stacks nested in it, the nested stacks included."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    for entry in pages.search("StackResourceSummaries[]"):
        resource = LiveResource(
            stack_id=stack_id,
            logical_id=entry["LogicalResourceId"],
            physical_id=entry.get("PhysicalResourceId", ""),
            resource_type=entry["ResourceType"],
            status=entry["ResourceStatus"],
            path=path,
            since=entry["LastUpdatedTimestamp"],
        )
        if resource.status == "DELETE_COMPLETE" or not resource.physical_id:
            continue
        yield resource
        if resource.is_nested_stack:
            yield from resources_of(cloudformation, resource.physical_id, (*path, resource.logical_id))


def stack_tree(root_id: str, resources: Iterable[LiveResource]) -> dict[tuple[str, ...], str]:
    """The ids of the root stack, under the path (), and of the stacks nested in it, from all its `resources`."""
    nested = {
        (*resource.path, resource.logical_id): resource.physical_id
        for resource in resources
        if resource.is_nested_stack
    }
    return {(): root_id, **nested}
