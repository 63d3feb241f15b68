"""What still has a name of the environment: the last check of a destroy.

The names come from the templates themselves, so a new resource is looked for without anybody thinking of
it. A name is compared as a whole: `table-x-dev` must not match the environment `dev` of somebody who has
one called `a-dev`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from stacks.names import Names

LOG_GROUP: Final = "AWS::Logs::LogGroup"
# Resource type: the property that names it; service, operation and the place in its answer that list all names.
_KINDS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "AWS::ApiGateway::RestApi": ("Name", "apigateway", "get_rest_apis", "items[].name"),
    "AWS::ApiGateway::ApiKey": ("Name", "apigateway", "get_api_keys", "items[].name"),
    "AWS::ApiGateway::UsagePlan": ("UsagePlanName", "apigateway", "get_usage_plans", "items[].name"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    "AWS::CloudWatch::Dashboard": (
        *("DashboardName", "cloudwatch", "list_dashboards"),
        "DashboardEntries[].DashboardName",
    ),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb", "list_tables", "TableNames[]"),
    # A network is not deleted while this is there, and not left without it.
    "AWS::EC2::SecurityGroup": (
        *("GroupName", "ec2", "describe_security_groups"),
        "SecurityGroups[].GroupName",
    ),
    "AWS::Events::EventBus": ("Name", "events", "list_event_buses", "EventBuses[].Name"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "iam", "list_policies", "Policies[].PolicyName"),
    "AWS::IAM::Role": ("RoleName", "iam", "list_roles", "Roles[].RoleName"),
    "AWS::KMS::Alias": ("AliasName", "kms", "list_aliases", "Aliases[].AliasName"),
    "AWS::Lambda::Function": ("FunctionName", "lambda", "list_functions", "Functions[].FunctionName"),
    "AWS::Lambda::LayerVersion": ("LayerName", "lambda", "list_layers", "Layers[].LayerName"),
    "AWS::Logs::ResourcePolicy": (
        *("PolicyName", "logs", "describe_resource_policies"),
        "resourcePolicies[].policyName",
    ),
    "AWS::Logs::QueryDefinition": (
        *("Name", "logs", "describe_query_definitions"),
        "queryDefinitions[].name",
    ),
    LOG_GROUP: ("LogGroupName", "logs", "describe_log_groups", "logGroups[].logGroupName"),
    "AWS::Pipes::Pipe": ("Name", "pipes", "list_pipes", "Pipes[].Name"),
    "AWS::S3::Bucket": ("BucketName", "s3", "list_buckets", "Buckets[].Name"),
    "AWS::Scheduler::Schedule": ("Name", "scheduler", "list_schedules", "Schedules[].Name"),
    "AWS::Scheduler::ScheduleGroup": (
        "Name",
        "scheduler",
        "list_schedule_groups",
        "ScheduleGroups[].Name",
    ),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager", "list_secrets", "SecretList[].Name"),
    "AWS::SNS::Topic": ("TopicName", "sns", "list_topics", "Topics[].TopicArn"),
    "AWS::SQS::Queue": ("QueueName", "sqs", "list_queues", "QueueUrls[]"),
    "AWS::StepFunctions::StateMachine": (
        *("StateMachineName", "stepfunctions", "list_state_machines"),
        "stateMachines[].name",
    ),
    "AWS::SSM::Parameter": ("Name", "ssm", "describe_parameters", "Parameters[].Name"),
    "AWS::WAFv2::IPSet": ("Name", "wafv2", "list_ip_sets", "IPSets[].Name"),
    "AWS::WAFv2::WebACL": ("Name", "wafv2", "list_web_acls", "WebACLs[].Name"),
}
# Gone with what they belong to: a bus that still has rules is not deleted.
_BELONGING: Final = frozenset({"AWS::Events::Rule"})
# What is listed by an address that ends with the name.
_ENDS: Final[Mapping[str, str]] = {"sns": ":", "sqs": "/"}
# These credentials may not list it, or this service (the local engine) has no such list.
_NOT_LISTED: Final = (
    "AccessDenied",
    "InvalidAction",
    "InvalidOperation",
    "UnauthorizedOperation",
    "UnknownOperation",
)
_SCOPES: Final[Mapping[str, dict[str, str]]] = {
    "AWS::IAM::ManagedPolicy": {"Scope": "Local"},  # not AWS's own
    "AWS::WAFv2::IPSet": {"Scope": "REGIONAL"},
    "AWS::WAFv2::WebACL": {"Scope": "REGIONAL"},
}


def named_resources(templates: Iterable[str], names: Names) -> dict[str, frozenset[str]]:
    """The names that the templates give in this environment, by resource type.

    A name that holds what only a deployed stack knows (an API's id) is not among them. Raises KeyError for
    a type that is named after the environment and that this module cannot list.
    """
    values = {
        "EnvironmentSuffix": names.suffix,
        "AWS::AccountId": names.account,
        "AWS::Region": names.region,
        "AWS::Partition": names.partition,
    }
    found: dict[str, set[str]] = {}
    for text in templates:
        for resource in json.loads(text)["Resources"].values():
            for name in _names_of(resource, values):
                found.setdefault(resource["Type"], set()).add(name)
    return {resource_type: frozenset(given) for resource_type, given in found.items()}


def find_left(
    client: Callable[[str], Any], expected: Mapping[str, frozenset[str]]
) -> tuple[dict[str, list[str]], list[str]]:
    """Which of `expected` exist, by resource type; and the types that these credentials may not list."""
    left, unknown = {}, []
    for resource_type, wanted in sorted(expected.items()):
        _, service, operation, search = _KINDS[resource_type]
        pages = _pages(client(service), operation, _SCOPES.get(resource_type, {}))
        try:
            there = {
                name.rsplit(_ENDS[service], 1)[-1] if service in _ENDS else name
                for page in pages
                for name in _listed(page, search)
            }
        except ClientError as error:
            if not any(each in error.response["Error"]["Code"] for each in _NOT_LISTED):
                raise
            unknown.append(resource_type)
        else:
            left[resource_type] = sorted(wanted & there)
    return {resource_type: found for resource_type, found in left.items() if found}, unknown


def _pages(client: Any, operation: str, arguments: Mapping[str, str]) -> Iterable[Any]:
    """All pages of a list; for WAF and saved queries, which botocore has no paginator for, by marker."""
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**arguments)
        return
    page = getattr(client, operation)(**arguments)
    yield page
    marker = "NextMarker" if client.meta.service_model.service_name == "wafv2" else "nextToken"
    while page.get(marker):
        page = getattr(client, operation)(**arguments, **{marker: page[marker]})
        yield page


def _listed(page: Mapping[str, Any], search: str) -> Iterable[str]:
    """The names on a page: `search` is `List[]`, or `List[].Name` for a list of objects."""
    key, _, name = search.partition("[]")
    items = page.get(key, [])
    return [item[name.removeprefix(".")] for item in items] if name else items


def _names_of(resource: Mapping[str, Any], values: Mapping[str, str]) -> Iterable[str]:
    if resource["Type"] in _BELONGING:
        return
    for name, value in resource.get("Properties", {}).items():
        text = value.get("Fn::Sub") if isinstance(value, dict) else None
        if not name.endswith("Name") or not isinstance(text, str) or "${EnvironmentSuffix}" not in text:
            continue
        if _KINDS[resource["Type"]][0] == name:
            filled = re.sub(r"\$\{([^}]+)\}", lambda match: values.get(match[1], match[0]), text)
            if "${" not in filled:
                yield filled
