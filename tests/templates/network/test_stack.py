"""The private network: made only when asked for, two zones, out by TLS alone, and endpoints that fit the grants."""

from fnmatch import fnmatchcase

import pytest

from stacks.function_catalogue import FUNCTIONS
from stacks.names import Names, title
from stacks.wiring.outputs import NOT_MADE
from tests.support.templates.resources import Resource, resource, resources, statements, templates

PRIVATE = "NetworkModeIsVpc"


def _network(kind: str) -> list[Resource]:
    return [each for each in resources(kind) if each.stack == "network"]


def test_there_is_no_network_unless_asked_for() -> None:
    root = templates()["root"]
    assert root["Conditions"][PRIVATE] == {"Fn::Equals": [{"Ref": "NetworkMode"}, "vpc"]}
    conditional = [
        each.title for each in resources("AWS::CloudFormation::Stack") if "Condition" in each.document
    ]
    assert conditional == ["Canary", "Network"]
    assert {each.stack for each in resources() if each.type.startswith("AWS::EC2::")} == {"network"}


def test_there_is_nothing_of_a_canary_unless_asked_for() -> None:
    asked = "SendCanaryIsTrue"
    assert templates()["root"]["Conditions"][asked] == {"Fn::Equals": [{"Ref": "SendCanary"}, "true"]}
    named = [each for each in resources() if "canary" in each.title.lower() and each.stack != "canary"]
    assert {(each.stack, each.title) for each in named} == {
        ("root", "Canary"),
        ("security", "CanarySecret"),
        *(("monitoring", f"Canary{each}Alarm") for each in ("Lost", "Slow", "Errors", "Throttles")),
    }
    assert {each.document["Condition"] for each in named} == {asked}
    assert templates()["root"]["Parameters"]["SendCanary"]["Default"] == "false"


def test_who_reads_the_network_gets_a_value_when_there_is_none() -> None:
    read = [
        value
        for stack in resources("AWS::CloudFormation::Stack")
        for value in stack["Parameters"].values()
        if "Fn::If" in value and "Network" in str(value)
    ]
    assert read
    for value in read:
        condition, given, otherwise = value["Fn::If"]
        assert condition == PRIVATE
        assert given["Fn::GetAtt"][0] == "Network"
        assert otherwise == NOT_MADE


FUNCTIONS_OF_ALL_STACKS = resources("AWS::Lambda::Function")


def test_every_function_folder_is_a_function_of_some_template() -> None:
    assert {each.title for each in FUNCTIONS_OF_ALL_STACKS} == {title(folder) for folder in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS_OF_ALL_STACKS, ids=str)
def test_every_function_moves_in(function: Resource) -> None:
    assert templates()[function.stack]["Conditions"][PRIVATE] == {
        "Fn::Equals": [{"Ref": "NetworkMode"}, "vpc"]
    }
    inside = {
        "SecurityGroupIds": [{"Ref": "FunctionsSecurityGroupId"}],
        "SubnetIds": [{"Ref": "PrivateSubnetOneId"}, {"Ref": "PrivateSubnetTwoId"}],
    }
    assert function["VpcConfig"] == {"Fn::If": [PRIVATE, inside, {"Ref": "AWS::NoValue"}]}


def test_lambda_may_make_and_remove_interfaces_in_every_mode() -> None:
    """A right that comes in the update that needs it may not be everywhere yet (serverless/serverless#2780)."""
    joining, leaving = (
        resource("compute", "NetworkJoiningPolicy"),
        resource("compute", "NetworkLeavingPolicy"),
    )
    assert "Condition" not in joining.document
    assert "Condition" not in leaving.document
    ours = [{"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*"}]
    assert [(each["Action"], each["Resource"]) for each in statements(joining["PolicyDocument"])] == [
        (["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface"], ours),
        (["ec2:DescribeSubnets"], ["*"]),
    ]
    allowed = [each for each in statements(leaving["PolicyDocument"]) if each["Effect"] == "Allow"]
    assert [(each["Action"], each["Resource"]) for each in allowed] == [
        (["ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"], ours),
        (["ec2:DescribeNetworkInterfaces"], ["*"]),
    ]


