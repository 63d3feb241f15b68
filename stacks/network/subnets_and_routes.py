"""Subnets of a private network, and the ways out of it."""

from typing import Any, NamedTuple

from troposphere import AWSObject, Cidr, GetAZs, If, Select, Template
from troposphere.ec2 import (
    EIP,
    VPC,
    InternetGateway,
    NatGateway,
    Route,
    RouteTable,
    Subnet,
    SubnetRouteTableAssociation,
    VPCGatewayAttachment,
)

from stacks.common.house_rules import name_tag
from stacks.names import IN_TEMPLATE, title
from stacks.parameters import network as options

ZONES = ("one", "two")
SUBNETS = 2 * len(ZONES)
HOST_BITS = 8
ANYWHERE = "0.0.0.0/0"


class Paths(NamedTuple):
    """The private subnets with their route tables, both in the order of ZONES, and a NAT's conditions."""

    private_subnets: list[Subnet]
    private_tables: list[RouteTable]


def add_paths(template: Template, vpc: VPC) -> Paths:
    """Private and public subnets in two zones; the private ones reach out through a NAT, nothing reaches in."""
    blocks = Cidr(options.VPC_CIDR.ref(template), SUBNETS, HOST_BITS)
    private = [_subnet(template, vpc, "private", at, Select(at, blocks)) for at in range(len(ZONES))]
    public = [
        _subnet(template, vpc, "public", at, Select(at + len(ZONES), blocks)) for at in range(len(ZONES))
    ]
    attachment = _to_internet(template, vpc, public)
    gateways = [_nat(template, zone, subnet, attachment) for zone, subnet in zip(ZONES, public, strict=True)]
    tables = [_from_zone(template, vpc, at, subnet, gateways) for at, subnet in enumerate(private)]
    return Paths(private, tables)


def _subnet(template: Template, vpc: VPC, kind: str, at: int, block: Any) -> Subnet:
    return template.add_resource(
        Subnet(
            title(f"{kind}-subnet-{ZONES[at]}"),
            VpcId=vpc.ref(),
            AvailabilityZone=Select(at, GetAZs("")),
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


def _use(template: Template, subnet: Subnet, table: RouteTable) -> AWSObject:
    return template.add_resource(
        SubnetRouteTableAssociation(f"{subnet.title}Routes", SubnetId=subnet.ref(), RouteTableId=table.ref())
    )
