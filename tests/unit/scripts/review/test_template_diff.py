import copy
from collections.abc import Mapping
from typing import Any

import pytest

from scripts.review.model import Action, Change, Danger, PropertyChange, Replacement, Review
from scripts.review.replacement import TypeFacts, facts_in, facts_of, schema_folder
from scripts.review.template_diff import diff_templates
from stacks.evaluation.resolved_stack import StackSource, resolve_stack
from tests.support.scripts.prepared_changes import base, edited, resources

FACTS_OF = facts_of(schema_folder(), "us-east-1")


def _review(
    *edits: Mapping[str, Any], parameters: Mapping[str, str] | None = None, secrets: Any = ()
) -> Review:
    before = base()
    after = resources(edited(before, edits), parameters)
    return diff_templates("dev", resources(before), after, FACTS_OF, secrets)


def _set(path: str, value: Any) -> dict[str, Any]:
    return {"op": "set", "path": path, "value": value}


def _delete(path: str) -> dict[str, Any]:
    return {"op": "delete", "path": path}


def _by_path(review: Review) -> dict[str, Change]:
    return {change.shown_path: change for change in review.changes}


def _one(resource_type: str, before: dict[str, Any], after: dict[str, Any], **attributes: Any) -> Change:
    """The change of a single resource."""
    old, new = (
        resolve_stack(
            StackSource({"Resources": {"One": {"Type": resource_type, "Properties": one, **attributes}}}), {}
        )
        for one in (before, after)
    )
    (change,) = diff_templates("dev", old, new, FACTS_OF).changes
    return change


def test_without_a_change_there_is_none() -> None:
    review = _review()
    assert review.changes == ()
    assert review.danger is None
    assert review.needs == frozenset()


def test_a_first_creation_only_adds() -> None:
    review = diff_templates("dev", None, resources(base()), FACTS_OF)
    assert set(review.count()) == {Danger.ADDS}
    assert review.needs == frozenset()
    assert any(change.access for change in review.changes), "what it allows is listed all the same"


def test_a_deleted_nested_stack_is_shown_resource_by_resource() -> None:
    review = _review(
        _delete("root/Resources/Data"), _delete("root/Resources/Compute"), _delete("root/Resources/Api")
    )
    changes = _by_path(review)
    assert changes["Data/InboxTable"].danger is Danger.DESTROYS_DATA
    assert changes["Compute/Receiver"].danger is Danger.REPLACES
    assert "Data" not in changes
    assert {"destroy", "replace", "public"} <= review.needs


def test_a_nested_stack_without_its_template_is_taken_as_holding_data() -> None:
    templates = base()
    del templates["Data"]
    after = copy.deepcopy(templates)
    del after["root"]["Resources"]["Data"]
    (change,) = [
        one
        for one in diff_templates("dev", resources(templates), resources(after), FACTS_OF).changes
        if one.logical_id == "Data"
    ]
    assert change.danger is Danger.DESTROYS_DATA


def test_what_refers_to_a_renewed_stream_is_replaced_with_it() -> None:
    review = _review(
        _set("Data/Resources/InboxTable/Properties/StreamSpecification/StreamViewType", "NEW_IMAGE")
    )
    changes = _by_path(review)
    assert changes["Data/InboxTable"].danger is Danger.DESTROYS_DATA  # what is in the stream, not the table
    assert changes["Data/InboxTable"].replacement is Replacement.NEVER
    assert changes["Compute/AuditSource"].replacement is Replacement.ALWAYS
    assert changes["Compute/AuditSource"].danger is Danger.REPLACES
    (source,) = changes["Compute/AuditSource"].properties
    assert str(source.after).endswith("(known after apply)")


