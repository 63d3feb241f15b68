"""What was added by hand beside the templates is found in its service, and what the stacks made is not."""

import json
from typing import Any

import pytest

from scripts.cloudformation.additions import additions
from scripts.cloudformation.live_stack import LiveResource
from tests.support.scripts.deployment_context import StubbedTarget, stubbed_target
from tests.support.scripts.stubs import REGION, stack_arn

STACK = stack_arn("payment-webhooks-dev-Compute")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:topic-dev"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:secret-dev-1"
OURS = "arn:aws:iam::123456789012:policy/ours"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function"
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/table-dev/stream/1"
QUEUE = f"https://sqs.{REGION}.amazonaws.com/123456789012/queue-dev"
REPLICATION_NONE = "ReplicationConfigurationNotFoundError"
OTHER_POLICY = '{"Statement": [{"Principal": "*"}]}'
UUID_1, UUID_2, UUID_9 = (f"14e0db71-5d35-4eb5-b481-8945cf9d10c{n}" for n in (1, 2, 9))
MADE_BY_STACKS = {
    OURS: "AWS::IAM::ManagedPolicy",
    "lambda-dev|statement-1": "AWS::Lambda::Permission",
    f"{TOPIC}:1": "AWS::SNS::Subscription",
    UUID_1: "AWS::Lambda::EventSourceMapping",
}


def found(target: StubbedTarget, physical_id: str, type_: str) -> dict[str, str | None]:
    made = [LiveResource(STACK, f"Made{n}", *one) for n, one in enumerate(MADE_BY_STACKS.items())]
    states = list(additions(target.client, [LiveResource(STACK, "Ours", physical_id, type_), *made]))
    assert {state.resource.logical_id for state in states} <= {"Ours"}
    return {state.property_name: state.actual for state in states}


def mapping(uuid: str, function: str, source: str) -> dict[str, str]:
    return {"UUID": uuid, "FunctionArn": f"{FUNCTION}:{function}", "EventSourceArn": source}


def answer_or_error(stub: Any, operation: str, answer: Any, asked: dict[str, Any] | None = None) -> None:
    """answer: a text is the code of an error."""
    if isinstance(answer, str):
        stub.add_client_error(operation, answer, expected_params=asked)
    else:
        stub.add_response(operation, answer, asked)


def prepare_data(target: StubbedTarget, type_: str, *, more: bool) -> None:
    match type_:
        case "AWS::S3::Bucket":
            rule = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::theirs"}}
            copied: Any = {"ReplicationConfiguration": {"Role": "role", "Rules": [rule]}}
            answer_or_error(target.stub("s3"), "get_bucket_replication", copied if more else REPLICATION_NONE)
        case "AWS::DynamoDB::Table":
            for arn in (STREAM[:-9], STREAM):
                described = {"Table": {"TableArn": STREAM[:-9], "LatestStreamArn": STREAM}}
                target.stub("dynamodb").add_response("describe_table", described, {"TableName": "table-dev"})
                policy: Any = {"Policy": OTHER_POLICY} if more else "PolicyNotFoundException"
                asked = {"ResourceArn": arn}
                answer_or_error(target.stub("dynamodb"), "get_resource_policy", policy, asked)


def prepare(target: StubbedTarget, type_: str, *, more: bool) -> None:
    """The answers of the services about one resource of the type, as the stacks made it, or with more."""
    prepare_data(target, type_, more=more)
    match type_:
        case "AWS::IAM::Role":
            iam = target.stub("iam")
            iam.add_response("list_role_policies", {"PolicyNames": ["all"] if more else []})
            arns = [OURS, "arn:aws:iam::aws:policy/AdministratorAccess"][: 1 + more]
            attached = [{"PolicyName": arn[-5:], "PolicyArn": arn} for arn in arns]
            iam.add_response("list_attached_role_policies", {"AttachedPolicies": attached})
        case "AWS::SNS::Topic":
            arns = ["PendingConfirmation", f"{TOPIC}:1", f"{TOPIC}:2"][: 2 + more]
            listed = {"Subscriptions": [{"SubscriptionArn": arn} for arn in arns]}
            target.stub("sns").add_response("list_subscriptions_by_topic", listed)
        case "AWS::SecretsManager::Secret":
            answer = {"ResourcePolicy": OTHER_POLICY} if more else {}
            target.stub("secretsmanager").add_response("get_resource_policy", answer)
        case "AWS::Lambda::Function" | "AWS::Lambda::Alias":
            sids = [{"Sid": sid} for sid in ("statement-1", "of-another-account")[: 1 + more]]
            target.stub("lambda").add_response("get_policy", {"Policy": json.dumps({"Statement": sids})})
    if type_ in ("AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::SQS::Queue"):
        ours = [mapping(UUID_1, "lambda-dev", STREAM), mapping(UUID_9, "lambda-x", f"{STREAM[:-14]}-x")]
        by_hand = {
            "AWS::Lambda::Function": mapping(UUID_2, "lambda-dev:live", "arn:aws:sqs:::theirs"),
            "AWS::DynamoDB::Table": mapping(UUID_2, "theirs", STREAM),
            "AWS::SQS::Queue": mapping(UUID_2, "theirs", "arn:aws:sqs:eu-west-1:123456789012:queue-dev"),
        }[type_]
        listed = {"EventSourceMappings": [*ours, by_hand][: 2 + more]}
        target.stub("lambda").add_response("list_event_source_mappings", listed)


@pytest.mark.parametrize(
    ("type_", "physical_id", "added"),
    [
        (
            "AWS::IAM::Role",
            "iam-role-dev",
            {"Policies": "all", "ManagedPolicyArns": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        ("AWS::SNS::Topic", TOPIC, {"Subscriptions": f"{TOPIC}:2"}),
        ("AWS::SecretsManager::Secret", SECRET, {"ResourcePolicy": OTHER_POLICY}),
        (
            "AWS::Lambda::Function",
            "lambda-dev",
            {"Policy": "of-another-account", "EventSourceMappings": UUID_2},
        ),
        ("AWS::Lambda::Alias", f"{FUNCTION}:lambda-dev:live", {"Policy": "of-another-account"}),
        (
            "AWS::DynamoDB::Table",
            "table-dev",
            {
                "EventSourceMappings": UUID_2,
                "ResourcePolicy": OTHER_POLICY,
                "StreamSpecification/ResourcePolicy": OTHER_POLICY,
            },
        ),
        ("AWS::S3::Bucket", "s3-dev", {"ReplicationConfiguration": "arn:aws:s3:::theirs"}),
        ("AWS::SQS::Queue", QUEUE, {"EventSourceMappings": UUID_2}),
    ],
)
def test_what_was_added_by_hand_is_named(type_: str, physical_id: str, added: dict[str, str]) -> None:
    for more, expected in ((False, {}), (True, added)):
        target = stubbed_target()
        prepare(target, type_, more=more)
        assert found(target, physical_id, type_) == expected


def test_nothing_is_added_to_what_is_gone_and_what_may_not_be_read_is_an_error() -> None:
    target = stubbed_target()
    functions: Any = target.stub("lambda")
    functions.add_client_error("get_policy", "ResourceNotFoundException")
    assert found(target, f"{FUNCTION}:lambda-dev:live", "AWS::Lambda::Alias") == {}
    functions.add_client_error("get_policy", "AccessDeniedException")
    with pytest.raises(Exception, match="AccessDeniedException"):
        found(target, f"{FUNCTION}:lambda-dev:live", "AWS::Lambda::Alias")
