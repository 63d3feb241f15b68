"""Updates that AWS refuses because a property goes one way."""

from typing import Any

import pytest

from scripts.review.one_way import ONE_WAY
from scripts.review.replacement import TypeFacts
from scripts.review.template_diff import diff_templates
from stacks.evaluation.resolved_stack import StackSource, resolve_stack

TABLE, BUCKET, PARAMETER = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SSM::Parameter"


def _fails(type_: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """What the review says of the update."""
    old, new = (
        resolve_stack(StackSource({"Resources": {"One": {"Type": type_, "Properties": properties}}}), {})
        for properties in (before, after)
    )
    (change,) = diff_templates("dev", old, new, lambda _: TypeFacts()).changes
    return change.fails


def _warm(units: int | str) -> dict[str, Any]:
    return {"WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": units}}


def _expiry(attribute: str) -> dict[str, Any]:
    return {"TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": True}}


@pytest.mark.parametrize(
    ("type_", "before", "after", "reason"),
    [
        pytest.param(
            TABLE,
            _warm(40_000),
            _warm("20000"),
            "WarmThroughput.WriteUnitsPerSecond only rises",
            marks=pytest.mark.fact("R9010"),
        ),
        pytest.param(
            TABLE,
            _expiry("a"),
            _expiry("b"),
            "TimeToLiveSpecification.AttributeName must be switched off",
            marks=pytest.mark.fact("R9011"),
        ),
        pytest.param(
            PARAMETER,
            {"Tier": "Advanced"},
            {"Tier": "Standard"},
            "Tier never goes back to Standard",
            marks=pytest.mark.fact("R9012"),
        ),
        pytest.param(
            BUCKET,
            {"ObjectLockEnabled": True},
            {"ObjectLockEnabled": "false"},
            "ObjectLockEnabled is never",
            marks=pytest.mark.fact("R9013"),
        ),
    ],
)
def test_the_way_back_is_said_to_fail(
    type_: str, before: dict[str, Any], after: dict[str, Any], reason: str
) -> None:
    assert _fails(type_, before, after).startswith(reason)
    assert _fails(type_, {**before, "Tags": [1]}, before) == ""


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        (TABLE, _warm(20_000), _warm(40_000)),
        (TABLE, _warm(20_000), {}),  # it stays as it is
        (TABLE, {}, _expiry("a")),
        (PARAMETER, {"Tier": "Standard"}, {"Tier": "Advanced"}),
        (BUCKET, {"ObjectLockEnabled": False}, {"ObjectLockEnabled": True}),
    ],
)
def test_the_way_on_is_taken(type_: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert _fails(type_, before, after) == ""


def test_each_row_is_of_a_type_that_is_shown() -> None:
    assert {each.type for each in ONE_WAY} == {TABLE, BUCKET, PARAMETER}
