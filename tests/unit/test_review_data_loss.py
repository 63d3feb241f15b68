"""Updates in place that end the life of data all the same."""

from typing import Any

import pytest

from deployment.review.model import Change, Danger
from deployment.review.schemas import facts_of, schema_folder
from deployment.review.stack_values import StackSource, resources_of
from deployment.review.template_diff import diff_templates

FACTS_OF = facts_of(schema_folder(), "us-east-1")


def _one(resource_type: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    """The change of a single resource."""
    old, new = (
        resources_of(StackSource({"Resources": {"One": {"Type": resource_type, "Properties": one}}}), {})
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
