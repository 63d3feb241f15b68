"""What destroy shows, asks, empties and finds left; and that it can be run again after any step."""

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.cloudformation.live_stack import LiveResource, LiveStack
from scripts.command_line.errors import Refused, Stuck
from scripts.deployment import destroy as destroying
from scripts.deployment import named_resources, stored_data
from scripts.deployment.destroy import Inventory
from scripts.deployment.stored_data import Bucket, Table
from stacks.assembly import Assembly
from stacks.names import Names
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import (
    ACCOUNT_ID,
    REGION,
    event_of_stack,
    stack_arn,
    stack_event,
    stack_resource,
)

STACK, CHILD = "payment-webhooks-dev", "payment-webhooks-dev-Data-1A"
BUCKET = "pw-audit-dev"
NAMES = Names("dev", ACCOUNT_ID, REGION)


UNPROTECTED = LiveStack("arn:aws:cloudformation:us-east-1:123456789012:stack/x/1", "CREATE_COMPLETE", {})


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def test_what_will_be_lost_is_shown(target: StubbedTarget) -> None:
    context, told = context_for(target)
    tables, buckets = (Table("table-x-dev", 1234, False),), (Bucket(BUCKET, 10_000, True),)
    destroying.show(context, Inventory((LiveResource(STACK, "T", "t", stored_data.TABLE),), tables, buckets))
    assert "table-x-dev: about 1,234 items" in told.getvalue()
    assert f"{BUCKET}: more than 10,000 objects" in told.getvalue()
    assert "with 1 resources, and in them:" in told.getvalue()
    context, told = context_for(target)
    destroying.show(context, Inventory((), (), ()))
    assert told.getvalue() == f"this deletes {STACK}, which is empty\n"


def test_a_protected_table_stops_it_before_anything_is_deleted(target: StubbedTarget) -> None:
    context, _ = context_for(target)
    with pytest.raises(Refused) as caught:
        destroying.require_unprotected(
            context, UNPROTECTED, Inventory((), (Table("table-x-dev", 1, True),), ())
        )
    assert "deletion protection is on for table-x-dev; nothing was deleted" in caught.value.message
    assert caught.value.next_step.endswith("--lift-protection")


def test_termination_protection_stops_it_before_anything_is_emptied(target: StubbedTarget) -> None:
    context, _ = context_for(target)
    with pytest.raises(Refused, match="termination protection") as caught:
        destroying.require_unprotected(
            context, replace(UNPROTECTED, is_protected=True), Inventory((), (), ())
        )
    assert caught.value.next_step.endswith("--lift-protection")


def test_protection_is_lifted_only_when_it_is_asked_for_and_the_name_was_typed(target: StubbedTarget) -> None:
    def begin() -> None:
        reply = described("UPDATE_COMPLETE")
        reply["Stacks"][0]["EnableTerminationProtection"] = True
        target.stub("cloudformation").add_response("describe_stacks", reply)
        table = stack_resource("Table", stored_data.TABLE, "table-x-dev")
        target.stub("cloudformation").add_response(
            "list_stack_resources", {"StackResourceSummaries": [table]}
        )
        is_on = {"Table": {"ItemCount": 7, "DeletionProtectionEnabled": True}}
        target.stub("dynamodb").add_response("describe_table", is_on)

    begin()
    with pytest.raises(Refused, match="is not 'dev'"):
        destroying.destroy_environment(context_for(target, "no")[0], small_assembly(), None, lift=True)
    target.assert_all_asked()
    begin()
    unprotect = {"StackName": stack_arn(STACK), "EnableTerminationProtection": False}
    target.stub("cloudformation").add_response("update_termination_protection", {}, unprotect)
    allow = {"TableName": "table-x-dev", "DeletionProtectionEnabled": False}
    target.stub("dynamodb").add_response("update_table", {}, allow)
    deletion(target, status="DELETE_COMPLETE")
    listed(target, [])
    listed(target, [], [])
    assert destroying.destroy_environment(context_for(target, "dev")[0], small_assembly(), None, lift=True)
    target.assert_all_asked()


@pytest.mark.parametrize("typed", ["", "y", "yes", "Dev", "payment-webhooks-de"])
def test_another_name_is_refused(target: StubbedTarget, typed: str) -> None:
    with pytest.raises(Refused):
        destroying.confirm(context_for(target, typed)[0], None)
    with pytest.raises(Refused):
        destroying.confirm(context_for(target)[0], typed)


def test_the_name_typed_or_given_is_enough(target: StubbedTarget) -> None:
    destroying.confirm(context_for(target, "dev")[0], None)
    destroying.confirm(context_for(target)[0], "dev")


def deletion(target: StubbedTarget, *events: dict[str, Any], status: str) -> None:
    """The calls of one deletion that ends in `status`."""
    stub = target.stub("cloudformation")
    stub.add_response("describe_stack_events", {"StackEvents": []})
    stub.add_response("delete_stack", {}, {"StackName": stack_arn(STACK)})
    stub.add_response("describe_stacks", described("DELETE_IN_PROGRESS"))
    told = [event_of_stack(STACK, "DELETE_IN_PROGRESS", 0), *events, event_of_stack(STACK, status, 9)]
    stub.add_response("describe_stack_events", {"StackEvents": list(reversed(told))})


