"""Change sets over nested stacks: read whole, empty ones known, the real reason of a failure found."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.cloudformation import change_sets
from scripts.cloudformation.change_sets import Request
from scripts.command_line.errors import RolledBack, Stuck
from tests.support.scripts.stubs import REGION, STARTED, change_set_answer, change_set_arn, stack_arn, stubbed

ROOT, CHILD = change_set_arn("deploy-1"), change_set_arn("deploy-1-child")
VALUED = {"IncludePropertyValues": True}
NOTHING = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


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
    made_of = {arn: reply for arn, reply in answers if reply["Status"] == "CREATE_COMPLETE"}
    for arn, reply in made_of.items():
        stub.add_response("describe_change_set", reply, {"ChangeSetName": arn, "IncludePropertyValues": True})
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
        (ROOT, change_set_answer(ROOT, "CREATE_PENDING")),
        (ROOT, change_set_answer(ROOT, "CREATE_IN_PROGRESS")),
        (ROOT, change_set_answer(ROOT, "CREATE_COMPLETE", [nested("Data", CHILD), nested("Api")])),
        (CHILD, change_set_answer(CHILD, "CREATE_COMPLETE", [table])),
    )
    assert made is not None
    assert [*made.plain] == [*made.valued] == [ROOT, CHILD]
    assert made.plain[CHILD][0]["Changes"] == [table]
    assert len(slept) == 2


def test_pages_are_read_to_the_end() -> None:
    client, stub = stubbed("cloudformation")
    first = change_set_answer(
        ROOT, "CREATE_COMPLETE", [change("Add", "A", "AWS::SQS::Queue")], NextToken="page-2"
    )
    second = change_set_answer(ROOT, "CREATE_COMPLETE", [change("Remove", "B", "AWS::SQS::Queue")])
    stub.add_response("describe_change_set", first, {"ChangeSetName": ROOT})
    stub.add_response("describe_change_set", second, {"ChangeSetName": ROOT, "NextToken": "page-2"})
    stub.add_response("describe_change_set", first, {"ChangeSetName": ROOT, **VALUED})
    stub.add_response("describe_change_set", second, {"ChangeSetName": ROOT, "NextToken": "page-2", **VALUED})
    made = change_sets.wait(client, ROOT, lambda seconds: None)
    assert made is not None
    for form in (made.plain, made.valued):
        resources = [entry["ResourceChange"] for page in form[ROOT] for entry in page["Changes"]]
        assert [item["LogicalResourceId"] for item in resources] == ["A", "B"]
    stub.assert_no_pending_responses()


def test_a_target_that_ignores_nesting_is_no_error() -> None:
    made, _ = wait((ROOT, change_set_answer(ROOT, "CREATE_COMPLETE", [nested("Data")])))
    assert made is not None
    assert [*made.plain] == [ROOT]


@pytest.mark.parametrize("reason", [NOTHING, "No updates are to be performed."])
def test_nothing_changed_is_no_error(reason: str) -> None:
    made, _ = wait((ROOT, change_set_answer(ROOT, "FAILED", StatusReason=reason)))
    assert made is None


def test_the_reason_of_a_nested_failure_is_found_at_the_bottom() -> None:
    """The root says "Nested change set … was not successfully created: Currently in FAILED." and no more."""
    nested_failed = f"Nested change set {CHILD} was not successfully created: Currently in FAILED."
    client, stub = stubbed("cloudformation")
    child = change_set_answer(CHILD, "FAILED", StatusReason="Parameters: [KeyArn] must have values")
    stub.add_response("describe_change_set", change_set_answer(ROOT, "FAILED", StatusReason=nested_failed))
    stub.add_response("describe_change_set", child, {"ChangeSetName": CHILD})
    stub.add_client_error("describe_events", "AccessDenied")  # explains, and must not hide the reason
    with pytest.raises(RolledBack, match=r"Parameters: \[KeyArn\] must have values"):
        change_sets.wait(client, ROOT, lambda seconds: None)
    stub.assert_no_pending_responses()


def test_early_validation_names_the_property() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_response(
        "describe_change_set", change_set_answer(ROOT, "FAILED", StatusReason="Validation failed.")
    )
    failed = {
        "EventId": "1",
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": "InboxTable",
        "ValidationStatus": "FAILED",
        "ValidationName": "PROPERTY_VALIDATION",
        "ValidationPath": "/Resources/InboxTable/Properties/BillingMode",
        "ValidationStatusReason": "PAY_PER_REQUESTS is not a valid enum value",
    }
    passed = {"EventId": "2", "ValidationStatus": "SKIPPED", "LogicalResourceId": "Other"}
    reply = {"OperationEvents": [failed, passed]}
    stub.add_response("describe_events", reply, {"ChangeSetName": ROOT})
    with pytest.raises(RolledBack) as caught:
        change_sets.wait(client, ROOT, lambda seconds: None)
    assert "InboxTable /Resources/InboxTable/Properties/BillingMode: PAY_PER_REQUESTS" in caught.value.message
    assert "Other" not in caught.value.message


def test_a_reply_that_stays_throttled_is_not_taken_for_a_failed_change_set() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_client_error("describe_change_set", "Throttling", "Rate exceeded")
    with pytest.raises(ClientError, match="Rate exceeded"):
        change_sets.wait(client, ROOT, lambda seconds: None)


def removed(listed: list[list[str]], *errors: str) -> int:
    """Removes the change set ROOT: how often it waited. `listed`: the ids that each listing gives."""
    client, stub = stubbed("cloudformation")
    for error in errors:
        stub.add_client_error("delete_change_set", error)
    if "ChangeSetNotFound" not in errors:
        stub.add_response("delete_change_set", {}, {"ChangeSetName": ROOT})
    for ids in listed:
        summaries = [{"ChangeSetId": change_set_id, "Status": "DELETE_IN_PROGRESS"} for change_set_id in ids]
        stub.add_response("list_change_sets", {"Summaries": summaries})
    slept: list[float] = []
    change_sets.remove(client, ROOT, stack_arn("payment-webhooks-dev"), slept.append)
    stub.assert_no_pending_responses()
    return len(slept)


def test_a_change_set_that_is_gone_is_removed_enough() -> None:
    assert removed([[]], "ChangeSetNotFound") == 0


def test_removal_ends_when_the_change_set_is_no_longer_listed() -> None:
    assert removed([[ROOT, CHILD], [ROOT], [CHILD]]) == 2


def test_a_change_set_that_is_being_made_is_removed_once_it_is_made() -> None:
    assert removed([[]], "InvalidChangeSetStatus", "InvalidChangeSetStatus") == 2


def test_removal_does_not_wait_for_ever() -> None:
    client, stub = stubbed("cloudformation")
    for _ in range(90):
        stub.add_client_error("delete_change_set", "InvalidChangeSetStatus")
    with pytest.raises(Stuck, match="within 180 s"):
        change_sets.remove(client, ROOT, stack_arn("payment-webhooks-dev"), lambda seconds: None)
    stub.assert_no_pending_responses()


def test_another_error_of_removal_is_not_hidden() -> None:
    client, stub = stubbed("cloudformation")
    stub.add_client_error("delete_change_set", "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        change_sets.remove(client, ROOT, stack_arn("payment-webhooks-dev"), lambda seconds: None)


def shell(name: str, root: str = "payment-webhooks-dev") -> dict[str, Any]:
    return {
        "StackName": name,
        "StackId": stack_arn(name),
        "RootId": stack_arn(root),
        "StackStatus": "REVIEW_IN_PROGRESS",
        "CreationTime": STARTED,
    }


@pytest.mark.parametrize(
    ("status", "others", "executed", "deleted"),
    [
        ("REVIEW_IN_PROGRESS", 0, "REVIEW_IN_PROGRESS", True),
        ("REVIEW_IN_PROGRESS", 0, "CREATE_IN_PROGRESS", False),  # by another deployment, before the list
        ("REVIEW_IN_PROGRESS", 1, "", False),
        ("UPDATE_COMPLETE", 0, "", False),
    ],
)
def test_only_an_empty_shell_is_deleted(status: str, others: int, executed: str, deleted: bool) -> None:
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
        if others == 0:
            stub.add_response("describe_stacks", {"Stacks": [stack | {"StackStatus": executed}]})
    if deleted:
        stub.add_response("delete_stack", {}, {"StackName": stack_arn("payment-webhooks-dev")})
        shells = [shell("payment-webhooks-dev"), shell("child-Data"), shell("other-Data", root="other")]
        stub.add_response(
            "list_stacks", {"StackSummaries": shells}, {"StackStatusFilter": ["REVIEW_IN_PROGRESS"]}
        )
        stub.add_response("delete_stack", {}, {"StackName": stack_arn("child-Data")})
    assert change_sets.remove_shell(client, stack_arn("payment-webhooks-dev")) is deleted
    stub.assert_no_pending_responses()
