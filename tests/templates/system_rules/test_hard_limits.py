"""Each hard limit takes a resource of exactly its size, and finds one that is greater by one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from stacks.evaluation.resolved_stack import Resource
from stacks.system_rules.hard_limits import LIMITS, findings
from stacks.system_rules.system import System


def _padded(empty: Any, size: int) -> Any:
    """A document of `size` characters as compact JSON; `empty` is it with an empty text under Pad."""
    return {**empty, "Pad": "x" * (size - len(json.dumps(empty, separators=(",", ":"))) - len(',"Pad":""'))}


def _policy(size: int) -> dict[str, Any]:
    return {"PolicyDocument": _padded({"Statement": []}, size)}


def _filters(size: int) -> dict[str, Any]:
    return {"Filters": [{"Pattern": "x"}, {"Pattern": "x" * size}]}


def _alarm(period: int) -> Callable[[int], dict[str, Any]]:
    return lambda periods: {"Period": period, "EvaluationPeriods": periods}


def _metrics(size: int) -> dict[str, Any]:
    queries = [{"MetricStat": {"Period": 60}}] * size
    return {"EvaluationPeriods": 1, "Metrics": [*queries, {"Expression": "SUM(METRICS())"}]}


BUILDERS: list[tuple[str, str, int, Callable[[int], dict[str, Any]]]] = [
    ("AWS::ApiGateway::Stage", "access log", 3072, lambda size: {"AccessLogSetting": {"Format": "x" * size}}),
    ("AWS::CloudFormation::Stack", "parameters", 200, lambda size: {"Parameters": dict.fromkeys(range(size))}),
    ("AWS::CloudWatch::Alarm", "a day of minutes", 1440, _alarm(60)),
    ("AWS::CloudWatch::Alarm", "seven days of hours", 168, _alarm(3600)),
    ("AWS::CloudWatch::Alarm", "metrics", 10, _metrics),
    ("AWS::CloudWatch::Alarm", "actions", 5, lambda size: {**_alarm(60)(1), "AlarmActions": ["x"] * size}),
    ("AWS::CloudWatch::Dashboard", "widgets", 500, lambda size: {"DashboardBody": json.dumps({"widgets": [0] * size})}),
    ("AWS::DynamoDB::Table", "indexes", 20, lambda size: {"GlobalSecondaryIndexes": [{}] * size}),
    ("AWS::EC2::VPCEndpoint", "policy", 20_480, _policy),
    ("AWS::Events::Rule", "event pattern", 2048, lambda size: {"EventPattern": _padded({"source": []}, size)}),
    ("AWS::Events::Rule", "targets", 5, lambda size: {"Targets": [{}] * size}),
    ("AWS::IAM::ManagedPolicy", "policy", 6144, _policy),
    ("AWS::IAM::Role", "trust", 2048, lambda size: {"AssumeRolePolicyDocument": _padded({"Statement": []}, size)}),
    ("AWS::IAM::Role", "policies", 10, lambda size: {"ManagedPolicyArns": ["x"] * size}),
    ("AWS::IAM::Role", "name", 64, lambda size: {"RoleName": "x" * size}),
    ("AWS::KMS::Key", "policy", 32_768, lambda size: {"KeyPolicy": _padded({"Statement": []}, size)}),
    ("AWS::Lambda::EventSourceMapping", "filter", 4096, lambda size: {"FilterCriteria": _filters(size)}),
    ("AWS::Lambda::Function", "variables", 4096, lambda size: {"Environment": {"Variables": {"A": "x" * (size - 8)}}}),
    ("AWS::Lambda::Function", "layers", 5, lambda size: {"Layers": ["x"] * size}),
    ("AWS::Lambda::Function", "time-out", 900, lambda size: {"Timeout": size}),
    ("AWS::Logs::ResourcePolicy", "policy", 5120, lambda size: {"PolicyDocument": "x" * size}),
    ("AWS::Pipes::Pipe", "filter", 4096, lambda size: {"SourceParameters": {"FilterCriteria": _filters(size)}}),
    ("AWS::S3::Bucket", "name", 63, lambda size: {"BucketName": "x" * size}),
    ("AWS::S3::BucketPolicy", "policy", 20_480, _policy),
    ("AWS::SQS::QueuePolicy", "policy", 8192, _policy),
    ("AWS::SQS::QueuePolicy", "statements", 20, lambda size: {"PolicyDocument": {"Statement": [{}] * size}}),
    ("AWS::SSM::Parameter", "value", 4096, lambda size: {"Value": "x" * size}),
    ("AWS::StepFunctions::StateMachine", "size", 1_048_576, lambda size: {"Definition": _padded({"A": 1}, size)}),
]  # fmt: skip


def _findings(type_: str, properties: dict[str, Any]) -> list[str]:
    resource = Resource((), "One", type_, properties)
    return [finding.message for finding in findings(System({resource.key: resource}))]


@pytest.mark.parametrize(("type_", "what", "limit", "build"), BUILDERS)
def test_a_limit_is_taken_and_one_more_is_not(
    type_: str, what: str, limit: int, build: Callable[[int], dict[str, Any]]
) -> None:
    assert _findings(type_, build(limit)) == []
    assert len(_findings(type_, build(limit + 1))) == 1


def test_white_space_of_a_policy_does_not_count_for_iam() -> None:
    policy = {"PolicyDocument": {"Statement": [{"Sid": " " * 6144}]}}
    assert _findings("AWS::IAM::ManagedPolicy", policy) == []


def test_each_limit_is_shown() -> None:
    assert len(BUILDERS) == len(LIMITS) + 1  # the window of an alarm has two forms
    assert all(limit.source_url.startswith("https://docs.aws.amazon.com/") for limit in LIMITS)
