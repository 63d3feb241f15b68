"""Change sets over the root stack and its nested stacks: make, wait, read, remove."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from deployment.errors import RolledBack
from deployment.live_stacks import read_stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

# CloudFormation has no code for "nothing to do": these are its words, for a template and for a nested stack.
_NOTHING_CHANGED: Final = ("didn't contain changes", "No updates are to be performed")
_CHANGE_SET_ARN: Final = re.compile(r"arn:[\w-]+:cloudformation:[\w-]+:\d{12}:changeSet/[\w-]+/[\w-]+")
_POLL_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 900.0


@dataclass(frozen=True)
class Request:
    """What a change set is to be made of; `kind` is CREATE or UPDATE."""

    stack_name: str
    name: str
    kind: str
    template_url: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One resource that is added, modified, removed or imported.

    `path` names the nested stacks down to it, e.g. `("Compute",)`. `replacement` is True, False or
    Conditional for a modification, else empty. `scope` says what changes: Properties, Tags, ...
    """

    path: tuple[str, ...]
    action: str
    logical_id: str
    resource_type: str
    replacement: str
    scope: tuple[str, ...]
    policy_action: str

    @property
    def shown_path(self) -> str:
        return "/".join((*self.path, self.logical_id))


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be executed. `shows_nested`: its nested stacks have change sets of their own."""

    arn: str
    name: str
    stack_id: str
    changes: tuple[Change, ...]
    shows_nested: bool


def create(cloudformation: "CloudFormationClient", request: Request) -> tuple[str, str]:
    """Start making the change set; returns the ids of the change set and of its stack."""
    answer = cloudformation.create_change_set(
        StackName=request.stack_name,
        ChangeSetName=request.name,
        ChangeSetType="CREATE" if request.kind == "CREATE" else "UPDATE",
        TemplateURL=request.template_url,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in sorted(request.parameters.items())
        ],
        Tags=[{"Key": key, "Value": value} for key, value in sorted(request.tags.items())],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        IncludeNestedStacks=True,
    )
    return answer["Id"], answer["StackId"]


def wait(
    cloudformation: "CloudFormationClient", arn: str, sleep: Callable[[float], None]
) -> ChangeSet | None:
    """The change set once it is made; None when it holds no change. Raises RolledBack when it fails."""
    for _ in range(int(_WAIT_SECONDS / _POLL_SECONDS)):
        pages = list(_pages(cloudformation, arn))
        status = pages[0]["Status"]
        if status == "CREATE_COMPLETE":
            return _read(cloudformation, arn, pages)
        if status == "FAILED":
            reason = _real_reason(cloudformation, pages[0])
            if any(words in reason for words in _NOTHING_CHANGED):
                return None
            raise RolledBack(f"the change set could not be made: {reason}", "nothing was changed")
        sleep(_POLL_SECONDS)
    raise RolledBack(
        f"the change set was not ready after {_WAIT_SECONDS:.0f} s",
        "nothing was changed; look at it in the console",
    )


def remove(cloudformation: "CloudFormationClient", arn: str) -> None:
    """Delete the change set and those of its nested stacks. One that is already gone is fine."""
    try:
        cloudformation.delete_change_set(ChangeSetName=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ChangeSetNotFound":
            raise


def remove_shell(cloudformation: "CloudFormationClient", stack_id: str) -> bool:
    """Delete the empty stack that a change set of type CREATE leaves, unless another one waits in it."""
    if read_stack(cloudformation, stack_id).status != "REVIEW_IN_PROGRESS":
        return False
    if cloudformation.list_change_sets(StackName=stack_id)["Summaries"]:
        return False
    cloudformation.delete_stack(StackName=stack_id)
    return True


def _read(cloudformation: "CloudFormationClient", arn: str, pages: Sequence[Mapping[str, Any]]) -> ChangeSet:
    changes = tuple(_changes(cloudformation, pages, ()))
    return ChangeSet(
        arn=arn,
        name=pages[0]["ChangeSetName"],
        stack_id=pages[0]["StackId"],
        changes=changes,
        shows_nested=any(change.path for change in changes),
    )


def _changes(
    cloudformation: "CloudFormationClient", pages: Sequence[Mapping[str, Any]], path: tuple[str, ...]
) -> Iterator[Change]:
    for page in pages:
        for entry in page.get("Changes", []):
            resource = entry["ResourceChange"]
            yield _change(resource, path)
            nested = resource.get("ChangeSetId")
            if nested:
                deeper = (*path, resource["LogicalResourceId"])
                yield from _changes(cloudformation, list(_pages(cloudformation, nested)), deeper)


def _change(resource: Mapping[str, Any], path: tuple[str, ...]) -> Change:
    return Change(
        path=path,
        action=resource["Action"],
        logical_id=resource["LogicalResourceId"],
        resource_type=resource["ResourceType"],
        replacement=resource.get("Replacement", "") if resource["Action"] == "Modify" else "",
        scope=tuple(resource.get("Scope", ())),
        policy_action=resource.get("PolicyAction", ""),
    )


def _pages(cloudformation: "CloudFormationClient", arn: str) -> Iterator[Mapping[str, Any]]:
    yield from cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=arn)


def _real_reason(cloudformation: "CloudFormationClient", failed: Mapping[str, Any]) -> str:
    """The root says only that a nested change set failed, and names it; the cause is in that one."""
    reason = str(failed.get("StatusReason", "no reason given"))
    named = _CHANGE_SET_ARN.search(reason)
    if named is None or named.group() == failed.get("ChangeSetId"):
        return reason
    nested = next(_pages(cloudformation, named.group()))
    return _real_reason(cloudformation, nested) if nested["Status"] == "FAILED" else reason