def test_a_replacement_is_carried_over_several_steps() -> None:
    review = _review(_set("Api/Resources/RestApi/Type", "AWS::ApiGatewayV2::Api"))
    assert _by_path(review)["Api/RestApi"].fails.startswith("a resource cannot turn from")

    def facts(resource_type: str) -> TypeFacts:
        chain = {"A": ("Own",), "B": ("Of",), "C": ("Of",)}
        return TypeFacts(create_only=frozenset({chain[resource_type]}))

    def template(own: str) -> dict[str, Any]:
        return {
            "Resources": {
                "C": {"Type": "C", "Properties": {"Of": {"Ref": "B"}}},
                "B": {"Type": "B", "Properties": {"Of": {"Fn::GetAtt": ["A", "Arn"]}}},
                "A": {"Type": "A", "Properties": {"Own": own}},
            }
        }

    old, new = (resolve_stack(StackSource(template(own)), {}) for own in ("x", "y"))
    review = diff_templates("dev", old, new, facts)
    assert {one.logical_id: one.replacement for one in review.changes} == dict.fromkeys(
        "ABC", Replacement.ALWAYS
    )


@pytest.mark.fact("R9007")
def test_a_name_that_is_taken_fails() -> None:
    renamed = _review({"op": "rename", "path": "Data/Resources/AuditBucket", "to": "Audit"})
    added = _by_path(renamed)["Data/Audit"]
    assert added.action is Action.ADD
    assert "its name is taken by the one that is deployed" in added.fails
    assert [(one.before, one.after) for one in renamed.renames] == [("Data/AuditBucket", "Data/Audit")]
    path = "Compute/Resources/ReceiverRole/Properties/"
    failing = _review(_set(path + "Path", "/x/"))
    assert "its name is taken" in _by_path(failing)["Compute/ReceiverRole"].fails
    both = _review(_set(path + "Path", "/x/"), _set(path + "RoleName", "role-new"))
    assert not both.failing


def test_what_may_be_replaced_may_fail_and_the_key_of_a_table_always_replaces_it() -> None:
    def facts(resource_type: str) -> TypeFacts:
        return TypeFacts(conditional=frozenset({("Size",)}), name="Name", identity=frozenset({"Name"}))

    def sized(size: int) -> Any:
        thing = {"Type": "T", "Properties": {"Name": "one", "Size": size}}
        return resolve_stack(StackSource({"Resources": {"One": thing}}), {})

    review = diff_templates("dev", sized(1), sized(2), facts)
    (change,) = review.changes
    assert (change.fails, review.failing) == ("", ())
    assert "its name is taken" in change.may_fail
    assert change.danger is Danger.REPLACES
    keys = [[{"AttributeName": name, "KeyType": "HASH"}] for name in "ab"]
    table = _one(
        "AWS::DynamoDB::Table",
        {"TableName": "t", "KeySchema": keys[0]},
        {"TableName": "t", "KeySchema": keys[1]},
    )
    assert table.replacement is Replacement.ALWAYS
    assert "its name is taken" in table.fails


def test_another_bucket_for_code_replaces_only_what_is_made_to_be_replaced() -> None:
    layer = _one("AWS::Lambda::LayerVersion", {"Content": {"S3Bucket": "a"}}, {"Content": {"S3Bucket": "b"}})
    permission = _one(
        "AWS::Lambda::LayerVersionPermission", {"LayerVersionArn": "a"}, {"LayerVersionArn": "b"}
    )
    for change in (layer, permission):
        assert (change.danger, change.replacement) == (Danger.CHANGES, Replacement.ALWAYS)
        assert change.needs == frozenset()
        assert "as with every change" in change.reasons[0]


@pytest.mark.fact("R9004")
@pytest.mark.fact("R9006")
def test_unchangeable_properties_and_two_indexes_fail() -> None:
    key = _one("AWS::KMS::Key", {"KeySpec": "SYMMETRIC_DEFAULT"}, {"KeySpec": "RSA_2048"})
    assert "can never change" in key.fails
    assert key.danger is Danger.REPLACES
    indexes = [{"IndexName": name} for name in ("a", "b")]
    table = _one("AWS::DynamoDB::Table", {}, {"GlobalSecondaryIndexes": indexes})
    assert "takes one in an update" in table.fails


@pytest.mark.fact("R9005")
def test_an_attribute_that_changes_its_type_replaces_the_table() -> None:
    before, after = ({"AttributeDefinitions": [{"AttributeName": "a", "AttributeType": one}]} for one in "SN")
    change = _one("AWS::DynamoDB::Table", before, after)
    assert (change.replacement, change.danger) == (Replacement.ALWAYS, Danger.DESTROYS_DATA)


