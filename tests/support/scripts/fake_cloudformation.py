"""CloudFormation in memory: stacks with their events, resources, policies and change sets, behind a boto3 client.

Requests and answers are checked against the service's model, and paginators and errors are botocore's own. An
operation ends as the test says (`ends`), else well, when its events are read for the first time.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from tests.support.scripts.stubs import (
    STARTED,
    change_set_arn,
    event_of_stack,
    shared_session,
    stack_arn,
    stack_resource,
)

STACK = "payment-webhooks-dev"
NESTED = "AWS::CloudFormation::Stack"
QUEUE = {
    "Action": "Modify",
    "LogicalResourceId": "Q",
    "ResourceType": "AWS::SQS::Queue",
    "Replacement": "False",
}
TEMPLATE = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})


def faked(service: str, fake: object) -> Any:
    """A boto3 client whose operations are the methods of `fake`, e.g. `describe_stacks(StackName=…)`."""
    session: Any = shared_session()
    client = session.client(service)

    def remember(params: Any, context: dict[str, Any], **_: Any) -> None:
        context["request"] = params

    def answer(model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        try:
            if error_once := getattr(fake, "fails_once", {}).pop(xform_name(model.name), None):
                raise error_once
            reply = getattr(fake, xform_name(model.name))(**context["request"]) or {}
        except ClientError as error:
            return AWSResponse("", 400, HTTPHeaders(), None), {
                **error.response,
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
        if model.output_shape is not None:
            validate_parameters(reply, model.output_shape)
        return AWSResponse("", 200, HTTPHeaders(), None), {
            **reply,
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }

    client.meta.events.register(
        f"before-parameter-build.{client.meta.service_model.service_id.hyphenize()}", remember
    )
    client.meta.events.register(f"before-call.{client.meta.service_model.service_id.hyphenize()}", answer)
    return client


def refusal(operation: str, message: str, code: str = "ValidationError") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class FakeChangeSet:
    name: str
    changes: list[dict[str, Any]]
    template: str = TEMPLATE
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    execution_status: str = "AVAILABLE"
    description: str = "made by hand"
    parameters: dict[str, str] = field(default_factory=lambda: {"ArtifactBucket": "b"})
    created: datetime = STARTED
    refused_deletions: int = 0  # while it is being made, CloudFormation refuses to delete it
    lingering_listings: int = (
        2  # with nested ones, a deletion is asynchronous: DELETE_PENDING, DELETE_IN_PROGRESS
    )

    @property
    def arn(self) -> str:
        return change_set_arn(self.name)


@dataclass
class FakeStack:
    name: str
    status: str
    outputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    is_protected: bool = False
    policy: str | None = None
    template: str = TEMPLATE
    resources: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, FakeChangeSet] = field(default_factory=dict)
    change_set_id: str = ""

    @property
    def stack_id(self) -> str:
        return stack_arn(self.name)


class FakeCloudFormation:
    """`changes` lists the operations that changed something, in order; `next_change_set` is what is made next."""

    def __init__(self) -> None:
        self.stacks: dict[str, FakeStack] = {}
        self.changes: list[str] = []
        self.next_change_set = FakeChangeSet("deploy-1", [QUEUE])
        self.fails_once: dict[str, ClientError] = {}  # by operation, e.g. set_stack_policy
        self.on_delete: Callable[[], None] = lambda: None  # what goes on while the first stack is deleted
        self._ends: list[tuple[str | None, list[dict[str, Any]]]] = []
        self._running: dict[str, tuple[str | None, list[dict[str, Any]]]] = {}
        self._second = 0

    # --- what a test sets up --------------------------------------------------------

    def add_stack(self, status: str, **more: Any) -> FakeStack:
        stack = FakeStack(STACK, status, **more)
        self.stacks[STACK] = stack
        return stack

    def add_nested(self, logical_id: str, resources: Iterable[dict[str, Any]] = (), **more: Any) -> FakeStack:
        """A stack nested in the root, e.g. `Data`."""
        status = more.pop("status", "UPDATE_COMPLETE")
        nested = FakeStack(f"{STACK}-{logical_id}", status, resources=[*resources], **more)
        self.stacks[nested.name] = nested
        self.root.resources.append(stack_resource(logical_id, NESTED, nested.stack_id, status))
        return nested

    def add_change_set(self, **change: Any) -> FakeChangeSet:
        """One that waits, over the queue Q."""
        change_set = FakeChangeSet("deploy-1", [QUEUE | change])
        self.root.change_sets[change_set.name] = change_set
        return change_set

    def ends(self, status: str | None, *events: dict[str, Any]) -> None:
        """How the next operation ends, after `events`; None: it does not."""
        self._ends.append((status, [*events]))

    def begin(self, stack: FakeStack, status: str, end: str) -> None:
        """An operation begins, which ends in `end` unless `ends` says otherwise."""
        stack.status = status
        self._add_event(stack, event_of_stack(stack.name, status, 0))
        self._running[stack.name] = self._ends.pop(0) if self._ends else (end, [])

    @property
    def root(self) -> FakeStack:
        return self.stacks[STACK]

    # --- CloudFormation's operations --------------------------------------------------------

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        stack = self._stack(StackName, "DescribeStacks")
        described = {
            "StackName": stack.name,
            "StackId": stack.stack_id,
            "StackStatus": stack.status,
            "CreationTime": STARTED,
            "EnableTerminationProtection": stack.is_protected,
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in stack.outputs.items()],
            "Parameters": _parameters(stack.parameters),
        }
        return {"Stacks": [described | ({"ChangeSetId": stack.change_set_id} if stack.change_set_id else {})]}

    def list_stacks(self, StackStatusFilter: Any = ()) -> dict[str, Any]:
        found = [stack for stack in self.stacks.values() if stack.status in StackStatusFilter]
        described = [
            {
                "StackName": stack.name,
                "StackId": stack.stack_id,
                "StackStatus": stack.status,
                "CreationTime": STARTED,
            }
            for stack in found
        ]
        return {"StackSummaries": described}

    def list_stack_resources(self, StackName: str) -> dict[str, Any]:
        return {"StackResourceSummaries": self._stack(StackName, "ListStackResources").resources}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:
        stack = self._stack(StackName, "DescribeStackEvents")
        status, events = self._running.pop(stack.name, (None, []))
        for event in events:
            self._add_event(stack, event)
        if status is not None:
            stack.status = status
            self._add_event(stack, event_of_stack(stack.name, status, 0))
        return {"StackEvents": stack.events[::-1]}

    def get_template(self, StackName: str, TemplateStage: str, ChangeSetName: str = "") -> dict[str, Any]:
        stack = self._stack(StackName, "GetTemplate")
        return {
            "TemplateBody": self._change_set(ChangeSetName)[1].template if ChangeSetName else stack.template
        }

    def get_stack_policy(self, StackName: str) -> dict[str, Any]:
        policy = self._stack(StackName, "GetStackPolicy").policy
        return {"StackPolicyBody": policy} if policy else {}

    def set_stack_policy(self, StackName: str, StackPolicyBody: str) -> None:
        self.changes.append("set_stack_policy")
        self._stack(StackName, "SetStackPolicy").policy = StackPolicyBody

    def update_termination_protection(
        self, StackName: str, EnableTerminationProtection: bool
    ) -> dict[str, Any]:
        self.changes.append("update_termination_protection")
        self._stack(StackName, "UpdateTerminationProtection").is_protected = EnableTerminationProtection
        return {"StackId": StackName}

    def create_change_set(
        self, StackName: str, ChangeSetName: str, ChangeSetType: str, **_: Any
    ) -> dict[str, Any]:
        self.changes.append("create_change_set")
        if ChangeSetType == "CREATE" and StackName not in self.stacks:
            self.stacks[StackName] = FakeStack(StackName, "REVIEW_IN_PROGRESS")
        stack = self._stack(StackName, "CreateChangeSet")
        stack.change_sets[self.next_change_set.name] = self.next_change_set
        return {"Id": self.next_change_set.arn, "StackId": stack.stack_id}

    def describe_change_set(
        self, ChangeSetName: str, StackName: str = "", IncludePropertyValues: bool = False
    ) -> dict[str, Any]:
        stack, change_set = self._change_set(ChangeSetName)
        return {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.arn,
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "ExecutionStatus": change_set.execution_status,
            "CreationTime": STARTED,
            "Description": change_set.description,
            "Parameters": _parameters(change_set.parameters),
            "Changes": [{"Type": "Resource", "ResourceChange": change} for change in change_set.changes],
        }

    def list_change_sets(self, StackName: str) -> dict[str, Any]:
        change_sets = self._stack(StackName, "ListChangeSets").change_sets
        for change_set in [one for one in change_sets.values() if one.status.startswith("DELETE")]:
            if change_set.lingering_listings == 0:
                del change_sets[change_set.name]
            change_set.lingering_listings -= 1
            change_set.status = "DELETE_IN_PROGRESS"
        summaries = [
            {
                "ChangeSetName": change_set.name,
                "ChangeSetId": change_set.arn,
                "Status": change_set.status,
                "ExecutionStatus": change_set.execution_status,
                "CreationTime": change_set.created,
                "Description": change_set.description,
            }
            for change_set in change_sets.values()
        ]
        return {"Summaries": summaries}

    def describe_events(self, ChangeSetName: str) -> dict[str, Any]:
        return {"OperationEvents": []}

    def delete_change_set(self, ChangeSetName: str) -> None:
        self.changes.append("delete_change_set")
        _, change_set = self._change_set(ChangeSetName)
        if change_set.refused_deletions > 0:
            change_set.refused_deletions -= 1
            raise refusal("DeleteChangeSet", "it is being created", "InvalidChangeSetStatus")
        change_set.status, change_set.execution_status = "DELETE_PENDING", "UNAVAILABLE"

    def execute_change_set(self, ChangeSetName: str) -> None:
        self.changes.append("execute_change_set")
        stack, change_set = self._change_set(ChangeSetName)
        if change_set.execution_status != "AVAILABLE":
            raise refusal("ExecuteChangeSet", "it cannot be executed", "InvalidChangeSetStatus")
        change_set.execution_status = "EXECUTE_COMPLETE"
        stack.change_set_id = change_set.arn
        action = "CREATE" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE"
        self.begin(stack, f"{action}_IN_PROGRESS", f"{action}_COMPLETE")

    def delete_stack(self, StackName: str) -> None:
        self.changes.append("delete_stack")
        stack = self._stack(StackName, "DeleteStack")
        if stack.is_protected:
            raise refusal(
                "DeleteStack", f"{stack.name} cannot be deleted while TerminationProtection is enabled"
            )
        if stack.status == "REVIEW_IN_PROGRESS":
            del self.stacks[stack.name]
        else:
            self.begin(stack, "DELETE_IN_PROGRESS", "DELETE_COMPLETE")
            happening, self.on_delete = self.on_delete, lambda: None
            happening()

    def rollback_stack(self, StackName: str) -> dict[str, Any]:
        self.changes.append("rollback_stack")
        stack = self._stack(StackName, "RollbackStack")
        prefix = "" if stack.status.startswith("CREATE") else "UPDATE_"
        self.begin(stack, f"{prefix}ROLLBACK_IN_PROGRESS", f"{prefix}ROLLBACK_COMPLETE")
        return {"StackId": stack.stack_id}

    def continue_update_rollback(self, StackName: str, ResourcesToSkip: list[str]) -> dict[str, Any]:
        self.changes.append(" ".join(["continue_update_rollback", *ResourcesToSkip]))
        stack = self._stack(StackName, "ContinueUpdateRollback")
        self.begin(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        return {}

    # --- inside --------------------------------------------------------

    def _stack(self, name_or_id: str, operation: str) -> FakeStack:
        """By name only while it exists, by id always."""
        for stack in self.stacks.values():
            if name_or_id == stack.stack_id or (
                name_or_id == stack.name and stack.status != "DELETE_COMPLETE"
            ):
                return stack
        raise refusal(operation, f"Stack with id {name_or_id} does not exist")

    def _change_set(self, name_or_arn: str) -> tuple[FakeStack, FakeChangeSet]:
        for stack in self.stacks.values():
            for change_set in stack.change_sets.values():
                if name_or_arn in (change_set.name, change_set.arn):
                    return stack, change_set
        raise refusal("DescribeChangeSet", "there is none", "ChangeSetNotFound")

    def _add_event(self, stack: FakeStack, event: dict[str, Any]) -> None:
        self._second += 1
        time = STARTED + timedelta(seconds=self._second)
        stack.events.append({**event, "Timestamp": time, "EventId": f"{event['EventId']}-{self._second}"})


def _parameters(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
