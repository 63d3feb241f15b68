"""Nested stack `network`, only with NetworkMode=vpc: a private network that the functions run in."""

from dataclasses import dataclass
from typing import Any

from awacs import logs
from troposphere import Sub, Template
from troposphere.ec2 import VPC, FlowLog, SecurityGroup, SecurityGroupRule

from stacks.common.house_rules import apply_house_rules, name_tag
from stacks.common.log_groups import log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service
from stacks.names import IN_TEMPLATE
from stacks.network.subnets_and_routes import ANYWHERE, add_paths
from stacks.network.vpc_endpoints import HTTPS, add_gateways, add_interfaces
from stacks.parameters import network as options
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import publish, receive

FLOW_LOG_SECONDS = 60  # EC2: 60 or 600


@dataclass(frozen=True)
class NetworkOutputs:
    vpc_id: Any
    private_subnet_one_id: Any
    private_subnet_two_id: Any
    functions_security_group_id: Any


def build_network() -> Template:
    template = Template(Description="Payment webhooks: private network of the functions")
    security = receive(template, SecurityOutputs)
    vpc = template.add_resource(
        VPC(
            "Vpc",
            CidrBlock=options.VPC_CIDR.ref(template),
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=name_tag(IN_TEMPLATE.vpc),
        )
    )
    paths = add_paths(template, vpc)
    functions = _functions_group(template, vpc)
    add_gateways(template, vpc, paths)
    add_interfaces(template, vpc, paths, functions)
    _add_flow_log(template, vpc, security.key_arn)
    one, two = paths.private_subnets
    publish(
        template,
        NetworkOutputs(
            vpc_id=vpc.ref(),
            private_subnet_one_id=one.ref(),
            private_subnet_two_id=two.ref(),
            functions_security_group_id=functions.get_att("GroupId"),
        ),
    )
    return apply_house_rules(template)


def _functions_group(template: Template, vpc: VPC) -> SecurityGroup:
    """The functions' security group: no traffic in, and TLS out to any address.

    PayPal's hosts have none that is published, and the prefix lists of S3 and DynamoDB have an id in
    each region that a template cannot look up. Names are resolved by the VPC's resolver, which no group filters.
    """
    return template.add_resource(
        SecurityGroup(
            "FunctionsSecurityGroup",
            GroupName=Sub(IN_TEMPLATE.name("security-group", "functions")),
            GroupDescription="Functions: TLS out, nothing in",
            VpcId=vpc.ref(),
            SecurityGroupEgress=[
                SecurityGroupRule(
                    IpProtocol="tcp", FromPort=HTTPS, ToPort=HTTPS, CidrIp=ANYWHERE, Description="TLS out"
                )
            ],
            Tags=name_tag(IN_TEMPLATE.name("security-group", "functions")),
        )
    )


def _add_flow_log(template: Template, vpc: VPC, key_arn: Any) -> None:
    """The VPC's flow log, of accepted and refused traffic, with a role for this account's flow logs alone."""
    group = log_group(template, "FlowLogGroup", IN_TEMPLATE.flow_log_group, key_arn)
    trust = assume_by_service("vpc-flow-logs.amazonaws.com", Sub(IN_TEMPLATE.flow_log_arn_pattern))
    statements = [
        allow([logs.CreateLogStream, logs.DescribeLogStreams, logs.PutLogEvents], [group.get_att("Arn")]),
        # Listing log groups has no resource to name, and the service looks for its group by it.
        allow([logs.DescribeLogGroups], ["*"]),
    ]
    role = role_with_policy(template, "flow-log", trust, statements)
    template.add_resource(
        FlowLog(
            "FlowLog",
            ResourceId=vpc.ref(),
            ResourceType="VPC",
            TrafficType="ALL",
            MaxAggregationInterval=FLOW_LOG_SECONDS,
            LogDestinationType="cloud-watch-logs",
            LogGroupName=group.ref(),
            DeliverLogsPermissionArn=role.get_att("Arn"),
            Tags=name_tag(IN_TEMPLATE.name("flow-log", "vpc")),
        )
    )
