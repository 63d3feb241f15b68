from typing import Any

import pytest

from scripts.review.access.resource import access_changes
from scripts.review.model import Effect, Surface
from tests.support.scripts.access_cases import ALLOW, BLOCK, CASES, PERMISSION, policy_with


@pytest.mark.parametrize(("resource_type", "before", "after", "effect", "surface"), CASES)
def test_each_door_is_watched(
    resource_type: str, before: Any, after: Any, effect: Effect, surface: Surface
) -> None:
    (change,) = access_changes(resource_type, before, after)
    assert (change.effect, change.surface) == (effect, surface)
    assert change.summary


@pytest.mark.parametrize(("resource_type", "before", "after", "effect", "surface"), CASES)
def test_without_a_change_there_is_nothing_to_tell(
    resource_type: str, before: Any, after: Any, effect: Effect, surface: Surface
) -> None:
    for properties in (before, after):
        if properties is not None:
            assert access_changes(resource_type, properties, properties) == ()


def test_each_public_access_block_setting_is_told() -> None:
    opened = access_changes("AWS::S3::Bucket", BLOCK, {})
    assert [change.effect for change in opened] == [Effect.WIDENS, Effect.WIDENS]
    shut = access_changes("AWS::S3::Bucket", {}, BLOCK)
    assert [change.effect for change in shut] == [Effect.NARROWS, Effect.NARROWS]


@pytest.mark.parametrize(
    ("resource_type", "after"),
    [
        ("AWS::KMS::Key", {"KeyPolicy": {"Statement": [{**ALLOW, "Principal": {"AWS": "1"}}]}}),
        (
            "AWS::SQS::QueuePolicy",
            {"Queues": ["${Data/New}"], **policy_with({**ALLOW, "Principal": {"AWS": "1"}})},
        ),
        ("AWS::Lambda::Permission", {**PERMISSION, "FunctionName": "${Data/New.Arn}"}),
    ],
)
def test_a_new_resources_own_policy_widens_nothing(resource_type: str, after: dict[str, Any]) -> None:
    (change,) = access_changes(resource_type, None, after, frozenset({"${Data/New}"}))
    assert change.effect is Effect.INITIAL


def test_unless_it_is_open_to_anybody() -> None:
    policy = {"Queues": ["${New}"], **policy_with({**ALLOW, "Principal": "*"})}
    (change,) = access_changes("AWS::SQS::QueuePolicy", None, policy, frozenset({"${New}"}))
    assert (change.effect, change.surface) == (Effect.WIDENS, Surface.PUBLIC)


def test_a_table_policy_is_found_in_its_wrapper() -> None:
    after = {"ResourcePolicy": policy_with(ALLOW)}
    (change,) = access_changes("AWS::DynamoDB::Table", {}, after)
    assert change.effect is Effect.WIDENS


FROM_INSIDE = {**ALLOW, "Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
TO_A_ROLE = {**ALLOW, "Principal": {"AWS": "arn:aws:iam::1:role/r"}}


@pytest.mark.fact("R9009")
def test_the_last_egress_rule_that_goes_opens_a_security_group() -> None:
    closed = {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}]}
    opened, gone = access_changes("AWS::EC2::SecurityGroup", closed, {})
    assert (opened.effect, opened.surface) == (Effect.WIDENS, Surface.PUBLIC)
    assert opened.summary == "egress to 0.0.0.0/0"
    assert gone.effect is Effect.NARROWS


@pytest.mark.fact("R9008")
@pytest.mark.parametrize(
    ("resource_type", "name", "statement", "surface"),
    [
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", TO_A_ROLE, Surface.IAM),
        ("AWS::ApiGateway::RestApi", "Policy", FROM_INSIDE, Surface.PUBLIC),
        ("AWS::KMS::Key", "KeyPolicy", TO_A_ROLE, Surface.IAM),
    ],
)
def test_where_no_policy_means_more_its_removal_widens(
    resource_type: str, name: str, statement: dict[str, Any], surface: Surface
) -> None:
    with_policy = {name: {"Statement": [statement]}}
    gone = access_changes(resource_type, with_policy, {})
    assert (Effect.WIDENS, surface) in [(one.effect, one.surface) for one in gone]
    come = access_changes(resource_type, {}, with_policy)
    assert Effect.NARROWS in [one.effect for one in come]


def test_the_ways_out_of_a_new_group_take_nothing_from_anybody() -> None:
    assert access_changes("AWS::EC2::SecurityGroup", None, {"GroupDescription": "new"}) == ()
