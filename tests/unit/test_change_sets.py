"""Change sets over nested stacks: read whole, empty ones known, the real reason of a failure found."""

from typing import Any

import pytest

from deployment import change_sets
from deployment.change_sets import Request
from deployment.errors import RolledBack
from tests.support.stubs import REGION, STARTED, change_set_arn, stack_arn, stubbed

ROOT, CHILD = change_set_arn("deploy-1"), change_set_arn("deploy-1-child")
NOTHING = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


def answer(arn: str, status: str, changes: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "ChangeSetName": arn.split("/")[1],
        "ChangeSetId": arn,
        "StackId": stack_arn("payment-webhooks-dev"),
        "StackName": "payment-webhooks-dev",
        "Status": status,
        "ExecutionStatus": "AVAILABLE" if status == "CREATE_COMPLETE" else "UNAVAILABLE",
        "CreationTime": STARTED,
        "Changes": list(changes),
        **more,
    }


def change(action: str, logical_id: str, resource_type: str, **more: Any) -> dict[str, Any]:
    resource = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": resource_type, **more}
    return {"Type": "Resource", "ResourceChange": resource}


def nested(logical_id: str, change_set: str | None = None) -> dict[str, Any]:
    more: dict[str, Any] = {"Scope": ["Properties"], "Replacement": "False"}
    more |= {"ChangeSetId": change_set} if change_set else {}
    return change("Modify", logical_id, "AWS::CloudFormation::Stack", **more)


def wait(*answers: tuple[str, dict[str, Any]]) -> tuple[change_sets.ChangeSet | None, list[float]]:
    client, stub = stubbed("cloudformation")
    for arn, reply in answers:
        stub.add_response("describe_change_set", reply, {"ChangeSetName": arn})
    slept: list[float] = []
    made = change_sets.wait(client, ROOT, slept.append)
    stub.assert_no_pending_responses()
    return made, slept


def test_create_asks_for_nested_change_sets_and_named_roles() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_response(
        "create_change_set",
        {"Id": ROOT, "StackId": stack_arn("payment-webhooks-dev")},
        {
            "StackName": "payment-webhooks-dev",
            "ChangeSetName": "deploy-1",
            "ChangeSetType": "UPDATE",
            "TemplateURL": f"https://s3.{REGION}.amazonaws.com/b/k",
            "Parameters": [
                {"ParameterKey": "A", "ParameterValue": "1"},
                {"ParameterKey": "B", "ParameterValue": "2"},
            ],
            "Tags": [{"Key": "Environment", "Value": "dev"}],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "IncludeNestedStacks": True,
        },
    )
    request = Request(
        *("payment-webhooks-dev", "deploy-1", "UPDATE", f"https://s3.{REGION}.amazonaws.com/b/k"),
        parameters={"B": "2", "A": "1"},
        tags={"Environment": "dev"},
    )
    assert change_sets.create(client, request) == (ROOT, stack_arn("payment-webhooks-dev"))


def test_changes_of_nested_stacks_follow_their_stack() -> None:
    table = change(
        *("Modify", "InboxTable", "AWS::DynamoDB::Table"),
        Scope=["Properties", "Tags"],
        Replacement="True",
        PolicyAction="ReplaceAndDelete",
    )
    made, slept = wait(
        (ROOT, answer(ROOT, "CREATE_PENDING")),
        (ROOT, answer(ROOT, "CREATE_IN_PROGRESS")),
        (ROOT, answer(ROOT, "CREATE_COMPLETE", [nested("Data", CHILD), nested("Api")])),
        (CHILD, answer(CHILD, "CREATE_COMPLETE", [table])),
    )
    assert made is not None
    assert [each.shown_path for each in made.changes] == ["Data", "Data/InboxTable", "Api"]
    assert made.changes[1].replacement == "True"
    assert made.changes[1].scope == ("Properties", "Tags")
    assert made.changes[1].policy_action == "ReplaceAndDelete"
    assert made.shows_nested
    assert len(slept) == 2


def test_pages_are_read_to_the_end() -> None:
    client, stub = stubbed("cloudformation")
    first = answer(ROOT, "CREATE_COMPLETE", [change("Add", "A", "AWS::SQS::Queue")], NextToken="page-2")
    second = answer(ROOT, "CREATE_COMPLETE", [change("Remove", "B", "AWS::SQS::Queue")])
    stub.add_response("describe_change_set", first, {"ChangeSetName": ROOT})
    stub.add_response("describe_change_set", second, {"ChangeSetName": ROOT, "NextToken": "page-2"})
    made = change_sets.wait(client, ROOT, lambda seconds: None)
    assert made is not None
    assert [(each.action, each.logical_id) for each in made.changes] == [("Add", "A"), ("Remove", "B")]


def test_a_target_that_ignores_nesting_is_no_error() -> None:
    made, _ = wait((ROOT, answer(ROOT, "CREATE_COMPLETE", [nested("Data")])))
    assert made is not None
    assert not made.shows_nested


@pytest.mark.parametrize("reason", [NOTHING, "No updates are to be performed."])
def test_nothing_changed_is_no_error(reason: str) -> None:
    made, _ = wait((ROOT, answer(ROOT, "FAILED", StatusReason=reason)))
    assert made is None


def test_the_reason_of_a_nested_failure_is_found_at_the_bottom() -> None:
    """The root says "Nested change set … was not successfully created: Currently in FAILED." and no more."""
    nested_failed = f"Nested change set {CHILD} was not successfully created: Currently in FAILED."
    with pytest.raises(RolledBack, match=r"Parameters: \[KeyArn\] must have values"):
        wait(
            (ROOT, answer(ROOT, "FAILED", StatusReason=nested_failed)),
            (CHILD, answer(CHILD, "FAILED", StatusReason="Parameters: [KeyArn] must have values")),
        )


def test_a_change_set_that_is_gone_is_removed_enough() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_client_error("delete_change_set", "ChangeSetNotFound")
    change_sets.remove(client, ROOT)
    stub.assert_no_pending_responses()


def test_another_error_of_removal_is_not_hidden() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_client_error("delete_change_set", "InvalidChangeSetStatus")
    with pytest.raises(client.exceptions.ClientError):
        change_sets.remove(client, ROOT)


@pytest.mark.parametrize(
    ("status", "others", "deleted"),
    [("REVIEW_IN_PROGRESS", 0, True), ("REVIEW_IN_PROGRESS", 1, False), ("UPDATE_COMPLETE", 0, False)],
)
def test_only_an_empty_shell_is_deleted(status: str, others: int, deleted: bool) -> None:
    client, stub = stubbed("cloudformation")
    stack = {
        "StackName": "payment-webhooks-dev",
        "StackId": stack_arn("payment-webhooks-dev"),
        "StackStatus": status,
        "CreationTime": STARTED,
    }
    stub.add_response("describe_stacks", {"Stacks": [stack]})
    if status == "REVIEW_IN_PROGRESS":
        stub.add_response("list_change_sets", {"Summaries": [{"ChangeSetName": "other"}] * others})
    if deleted:
        stub.add_response("delete_stack", {}, {"StackName": stack_arn("payment-webhooks-dev")})
    assert change_sets.remove_shell(client, stack_arn("payment-webhooks-dev")) is deleted
    stub.assert_no_pending_responses()
