"""Policies, accounts and malformed properties, in every resource type that CloudFormation has."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from scripts.review.access.resource import access_changes, policy_properties
from scripts.review.data_loss import lost_in_place
from scripts.review.model import Effect, Surface
from scripts.review.replacement import schema_folder

OPEN = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
HOLDS_A_POLICY = re.compile(r"(Policy|PolicyDocument|PolicyText|InlinePolicy|Statement)$")
# Open by default, or open to nobody outside: the network, AWS's services, the role's own holder.
NOT_PUBLIC = {"AWS::ApiGateway::RestApi", "AWS::EC2::VPCEndpoint", "AWS::Logs::ResourcePolicy"}
OURS, ANOTHER = "123456789012", "999999999999"


@cache
def properties_of_types() -> dict[str, tuple[str, ...]]:
    folder = schema_folder()
    index = json.loads((folder / "providers" / "us-east-1.json").read_text("utf-8"))
    return {
        resource_type: tuple(
            json.loads((folder / "resources" / f"{name}.json").read_text("utf-8"))["properties"]
        )
        for resource_type, name in index.items()
    }


def policies_of_types() -> Iterator[tuple[str, str]]:
    """(type, property) for each property that may hold a policy by its name; of known types, those that do."""
    for resource_type, names in properties_of_types().items():
        known = policy_properties(resource_type) & {*names}
        if resource_type not in NOT_PUBLIC:
            yield from ((resource_type, name) for name in known or names if HOLDS_A_POLICY.search(name))


@pytest.mark.parametrize(
    "form", [OPEN, json.dumps(OPEN), f"\n {json.dumps(OPEN)}"], ids=["object", "text", "lines"]
)
@pytest.mark.parametrize("before", [None, {}, {"other": 1}])
def test_an_open_policy_is_seen_wherever_it_stands(form: Any, before: Any) -> None:
    pairs = [*policies_of_types()]
    assert len(pairs) > 100
    silent = [
        pair
        for pair in pairs
        if not any(
            change.effect.may_widen and change.surface is Surface.PUBLIC
            for change in access_changes(pair[0], before, {pair[1]: form}, account=OURS)
        )
    ]
    assert silent == []


@pytest.mark.parametrize("form", [OPEN, json.dumps(OPEN)], ids=["object", "text"])
@pytest.mark.parametrize(
    ("resource_type", "path", "hold"),
    [
        (
            "AWS::DynamoDB::GlobalTable",
            "Replicas[0].ResourcePolicy.PolicyDocument",
            lambda policy: {
                "Replicas": [{"Region": "eu-west-1", "ResourcePolicy": {"PolicyDocument": policy}}]
            },
        ),
        (
            "AWS::ApiGateway::RestApi",
            "Body.x-amazon-apigateway-policy",
            lambda policy: {"Body": {"x-amazon-apigateway-policy": policy}},
        ),
    ],
)
def test_a_policy_inside_of_another_property_is_seen(
    resource_type: str, path: str, hold: Callable[[Any], dict[str, Any]], form: Any
) -> None:
    (change,) = access_changes(resource_type, {}, hold(form))
    assert (change.what, change.effect, change.surface) == (path, Effect.WIDENS, Surface.PUBLIC)
    assert access_changes(resource_type, hold(form), hold(json.loads(json.dumps(form)))) == ()
    (gone,) = access_changes(resource_type, hold(form), {})
    assert gone.effect is Effect.NARROWS


def test_a_policy_that_is_no_json_before_its_references_are_known_is_unknown() -> None:
    text = '{"Statement": [{"Effect": "Allow", "Action": ${Actions}}]}'
    (change,) = access_changes("AWS::S3::AccessPoint", {}, {"Policy": text})
    assert change.effect is Effect.UNKNOWN


def test_an_identitys_permissions_are_not_public() -> None:
    everything = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    (change,) = access_changes("AWS::SSO::PermissionSet", {}, {"InlinePolicy": everything})
    assert (change.effect, change.surface) == (Effect.WIDENS, Surface.IAM)


@pytest.mark.parametrize(
    ("resource_type", "name", "nested"),
    [
        ("AWS::Logs::SubscriptionFilter", "DestinationArn", "arn:aws:logs:eu-west-1:{}:destination:d"),
        ("AWS::Events::Rule", "Targets", [{"Id": "a", "Arn": "arn:aws:events:eu-west-1:{}:event-bus/b"}]),
        (
            "AWS::DynamoDB::Table",
            "KinesisStreamSpecification",
            {"StreamArn": "arn:aws:kinesis:eu-west-1:{}:stream/s"},
        ),
        ("AWS::Lambda::Function", "Layers", ["arn:aws:lambda:eu-west-1:{}:layer:l:1"]),
        ("AWS::Lambda::Function", "Code", {"ImageUri": "{}.dkr.ecr.eu-west-1.amazonaws.com/i:1"}),
        ("AWS::Lambda::Function", "Code", {"ImageUri": "{}.dkr-ecr.eu-west-1.on.aws/i@sha256:0"}),
        (
            "AWS::S3::Bucket",
            "ReplicationConfiguration",
            {"Rules": [{"Destination": {"Bucket": "arn:aws:s3:::replica", "Account": "{}"}}]},
        ),
        (
            "AWS::S3::Bucket",
            "InventoryConfigurations",
            [{"Destination": {"BucketArn": "arn:aws:s3:::inventory", "BucketAccountId": "{}"}}],
        ),
        ("AWS::SageMaker::Domain", "DomainSettings", {"VpcOnlyTrustedAccounts": ["{}"]}),
        ("AWS::SSM::Parameter", "Value", '{"target": "arn:aws:sqs:eu-west-1:{}:q"}'),
    ],
)
def test_what_newly_crosses_to_another_account_is_at_least_unknown(
    resource_type: str, name: str, nested: Any
) -> None:
    def of(account: str) -> dict[str, Any]:
        return {name: json.loads(json.dumps(nested).replace("{}", account))}

    for before in (None, {}, of(OURS)):
        (change,) = access_changes(resource_type, before, of(ANOTHER), account=OURS)
        assert (change.effect, change.what) == (Effect.UNKNOWN, "another account")
        assert ANOTHER in change.summary
    assert access_changes(resource_type, {}, of(OURS), account=OURS) == ()
    assert access_changes(resource_type, of(ANOTHER), {**of(ANOTHER), "Other": 1}, account=OURS) == ()


def test_an_account_that_a_template_writes_as_a_number_is_seen() -> None:
    rule = {"Destination": {"Bucket": "arn:aws:s3:::replica", "Account": int(ANOTHER)}}
    after = {"ReplicationConfiguration": {"Rules": [rule]}}
    (change,) = access_changes("AWS::S3::Bucket", {}, after, account=OURS)
    assert change.summary == "crosses to another account: Account 999999999999"


def test_twelve_digits_that_name_no_account_are_none() -> None:
    after = {"Description": ANOTHER, "Target": f"arn:aws:sqs:eu-west-1:{OURS}:{ANOTHER}"}
    assert access_changes("AWS::Events::Rule", {}, after, account=OURS) == ()


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [
        ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        ("AWS::KMS::Key", "KeyPolicy"),
        ("AWS::DynamoDB::Table", "ResourcePolicy"),
    ],
)
@pytest.mark.parametrize("principal", ["{}", "arn:aws:iam::{}:root", "arn:aws:iam::{}:role/r"])
def test_a_new_resource_that_trusts_another_account_is_asked_for(
    resource_type: str, name: str, principal: str
) -> None:
    def effect(account: str) -> Effect:
        trusted = {"AWS": ["arn:aws:iam::123456789012:role/own", principal.format(account)]}
        statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        (change,) = access_changes(resource_type, None, {name: {"Statement": [statement]}}, account=OURS)
        return change.effect

    assert effect(ANOTHER) is Effect.WIDENS
    assert effect(OURS) is Effect.INITIAL


def test_properties_in_a_form_that_no_type_has_are_unknown_and_stop_nothing() -> None:
    """CloudFormation gives `(known after apply)` in the place of a list or an object, too."""
    judged = 0
    for resource_type, names in properties_of_types().items():
        for name in names:
            for odd in ("(known after apply)", [["text"]], 3):
                access_changes(resource_type, {}, {name: odd})
                access_changes(resource_type, {name: odd}, {})
                lost_in_place(resource_type, {name: odd}, {})
                judged += 1
    assert judged > 10_000


@pytest.mark.parametrize("rules", ["${Rules}", ["${Rule}"]])
def test_a_rule_of_a_security_group_that_is_a_text_is_unknown(rules: Any) -> None:
    (change,) = access_changes("AWS::EC2::SecurityGroup", {}, {"SecurityGroupIngress": rules})
    assert (change.effect, change.surface) == (Effect.UNKNOWN, Surface.PUBLIC)


def test_a_stream_specification_that_is_not_known_may_lose_data() -> None:
    odd = {"StreamSpecification": "(known after apply)"}
    assert lost_in_place(
        "AWS::DynamoDB::Table", {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}, odd
    )
    assert lost_in_place("AWS::DynamoDB::Table", odd, odd) == ()