def test_code_of_a_function_may_do_nothing_of_that() -> None:
    policies = [resource("compute", f"Network{name}Policy") for name in ("Joining", "Leaving")]
    found = [each for policy in policies for each in statements(policy["PolicyDocument"])]
    (denied,) = [each for each in found if each["Effect"] == "Deny"]
    allowed = {action for each in found if each["Effect"] == "Allow" for action in each["Action"]}
    assert allowed <= set(denied["Action"])
    pattern = (
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:lambda-*-${EnvironmentSuffix}"
    )
    assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": {"Fn::Sub": pattern}}}
    for folder in FUNCTIONS:
        assert fnmatchcase(Names("dev").function(folder), "lambda-*-dev")


def test_two_zones_each_with_a_private_and_a_public_subnet() -> None:
    subnets = _network("AWS::EC2::Subnet")
    # By name: the deploy command chooses them, and an index would mean another zone elsewhere, or later.
    assert {each.title: each["AvailabilityZone"] for each in subnets} == {
        f"{kind}Subnet{zone}": {"Ref": f"Zone{zone}"}
        for kind in ("Private", "Public")
        for zone in ("One", "Two")
    }
    blocks = [each["CidrBlock"]["Fn::Select"][0] for each in subnets]
    assert sorted(blocks) == [0, 1, 2, 3]


def test_one_nat_by_default_and_one_in_each_zone_when_asked() -> None:
    conditions = templates()["network"]["Conditions"]
    assert conditions["NatGatewaysIs2"] == {"Fn::Equals": [{"Ref": "NatGateways"}, "2"]}
    found = {each.title: each.document.get("Condition") for each in _network("AWS::EC2::NatGateway")}
    assert found == {"NatGatewayOne": None, "NatGatewayTwo": "NatGatewaysIs2"}
    assert resource("network", "NatAddressTwo").document["Condition"] == "NatGatewaysIs2"
    assert resource("network", "PrivateRouteOne")["NatGatewayId"] == {"Ref": "NatGatewayOne"}
    assert resource("network", "PrivateRouteTwo")["NatGatewayId"] == {
        "Fn::If": ["NatGatewaysIs2", {"Ref": "NatGatewayTwo"}, {"Ref": "NatGatewayOne"}]
    }
    assert resource("network", "NatGatewayOne")["SubnetId"] == {"Ref": "PublicSubnetOne"}


def test_functions_reach_out_by_tls_alone_and_nothing_reaches_in() -> None:
    group = resource("network", "FunctionsSecurityGroup")
    assert "SecurityGroupIngress" not in group.properties
    assert [(each["FromPort"], each["ToPort"], each["CidrIp"]) for each in group["SecurityGroupEgress"]] == [
        (443, 443, "0.0.0.0/0")
    ]


def test_interface_endpoints_only_when_asked_and_only_from_functions() -> None:
    made = [each for each in _network("AWS::EC2::VPCEndpoint") if each["VpcEndpointType"] == "Interface"]
    group = resource("network", "EndpointsSecurityGroup")
    assert {each.document["Condition"] for each in [*made, group]} == {"InterfaceEndpointsIsOn"}
    assert [each["SourceSecurityGroupId"] for each in group["SecurityGroupIngress"]] == [
        {"Fn::GetAtt": ["FunctionsSecurityGroup", "GroupId"]}
    ]
    # An endpoint begins no connections; a group without a rule would get one that allows everything.
    assert [each["CidrIp"] for each in group["SecurityGroupEgress"]] == ["127.0.0.1/32"]
    assert all(each["PrivateDnsEnabled"] and len(each["SubnetIds"]) == 2 for each in made)


def test_gateway_endpoints_are_in_both_private_tables() -> None:
    made = [each for each in _network("AWS::EC2::VPCEndpoint") if each["VpcEndpointType"] == "Gateway"]
    assert {each.title for each in made} == {"DynamodbEndpoint", "S3Endpoint"}
    for each in made:
        assert each["RouteTableIds"] == [{"Ref": "PrivateOneRoutes"}, {"Ref": "PrivateTwoRoutes"}]
        account = {"Ref": "AWS::AccountId"}
        (statement,) = statements(each["PolicyDocument"])
        assert statement["Condition"] == {
            "StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
        }


def test_the_flow_log_is_written_by_a_role_that_only_flow_logs_of_this_account_take() -> None:
    (trust,) = resource("network", "FlowLogRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    written = statements(resource("network", "FlowLogPolicy")["PolicyDocument"])
    assert [each["Resource"] for each in written] == [[{"Fn::GetAtt": ["FlowLogGroup", "Arn"]}], ["*"]]
    assert written[1]["Action"] == ["logs:DescribeLogGroups"]
