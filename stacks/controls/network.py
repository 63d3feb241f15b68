"""What a network's parts must be, as predicates; see stacks.controls.table."""

from typing import Any, Final

from stacks.controls.control import OPEN, Demand
from stacks.controls.template_resources import Resource, statements

ANYWHERE = "0.0.0.0/0"
HTTPS = 443


def logs_all_flows(found: Resource) -> bool:
    group = found.other(found.stack, found["LogGroupName"]["Ref"])
    return bool(
        found["TrafficType"] == "ALL"
        and found["ResourceId"] == {"Ref": "Vpc"}
        and group["KmsKeyId"] == {"Ref": "MessagesKeyArn"}
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
        for each in route.others("AWS::EC2::SubnetRouteTableAssociation")
        if each["SubnetId"]["Ref"].startswith("Private")
    }
    return "NatGatewayId" in route.properties or route["RouteTableId"]["Ref"] not in tables


def lets_through_ours_alone(endpoint: Resource) -> bool:
    return all(
        each["Condition"]["StringEquals"]["aws:PrincipalAccount"] == {"Ref": "AWS::AccountId"}
        and not any("*" in action for action in each["Action"])
        for each in statements(endpoint["PolicyDocument"])
    )


_GROUP: Final = "AWS::EC2::SecurityGroup"
NETWORK_CONTROLS: Final = (
    Demand("SH EC2.6", "10.2.1", "All flows are logged").on(
        "AWS::EC2::FlowLog", "TrafficType", logs_all_flows
    ),
    Demand("SH EC2.15", "1.4.4", "Nothing in a subnet gets a public address").on(
        "AWS::EC2::Subnet", "MapPublicIpOnLaunch", gives_no_public_addresses
    ),
    Demand("SH EC2.13", "1.3.1", "No address may call in").on(
        _GROUP,
        "SecurityGroupIngress",
        takes_nothing_from_addresses,
        {"SecurityGroupIngress": [{"CidrIp": "0.0.0.0/0"}], "SecurityGroupEgress": [{}]},
    ),
    Demand("W5", "1.3.2", "Only TLS goes out").on(
        _GROUP,
        "SecurityGroupEgress",
        lets_out_tls_alone,
        {"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "Description": "all"}]},
    ),
    Demand("VPCNoUnrestrictedRouteToIGW", "1.3.1", "No function has a way to the internet but the NAT").on(
        "AWS::EC2::Route",
        "GatewayId",
        is_private_or_of_a_public_subnet,
        {"GatewayId": {"Ref": "InternetGateway"}, "RouteTableId": {"Ref": "PrivateOneRoutes"}},
    ),
    Demand("SH EC2.10", "1.4.2", "AWS's services are reached without the internet, by our account alone").on(
        "AWS::EC2::VPCEndpoint",
        "PolicyDocument",
        lets_through_ours_alone,
        {"PolicyDocument": {"Statement": OPEN}},
    ),
)
