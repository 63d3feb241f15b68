"""Destroy: what it shows, asks, empties and finds left; and that it can be run again after any step."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import LiveResource, LiveStack
from scripts.command_line.errors import Refused, Stuck
from scripts.deployment import destroy as destroying
from scripts.deployment import stored_data
from scripts.deployment.destroy import Inventory
from scripts.deployment.list_calls import LOG_GROUP
from scripts.deployment.stored_data import Bucket, Table
from stacks.assembly import Assembly
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import STACK, faked
from tests.support.scripts.stubs import stack_arn, stack_event, stack_resource

BUCKET = "s3-audit-dev"
EMPTY = Inventory((), (), ())
UNPROTECTED = LiveStack(stack_arn(STACK), "CREATE_COMPLETE", {})


class FakeResources:
    """Tables (name: whether it is protected), log groups and objects of the bucket, behind boto3 clients."""

    def __init__(self, target: FakedTarget) -> None:
        self.tables: dict[str, bool] = {}
        self.log_groups: set[str] = set()
        self.objects: list[str] = []
        self.has_lock = False
        for service in ("dynamodb", "logs", "s3"):
            target.clients[service] = faked(service, self)

    def list_tables(self) -> dict[str, Any]:
        return {"TableNames": [*self.tables]}

    def describe_table(self, TableName: str) -> dict[str, Any]:
        return {"Table": {"ItemCount": 7, "DeletionProtectionEnabled": self.tables[TableName]}}

    def update_table(self, TableName: str, DeletionProtectionEnabled: bool) -> None:
        self.tables[TableName] = DeletionProtectionEnabled

    def describe_log_groups(self, logGroupNamePrefix: str = "") -> dict[str, Any]:
        names = [name for name in sorted(self.log_groups) if name.startswith(logGroupNamePrefix)]
        return {"logGroups": [{"logGroupName": name} for name in names]}

    def delete_log_group(self, logGroupName: str) -> None:
        self.log_groups.remove(logGroupName)

    def list_object_versions(self, **_: str) -> dict[str, Any]:
        return {"Versions": [{"Key": key, "VersionId": "v"} for key in self.objects]}

    def get_object_lock_configuration(self, **_: str) -> dict[str, Any]:
        if not self.has_lock:
            raise ClientError(
                {"Error": {"Code": "ObjectLockConfigurationNotFoundError"}}, "GetObjectLockConfiguration"
            )
        return {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}

    def delete_objects(
        self, Delete: dict[str, Any], BypassGovernanceRetention: bool = False, **_: str
    ) -> dict[str, Any]:
        if self.has_lock and not BypassGovernanceRetention:
            locked = {"Code": "AccessDenied", "Message": "protected by object lock"}
            return {"Errors": [{**each, **locked} for each in Delete["Objects"]]}
        self.objects = [
            key for key in self.objects if {"Key": key, "VersionId": "v"} not in Delete["Objects"]
        ]
        return {}


@pytest.fixture
def target() -> FakedTarget:
    return faked_target()


@pytest.fixture
def resources(target: FakedTarget) -> FakeResources:
    return FakeResources(target)


def named(resource_type: str, **name: str) -> dict[str, Any]:
    return {"Type": resource_type, "Properties": {key: {"Fn::Sub": text} for key, text in name.items()}}


ASSEMBLY = Assembly(
    json.dumps(
        {
            "Resources": {
                "Table": named(stored_data.TABLE, TableName="table-x-${EnvironmentSuffix}"),
                "Group": named(LOG_GROUP, LogGroupName="/x-${EnvironmentSuffix}"),
            }
        }
    ),
    {},
)
TABLE = stack_resource("Table", stored_data.TABLE, "table-x-dev")


def destroy(
    target: FakedTarget, answer: str = "", confirmed: str | None = None, *, lift: bool = False
) -> bool:
    return destroying.destroy_environment(context_for(target, answer)[0], ASSEMBLY, confirmed, lift=lift)


def test_the_local_engine_is_not_asked_for_what_it_never_has(target: FakedTarget) -> None:
    rule = {"SamplingRule": {"RuleName": {"Fn::Sub": "rule-${EnvironmentSuffix}"}}}
    root = json.dumps({"Resources": {"Rule": {"Type": "AWS::XRay::SamplingRule", "Properties": rule}}})
    local = replace(target, endpoint_url="http://127.0.0.1:1")
    destroying.destroy_environment(context_for(local)[0], Assembly(root, {}), "dev")
    assert "xray" not in local.clients


def test_what_will_be_lost_is_shown(target: FakedTarget) -> None:
    context, output = context_for(target)
    tables, buckets = (Table("table-x-dev", 1234, False),), (Bucket(BUCKET, 10_000, True),)
    destroying.show(context, Inventory((LiveResource(STACK, "T", "t", stored_data.TABLE),), tables, buckets))
    assert "table-x-dev: about 1,234 items" in output.getvalue()
    assert f"{BUCKET}: more than 10,000 objects" in output.getvalue()
    assert "with 1 resource, and in them:" in output.getvalue()
    context, output = context_for(target)
    destroying.show(context, EMPTY)
    assert output.getvalue() == f"this deletes {STACK}, which is empty\n"


@pytest.mark.parametrize(
    ("stack", "tables", "message"),
    [
        (UNPROTECTED, (Table("table-x-dev", 1, True),), "deletion protection is on for table-x-dev"),
        (replace(UNPROTECTED, is_protected=True), (), f"termination protection is on for {STACK}"),
    ],
)
def test_protection_stops_it_before_anything_is_deleted(
    target: FakedTarget, stack: LiveStack, tables: tuple[Table, ...], message: str
) -> None:
    context, _ = context_for(target)
    with pytest.raises(Refused) as caught:
        destroying.require_unprotected(context, stack, Inventory((), tables, ()))
    assert caught.value.message == f"{message}; nothing was deleted"
    assert caught.value.next_step.endswith("--lift-protection")


def test_protection_is_lifted_only_when_it_is_asked_for_and_the_name_was_typed(
    target: FakedTarget, resources: FakeResources
) -> None:
    stack = target.cloudformation.add_stack("UPDATE_COMPLETE", is_protected=True, resources=[TABLE])
    resources.tables["table-x-dev"] = True
    with pytest.raises(Refused, match="is not 'dev'"):
        destroy(target, "no", lift=True)
    assert stack.is_protected
    assert resources.tables == {"table-x-dev": True}
    with pytest.raises(Stuck, match="AWS::DynamoDB::Table table-x-dev"):  # no stack deletes the faked table
        destroy(target, "dev", lift=True)
    assert stack.status == "DELETE_COMPLETE"
    assert resources.tables == {"table-x-dev": False}


def test_locked_audit_objects_are_told_of_first_and_deleted_only_when_it_is_asked_for(
    target: FakedTarget, resources: FakeResources
) -> None:
    bucket = stack_resource("AuditBucket", stored_data.BUCKET, BUCKET)
    stack = target.cloudformation.add_stack("UPDATE_COMPLETE", resources=[bucket])
    resources.objects, resources.has_lock = ["kept"], True
    with pytest.raises(
        Refused, match=f"Object Lock keeps the objects of {BUCKET}; nothing was deleted"
    ) as caught:
        destroy(target, "dev")
    assert caught.value.next_step.endswith("--lift-protection")
    assert (resources.objects, stack.status) == (["kept"], "UPDATE_COMPLETE")
    context, output = context_for(target, "dev")
    assert destroying.destroy_environment(context, ASSEMBLY, None, lift=True)
    assert f"{BUCKET}: 1 object, all versions, also those that Object Lock would keep" in output.getvalue()
    assert (resources.objects, stack.status) == ([], "DELETE_COMPLETE")


def test_a_bucket_without_a_lock_is_emptied_without_the_right_to_bypass_one(
    target: FakedTarget, resources: FakeResources
) -> None:
    bucket = stack_resource("PayloadBucket", stored_data.BUCKET, BUCKET)
    target.cloudformation.add_stack("UPDATE_COMPLETE", resources=[bucket])
    resources.objects = ["kept"]
    target.cloudformation.on_delete = lambda: None
    context, _ = context_for(target)
    inventory = destroying.take_inventory(context, stack_arn(STACK))
    assert inventory.locked == frozenset()
    resources.has_lock = True  # put on meanwhile, by somebody who meant it
    with pytest.raises(Stuck, match="keeps kept: AccessDenied") as caught:
        destroying.delete_with_contents(context, stack_arn(STACK), inventory)
    assert "s3:BypassGovernanceRetention" in caught.value.next_step


@pytest.mark.parametrize("typed", ["", "y", "yes", "Dev", "payment-webhooks-de"])
def test_another_name_is_refused(target: FakedTarget, typed: str) -> None:
    with pytest.raises(Refused):
        destroying.confirm(context_for(target, typed)[0], None)
    with pytest.raises(Refused):
        destroying.confirm(context_for(target)[0], typed)


def test_the_name_typed_or_given_is_enough(target: FakedTarget) -> None:
    destroying.confirm(context_for(target, "dev")[0], None)
    destroying.confirm(context_for(target)[0], "dev")


def delete(target: FakedTarget, inventory: Inventory = EMPTY) -> str:
    """Delete the stack; returns what was printed."""
    context, output = context_for(target)
    destroying.delete_with_contents(context, stack_arn(STACK), inventory)
    return output.getvalue()


def test_a_bucket_that_was_written_to_meanwhile_is_emptied_again(
    target: FakedTarget, resources: FakeResources
) -> None:
    target.cloudformation.add_stack("UPDATE_COMPLETE")
    not_empty = stack_event(
        STACK,
        "AuditBucket",
        "DELETE_FAILED",
        5,
        resource_type=stored_data.BUCKET,
        reason="The bucket you tried to delete is not empty",
    )
    target.cloudformation.ends("DELETE_FAILED", not_empty)
    target.cloudformation.on_delete = lambda: resources.objects.append("k")
    output = delete(
        target, Inventory((LiveResource(STACK, "AuditBucket", BUCKET, stored_data.BUCKET),), (), ())
    )
    assert "once more" in output
    assert output.count(f"emptying {BUCKET}") == 1  # nothing is said of an empty one
    assert f"emptying {BUCKET}: 1" in output
    assert target.cloudformation.changes == ["delete_stack", "delete_stack"]


TOO_MANY = "Too Many Requests (Service: ApiGateway, Status Code: 429, Request ID: 9649383f)"


def rest_api_fails(target: FakedTarget, reason: str, times: int) -> list[float]:
    """API Gateway refuses to delete the second API so often; returns the long pauses of the destroy."""
    target.cloudformation.add_stack("UPDATE_COMPLETE")
    for _ in range(times):
        refused = stack_event(
            STACK, "Api", "DELETE_FAILED", 5, resource_type="AWS::ApiGateway::RestApi", reason=reason
        )
        target.cloudformation.ends("DELETE_FAILED", refused)
    slept: list[float] = []
    context, _ = context_for(target, sleep=slept.append)
    try:
        destroying.delete_with_contents(context, stack_arn(STACK), EMPTY)
    finally:
        assert target.cloudformation.changes == ["delete_stack"] * (len(slept) + 1)
    return slept


def test_a_rest_api_that_is_one_too_many_is_deleted_later(
    target: FakedTarget, resources: FakeResources
) -> None:
    assert rest_api_fails(target, TOO_MANY, 2) == [40.0, 40.0]
    assert target.cloudformation.root.status == "DELETE_COMPLETE"


@pytest.mark.parametrize(("reason", "times"), [(TOO_MANY, 3), ("not authorised", 1)])
def test_a_rest_api_that_cannot_be_deleted_is_told(
    target: FakedTarget, resources: FakeResources, reason: str, times: int
) -> None:
    with pytest.raises(Stuck, match=f"{STACK}/Api .*{reason[:8]}"):
        rest_api_fails(target, reason, times)


def test_another_failure_is_told_with_its_cause(target: FakedTarget) -> None:
    target.cloudformation.add_stack("UPDATE_COMPLETE")
    in_use = stack_event(
        STACK, "Key", "DELETE_FAILED", 5, resource_type="AWS::KMS::Key", reason="not authorised"
    )
    target.cloudformation.ends("DELETE_FAILED", in_use)
    with pytest.raises(Stuck, match=f"{STACK}/Key .*not authorised"):
        delete(target)


def test_termination_protection_is_told_with_the_command_that_lifts_it(target: FakedTarget) -> None:
    target.cloudformation.add_stack("UPDATE_COMPLETE", is_protected=True)
    with pytest.raises(Refused) as caught:
        delete(target)
    assert caught.value.next_step.endswith("--lift-protection")


def test_no_stack_and_nothing_with_its_name_is_nothing_to_do(
    target: FakedTarget, resources: FakeResources
) -> None:
    resources.tables["table-x-a-dev"] = False
    assert destroy(target, confirmed="dev") is False


def test_a_log_group_that_an_interrupted_destroy_left_is_deleted(
    target: FakedTarget, resources: FakeResources
) -> None:
    resources.log_groups = {"/x-dev", "/x-prod"}
    assert destroy(target, confirmed="dev") is True
    assert resources.log_groups == {"/x-prod"}


def test_what_is_left_in_no_stack_is_named_and_not_deleted(
    target: FakedTarget, resources: FakeResources
) -> None:
    resources.tables["table-x-dev"] = False
    with pytest.raises(Stuck, match="AWS::DynamoDB::Table table-x-dev"):
        destroy(target, confirmed="dev")


def test_a_whole_destroy_leaves_nothing(target: FakedTarget, resources: FakeResources) -> None:
    api = stack_resource("Api", "AWS::ApiGateway::RestApi", "a1")
    target.cloudformation.add_stack("UPDATE_COMPLETE", resources=[TABLE, api])
    resources.tables["table-x-dev"] = False
    resources.log_groups = {"API-Gateway-Execution-Logs_a1/v1", "API-Gateway-Execution-Logs_a2/v1"}
    target.cloudformation.on_delete = resources.tables.clear
    context, output = context_for(target, "dev")
    assert destroying.destroy_environment(context, ASSEMBLY, None) is True
    assert "table-x-dev: about 7 items" in output.getvalue()
    assert resources.log_groups == {"API-Gateway-Execution-Logs_a2/v1"}  # made anew, and another API's
