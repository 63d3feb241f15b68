"""The API call that lists the resources of each type that is named after an environment.

A list call for each type, because no single API has them all: the tagging API lists no untagged resource (a log group
that Lambda has made anew), no dashboard, alias, role or saved query; Cloud Control is not in the local engine.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

LOG_GROUP: Final = "AWS::Logs::LogGroup"
SAMPLING_RULE: Final = "AWS::XRay::SamplingRule"


class ListCall(NamedTuple):
    """The API call that lists all resources of a type in an account and region.

    `items` is the answer's field that holds the list, `name` the field of each item that holds its name (none: the
    item is the name; a dot leads into a field), after the last `separator` if there is one. `next_marker` is the
    answer's field for the next page where botocore has no paginator.
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
    SAMPLING_RULE: ListCall("xray", "get_sampling_rules", "SamplingRuleRecords", "SamplingRule.RuleName"),
}
