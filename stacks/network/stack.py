"""Nested stack `network`, only with NetworkMode=vpc: a private network that the functions run in."""

from dataclasses import dataclass
from typing import Any

from awacs import logs
from troposphere import Cidr, If, Select, Sub, Template
from troposphere.ec2 import (
    EIP,
    VPC,
    FlowLog,
    InternetGateway,
    NatGateway,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubnetRouteTableAssociation,
    VPCGatewayAttachment,
)

from stacks.common.house_rules import apply_house_rules, name_tag
from stacks.common.log_groups import log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service
from stacks.names import IN_TEMPLATE, title
from stacks.network.vpc_endpoints import HTTPS, add_gateways, add_interfaces
from stacks.parameters import network as options
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import publish, receive

ZONES = ("one", "two")
ZONE_NAMES = (options.ZONE_ONE, options.ZONE_TWO)
SUBNETS = 2 * len(ZONES)
HOST_BITS = 8
ANYWHERE = "0.0.0.0/0"
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
    subnets, tables = _add_subnets(template, vpc)
    functions = _functions_group(template, vpc)
    add_gateways(template, vpc, tables)
    add_interfaces(template, vpc, subnets, functions)
    _add_flow_log(template, vpc, security.messages_key_arn)
    publish(
        template,
        NetworkOutputs(
            vpc_id=vpc.ref(),
            private_subnet_one_id=subnets[0].ref(),
            private_subnet_two_id=subnets[1].ref(),
            functions_security_group_id=functions.get_att("GroupId"),
        ),
    )
    return apply_house_rules(template)


def _add_subnets(template: Template, vpc: VPC) -> tuple[list[Subnet], list[RouteTable]]:
    """Add private and public subnets in two zones; the private ones reach out through a NAT, nothing reaches in.

    Returns the private subnets and their route tables, both in the order of ZONES.
    """
    blocks = Cidr(options.VPC_CIDR.ref(template), SUBNETS, HOST_BITS)
    private = [_subnet(template, vpc, "private", at, Select(at, blocks)) for at in range(len(ZONES))]
    public = [
        _subnet(template, vpc, "public", at, Select(at + len(ZONES), blocks)) for at in range(len(ZONES))
    ]
    attachment = _to_internet(template, vpc, public)
    gateways = [_nat(template, zone, subnet, attachment) for zone, subnet in zip(ZONES, public, strict=True)]
    tables = [_from_zone(template, vpc, at, subnet, gateways) for at, subnet in enumerate(private)]
    return private, tables


def _subnet(template: Template, vpc: VPC, kind: str, at: int, block: Any) -> Subnet:
    return template.add_resource(
        Subnet(
            title(f"{kind}-subnet-{ZONES[at]}"),
            VpcId=vpc.ref(),
            AvailabilityZone=ZONE_NAMES[at].ref(template),
            CidrBlock=block,
            MapPublicIpOnLaunch=False,
            Tags=name_tag(IN_TEMPLATE.name("subnet", f"{kind}-{ZONES[at]}")),
        )
    )


def _to_internet(template: Template, vpc: VPC, public: list[Subnet]) -> VPCGatewayAttachment:
    gateway = template.add_resource(
        InternetGateway("InternetGateway", Tags=name_tag(IN_TEMPLATE.name("internet-gateway", "out")))
    )
    attachment = template.add_resource(
        VPCGatewayAttachment("InternetAttachment", VpcId=vpc.ref(), InternetGatewayId=gateway.ref())
    )
    table = _table(template, vpc, "public")
    template.add_resource(
        Route(
            "PublicRoute",
            DependsOn=[attachment.title],
            RouteTableId=table.ref(),
            DestinationCidrBlock=ANYWHERE,
            GatewayId=gateway.ref(),
        )
    )
    for subnet in public:
        _use(template, subnet, table)
    return attachment


def _nat(template: Template, zone: str, subnet: Subnet, attachment: VPCGatewayAttachment) -> NatGateway:
    """A NAT gateway with its own address; the second zone's only if NatGateways is 2."""
    only: dict[str, Any] = {} if zone == ZONES[0] else {"Condition": options.NAT_IN_EACH_ZONE.holds(template)}
    address = template.add_resource(
        EIP(
            title(f"nat-address-{zone}"),
            DependsOn=[attachment.title],
            Domain="vpc",
            Tags=name_tag(IN_TEMPLATE.name("address", f"nat-{zone}")),
            **only,
        )
    )
    return template.add_resource(
        NatGateway(
            title(f"nat-gateway-{zone}"),
            AllocationId=address.get_att("AllocationId"),
            SubnetId=subnet.ref(),
            Tags=name_tag(IN_TEMPLATE.name("nat", zone)),
            **only,
        )
    )


def _from_zone(
    template: Template, vpc: VPC, at: int, subnet: Subnet, gateways: list[NatGateway]
) -> RouteTable:
    """The private subnet's route table: to its zone's NAT if it has one, else to the first zone's."""
    first, own = gateways[0].ref(), gateways[at].ref()
    table = _table(template, vpc, f"private-{ZONES[at]}")
    template.add_resource(
        Route(
            title(f"private-route-{ZONES[at]}"),
            RouteTableId=table.ref(),
            DestinationCidrBlock=ANYWHERE,
            NatGatewayId=own if at == 0 else If(options.NAT_IN_EACH_ZONE.holds(template), own, first),
        )
    )
    _use(template, subnet, table)
    return table


def _table(template: Template, vpc: VPC, purpose: str) -> RouteTable:
    return template.add_resource(
        RouteTable(
            title(f"{purpose}-routes"),
            VpcId=vpc.ref(),
            Tags=name_tag(IN_TEMPLATE.name("route-table", purpose)),
        )
    )


def _use(template: Template, subnet: Subnet, table: RouteTable) -> SubnetRouteTableAssociation:
    return template.add_resource(
        SubnetRouteTableAssociation(f"{subnet.title}Routes", SubnetId=subnet.ref(), RouteTableId=table.ref())
    )


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
