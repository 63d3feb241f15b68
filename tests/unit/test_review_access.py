from typing import Any

import pytest

from deployment.review.access import access_changes
from deployment.review.model import Effect, Surface

ALLOW = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
RULE = {"Name": "limit", "Action": {"Block": {}}, "Statement": {"RateBasedStatement": {"Limit": 600}}}
METHOD = {"HttpMethod": "POST", "AuthorizationType": "NONE", "ApiKeyRequired": True}
BLOCK = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True}}
PERMISSION = {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}


def _policy(*statements: Any) -> dict[str, Any]:
    return {"PolicyDocument": {"Statement": list(statements)}}


def _rule(**changes: Any) -> dict[str, Any]:
    return {"Rules": [{**RULE, **changes}], "DefaultAction": {"Allow": {}}}


CASES: list[tuple[str, Any, Any, Effect, Surface]] = [
    ("AWS::IAM::ManagedPolicy", _policy(), _policy(ALLOW), Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::ManagedPolicy", None, _policy(ALLOW), Effect.WIDENS, Surface.IAM),
    ("AWS::S3::BucketPolicy", _policy(DENY), None, Effect.WIDENS, Surface.IAM),
    ("AWS::SQS::QueuePolicy", _policy(), _policy({**ALLOW, "Principal": "*"}), Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::IAM::Role",
        {"ManagedPolicyArns": []},
        {"ManagedPolicyArns": ["arn:a"]},
        Effect.WIDENS,
        Surface.IAM,
    ),
    ("AWS::IAM::Role", {"ManagedPolicyArns": ["arn:a"]}, {}, Effect.NARROWS, Surface.IAM),
    ("AWS::IAM::Role", {"PermissionsBoundary": "b"}, {}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::Role", {}, {"PermissionsBoundary": "b"}, Effect.NARROWS, Surface.IAM),
    (
        "AWS::IAM::Role",
        {"PermissionsBoundary": "b"},
        {"PermissionsBoundary": "c"},
        Effect.UNKNOWN,
        Surface.IAM,
    ),
    ("AWS::IAM::Role", {}, {"Policies": [{"PolicyName": "p", **_policy(ALLOW)}]}, Effect.WIDENS, Surface.IAM),
    (
        "AWS::KMS::Key",
        {"KeyPolicy": {"Statement": []}},
        {"KeyPolicy": "${Policy}"},
        Effect.UNKNOWN,
        Surface.IAM,
    ),
    ("AWS::Lambda::Permission", None, PERMISSION, Effect.WIDENS, Surface.IAM),
    ("AWS::Lambda::Permission", None, {**PERMISSION, "Principal": "*"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Permission", PERMISSION, None, Effect.NARROWS, Surface.IAM),
    ("AWS::Lambda::Permission", {**PERMISSION, "SourceArn": "arn:a"}, PERMISSION, Effect.WIDENS, Surface.IAM),
    (
        "AWS::Lambda::Permission",
        PERMISSION,
        {**PERMISSION, "SourceAccount": "1"},
        Effect.NARROWS,
        Surface.IAM,
    ),
    ("AWS::WAFv2::WebACL", _rule(), _rule(Action={"Count": {}}), Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACL", _rule(Action={"Count": {}}), _rule(), Effect.NARROWS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACL", _rule(), {**_rule(), "Rules": []}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::WAFv2::WebACL",
        {**_rule(), "Rules": []},
        _rule(Action={"Allow": {}}),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::WAFv2::WebACL", {**_rule(), "Rules": []}, _rule(), Effect.NARROWS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACL", _rule(), _rule(Priority=3), Effect.UNKNOWN, Surface.PUBLIC),
    (
        "AWS::WAFv2::WebACL",
        _rule(),
        _rule(Statement={"RateBasedStatement": {"Limit": 900}}),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::WAFv2::WebACL",
        {**_rule(), "DefaultAction": {"Block": {}}},
        _rule(),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::WAFv2::WebACL", _rule(), None, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACLAssociation", {"ResourceArn": "a"}, None, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::IPSet", {"Addresses": ["10.0.0.0/8"]}, {"Addresses": []}, Effect.UNKNOWN, Surface.PUBLIC),
    ("AWS::ApiGateway::Method", METHOD, {**METHOD, "ApiKeyRequired": False}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::ApiGateway::Method",
        {**METHOD, "AuthorizationType": "AWS_IAM"},
        METHOD,
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::ApiGateway::Method",
        METHOD,
        {**METHOD, "AuthorizationType": "AWS_IAM"},
        Effect.NARROWS,
        Surface.PUBLIC,
    ),
    ("AWS::ApiGateway::Method", None, {"HttpMethod": "GET"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": True}, {}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::ApiGateway::RestApi",
        {"EndpointConfiguration": {"Types": ["PRIVATE"]}},
        {"EndpointConfiguration": {"Types": ["REGIONAL"]}},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::S3::Bucket", {}, {"AccessControl": "PublicRead"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Url", {"AuthType": "NONE"}, {"AuthType": "AWS_IAM"}, Effect.NARROWS, Surface.IAM),
    ("AWS::EC2::SecurityGroupIngress", None, {"CidrIp": "0.0.0.0/0"}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::EC2::SecurityGroup",
        {},
        {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8"}]},
        Effect.WIDENS,
        Surface.IAM,
    ),
    (
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupIngress": [{"CidrIp": "::/0"}]},
        {},
        Effect.NARROWS,
        Surface.IAM,
    ),
    (
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}]},
        {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}]},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::EC2::SecurityGroupEgress", None, {"CidrIp": "10.0.0.0/8"}, Effect.WIDENS, Surface.IAM),
    ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": ["a"]}}, {}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::Lambda::Function", {"Role": "a"}, {"Role": "b"}, Effect.UNKNOWN, Surface.IAM),
    ("AWS::StepFunctions::StateMachine", {"RoleArn": "a"}, {"RoleArn": "b"}, Effect.UNKNOWN, Surface.IAM),
    ("AWS::Pipes::Pipe", {"RoleArn": "a"}, {"RoleArn": "b"}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::Scheduler::Schedule",
        {"Target": {"RoleArn": "a"}},
        {"Target": {"RoleArn": "b"}},
        Effect.UNKNOWN,
        Surface.IAM,
    ),
    ("AWS::IAM::ManagedPolicy", {"Roles": ["a"]}, {"Roles": ["a", "b"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::ManagedPolicy", {"Roles": ["a", "b"]}, {"Roles": ["a"]}, Effect.NARROWS, Surface.IAM),
    ("AWS::IAM::User", {}, {"ManagedPolicyArns": ["arn:a"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::OIDCProvider", {"ClientIdList": ["a"]}, {"ClientIdList": ["b"]}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::Backup::BackupVault",
        {"AccessPolicy": {"Statement": []}},
        {"AccessPolicy": {"Statement": [ALLOW]}},
        Effect.WIDENS,
        Surface.IAM,
    ),
    ("AWS::SQS::Queue", {"KmsMasterKeyId": "a"}, {}, Effect.WIDENS, Surface.IAM),
    ("AWS::Logs::LogGroup", {"KmsKeyId": "a"}, {"KmsKeyId": "b"}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::ApiGateway::GatewayResponse",
        {"ResponseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'https://a'"}},
        {"ResponseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    ("AWS::ApiGateway::Stage", {}, {"Variables": {"corsOrigin": "https://a"}}, Effect.WIDENS, Surface.PUBLIC),
    (
        "AWS::ApiGateway::Stage",
        {"Variables": {"corsOrigin": "https://a"}},
        {},
        Effect.NARROWS,
        Surface.PUBLIC,
    ),
    (
        "AWS::S3::Bucket",
        {"CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["https://a"]}]}},
        {"CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["https://a", "https://b"]}]}},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::ApiGateway::DomainName",
        {"SecurityPolicy": "TLS_1_2"},
        {"SecurityPolicy": "TLS_1_0"},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::ApiGateway::DomainName",
        {"MutualTlsAuthentication": {"TruststoreUri": "s3://a"}},
        {},
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
    (
        "AWS::SNS::Subscription",
        None,
        {"Protocol": "https", "Endpoint": "https://a"},
        Effect.WIDENS,
        Surface.IAM,
    ),
    ("AWS::Lambda::LayerVersionPermission", None, {"Principal": "*"}, Effect.WIDENS, Surface.PUBLIC),
    ("AWS::WAFv2::WebACLAssociation", {"WebACLArn": "a"}, {"WebACLArn": "b"}, Effect.UNKNOWN, Surface.PUBLIC),
]


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
            {"Queues": ["${Data/New}"], **_policy({**ALLOW, "Principal": {"AWS": "1"}})},
        ),
        ("AWS::Lambda::Permission", {**PERMISSION, "FunctionName": "${Data/New.Arn}"}),
    ],
)
def test_a_new_resources_own_policy_widens_nothing(resource_type: str, after: dict[str, Any]) -> None:
    (change,) = access_changes(resource_type, None, after, frozenset({"${Data/New}"}))
    assert change.effect is Effect.INITIAL


def test_unless_it_is_open_to_anybody() -> None:
    policy = {"Queues": ["${New}"], **_policy({**ALLOW, "Principal": "*"})}
    (change,) = access_changes("AWS::SQS::QueuePolicy", None, policy, frozenset({"${New}"}))
    assert (change.effect, change.surface) == (Effect.WIDENS, Surface.PUBLIC)


def test_a_table_policy_is_found_in_its_wrapper() -> None:
    after = {"ResourcePolicy": _policy(ALLOW)}
    (change,) = access_changes("AWS::DynamoDB::Table", {}, after)
    assert change.effect is Effect.WIDENS


FROM_INSIDE = {**ALLOW, "Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
TO_A_ROLE = {**ALLOW, "Principal": {"AWS": "arn:aws:iam::1:role/r"}}


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