def test_a_bucket_that_was_written_to_meanwhile_is_emptied_again(target: StubbedTarget) -> None:
    s3 = target.stub("s3")
    not_empty = stack_event(
        *(STACK, "AuditBucket", "DELETE_FAILED", 5),
        resource_type=stored_data.BUCKET,
        reason="The bucket you tried to delete is not empty",
    )
    s3.add_response("list_object_versions", {})  # nothing to empty: nothing said of it
    deletion(target, not_empty, status="DELETE_FAILED")
    versions = {"Versions": [{"Key": "k", "VersionId": "v"}]}
    s3.add_response("list_object_versions", versions)  # counted
    s3.add_response("list_object_versions", versions)
    s3.add_response("delete_objects", {})
    s3.add_response("list_object_versions", {})
    deletion(target, status="DELETE_COMPLETE")
    context, told = context_for(target)
    inventory = Inventory((LiveResource(STACK, "AuditBucket", BUCKET, stored_data.BUCKET),), (), ())
    destroying.delete_with_contents(context, target.client("cloudformation"), stack_arn(STACK), inventory)
    assert "once more" in told.getvalue()
    assert told.getvalue().count(f"emptying {BUCKET}") == 1
    assert f"emptying {BUCKET}: 1" in told.getvalue()
    target.assert_all_asked()


def test_another_failure_is_told_with_its_cause(target: StubbedTarget) -> None:
    in_use = stack_event(
        STACK, "Key", "DELETE_FAILED", 5, resource_type="AWS::KMS::Key", reason="not authorised"
    )
    deletion(target, in_use, status="DELETE_FAILED")
    context, _ = context_for(target)
    with pytest.raises(Stuck, match=f"{STACK}/Key .*not authorised"):
        destroying.delete_with_contents(
            context, target.client("cloudformation"), stack_arn(STACK), Inventory((), (), ())
        )


def test_termination_protection_is_told_with_the_command_that_lifts_it(target: StubbedTarget) -> None:
    stub = target.stub("cloudformation")
    stub.add_response("describe_stack_events", {"StackEvents": []})
    message = f"Stack [{STACK}] cannot be deleted while TerminationProtection is enabled"
    stub.add_client_error("delete_stack", "ValidationError", message)
    context, _ = context_for(target)
    with pytest.raises(Refused) as caught:
        destroying.delete_with_contents(
            context, target.client("cloudformation"), stack_arn(STACK), Inventory((), (), ())
        )
    assert caught.value.next_step.endswith("--lift-protection")


def small_assembly() -> Assembly:
    """Templates with one table and one log group."""
    table = {
        "Type": stored_data.TABLE,
        "Properties": {"TableName": {"Fn::Sub": "table-x-${EnvironmentSuffix}"}},
    }
    group = {
        "Type": named_resources.LOG_GROUP,
        "Properties": {"LogGroupName": {"Fn::Sub": "/x-${EnvironmentSuffix}"}},
    }
    return Assembly(json.dumps({"Resources": {"Table": table, "Group": group}}), {})


def listed(target: StubbedTarget, groups: list[str], tables: list[str] | None = None) -> None:
    """One look at what exists; `tables` None: only log groups are looked for."""
    if tables is not None:
        target.stub("dynamodb").add_response("list_tables", {"TableNames": tables})
    found = [{"logGroupName": name} for name in groups]
    target.stub("logs").add_response("describe_log_groups", {"logGroups": found})


def no_stack(target: StubbedTarget) -> None:
    message = f"Stack with id {STACK} does not exist"
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", message)


def test_no_stack_and_nothing_with_its_name_is_nothing_to_do(target: StubbedTarget) -> None:
    no_stack(target)
    listed(target, [], ["table-x-a-dev"])
    listed(target, [], [])
    assert destroying.destroy_environment(context_for(target)[0], small_assembly(), "dev") is False
    target.assert_all_asked()


def test_a_log_group_that_an_interrupted_destroy_left_is_deleted(target: StubbedTarget) -> None:
    no_stack(target)
    listed(target, ["/x-dev", "/x-prod"], [])
    listed(target, ["/x-dev"])
    target.stub("logs").add_response("delete_log_group", {}, {"logGroupName": "/x-dev"})
    listed(target, [], [])
    assert destroying.destroy_environment(context_for(target)[0], small_assembly(), "dev") is True
    target.assert_all_asked()


def test_what_is_left_in_no_stack_is_named_and_not_deleted(target: StubbedTarget) -> None:
    no_stack(target)
    for _ in range(100):  # it is looked for until the deadline, as lists lag behind
        listed(target, [], ["table-x-dev"])
    with pytest.raises(Stuck, match="AWS::DynamoDB::Table table-x-dev"):
        destroying.destroy_environment(context_for(target)[0], small_assembly(), "dev")


def test_a_whole_destroy_leaves_nothing(target: StubbedTarget) -> None:
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("describe_stacks", described("UPDATE_COMPLETE"))
    resources = [
        stack_resource("Table", stored_data.TABLE, "table-x-dev"),
        stack_resource("Api", "AWS::ApiGateway::RestApi", "a1"),
    ]
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": resources})
    target.stub("dynamodb").add_response("describe_table", {"Table": {"ItemCount": 7}})
    deletion(target, status="DELETE_COMPLETE")
    made_anew = "API-Gateway-Execution-Logs_a1/v1"
    found = {"logGroups": [{"logGroupName": made_anew}]}
    target.stub("logs").add_response(
        "describe_log_groups", found, {"logGroupNamePrefix": "API-Gateway-Execution-Logs_a1/"}
    )
    listed(target, [made_anew])
    target.stub("logs").add_response("delete_log_group", {}, {"logGroupName": made_anew})
    listed(target, [], [])
    context, told = context_for(target, "dev")
    assert destroying.destroy_environment(context, small_assembly(), None) is True
    assert "table-x-dev: about 7 items" in told.getvalue()
    target.assert_all_asked()
