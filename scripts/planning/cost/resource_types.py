"""The bill of a deployment: every type of resource is priced, free, or listed as not priced."""

from collections.abc import Iterator
from typing import Final

from scripts.planning.consumers import API_STAGE, BUCKET, FUNCTION, PIPE, QUEUE, STATE_MACHINE, TABLE
from scripts.planning.cost.api_and_security import key_lines, stage_lines, web_acl_lines
from scripts.planning.cost.bill import Bill, Line, Unpriced, make_bill
from scripts.planning.cost.events_and_monitoring import alarm_lines, bus_lines, topic_lines
from scripts.planning.cost.functions_and_queues import (
    function_lines,
    pipe_lines,
    provisioned_lines,
    queue_lines,
    schedule_lines,
    state_machine_lines,
)
from scripts.planning.cost.network import endpoint_lines, flow_log_lines, nat_lines
from scripts.planning.cost.tables_and_buckets import bucket_lines, table_lines
from scripts.planning.cost.usage import HOURS_PER_MONTH, SCHEDULE, Pricing, Usage, monthly, unpriced

PRICED: Final[dict[str, Pricing]] = {
    API_STAGE: stage_lines,
    BUCKET: bucket_lines,
    FUNCTION: function_lines,
    PIPE: pipe_lines,
    QUEUE: queue_lines,
    SCHEDULE: schedule_lines,
    STATE_MACHINE: state_machine_lines,
    TABLE: table_lines,
    "AWS::CloudWatch::Alarm": alarm_lines,
    "AWS::CloudWatch::Dashboard": monthly("dashboard", "cloudwatch.dashboard"),
    "AWS::EC2::EIP": monthly("public address", "network.address_hour", HOURS_PER_MONTH),
    "AWS::EC2::FlowLog": flow_log_lines,
    "AWS::EC2::NatGateway": nat_lines,
    "AWS::EC2::VPCEndpoint": endpoint_lines,
    "AWS::Events::EventBus": bus_lines,
    "AWS::KMS::Key": key_lines,
    "AWS::Lambda::Alias": provisioned_lines,
    "AWS::Lambda::Version": provisioned_lines,
    "AWS::Logs::MetricFilter": monthly("metric", "cloudwatch.metric"),
    "AWS::SNS::Topic": topic_lines,
    "AWS::SecretsManager::Secret": monthly("secret", "secrets.secret"),
    "AWS::WAFv2::WebACL": web_acl_lines,
}

# They cost nothing by themselves; costs that they cause stand with another resource.
FREE: Final = frozenset(
    {
        "AWS::ApiGateway::ApiKey",
        "AWS::ApiGateway::ClientCertificate",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::UsagePlan",
        "AWS::ApiGateway::UsagePlanKey",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::Events::Rule",  # an event is paid once, whatever matches it
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",  # its lines stand with its writer
        "AWS::Logs::QueryDefinition",
        "AWS::Logs::ResourcePolicy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter",  # of the standard tier
        "AWS::Scheduler::ScheduleGroup",
        "AWS::WAFv2::IPSet",
        "AWS::WAFv2::WebACLAssociation",
    }
)

_OF_NO_RESOURCE: Final = (
    Unpriced("every function", FUNCTION, "cold starts: how many depends on the traffic's shape"),
    Unpriced("every function", FUNCTION, "metrics in embedded format, 0.30 USD each a month"),
    Unpriced("api/Stage", API_STAGE, "answers are data out to the internet; a few hundred bytes each"),
    Unpriced("every resource", "", "retries, failures, replays, and what operators ask and search"),
)


def price_deployment(usage: Usage) -> Bill:
    """The bill of every resource of the deployment. Raises KeyError when the price list lacks a price."""
    return make_bill([*_entries(usage), *_OF_NO_RESOURCE])


def _entries(usage: Usage) -> Iterator[Line | Unpriced]:
    for resource in usage.system.deployment.resources:
        if resource.type in PRICED:
            yield from PRICED[resource.type](usage, resource)
        elif resource.type not in FREE:
            yield unpriced(resource, "no price is known for its type")
