import json
from typing import Any

import pytest

from scripts.deployment.local_fixups import CannotFix, Fixup, apply, fixups, left

TTL = {"AttributeName": "expires_at", "Enabled": True}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"TimeToLiveSpecification": TTL, "SSESpecification": {}},
}
WHAT = "AWS::DynamoDB::Table TimeToLiveSpecification of inbox-dev"
SET_TTL = Fixup("dynamodb", "update_time_to_live", {"TableName": "inbox-dev", "TimeToLiveSpecification": TTL})


def test_a_dropped_property_becomes_a_call() -> None:
    assert list(fixups({"Resources": {"Inbox": TABLE}}, {"Inbox": "inbox-dev"})) == [(WHAT, SET_TTL)]


def test_what_a_condition_left_out_is_not_set() -> None:
    assert list(fixups({"Resources": {"Inbox": TABLE}}, {})) == []


def test_a_value_that_only_cloudformation_knows_is_an_error() -> None:
    properties = {"TimeToLiveSpecification": {"AttributeName": {"Ref": "Name"}, "Enabled": True}}
    template = {"Resources": {"Inbox": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}}
    with pytest.raises(CannotFix, match=r"Inbox\.TimeToLiveSpecification"):
        list(fixups(template, {"Inbox": "inbox-dev"}))


def test_what_is_left_is_said_with_its_reason() -> None:
    assert left({"Resources": {"Inbox": TABLE}}) == [
        "AWS::DynamoDB::Table SSESpecification: nothing is encrypted at rest on this machine"
    ]


class Engine:
    """A root with one nested stack; records what is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str) -> "Engine":
        assert service in ("cloudformation", "dynamodb")
        return self

    def get_template(self, StackName: str, TemplateStage: str) -> dict[str, Any]:
        stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {}}
        resources = {"Data": stack} if StackName == "root" else {"Inbox": TABLE}
        return {"TemplateBody": json.dumps({"Resources": resources})}

    def describe_stack_resources(self, StackName: str) -> dict[str, Any]:
        ids = {
            "root": ("Data", "arn:child", "AWS::CloudFormation::Stack"),
            "arn:child": ("Inbox", "inbox-dev", "AWS::DynamoDB::Table"),
        }
        names = ("LogicalResourceId", "PhysicalResourceId", "ResourceType")
        return {"StackResources": [dict(zip(names, ids[StackName], strict=True))]}

    def update_time_to_live(self, **arguments: Any) -> None:
        self.calls.append(("update_time_to_live", arguments))


def test_nested_stacks_are_fixed_and_everything_is_said() -> None:
    engine = Engine()
    lines = apply("root", engine.client)
    assert engine.calls == [("update_time_to_live", SET_TTL.arguments)]
    assert lines == [
        "not set: AWS::DynamoDB::Table SSESpecification: nothing is encrypted at rest on this machine",
        f"set: {WHAT}",
    ]
