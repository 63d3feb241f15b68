"""That the lists of what the local deploy takes out, sets and leaves are true of the engine."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.deployment import local_fixups
from scripts.deployment.local_template_cuts import REFUSED_TYPES, REFUSED_WITH
from tests.support.system import small_stacks as stacks
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import unique


def test_engine_refuses_each_type_of_the_list(aws: Clients) -> None:
    """When this fails, the engine has learnt a type: take it off the list."""
    resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(sorted(REFUSED_TYPES))}
    with pytest.raises(ClientError, match="Unrecognized resource types") as error:
        stacks.create(aws, unique("refused"), resources)
    message = error.value.response["Error"]["Message"]
    named = {name.strip() for name in message.split("[", 1)[1].split("]", 1)[0].split(",")}
    assert named == REFUSED_TYPES


def test_engine_refuses_alarms_with_metric_math(aws: Clients) -> None:
    assert REFUSED_WITH == {"AWS::CloudWatch::Alarm": "Metrics"}
    stat = {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    metrics = [
        {"Id": "all", "MetricStat": stat, "ReturnData": False},
        {"Id": "rate", "Expression": "all / 60", "ReturnData": True},
    ]
    properties = {
        "Metrics": metrics,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
    }
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    assert stacks.create(aws, unique("alarm"), {"Alarm": alarm}) == "ROLLBACK_COMPLETE"


TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 12000},
    },
}


def time_to_live(aws: Clients, table: str) -> Any:
    return aws("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]


def point_in_time_recovery(aws: Clients, table: str) -> Any:
    backups = aws("dynamodb").describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]


def test_what_the_engine_drops_is_set_in_nested_stacks_too(aws: Clients) -> None:
    """When the first two assertions fail, the engine keeps the property itself: take it off the list SET."""
    assert set(local_fixups.SET) == {
        ("AWS::DynamoDB::Table", "TimeToLiveSpecification"),
        ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification"),
    }
    name = unique("fixups")
    child = stacks.nested(
        aws, {"Resources": {"Table": TABLE}, "Outputs": {"Name": {"Value": {"Ref": "Table"}}}}
    )
    outputs = {"Name": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Name"]}}}
    assert stacks.create(aws, name, {"Child": child}, outputs) == "CREATE_COMPLETE"
    table = stacks.outputs_of(aws, name)["Name"]
    assert time_to_live(aws, table) == "DISABLED"
    assert point_in_time_recovery(aws, table) == "DISABLED"

    lines = local_fixups.apply(name, aws)
    assert time_to_live(aws, table) == "ENABLED"
    assert point_in_time_recovery(aws, table) == "ENABLED"
    assert len([line for line in lines if line.startswith("set: ")]) == 2
    assert local_fixups.apply(name, aws) == lines  # again, as the next deploy does


def function_with(aws: Clients, **properties: Any) -> dict[str, Any]:
    function = stacks.function(aws, unique("left"), "def handler(event, context): print('here')")
    return {**function, "Properties": {**function["Properties"], **properties}}


BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/any"}}
            ]
        },
        "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 1}]},
    },
}


def stage_with_access_log() -> dict[str, dict[str, Any]]:
    api = {"RestApiId": {"Ref": "Api"}}
    log = {
        "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:any",
        "Format": "$context.requestId",
    }
    method = {"HttpMethod": "GET", "AuthorizationType": "NONE", "Integration": {"Type": "MOCK"}}
    root = {"ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}}
    stage = {"DeploymentId": {"Ref": "Deployment"}, "StageName": "v1", "AccessLogSetting": log}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "left"}},
        "Method": {"Type": "AWS::ApiGateway::Method", "Properties": {**api, **root, **method}},
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "DependsOn": "Method", "Properties": api},
        "Resource": {"Type": "AWS::ApiGateway::Stage", "Properties": {**api, **stage}},
    }


def method_with_validator() -> dict[str, dict[str, Any]]:
    parts = stage_with_access_log()
    validator = {"RestApiId": {"Ref": "Api"}, "ValidateRequestParameters": True}
    method = {**parts["Method"]["Properties"], "RequestValidatorId": {"Ref": "Validator"}}
    return {
        "Api": parts["Api"],
        "Validator": {"Type": "AWS::ApiGateway::RequestValidator", "Properties": validator},
        "Resource": {"Type": "AWS::ApiGateway::Method", "Properties": method},
    }


def method_is_validated(aws: Clients, ids: dict[str, str]) -> bool:
    client = aws("apigateway")
    (root,) = client.get_resources(restApiId=ids["Api"])["items"]
    method = client.get_method(restApiId=ids["Api"], resourceId=root["id"], httpMethod="GET")
    return bool(method.get("requestValidatorId"))


def table_is_warm(aws: Clients, ids: dict[str, str]) -> bool:
    table = aws("dynamodb").describe_table(TableName=ids["Resource"])["Table"]
    return bool(table.get("WarmThroughput", {}).get("WriteUnitsPerSecond"))


def stage_has_access_log(aws: Clients, ids: dict[str, str]) -> bool:
    stage = aws("apigateway").get_stage(restApiId=ids["Api"], stageName="v1")
    return bool(stage.get("accessLogSettings"))


def table_is_encrypted(aws: Clients, ids: dict[str, str]) -> bool:
    return "SSEDescription" in aws("dynamodb").describe_table(TableName=ids["Resource"])["Table"]


def function_has_key(aws: Clients, ids: dict[str, str]) -> bool:
    return "KMSKeyArn" in aws("lambda").get_function_configuration(FunctionName=ids["Resource"])


def function_is_limited(aws: Clients, ids: dict[str, str]) -> bool:
    answer = aws("lambda").get_function_concurrency(FunctionName=ids["Resource"])
    return "ReservedConcurrentExecutions" in answer


def bucket_has_key(aws: Clients, ids: dict[str, str]) -> bool:
    rules = aws("s3").get_bucket_encryption(Bucket=ids["Resource"])["ServerSideEncryptionConfiguration"][
        "Rules"
    ]
    return bool(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] != "AES256")


def bucket_has_lifecycle(aws: Clients, ids: dict[str, str]) -> bool:
    try:
        return bool(aws("s3").get_bucket_lifecycle_configuration(Bucket=ids["Resource"])["Rules"])
    except ClientError as error:
        return error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration"


def topic_has_key(aws: Clients, ids: dict[str, str]) -> bool:
    return bool(aws("sns").get_topic_attributes(TopicArn=ids["Resource"])["Attributes"].get("KmsMasterKeyId"))


KEPT: dict[tuple[str, str], Callable[[Clients, dict[str, str]], bool]] = {
    ("AWS::ApiGateway::Method", "RequestValidatorId"): method_is_validated,
    ("AWS::ApiGateway::Stage", "AccessLogSetting"): stage_has_access_log,
    ("AWS::DynamoDB::Table", "SSESpecification"): table_is_encrypted,
    ("AWS::DynamoDB::Table", "WarmThroughput"): table_is_warm,
    ("AWS::Lambda::Function", "KmsKeyArn"): function_has_key,
    ("AWS::Lambda::Function", "ReservedConcurrentExecutions"): function_is_limited,
    ("AWS::S3::Bucket", "BucketEncryption"): bucket_has_key,
    ("AWS::S3::Bucket", "LifecycleConfiguration"): bucket_has_lifecycle,
    ("AWS::SNS::Topic", "KmsMasterKeyId"): topic_has_key,
}


@pytest.mark.parametrize(("kind", "name"), KEPT)
def test_engine_drops_what_is_said_to_be_left(aws: Clients, kind: str, name: str) -> None:
    """When this fails, the engine keeps the property: take it off the list LEFT and look at what it changes."""
    assert (kind, name) in {(left[0], left[1]) for left in local_fixups.LEFT}
    key_arn = aws("kms").create_key()["KeyMetadata"]["Arn"]
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "AWS::ApiGateway::Method": method_with_validator,
        "AWS::ApiGateway::Stage": stage_with_access_log,
        "AWS::DynamoDB::Table": lambda: {"Resource": TABLE},
        "AWS::Lambda::Function": lambda: {
            "Role": stacks.role("lambda.amazonaws.com"),
            "Resource": function_with(aws, KmsKeyArn=key_arn, ReservedConcurrentExecutions=1),
        },
        "AWS::SNS::Topic": lambda: {
            "Resource": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": key_arn}}
        },
        "AWS::S3::Bucket": lambda: {"Resource": json.loads(json.dumps(BUCKET).replace("alias/any", key_arn))},
    }
    stack = unique("left")
    assert stacks.create(aws, stack, makers[kind]()) == "CREATE_COMPLETE"
    described = aws("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}
    assert not KEPT[kind, name](aws, ids)
