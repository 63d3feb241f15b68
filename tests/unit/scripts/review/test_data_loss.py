"""Updates in place that end the life of data all the same."""

from typing import Any

import pytest

from scripts.review.model import Change, Danger
from scripts.review.replacement import facts_of, schema_folder
from scripts.review.template_diff import diff_templates
from stacks.evaluation.resolved_stack import StackSource, resolve_stack

FACTS_OF = facts_of(schema_folder(), "us-east-1")


def _one(resource_type: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    """The change of a single resource."""
    old, new = (
        resolve_stack(StackSource({"Resources": {"One": {"Type": resource_type, "Properties": one}}}), {})
        for one in (before, after)
    )
    (change,) = diff_templates("dev", old, new, FACTS_OF).changes
    return change


LIFECYCLE = {"Id": "end", "Status": "Enabled", "ExpirationInDays": 90}


@pytest.mark.parametrize(
    ("resource_type", "before", "after"),
    [
        ("AWS::Logs::LogGroup", {"RetentionInDays": 365}, {"RetentionInDays": 30}),
        ("AWS::Logs::LogGroup", {}, {"RetentionInDays": 30}),
        ("AWS::SQS::Queue", {}, {"MessageRetentionPeriod": 60}),
        ("AWS::S3::Bucket", {}, {"LifecycleConfiguration": {"Rules": [LIFECYCLE]}}),
        (
            "AWS::S3::Bucket",
            {},
            {
                "LifecycleConfiguration": {
                    "Rules": [{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}]
                }
            },
        ),
        ("AWS::DynamoDB::Table", {}, {"TimeToLiveSpecification": {"AttributeName": "x", "Enabled": True}}),
        (
            "AWS::DynamoDB::Table",
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            {},
        ),
        (
            "AWS::DynamoDB::Table",
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            {
                "PointInTimeRecoverySpecification": {
                    "PointInTimeRecoveryEnabled": True,
                    "RecoveryPeriodInDays": 1,
                }
            },
        ),
        ("AWS::DynamoDB::Table", {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}, {}),
        ("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}, {}),
        (
            "AWS::S3::Bucket",
            {"VersioningConfiguration": {"Status": "Enabled"}},
            {"VersioningConfiguration": {"Status": "Suspended"}},
        ),
        (
            "AWS::S3::Bucket",
            {"LifecycleConfiguration": {"Rules": [{**LIFECYCLE, "Prefix": "tmp/"}]}},
            {"LifecycleConfiguration": {"Rules": [LIFECYCLE]}},
        ),
        (
            "AWS::S3::Bucket",
            {},
            {
                "LifecycleConfiguration": {
                    "Rules": [{"Id": "d", "Status": "Enabled", "ExpirationDate": "2030-01-01"}]
                }
            },
        ),
        ("AWS::SecretsManager::Secret", {"SecretString": "a"}, {"SecretString": "b"}),
        ("AWS::KMS::Key", {}, {"Enabled": False}),
    ],
)
def test_data_may_be_lost_in_place(resource_type: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    change = _one(resource_type, before, after)
    assert change.danger is Danger.DESTROYS_DATA
    assert change.needs == {"destroy"}
    back = _one(resource_type, after, before)
    if resource_type != "AWS::SecretsManager::Secret":
        assert back.danger is Danger.CHANGES
    assert "SecretString" not in str(change.properties) or "'a'" not in str(change.properties)


GUARDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": True}, {}),
    ("AWS::S3::Bucket", {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}, {}),
    ("AWS::KMS::Key", {}, {"PendingWindowInDays": 7}),
]


@pytest.mark.parametrize(("resource_type", "before", "after"), GUARDS)
def test_a_guard_that_goes_must_be_allowed(
    resource_type: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    change = _one(resource_type, before, after)
    assert (change.danger, set(change.needs)) == (Danger.WIDENS_ACCESS, {"destroy"})
    (guard,) = change.access
    assert guard.what == "guard of data"


@pytest.mark.parametrize("attribute", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_data_that_is_kept_no_more_must_be_allowed(attribute: str) -> None:
    kept, loose = (
        resolve_stack(StackSource({"Resources": {"One": {"Type": "AWS::S3::Bucket", **policy}}}), {})
        for policy in ({attribute: "Retain"}, {})
    )
    (change,) = diff_templates("dev", kept, loose, FACTS_OF).changes
    assert (change.danger, set(change.needs)) == (Danger.WIDENS_ACCESS, {"destroy"})
    (back,) = diff_templates("dev", loose, kept, FACTS_OF).changes
    assert (back.danger, back.needs) == (Danger.CHANGES, frozenset())
