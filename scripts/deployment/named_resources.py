"""Finds existing resources by the names that the templates give them in an environment.

Used before a first deploy (is a name taken?) and after a destroy (is anything left?). The names come from the templates
themselves, so a new resource is looked for without anybody thinking of it. Names are compared as a whole:
`table-x-dev` must not match the environment `dev` of somebody who has one called `a-dev`.

A list call for each type, because no single API has them all: the tagging API lists no untagged resource (a log group
that Lambda has made anew), no dashboard, alias, role or saved query; Cloud Control is not in the local engine.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from stacks.evaluation.intrinsics import Environment, evaluate
from stacks.names import Names

LOG_GROUP: Final = "AWS::Logs::LogGroup"


class ListCall(NamedTuple):
    """The API call that lists all resources of a type in an account and region.

    `items` is the answer's field that holds the list, `name` the field of each item that holds its name (none: the
    item is the name), after the last `separator` if there is one. `next_marker` is the answer's field for the next page
    where botocore has no paginator.
    """

    service: str
    operation: str
    items: str
    name: str = ""
    separator: str = ""
    arguments: Mapping[str, str | bool] = {}
    next_marker: str = ""


_REGIONAL: Final = {"Scope": "REGIONAL"}
LIST_CALLS: Final = {
    "AWS::ApiGateway::RestApi": ListCall("apigateway", "get_rest_apis", "items", "name"),
    "AWS::ApiGateway::ApiKey": ListCall("apigateway", "get_api_keys", "items", "name"),
    "AWS::ApiGateway::UsagePlan": ListCall("apigateway", "get_usage_plans", "items", "name"),
    "AWS::CloudWatch::Alarm": ListCall("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "AWS::CloudWatch::Dashboard": ListCall(
        "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"
    ),
    "AWS::DynamoDB::Table": ListCall("dynamodb", "list_tables", "TableNames"),
    # A network is not deleted while this is there, and not left without it.
    "AWS::EC2::SecurityGroup": ListCall("ec2", "describe_security_groups", "SecurityGroups", "GroupName"),
    "AWS::Events::EventBus": ListCall(
        "events", "list_event_buses", "EventBuses", "Name", next_marker="NextToken"
    ),
    "AWS::IAM::ManagedPolicy": ListCall(
        "iam", "list_policies", "Policies", "PolicyName", arguments={"Scope": "Local"}
    ),
    "AWS::IAM::Role": ListCall("iam", "list_roles", "Roles", "RoleName"),
    "AWS::KMS::Alias": ListCall("kms", "list_aliases", "Aliases", "AliasName"),
    "AWS::Lambda::Function": ListCall("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Lambda::LayerVersion": ListCall("lambda", "list_layers", "Layers", "LayerName"),
    "AWS::Logs::ResourcePolicy": ListCall(
        "logs", "describe_resource_policies", "resourcePolicies", "policyName"
    ),
    "AWS::Logs::QueryDefinition": ListCall(
        "logs", "describe_query_definitions", "queryDefinitions", "name", next_marker="nextToken"
    ),
    LOG_GROUP: ListCall("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::Pipes::Pipe": ListCall("pipes", "list_pipes", "Pipes", "Name"),
    "AWS::S3::Bucket": ListCall("s3", "list_buckets", "Buckets", "Name"),
    "AWS::Scheduler::Schedule": ListCall("scheduler", "list_schedules", "Schedules", "Name"),
    "AWS::Scheduler::ScheduleGroup": ListCall("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
    # Scheduled for deletion, it keeps its name.
    "AWS::SecretsManager::Secret": ListCall(
        "secretsmanager", "list_secrets", "SecretList", "Name", arguments={"IncludePlannedDeletion": True}
    ),
    "AWS::SNS::Topic": ListCall("sns", "list_topics", "Topics", "TopicArn", separator=":"),
    "AWS::SQS::Queue": ListCall("sqs", "list_queues", "QueueUrls", separator="/"),
    "AWS::StepFunctions::StateMachine": ListCall(
        "stepfunctions", "list_state_machines", "stateMachines", "name"
    ),
    "AWS::SSM::Parameter": ListCall("ssm", "describe_parameters", "Parameters", "Name"),
    "AWS::WAFv2::IPSet": ListCall(
        "wafv2", "list_ip_sets", "IPSets", "Name", arguments=_REGIONAL, next_marker="NextMarker"
    ),
    "AWS::WAFv2::WebACL": ListCall(
        "wafv2", "list_web_acls", "WebACLs", "Name", arguments=_REGIONAL, next_marker="NextMarker"
    ),
}
# Deleted with their owner: an event bus that still has rules is not deleted.
_OWNED_TYPES: Final = frozenset({"AWS::Events::Rule"})
# Parts of error codes: these credentials may not list it, or the service (in the local engine) has no such list.
_NOT_LISTED: Final = (
    "AccessDenied",
    "InvalidAction",
    "InvalidOperation",
    "UnauthorizedOperation",
    "UnknownOperation",
)


def names_in_templates(templates: Iterable[str], names: Names) -> dict[str, frozenset[str]]:
    """The names that the templates give in this environment, by resource type.

    A name that holds what only a deployed stack knows (an API's id) is left out. Raises KeyError for a type that is
    named after the environment and has no list call.
    """
    values = {
        "EnvironmentSuffix": names.suffix,
        "AWS::AccountId": names.account,
        "AWS::Region": names.region,
        "AWS::Partition": names.partition,
    }
    by_type: dict[str, set[str]] = {}
    for text in templates:
        for resource in json.loads(text)["Resources"].values():
            for name in _names_of(resource, values):
                by_type.setdefault(resource["Type"], set()).add(name)
    return {resource_type: frozenset(type_names) for resource_type, type_names in by_type.items()}


def existing_names(
    client: Callable[[str], Any], expected: Mapping[str, frozenset[str]]
) -> tuple[dict[str, list[str]], list[str]]:
    """Those of the `expected` names that exist, by resource type; and the types that could not be listed.

    `client` makes a boto3 client for a service's name. Raises botocore's errors but for a right that is missing.
    """
    existing: dict[str, list[str]] = {}
    unlisted = []
    for resource_type, type_names in sorted(expected.items()):
        try:
            listed = _list(client, LIST_CALLS[resource_type])
        except ClientError as error:
            if not any(code in error.response["Error"]["Code"] for code in _NOT_LISTED):
                raise
            unlisted.append(resource_type)
            continue
        if type_names & listed:
            existing[resource_type] = sorted(type_names & listed)
    return existing, unlisted


def _list(client: Callable[[str], Any], call: ListCall) -> set[str]:
    items = (item for page in _pages(client(call.service), call) for item in page.get(call.items, ()))
    values = (item[call.name] if call.name else item for item in items)
    return {value.rsplit(call.separator, 1)[-1] if call.separator else value for value in values}


def _pages(client: Any, call: ListCall) -> Iterable[Any]:
    if client.can_paginate(call.operation):
        yield from client.get_paginator(call.operation).paginate(**call.arguments)
        return
    page = getattr(client, call.operation)(**call.arguments)
    yield page
    while page.get(call.next_marker):
        page = getattr(client, call.operation)(**call.arguments, **{call.next_marker: page[call.next_marker]})
        yield page


def _names_of(resource: Mapping[str, Any], values: Mapping[str, str]) -> Iterable[str]:
    """The resource's name: its property that ends with Name and holds the environment's suffix."""
    if resource["Type"] in _OWNED_TYPES:
        return
    for property_name, value in resource.get("Properties", {}).items():
        if not property_name.endswith("Name") or "${EnvironmentSuffix}" not in json.dumps(value):
            continue
        if resource["Type"] not in LIST_CALLS:
            raise KeyError(resource["Type"])
        name = evaluate(value, Environment(names=values))
        if isinstance(name, str):
            yield name
