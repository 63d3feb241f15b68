"""Parameters of the private network."""

from typing import Final

from stacks.parameters.setting import Choice, Setting, switch

NETWORK_MODE: Final = Setting(
    "NetworkMode",
    "Whether the functions run in a private network of the environment's own (vpc) or in Lambda's (none)",
    "none",
    allowed=("none", "vpc"),
)
PRIVATE_NETWORK: Final = Choice(NETWORK_MODE, "vpc")
# Four subnets of 256 addresses are cut from it.
VPC_CIDR: Final = Setting(
    "VpcCidr",
    "Addresses of that network: a private IPv4 block of /16 to /22",
    "10.0.0.0/16",
    pattern=r"^(10\.(25[0-5]|2[0-4]\d|1?\d?\d)|172\.(1[6-9]|2\d|3[01])|192\.168)"
    r"(\.(25[0-5]|2[0-4]\d|1?\d?\d)){2}/(1[6-9]|2[0-2])$",
)
_ZONE = r"^$|^[a-z]{2,4}(-[a-z]+)+-\d[a-z]$"
ZONE_ONE: Final = Setting(
    "ZoneOne",
    "Name of that network's first availability zone; empty: the deploy command chooses one that has all services, and "
    "keeps it for as long as the network stands",
    "",
    pattern=_ZONE,
)
ZONE_TWO: Final = Setting("ZoneTwo", "The same for its second zone", "", pattern=_ZONE)
NAT_GATEWAYS: Final = Setting(
    "NatGateways",
    "Ways out of that network: one for both zones, or one in each, so that the loss of a zone cuts off no other",
    1,
    allowed=(1, 2),
)
NAT_IN_EACH_ZONE: Final = Choice(NAT_GATEWAYS, 2)
INTERFACE_ENDPOINTS: Final = switch(
    "InterfaceEndpoints",
    "Whether that network reaches the AWS services that functions call, beside S3 and DynamoDB, by endpoints of its "
    "own and not by the NAT; each is paid by the hour",
)
