"""--rollback: the right call for each state, resources to skip by their path, and no data lost unasked."""

from typing import Any

import pytest

from scripts.command_line.errors import Refused, Stuck
from scripts.deployment.roll_back import roll_back
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import event_of_stack, stack_arn, stack_resource

STACK = "payment-webhooks-dev"
ROOT, CHILD = stack_arn(STACK), stack_arn(f"{STACK}-Data-1X")
NESTED = "AWS::CloudFormation::Stack"


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def stack(target: StubbedTarget, status: str) -> None:
    target.stub("cloudformation").add_response("describe_stacks", described(status))


def resources(target: StubbedTarget, *inside: dict[str, Any]) -> None:
    cloudformation = target.stub("cloudformation")
    nested = stack_resource("Data", NESTED, CHILD, "UPDATE_FAILED")
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": [nested]})
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": list(inside)})


def ends(target: StubbedTarget, operation: str, request: dict[str, Any], begins: str, last: str) -> None:
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("describe_stack_events", {"StackEvents": []})
    cloudformation.add_response(operation, {}, request)
    stack(target, begins)
    events = [event_of_stack(STACK, last, 5), event_of_stack(STACK, begins, 0)]
    cloudformation.add_response("describe_stack_events", {"StackEvents": events})


QUEUE = stack_resource("Queue", "AWS::SQS::Queue", "q", "UPDATE_FAILED")


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "ROLLBACK_COMPLETE"])
def test_nothing_to_roll_back(target: StubbedTarget, status: str) -> None:
    stack(target, status)
    context, _ = context_for(target)
    assert roll_back(context, (), may_destroy=False) is None


def test_a_failed_update_is_rolled_back(target: StubbedTarget) -> None:
    stack(target, "UPDATE_FAILED")
    resources(target, QUEUE)
    ends(
        target,
        "rollback_stack",
        {"StackName": ROOT},
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    )
    context, told = context_for(target)
    assert roll_back(context, (), may_destroy=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Data/Queue" in told.getvalue()
    target.assert_all_asked()


def test_a_failed_roll_back_goes_on_and_skips_what_it_is_told(target: StubbedTarget) -> None:
    stack(target, "UPDATE_ROLLBACK_FAILED")
    resources(target, QUEUE)
    request = {"StackName": ROOT, "ResourcesToSkip": [f"{STACK}-Data-1X.Queue"]}
    ends(
        *(target, "continue_update_rollback", request),
        *("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"),
    )
    context, _ = context_for(target)
    with pytest.raises(Stuck) as caught:
        roll_back(context, ["Data/Queue"], may_destroy=False)
    assert "--rollback" in caught.value.next_step
    target.assert_all_asked()


@pytest.mark.parametrize("path", ["Data/Nothing", "Queue", "Data/Fine"])
def test_only_what_failed_can_be_skipped(target: StubbedTarget, path: str) -> None:
    stack(target, "UPDATE_ROLLBACK_FAILED")
    resources(target, QUEUE, stack_resource("Fine", "AWS::SQS::Queue", "f", "UPDATE_COMPLETE"))
    target.stub("cloudformation").add_response("describe_stack_events", {"StackEvents": []})
    context, _ = context_for(target)
    with pytest.raises(Refused):
        roll_back(context, [path], may_destroy=False)


def failed_creation(target: StubbedTarget) -> None:
    stack(target, "CREATE_FAILED")
    resources(target, stack_resource("Table", "AWS::DynamoDB::Table", "table-x-dev"))
    reply = {"Table": {"TableName": "table-x-dev", "ItemCount": 12, "DeletionProtectionEnabled": False}}
    target.stub("dynamodb").add_response("describe_table", reply)


@pytest.mark.parametrize("answer", ["", "yes", "dev"])
def test_what_a_failed_creation_holds_is_deleted_for_its_name_only(
    target: StubbedTarget, answer: str
) -> None:
    failed_creation(target)
    context, told = context_for(target, answer)
    with pytest.raises(Refused, match="nothing was deleted"):
        roll_back(context, (), may_destroy=False)
    assert "about 12 items" in told.getvalue()
    target.assert_all_asked()


@pytest.mark.parametrize(("answer", "may_destroy"), [(STACK, False), ("", True)])
def test_a_failed_creation_is_rolled_back_when_allowed(
    target: StubbedTarget, answer: str, may_destroy: bool
) -> None:
    failed_creation(target)
    ends(target, "rollback_stack", {"StackName": ROOT}, "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE")
    context, _ = context_for(target, answer)
    assert roll_back(context, (), may_destroy=may_destroy) == "ROLLBACK_COMPLETE"
    target.assert_all_asked()
