"""What a network's parts must be, as predicates; see `controls`."""

from typing import Any

from tests.support.templates.control import OPEN, Control
from tests.support.templates.resources import Resource, resource, resources, statements

ANYWHERE = "0.0.0.0/0"
HTTPS = 443


def logs_all_flows(found: Resource) -> bool:
    group = resource(found.stack, found["LogGroupName"]["Ref"])
    return bool(
        found["TrafficType"] == "ALL"
        and found["ResourceId"] == {"Ref": "Vpc"}
        and group["KmsKeyId"] == {"Ref": "KeyArn"}
        and group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    )


def gives_no_public_addresses(subnet: Resource) -> bool:
    return subnet["MapPublicIpOnLaunch"] is False


def takes_nothing_from_addresses(group: Resource) -> bool:
    rules: list[dict[str, Any]] = group.properties.get("SecurityGroupIngress", [])
    return bool(group["SecurityGroupEgress"]) and all("SourceSecurityGroupId" in rule for rule in rules)


def lets_out_tls_alone(group: Resource) -> bool:
    rules = group["SecurityGroupEgress"]
    tls = {"IpProtocol": "tcp", "FromPort": HTTPS, "ToPort": HTTPS}
    return bool(rules) and all(
        rule["Description"] and (tls.items() <= rule.items() or rule["CidrIp"] == "127.0.0.1/32")
        for rule in rules
    )


def is_private_or_of_a_public_subnet(route: Resource) -> bool:
    """A way to the internet gateway is in the table of the public subnets, where no function is."""
    tables = {
        each["RouteTableId"]["Ref"]
        for each in resources("AWS::EC2::SubnetRouteTableAssociation")
        if each["SubnetId"]["Ref"].startswith("Private")
    }
    return "NatGatewayId" in route.properties or route["RouteTableId"]["Ref"] not in tables


def lets_through_ours_alone(endpoint: Resource) -> bool:
    return all(
        each["Condition"]["StringEquals"]["aws:PrincipalAccount"] == {"Ref": "AWS::AccountId"}
        and not any("*" in action for action in each["Action"])
        for each in statements(endpoint["PolicyDocument"])
    )


NETWORK_CONTROLS = (
    Control("SH EC2.6", "AWS::EC2::FlowLog", logs_all_flows),
    Control("SH EC2.15", "AWS::EC2::Subnet", gives_no_public_addresses),
    Control(
        "SH EC2.13",
        "AWS::EC2::SecurityGroup",
        takes_nothing_from_addresses,
        {"SecurityGroupIngress": [{"CidrIp": "0.0.0.0/0"}], "SecurityGroupEgress": [{}]},
    ),
    Control(
        "W5",
        "AWS::EC2::SecurityGroup",
        lets_out_tls_alone,
        {"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "Description": "all"}]},
    ),
    Control(
        "VPCNoUnrestrictedRouteToIGW",
        "AWS::EC2::Route",
        is_private_or_of_a_public_subnet,
        {"GatewayId": {"Ref": "InternetGateway"}, "RouteTableId": {"Ref": "PrivateOneRoutes"}},
    ),
    Control(
        "SH EC2.10",
        "AWS::EC2::VPCEndpoint",
        lets_through_ours_alone,
        {"PolicyDocument": {"Statement": OPEN}},
    ),
)
