from typing import Any

import pytest

from scripts.review.access.resource import access_changes, policy_properties
from scripts.review.model import Effect, Surface

ALLOW = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
TO_A_ROLE = {**ALLOW, "Principal": {"AWS": "arn:aws:iam::1:role/r"}}
PERMISSION = {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}


def policy_with(*statements: Any) -> dict[str, Any]:
    return {"PolicyDocument": {"Statement": list(statements)}}


CASES: list[tuple[str, Any, Any, Effect, Surface]] = [
    ("AWS::IAM::ManagedPolicy", policy_with(), policy_with(ALLOW), Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::ManagedPolicy", None, policy_with(ALLOW), Effect.WIDENS, Surface.IAM),
    ("AWS::S3::BucketPolicy", policy_with(DENY), None, Effect.WIDENS, Surface.IAM),
    (
        "AWS::SQS::QueuePolicy",
        policy_with(),
        policy_with({**ALLOW, "Principal": "*"}),
        Effect.WIDENS,
        Surface.PUBLIC,
    ),
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
    (
        "AWS::IAM::Role",
        {},
        {"Policies": [{"PolicyName": "p", **policy_with(ALLOW)}]},
        Effect.WIDENS,
        Surface.IAM,
    ),
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
    ("AWS::IAM::ManagedPolicy", {"Roles": ["a"]}, {"Roles": ["a", "b"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::ManagedPolicy", {"Roles": ["a", "b"]}, {"Roles": ["a"]}, Effect.NARROWS, Surface.IAM),
    ("AWS::IAM::Policy", {"Roles": ["a"]}, {"Roles": ["a", "b"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::Group", {}, {"ManagedPolicyArns": ["arn:a"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::User", {}, {"ManagedPolicyArns": ["arn:a"]}, Effect.WIDENS, Surface.IAM),
    ("AWS::IAM::OIDCProvider", {"ClientIdList": ["a"]}, {"ClientIdList": ["b"]}, Effect.UNKNOWN, Surface.IAM),
    (
        "AWS::Backup::BackupVault",
        {"AccessPolicy": {"Statement": []}},
        {"AccessPolicy": {"Statement": [ALLOW]}},
        Effect.WIDENS,
        Surface.IAM,
    ),
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


@pytest.mark.parametrize(
    ("resource_type", "name", "what"),
    [
        ("AWS::IAM::ManagedPolicy", "PolicyDocument", "permissions"),
        ("AWS::IAM::Policy", "PolicyDocument", "permissions"),
        ("AWS::IAM::RolePolicy", "PolicyDocument", "permissions"),
        ("AWS::IAM::UserPolicy", "PolicyDocument", "permissions"),
        ("AWS::IAM::GroupPolicy", "PolicyDocument", "permissions"),
        ("AWS::IAM::Role", "AssumeRolePolicyDocument", "who may assume the role"),
        ("AWS::KMS::Key", "KeyPolicy", "key policy"),
        ("AWS::KMS::ReplicaKey", "KeyPolicy", "key policy"),
        ("AWS::S3::BucketPolicy", "PolicyDocument", "bucket policy"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument", "queue policy"),
        ("AWS::SNS::TopicPolicy", "PolicyDocument", "topic policy"),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "secret policy"),
        ("AWS::DynamoDB::Table", "ResourcePolicy", "table policy"),
        ("AWS::ApiGateway::RestApi", "Policy", "API policy"),
        ("AWS::Events::EventBusPolicy", "Statement", "event bus policy"),
        ("AWS::Events::EventBus", "Policy", "event bus policy"),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", "endpoint policy"),
        ("AWS::Logs::ResourcePolicy", "PolicyDocument", "log policy"),
        ("AWS::X::Y", "AnyPolicy", "AnyPolicy"),
    ],
)
def test_each_policy_is_compared_by_its_statements(resource_type: str, name: str, what: str) -> None:
    empty, full = ({name: {"Statement": statements}} for statements in ([], [TO_A_ROLE]))
    for before, after, effect in ((empty, full, Effect.WIDENS), (full, empty, Effect.NARROWS)):
        (change,) = access_changes(resource_type, before, after)
        assert (change.what, change.effect, change.surface) == (what, effect, Surface.IAM)
        assert access_changes(resource_type, after, after) == ()


def test_a_tables_policies_are_found_in_their_wrappers() -> None:
    wrapped = {"ResourcePolicy": policy_with(TO_A_ROLE)}
    for after, what in ((wrapped, "table policy"), ({"StreamSpecification": wrapped}, "stream policy")):
        (change,) = access_changes("AWS::DynamoDB::Table", {}, after)
        assert (change.what, change.effect) == (what, Effect.WIDENS)


def test_an_event_bus_policy_is_one_statement() -> None:
    (change,) = access_changes("AWS::Events::EventBusPolicy", None, {"Statement": TO_A_ROLE})
    assert (change.what, change.effect, change.after) == ("event bus policy", Effect.WIDENS, TO_A_ROLE)


def test_whose_statements_are_told_need_no_property_changes() -> None:
    assert policy_properties("AWS::DynamoDB::Table") == {"ResourcePolicy"}
    assert policy_properties("AWS::IAM::Role") == {"AssumeRolePolicyDocument", "Policies"}
    assert policy_properties("AWS::IAM::User") == policy_properties("AWS::IAM::Group") == {"Policies"}
    assert policy_properties("AWS::S3::Bucket") == set()


@pytest.mark.parametrize("holder", ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"])
def test_what_a_holder_may_do_is_told_once(holder: str) -> None:
    after = {"Policies": [{"PolicyName": "p", **policy_with(ALLOW)}]}
    (change,) = access_changes(holder, {}, after)
    assert (change.what, change.effect) == ("permissions (p)", Effect.WIDENS)


@pytest.mark.fact("R9008")
@pytest.mark.parametrize(
    ("resource_type", "name", "principal", "action"),
    [
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", "*", "*"),
        ("AWS::ApiGateway::RestApi", "Policy", "*", "*"),
        ("AWS::KMS::Key", "KeyPolicy", {"AWS": "${AWS::AccountId}"}, "kms:*"),
    ],
)
def test_the_default_in_words_changes_nothing(
    resource_type: str, name: str, principal: Any, action: str
) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    written = {name: {"Statement": [statement]}}
    assert access_changes(resource_type, {}, written) == access_changes(resource_type, written, {}) == ()


@pytest.mark.parametrize("resource_type", ["AWS::EC2::VPCEndpoint", "AWS::Logs::ResourcePolicy"])
def test_a_policy_for_principals_of_the_network_or_of_aws_is_never_public(resource_type: str) -> None:
    opened = policy_with({**ALLOW, "Principal": "*"})
    (change,) = access_changes(resource_type, policy_with(), opened)
    assert (change.effect, change.surface) == (Effect.WIDENS, Surface.IAM)


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [
        ("AWS::KMS::Key", "KeyPolicy"),
        ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        ("AWS::DynamoDB::Table", "ResourcePolicy"),
        ("AWS::Events::EventBus", "Policy"),
        ("AWS::ApiGateway::RestApi", "Policy"),
    ],
)
def test_a_policy_comes_and_goes_with_the_resource_that_holds_it(resource_type: str, name: str) -> None:
    properties = {name: {"Statement": [TO_A_ROLE]}}
    (change,) = access_changes(resource_type, None, properties)
    assert change.effect is Effect.INITIAL
    assert change.summary == f"{change.what}: comes with the resource"
    assert access_changes(resource_type, properties, None) == ()


@pytest.mark.parametrize(
    ("resource_type", "name", "properties"),
    [
        ("AWS::SNS::Subscription", "TopicArn", {"Protocol": "sqs", "Endpoint": "q"}),
        ("AWS::S3::BucketPolicy", "Bucket", {"PolicyDocument": {"Statement": [TO_A_ROLE]}}),
        ("AWS::SQS::QueuePolicy", "Queues", {"PolicyDocument": {"Statement": [TO_A_ROLE]}}),
        ("AWS::SNS::TopicPolicy", "Topics", {"PolicyDocument": {"Statement": [TO_A_ROLE]}}),
        ("AWS::SecretsManager::ResourcePolicy", "SecretId", {"ResourcePolicy": {"Statement": [TO_A_ROLE]}}),
        ("AWS::Lambda::Permission", "FunctionName", {**PERMISSION, "Principal": "1"}),
    ],
)
def test_a_policy_of_a_new_resource_alone_comes_with_it(
    resource_type: str, name: str, properties: Any
) -> None:
    def effects(target: Any, *added: str) -> list[Effect]:
        found = access_changes(resource_type, None, {**properties, name: target}, frozenset(added))
        return [change.effect for change in found]

    assert effects("${Data/New.Arn}", "${Data/New}") == [Effect.INITIAL]
    assert effects(["${New}", "${Old}"], "${New}") == [Effect.WIDENS]
    assert effects(["${Old}"], "${New}") == [Effect.WIDENS]
    written = {**properties, name: "${New}"}
    assert access_changes(resource_type, written, None, frozenset({"${New}"})) == ()


def test_a_permission_of_a_new_resource_that_names_none_is_told() -> None:
    after: dict[str, Any] = policy_with(TO_A_ROLE)
    for after["Queues"] in (None, []):
        (change,) = access_changes("AWS::SQS::QueuePolicy", None, after, frozenset({"${New}"}))
        assert change.effect is Effect.WIDENS


def test_what_a_new_role_may_do_is_told() -> None:
    after = {"ManagedPolicyArns": ["a"], "Policies": [{"PolicyName": "p", **policy_with(ALLOW)}]}
    changes = access_changes("AWS::IAM::Role", None, after)
    assert [(change.what, change.effect) for change in changes] == [
        ("permissions (p)", Effect.WIDENS),
        ("attached policy", Effect.WIDENS),
    ]


@pytest.mark.parametrize("text", ["{${Text}", 'see "Statement"'])
def test_a_text_that_is_no_policy_is_none(text: str) -> None:
    assert access_changes("AWS::X::Y", {}, {"Text": text}) == ()


def test_a_policy_of_statements_that_are_not_known_is_unknown() -> None:
    (change,) = access_changes("AWS::X::Y", {}, {"AnyPolicy": {"Statement": "${Statements}"}})
    assert (change.what, change.effect) == ("AnyPolicy", Effect.UNKNOWN)


def test_properties_that_cannot_be_judged_are_told_when_they_change() -> None:
    odd = {"Policies": ["(known after apply)"]}
    (change,) = access_changes("AWS::IAM::Role", {}, odd)
    assert (change.what, change.effect, change.surface) == ("properties", Effect.UNKNOWN, Surface.PUBLIC)
    assert change.summary == "its properties have a form that cannot be judged"
    assert access_changes("AWS::IAM::Role", odd, odd) == ()


def test_a_permission_is_a_statement_of_the_functions_policy() -> None:
    by_service, by_account = ({**PERMISSION, "Principal": name} for name in ("a.amazonaws.com", "1"))
    called = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "f"}
    (change,) = access_changes("AWS::Lambda::Permission", None, by_service)
    assert (change.what, change.after) == (
        "function policy",
        {**called, "Principal": {"Service": "a.amazonaws.com"}},
    )
    limits = {
        "SourceAccount": "2",
        "PrincipalOrgID": "o",
        "FunctionUrlAuthType": "NONE",
        "SourceArn": "arn:*",
    }
    (change,) = access_changes("AWS::Lambda::Permission", None, {**by_account, **limits})
    equal = {"aws:SourceAccount": "2", "aws:PrincipalOrgID": "o", "lambda:FunctionUrlAuthType": "NONE"}
    assert change.after == {
        **called,
        "Principal": {"AWS": "1"},
        "Condition": {"StringEquals": equal, "ArnLike": {"aws:SourceArn": "arn:*"}},
    }


FROM_INSIDE = {**ALLOW, "Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}


@pytest.mark.fact("R9009")
def test_the_last_egress_rule_that_goes_opens_a_security_group() -> None:
    closed = {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8"}]}
    opened, gone = access_changes("AWS::EC2::SecurityGroup", closed, {})
    assert (opened.effect, opened.surface) == (Effect.WIDENS, Surface.PUBLIC)
    assert opened.summary == "egress to 0.0.0.0/0"
    assert gone.effect is Effect.NARROWS


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
