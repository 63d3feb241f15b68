"""Creates, waits for, reads and removes change sets over the root stack and its nested stacks."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import read_stack
from scripts.cloudformation.next_commands import Commands
from scripts.command_line.errors import NotDeployed, NotFound, Refused, RolledBack, Stuck, UsageError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

Page: TypeAlias = Mapping[str, Any]  # one answer of DescribeChangeSet
Pages: TypeAlias = Mapping[str, Sequence[Page]]  # by the id of the change set
# CloudFormation has no code for "nothing to do": these are its words, for a template and for a nested stack.
_NOTHING_CHANGED: Final = ("didn't contain changes", "No updates are to be performed")
_CHANGE_SET_ARN: Final = re.compile(r"arn:[\w-]+:cloudformation:[\w-]+:\d{12}:changeSet/[\w-]+/[\w-]+")
_POLL_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 900.0
_REMOVAL_SECONDS: Final = 180.0


@dataclass(frozen=True)
class Request:
    """Input of a change set. `kind` is CREATE or UPDATE; `template_url` None: the deployed template."""

    stack_name: str
    name: str
    kind: str
    template_url: str | None
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    description: str = ""


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be executed.

    `plain`, `valued`: what DescribeChangeSet answered for it and for those of its nested stacks, by their ids, without
    and with property values. `parameters`: the values of the root's parameters. `description`:
    deployment.deploy_record.
    """

    arn: str
    name: str
    stack_id: str
    plain: Pages = field(default_factory=dict)
    valued: Pages = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


def create(cloudformation: "CloudFormationClient", request: Request) -> tuple[str, str]:
    """Start making the change set; returns the ids of the change set and of its stack."""
    optional: dict[str, Any] = {"UsePreviousTemplate": True}
    if request.template_url:
        optional = {"TemplateURL": request.template_url}
    if request.description:
        optional["Description"] = request.description
    answer = cloudformation.create_change_set(
        StackName=request.stack_name,
        ChangeSetName=request.name,
        ChangeSetType="CREATE" if request.kind == "CREATE" else "UPDATE",
        **optional,
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
    """Wait for the change set; None when it holds no change. Raises RolledBack when it fails."""
    for _ in range(int(_WAIT_SECONDS / _POLL_SECONDS)):
        pages = list(_pages(cloudformation, ChangeSetName=arn))
        status = pages[0]["Status"]
        if status == "CREATE_COMPLETE":
            return _read(cloudformation, arn, pages)
        if status == "FAILED":
            failed = _failed_one(cloudformation, pages[0])
            reason = str(failed.get("StatusReason", "no reason given"))
            if any(words in reason for words in _NOTHING_CHANGED):
                return None
            details = "".join(f"\n  {line}" for line in _validation_failures(cloudformation, failed))
            raise RolledBack(f"the change set could not be made: {reason}{details}", "nothing was changed")
        sleep(_POLL_SECONDS)
    words = f"the change set was not ready after {_WAIT_SECONDS:.0f} s"
    raise RolledBack(words, "nothing was changed; look at it in the console")


def find(commands: Commands, cloudformation: "CloudFormationClient", name: str) -> ChangeSet:
    """Read a planned change set by name or ARN. Raises NotFound, Refused when it cannot be executed (any more)."""
    pages = _named(commands, cloudformation, name)
    execution = pages[0].get("ExecutionStatus", "")
    if execution != "AVAILABLE":
        reason = pages[0].get("StatusReason", "")
        raise Refused(
            f"the change set {name} is {execution}: {reason or 'it can no longer be executed'}",
            f"make another one: {commands.plan}",
        )
    return _read(cloudformation, pages[0]["ChangeSetId"], pages)


def find_unexecuted(commands: Commands, cloudformation: "CloudFormationClient", name: str) -> Page | None:
    """Read the description of a change set by name or ARN; None when it was executed: there is nothing to drop.

    Raises NotFound when there is none.
    """
    page = _named(commands, cloudformation, name)[0]
    return None if str(page.get("ExecutionStatus", "")).startswith("EXECUTE") else page


def _named(commands: Commands, cloudformation: "CloudFormationClient", name: str) -> list[Page]:
    stack_name = commands.stack_name
    stack = {} if name.startswith("arn:") else {"StackName": stack_name}
    try:
        pages = list(_pages(cloudformation, ChangeSetName=name, **stack))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ChangeSetNotFound" and "does not exist" not in str(error):
            raise
        if not read_stack(cloudformation, stack_name).stack_id:
            raise NotDeployed(f"stack {stack_name}") from error
        lists = commands.mode("--status")
        raise NotFound(f"there is no change set {name}", f"those that wait: {lists}") from error
    if pages[0].get("StackName", stack_name) != stack_name:  # an ARN names its own stack, whatever the suffix
        other = pages[0]["StackName"]
        raise UsageError(f"the change set {name} belongs to {other}, not to {stack_name}", "check --suffix")
    return pages


def waiting(cloudformation: "CloudFormationClient", stack_name: str) -> list[Mapping[str, Any]]:
    """Summaries of the change sets that can be executed, the oldest first."""
    pages = cloudformation.get_paginator("list_change_sets").paginate(StackName=stack_name)
    summaries: list[Any] = [
        summary
        for summary in pages.search("Summaries[]")
        if summary.get("ExecutionStatus") == "AVAILABLE" and not summary.get("ParentChangeSetId")
    ]
    return sorted(summaries, key=lambda summary: summary["ChangeSetName"])


def remove(
    cloudformation: "CloudFormationClient", arn: str, stack_id: str, sleep: Callable[[float], None]
) -> None:
    """Delete the change set and those of its nested stacks, and wait until they are gone.

    One that is still being made cannot be deleted yet: it is tried again. The deletion of nested ones goes on after
    the call; until its end they are listed. Raises Stuck after three minutes, and botocore's errors.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-delete.html
    """
    is_accepted = False
    for _ in range(int(_REMOVAL_SECONDS / _POLL_SECONDS)):
        is_accepted = is_accepted or _delete(cloudformation, arn)
        if is_accepted and not _is_listed(cloudformation, arn, stack_id):
            return
        sleep(_POLL_SECONDS)
    words = f"CloudFormation has not deleted the change set within {_REMOVAL_SECONDS:.0f} s"
    raise Stuck(words, "run the same command again")


def _delete(cloudformation: "CloudFormationClient", arn: str) -> bool:
    """Delete it; False while it is still being made. One that is gone is deleted enough."""
    try:
        cloudformation.delete_change_set(ChangeSetName=arn)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in ("ChangeSetNotFound", "InvalidChangeSetStatus"):
            raise
        return bool(code == "ChangeSetNotFound")
    return True


def _is_listed(cloudformation: "CloudFormationClient", arn: str, stack_id: str) -> bool:
    pages = cloudformation.get_paginator("list_change_sets").paginate(StackName=stack_id)
    try:
        return any(summary.get("ChangeSetId") == arn for summary in pages.search("Summaries[]"))
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False  # the stack went with it


def remove_shell(cloudformation: "CloudFormationClient", stack_id: str) -> bool:
    """Delete the empty stack that a change set of type CREATE leaves, unless another one waits in it.

    The shells of its nested stacks stay behind a failed one: they go too. They are empty, as their state says.
    """
    if not _is_shell(cloudformation, stack_id):
        return False
    # The state once more after the list: who executes a change set meanwhile empties the list, and has the stack.
    if cloudformation.list_change_sets(StackName=stack_id)["Summaries"] or not _is_shell(
        cloudformation, stack_id
    ):
        return False
    cloudformation.delete_stack(StackName=stack_id)
    pages = cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["REVIEW_IN_PROGRESS"])
    for shell in list(pages.search("StackSummaries[]")):
        if shell.get("RootId") == stack_id != shell["StackId"]:
            cloudformation.delete_stack(StackName=shell["StackId"])
    return True


