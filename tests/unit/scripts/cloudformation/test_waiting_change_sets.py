"""Change sets that somebody planned: found by name or ARN, listed, and what can no longer be executed."""

import pytest

from scripts.cloudformation import change_sets
from scripts.cloudformation.next_commands import Commands
from scripts.command_line.errors import NotFound, Refused, UsageError
from tests.support.scripts.stubs import STARTED, change_set_answer, change_set_arn, stack_arn, stubbed

ROOT = change_set_arn("deploy-1")
VALUED = {"IncludePropertyValues": True}


COMMANDS = Commands("dev", "payment-webhooks-dev", ("--local",))


@pytest.mark.parametrize("status", ["OBSOLETE", "EXECUTE_COMPLETE", "UNAVAILABLE"])
def test_only_a_change_set_that_waits_can_be_applied(status: str) -> None:
    client, stub = stubbed("cloudformation")
    reply = change_set_answer(ROOT, "CREATE_COMPLETE") | {"ExecutionStatus": status}
    stub.add_response(
        *("describe_change_set", reply, {"StackName": "payment-webhooks-dev", "ChangeSetName": "deploy-1"})
    )
    with pytest.raises(Refused, match=status) as caught:
        change_sets.find(COMMANDS, client, "deploy-1")
    assert caught.value.next_step.endswith(f"{COMMANDS.deploy} --plan")


STACK = {
    "StackName": "payment-webhooks-dev",
    "StackId": stack_arn("payment-webhooks-dev"),
    "StackStatus": "CREATE_COMPLETE",
    "CreationTime": STARTED,
}


def test_a_change_set_that_does_not_exist_is_said_so() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_client_error("describe_change_set", "ChangeSetNotFound", "ChangeSet [x] does not exist")
    stub.add_response("describe_stacks", {"Stacks": [STACK]})
    with pytest.raises(NotFound, match="there is no change set x") as caught:
        change_sets.find(COMMANDS, client, "x")
    assert "python scripts/deploy.py --suffix dev --local --status" in caught.value.next_step


def test_a_change_set_of_another_stack_is_wrong_usage() -> None:
    client, stub = stubbed("cloudformation")
    other = change_set_answer(ROOT, "CREATE_COMPLETE") | {"StackName": "payment-webhooks-prod"}
    stub.add_response("describe_change_set", other)
    with pytest.raises(UsageError, match="belongs to payment-webhooks-prod"):
        change_sets.find(COMMANDS, client, ROOT)


@pytest.mark.parametrize(
    ("status", "is_there"),
    [("AVAILABLE", True), ("OBSOLETE", True), ("EXECUTE_COMPLETE", False), ("EXECUTE_FAILED", False)],
)
def test_what_was_executed_cannot_be_dropped_and_the_rest_can(status: str, is_there: bool) -> None:
    client, stub = stubbed("cloudformation")
    stub.add_response(
        "describe_change_set", change_set_answer(ROOT, "CREATE_COMPLETE") | {"ExecutionStatus": status}
    )
    assert (change_sets.find_unexecuted(COMMANDS, client, ROOT) is not None) is is_there


def test_those_that_wait_are_listed_over_all_pages_without_those_of_nested_stacks() -> None:
    client, stub = stubbed("cloudformation")

    def summary(name: str, status: str = "AVAILABLE", **more: str) -> dict[str, str]:
        return {"ChangeSetName": name, "ExecutionStatus": status, **more}

    pages = [
        [summary("deploy-2"), summary("old", "OBSOLETE")],
        [summary("deploy-1"), summary("child", ParentChangeSetId=ROOT)],
    ]
    stub.add_response("list_change_sets", {"Summaries": pages[0], "NextToken": "more"})
    stub.add_response("list_change_sets", {"Summaries": pages[1]})
    result = change_sets.waiting(client, "payment-webhooks-dev")
    assert [item["ChangeSetName"] for item in result] == ["deploy-1", "deploy-2"]


def test_a_change_set_that_waits_is_found_with_its_parameters() -> None:
    client, stub = stubbed("cloudformation")
    parameters = [{"ParameterKey": "ArtifactBucket", "ParameterValue": "b"}]
    reply = change_set_answer(ROOT, "CREATE_COMPLETE", Parameters=parameters)
    stub.add_response("describe_change_set", reply, {"ChangeSetName": ROOT})
    stub.add_response("describe_change_set", reply, {"ChangeSetName": ROOT, **VALUED})
    result = change_sets.find(COMMANDS, client, ROOT)
    assert (result.arn, result.parameters) == (ROOT, {"ArtifactBucket": "b"})
