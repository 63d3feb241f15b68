"""Whether a series that an alarm or the dashboard looks at is written at all: by whom, under which names."""

from collections.abc import Callable, Mapping
from typing import Any

from payment_webhooks import contract
from stacks.monitoring.alarm import Metric
from tests.support.templates.resources import resource, resources, texts

# Metrics as their services name them, with the statistic that makes sense (each service's user guide).
LAMBDA = {"Errors", "Invocations", "Throttles", "Duration", "IteratorAge", "ConcurrentExecutions"}
API_GATEWAY = {"5XXError", "4XXError", "Count", "Latency", "IntegrationLatency"}
SQS = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}
PIPES = {"ExecutionFailed", "ExecutionTimeout", "ExecutionThrottled", "Invocations"}
STATES = {
    *(f"Executions{each}" for each in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")),
    *("ExecutionThrottled", "ExecutionTime"),
}
DYNAMODB = {"ReadThrottleEvents", "WriteThrottleEvents", "SystemErrors"}


def _names(type_: str, property_: str) -> set[str]:
    """The names, as texts with placeholders, of all resources of a type."""
    return {text for found in resources(type_) for text in texts(found[property_])}


def _of(type_: str, property_: str, metrics: set[str], dimension: str) -> Callable[[Metric], bool]:
    return lambda metric: (
        metric.name in metrics
        and set(metric.dimensions) == {dimension}
        and metric.dimensions[dimension] in _names(type_, property_)
    )


def _states(metric: Metric) -> bool:
    arn = f"stateMachine:{resource('compute', 'ProcessingWorkflow')['StateMachineName']['Fn::Sub']}"
    return (
        metric.name in STATES
        and list(metric.dimensions) == ["StateMachineArn"]
        and metric.dimensions["StateMachineArn"].endswith(f":{arn}")
    )


def _rules(metric: Metric) -> bool:
    names = {
        (each["EventBusName"]["Ref"], each["Name"]["Fn::Sub"]) for each in resources("AWS::Events::Rule")
    }
    bus = resource("messaging", "EventBus")
    return (
        metric.name in ("FailedInvocations", "InvocationsFailedToBeSentToDlq")
        and metric.dimensions["EventBusName"] == bus["Name"]["Fn::Sub"]
        and (bus.title, metric.dimensions["RuleName"]) in names
    )


def _dynamodb(metric: Metric) -> bool:
    tables = {
        found["TableName"]["Fn::Sub"]: {
            index["IndexName"] for index in found.properties.get("GlobalSecondaryIndexes", [])
        }
        for found in resources("AWS::DynamoDB::Table")
    }
    indexes = tables[metric.dimensions["TableName"]]
    index = metric.dimensions.get("GlobalSecondaryIndexName")
    return metric.name in DYNAMODB and (index is None or index in indexes)


def _api(metric: Metric) -> bool:
    return metric.name in API_GATEWAY and metric.dimensions in [
        {
            "ApiName": resource("api", f"{prefix}Api")["Name"]["Fn::Sub"],
            "Stage": resource("api", f"{prefix}Stage")["StageName"],
        }
        for prefix in ("", "Transactions")
    ]


def _web_acl(metric: Metric) -> bool:
    acl = resource("security", "WebAcl")
    rules = {each["VisibilityConfig"]["MetricName"] for each in acl["Rules"]}
    return (
        metric.name in ("BlockedRequests", "AllowedRequests")
        and {metric.dimensions["WebACL"]} == set(texts(acl["VisibilityConfig"]["MetricName"]))
        and acl["Name"] == acl["VisibilityConfig"]["MetricName"]
        and metric.dimensions["Rule"] in rules
    )


def _ours(metric: Metric) -> bool:
    sets = contract.METRIC_DIMENSIONS.get(metric.name, ((contract.DIMENSION_ENVIRONMENT,),))
    return metric.name in _names_of_ours() and set(metric.dimensions) in [set(each) for each in sets]


def _names_of_ours() -> set[Any]:
    return {
        value
        for name, value in vars(contract).items()
        if name.startswith("METRIC_") and isinstance(value, str)
    }


def _access_log(metric: Metric) -> bool:
    transformations = [
        each
        for found in resources("AWS::Logs::MetricFilter")
        for each in found["MetricTransformations"]
        if each["MetricNamespace"] == {"Fn::Sub": metric.namespace}
    ]
    return metric.name in {each["MetricName"] for each in transformations} and not metric.dimensions


EXISTS: Mapping[str, Callable[[Metric], bool]] = {
    "AWS/SNS": _of("AWS::SNS::Topic", "TopicName", {"NumberOfNotificationsFailed"}, "TopicName"),
    "AWS/Events": _rules,
    "AWS/SQS": _of("AWS::SQS::Queue", "QueueName", SQS, "QueueName"),
    "AWS/Lambda": _of("AWS::Lambda::Function", "FunctionName", LAMBDA, "FunctionName"),
    "AWS/EventBridge/Pipes": _of("AWS::Pipes::Pipe", "Name", PIPES, "PipeName"),
    "AWS/States": _states,
    "AWS/DynamoDB": _dynamodb,
    "AWS/ApiGateway": _api,
    "AWS/WAFV2": _web_acl,
    contract.METRIC_NAMESPACE: _ours,
    f"{contract.METRIC_NAMESPACE}/${{EnvironmentSuffix}}": _access_log,
}


def exists(metric: Metric) -> bool:
    """Whether something in the templates, or our code, writes this series. Raises KeyError for a namespace or
    a table that nobody knows.
    """
    return EXISTS[metric.namespace](metric)