def _is_shell(cloudformation: "CloudFormationClient", stack_id: str) -> bool:
    return read_stack(cloudformation, stack_id).status == "REVIEW_IN_PROGRESS"


def _read(cloudformation: "CloudFormationClient", arn: str, pages: Sequence[Page]) -> ChangeSet:
    """Read the whole tree without and with property values: with them CloudFormation may leave changes out."""
    plain: dict[str, Sequence[Page]] = {arn: pages}
    to_read = [arn]
    while to_read:
        for nested in nested_change_sets(plain[to_read.pop()]):
            if nested not in plain:
                plain[nested] = list(_pages(cloudformation, ChangeSetName=nested))
                to_read.append(nested)
    valued = {
        change_set_id: list(_pages(cloudformation, ChangeSetName=change_set_id, IncludePropertyValues=True))
        for change_set_id in plain
    }
    first = pages[0]
    parameters = {
        parameter["ParameterKey"]: parameter.get("ParameterValue", "")
        for parameter in first.get("Parameters", ())
    }
    description = first.get("Description", "")
    return ChangeSet(arn, first["ChangeSetName"], first["StackId"], plain, valued, parameters, description)


def nested_change_sets(pages: Iterable[Page]) -> list[str]:
    """The ids of the change sets of nested stacks that these pages name: they have to be asked for next."""
    changes = (entry.get("ResourceChange", {}) for page in pages for entry in page.get("Changes", ()))
    return [change["ChangeSetId"] for change in changes if change.get("ChangeSetId")]


def _pages(cloudformation: "CloudFormationClient", **request: Any) -> Iterator[Page]:
    yield from cloudformation.get_paginator("describe_change_set").paginate(**request)


def _failed_one(cloudformation: "CloudFormationClient", failed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The nested change set that failed: the root only names it, the cause is there."""
    named = _CHANGE_SET_ARN.search(str(failed.get("StatusReason", "")))
    if named is None or named.group() == failed.get("ChangeSetId"):
        return failed
    nested = next(_pages(cloudformation, ChangeSetName=named.group()))
    return _failed_one(cloudformation, nested) if nested["Status"] == "FAILED" else failed


def _validation_failures(cloudformation: "CloudFormationClient", failed: Mapping[str, Any]) -> list[str]:
    """Failures of CloudFormation's early validation, by property; none where they cannot be read."""
    if not failed.get("ChangeSetId"):
        return []
    try:
        events = cloudformation.describe_events(ChangeSetName=failed["ChangeSetId"])["OperationEvents"]
    except ClientError:  # they explain a failure, and must not hide it
        return []
    return [
        f"{event.get('LogicalResourceId', '')} {event.get('ValidationPath', '')}: "
        f"{event.get('ValidationStatusReason') or event.get('ValidationName', '')}"
        for event in events
        if event.get("ValidationStatus") == "FAILED"
    ]
