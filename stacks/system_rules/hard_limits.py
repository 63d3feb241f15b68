"""Hard limits of AWS over the resources as they would be deployed, with values in place of functions."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from stacks.evaluation.resolved_stack import Resource
from stacks.lint.finding import Finding
from stacks.system_rules.system import System

LIMITS_HOLD: Final = "S9016"

_CLOUDWATCH: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_EVENTBRIDGE: Final = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_S3: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_SQS: Final = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"
)

Measure = Callable[[Resource], float]


class Limit(NamedTuple):
    """`measure` gives the size, in `unit`, of the property that people know as `what`."""

    type: str
    what: str
    limit: int
    unit: str
    source_url: str
    measure: Measure


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _characters(*path: str) -> Measure:
    return lambda resource: len(_text(resource.get(*path))) if resource.get(*path) is not None else 0


def _count(*path: str) -> Measure:
    return lambda resource: len(resource.get(*path) or ())


def _statements(resource: Resource) -> int:
    return len(resource.get("PolicyDocument", "Statement"))


def _without_spaces(*path: str) -> Measure:
    """IAM does not count white space."""
    return lambda resource: len("".join(_text(resource.get(*path)).split()))


def _alarm_days(resource: Resource) -> float:
    """The window, in the longest windows that its period allows: a day, or seven for periods of an hour and more."""
    metrics = [query.get("MetricStat", {}) for query in resource.get("Metrics") or ()]
    periods = [resource.get("Period"), *(stat.get("Period") for stat in metrics)]
    seconds = max(int(period) for period in periods if period is not None)
    return seconds * int(resource.get("EvaluationPeriods")) / (86_400 if seconds < 3_600 else 604_800)


def _alarm_metrics(resource: Resource) -> int:
    return sum("MetricStat" in query for query in resource.get("Metrics") or ())


def _environment(resource: Resource) -> int:
    variables: Mapping[str, Any] = resource.get("Environment", "Variables") or {}
    return len(json.dumps(variables, separators=(",", ":")).encode())


def _widgets(resource: Resource) -> int:
    return len(json.loads(resource.get("DashboardBody"))["widgets"])


def _longest_filter(*path: str) -> Measure:
    return lambda resource: max((len(each["Pattern"]) for each in resource.get(*path) or ()), default=0)


LIMITS: Final = (
    Limit("AWS::ApiGateway::Stage", "format of the access log", 3_072, "characters",
          "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
          _characters("AccessLogSetting", "Format")),
    Limit("AWS::CloudFormation::Stack", "parameters", 200, "parameters",
          "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
          _count("Parameters")),
    Limit("AWS::CloudWatch::Alarm", "period × evaluation periods", 1, "longest windows", _CLOUDWATCH, _alarm_days),
    Limit("AWS::CloudWatch::Alarm", "metrics of an expression", 10, "metrics", _CLOUDWATCH, _alarm_metrics),
    Limit("AWS::CloudWatch::Alarm", "actions of a state", 5, "actions", _CLOUDWATCH, _count("AlarmActions")),
    Limit("AWS::CloudWatch::Dashboard", "widgets", 500, "widgets", _CLOUDWATCH, _widgets),
    Limit("AWS::DynamoDB::Table", "global secondary indexes", 20, "indexes",
          "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html",
          _count("GlobalSecondaryIndexes")),
    Limit("AWS::EC2::VPCEndpoint", "policy", 20_480, "characters",
          "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html",
          _characters("PolicyDocument")),
    Limit("AWS::Events::Rule", "event pattern", 2_048, "characters", _EVENTBRIDGE, _characters("EventPattern")),
    Limit("AWS::Events::Rule", "targets", 5, "targets", _EVENTBRIDGE, _count("Targets")),
    Limit("AWS::IAM::ManagedPolicy", "policy", 6_144, "characters", _IAM, _without_spaces("PolicyDocument")),
    Limit("AWS::IAM::Role", "trust policy", 2_048, "characters", _IAM, _without_spaces("AssumeRolePolicyDocument")),
    Limit("AWS::IAM::Role", "managed policies", 10, "policies", _IAM, _count("ManagedPolicyArns")),
    Limit("AWS::IAM::Role", "name", 64, "characters", _IAM, _characters("RoleName")),
    Limit("AWS::KMS::Key", "key policy", 32_768, "characters",
          "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html", _characters("KeyPolicy")),
    Limit("AWS::Lambda::EventSourceMapping", "pattern of a filter", 4_096, "characters",
          "https://docs.aws.amazon.com/lambda/latest/api/API_Filter.html",
          _longest_filter("FilterCriteria", "Filters")),
    Limit("AWS::Lambda::Function", "environment variables", 4_096, "bytes", _LAMBDA, _environment),
    Limit("AWS::Lambda::Function", "layers", 5, "layers", _LAMBDA, _count("Layers")),
    Limit("AWS::Lambda::Function", "time-out", 900, "seconds", _LAMBDA,
          lambda resource: int(resource.get("Timeout") or 0)),
    Limit("AWS::Logs::ResourcePolicy", "policy", 5_120, "characters",
          "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
          _characters("PolicyDocument")),
    Limit("AWS::Pipes::Pipe", "pattern of a filter", 4_096, "characters",
          "https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Filter.html",
          _longest_filter("SourceParameters", "FilterCriteria", "Filters")),
    Limit("AWS::S3::Bucket", "name", 63, "characters", _S3, _characters("BucketName")),
    Limit("AWS::S3::BucketPolicy", "policy", 20_480, "characters",
          "https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html",
          _characters("PolicyDocument")),
    Limit("AWS::SQS::QueuePolicy", "policy", 8_192, "characters", _SQS, _characters("PolicyDocument")),
    Limit("AWS::SQS::QueuePolicy", "statements", 20, "statements", _SQS, _statements),
    Limit("AWS::SSM::Parameter", "value", 4_096, "characters",
          "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
          _characters("Value")),
    Limit("AWS::StepFunctions::StateMachine", "definition", 1_048_576, "characters",
          "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html", _characters("Definition")),
)  # fmt: skip


def findings(system: System) -> Iterator[Finding]:
    for limit in LIMITS:
        for resource in system.of_type(limit.type):
            size = limit.measure(resource)
            if size > limit.limit:
                message = f"{limit.what}: {size:g} {limit.unit}; AWS takes {limit.limit:,}"
                yield Finding(LIMITS_HOLD, str(resource), message)