def test_what_is_kept_is_not_destroyed() -> None:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {}, "DeletionPolicy": "Retain"}
    old = resolve_stack(StackSource({"Resources": {"One": table}}), {})
    (removed,) = diff_templates("dev", old, {}, FACTS_OF).changes
    assert removed.danger is Danger.CHANGES
    assert "stays in the account" in removed.reasons[0]
    bucket = _one("AWS::S3::Bucket", {"BucketName": "a"}, {"BucketName": "b"}, UpdateReplacePolicy="Retain")
    assert bucket.danger is Danger.REPLACES
    assert any("stays in the account" in reason for reason in bucket.reasons)


@pytest.mark.parametrize(("before", "after"), [("Delete", "Retain"), ("Retain", "Delete")])
def test_of_two_update_replace_policies_the_weaker_counts(before: str, after: str) -> None:
    """A replacement that changes the policy as well may still follow the old one."""
    old, new = (
        resolve_stack(
            StackSource(
                {
                    "Resources": {
                        "One": {
                            "Type": "AWS::S3::Bucket",
                            "Properties": {"BucketName": name},
                            "UpdateReplacePolicy": policy,
                        }
                    }
                }
            ),
            {},
        )
        for name, policy in (("a", before), ("b", after))
    )
    (change,) = diff_templates("dev", old, new, FACTS_OF).changes
    assert (change.danger, set(change.needs)) == (Danger.DESTROYS_DATA, {"destroy", "replace"})


def test_new_versions_are_routine() -> None:
    change = _one("AWS::Lambda::LayerVersion", {"Content": {"S3Key": "a"}}, {"Content": {"S3Key": "b"}})
    assert change.danger is Danger.CHANGES
    assert change.replacement is Replacement.ALWAYS
    assert change.needs == frozenset()


def test_a_policy_attribute_alone_is_a_change() -> None:
    old = resolve_stack(StackSource({"Resources": {"One": {"Type": "T", "DeletionPolicy": "Retain"}}}), {})
    new = resolve_stack(StackSource({"Resources": {"One": {"Type": "T"}}}), {})
    (change,) = diff_templates("dev", old, new, FACTS_OF).changes
    assert change.properties == (PropertyChange("DeletionPolicy", "Retain", "Delete"),)
    assert change.danger is Danger.CHANGES


def test_secrets_never_reach_the_review() -> None:
    secret = "hunter2-of-the-bank"
    review = _review(
        _set("Compute/Resources/Receiver/Properties/Description", f"uses {secret}"),
        _set("Compute/Resources/Receiver/Properties/FunctionName", f"f-{secret}"),
        _set("Security/Resources/StripeSecret/Properties/SecretString", f"other {secret}"),
        _set("Compute/Resources/ReceiverPolicy/Properties/PolicyDocument/Statement/0/Resource", [secret]),
        secrets=[secret],
    )
    assert len(review.changes) >= 3
    assert secret not in repr(review)


def test_a_condition_that_hangs_in_the_air_is_noted() -> None:
    template = {
        "Parameters": {"Open": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "Open"}, "b"]}},
        "Resources": {"One": {"Type": "T", "Condition": "C"}},
    }
    review = diff_templates("dev", None, resolve_stack(StackSource(template), {}), FACTS_OF)
    assert review.notes == ("One: its condition is known after apply",)


def test_the_worst_comes_first() -> None:
    review = _review(
        _set("Data/Resources/InboxTable/Properties/Tags/0/Value", "x"),
        _delete("Security/Resources/StripeSecret"),
        _set("root/Resources/Topic", {"Type": "AWS::SNS::Topic"}),
    )
    assert [change.logical_id for change in review.changes] == ["StripeSecret", "InboxTable", "Topic"]


def test_schemas_of_unknown_regions_and_types() -> None:
    assert facts_of(schema_folder(), "moon-1")("AWS::SQS::Queue").name == "QueueName"
    assert FACTS_OF("Custom::Thing") == TypeFacts()
    assert FACTS_OF("AWS::Lambda::Permission").name == ""
    assert FACTS_OF("AWS::Lambda::LayerVersion").name == ""
    assert facts_in("A::B::C", {}) == TypeFacts()
