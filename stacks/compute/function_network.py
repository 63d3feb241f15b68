"""Where functions run: in Lambda's own network, or in the environment's private one."""

from typing import TYPE_CHECKING, Any, NamedTuple

from awacs import ec2
from awacs.aws import ArnLike, Condition, Deny, Statement
from troposphere import If, NoValue, Sub, Template
from troposphere.awslambda import VPCConfig

from stacks.common.roles import managed_policy
from stacks.common.statements import allow
from stacks.names import IN_TEMPLATE
from stacks.parameters import network as options

if TYPE_CHECKING:
    from stacks.network.stack import NetworkOutputs


class FunctionNetwork(NamedTuple):
    """Network settings of every function: its VPC configuration, and the policies with which Lambda attaches it.

    id: differs for each network, and for none.
    """

    vpc_config: If
    policies: list[Any]
    id: If


def function_network(template: Template, network: "NetworkOutputs") -> FunctionNetwork:
    """The network settings of all functions of a template.

    The permissions are those that Lambda's developer guide lists ("Giving Lambda functions access to resources in an
    Amazon VPC"). The functions' own code may use none of them.
    """
    # All EC2 resources in this account and region, as in the guide: Lambda checks the permissions before the interfaces
    # exist, and refuses a function whose role names fewer. Describing has no resource to name.
    anything = [Sub(IN_TEMPLATE.anything_of_ec2_arn_pattern)]
    joining_statements = [
        allow([ec2.AssignPrivateIpAddresses, ec2.CreateNetworkInterface], anything),
        allow([ec2.DescribeSubnets], ["*"]),
    ]
    leaving_statements = [
        allow([ec2.DeleteNetworkInterface, ec2.UnassignPrivateIpAddresses], anything),
        allow([ec2.DescribeNetworkInterfaces], ["*"]),
        _not_by_code(),
    ]
    # Both in both modes. IAM needs seconds to take a new right everywhere, and Lambda refuses a function that moves in
    # before ("The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
    # serverless/serverless#2780, aws/aws-cdk#7998). And Lambda removes the interfaces with the function's role, up to
    # 20 minutes after the function has left the network.
    policies = [
        managed_policy(template, "network-leaving", leaving_statements),
        managed_policy(template, "network-joining", joining_statements),
    ]
    return joined_network(template, network, [policy.ref() for policy in policies])


def joined_network(template: Template, network: "NetworkOutputs", policies: list[Any]) -> FunctionNetwork:
    """The same with policies that are there already."""
    private = options.PRIVATE_NETWORK.holds(template)
    config = VPCConfig(
        SecurityGroupIds=[network.functions_security_group_id],
        SubnetIds=[network.private_subnet_one_id, network.private_subnet_two_id],
    )
    return FunctionNetwork(
        vpc_config=If(private, config, NoValue),
        policies=policies,
        id=If(private, network.functions_security_group_id, "none"),
    )


def _not_by_code() -> Statement:
    """`lambda:SourceFunctionArn` is set only for calls made by the function's code, so this denies the code and leaves
    the Lambda service free."""
    return Statement(
        Effect=Deny,
        Action=[
            ec2.AssignPrivateIpAddresses,
            ec2.CreateNetworkInterface,
            ec2.DeleteNetworkInterface,
            ec2.DescribeNetworkInterfaces,
            ec2.DescribeSubnets,
            ec2.DetachNetworkInterface,
            ec2.UnassignPrivateIpAddresses,
        ],
        Resource=["*"],
        Condition=Condition(ArnLike("lambda:SourceFunctionArn", Sub(IN_TEMPLATE.function_arn_pattern))),
    )
