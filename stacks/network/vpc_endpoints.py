"""VPC endpoints through which the private network reaches AWS services, each open for this system's calls alone.

An endpoint's policy adds to the functions' own: credentials of another account do not work through it, and no data
leaves for a table, bucket, queue or secret of another environment. stacks.system_rules.endpoint_policies compares the
policies with every function's grants.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from awacs import dynamodb, events, s3, secretsmanager, sns, sqs, ssm, xray
from awacs.aws import Action, Allow, Condition, PolicyDocument, Principal, Statement, StringEquals
from troposphere import AccountId, Sub, Template
from troposphere.ec2 import VPC, RouteTable, SecurityGroup, SecurityGroupRule, Subnet, VPCEndpoint

from stacks.common.house_rules import name_tag
from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE, title
from stacks.parameters import network as options

HTTPS: Final = 443
ITSELF: Final = "127.0.0.1/32"


class Reach(NamedTuple):
    """The actions that one endpoint allows, and their resources (texts for `Sub`)."""

    actions: tuple[Action, ...]
    resources: tuple[str, ...]


GATEWAYS: Final[Mapping[str, Reach]] = {
    "dynamodb": Reach(
        (
            dynamodb.BatchGetItem,
            dynamodb.BatchWriteItem,
            dynamodb.ConditionCheckItem,
            dynamodb.DeleteItem,
            dynamodb.GetItem,
            dynamodb.PutItem,
            dynamodb.Query,
            dynamodb.UpdateItem,
        ),
        (IN_TEMPLATE.table_arn_pattern, f"{IN_TEMPLATE.table_arn_pattern}/index/*"),
    ),
    "s3": Reach(
        (
            s3.AbortMultipartUpload,
            s3.DeleteObject,
            s3.GetObject,
            s3.ListBucket,
            s3.ListBucketVersions,
            s3.PutObject,
        ),
        (IN_TEMPLATE.bucket_arn_pattern, f"{IN_TEMPLATE.bucket_arn_pattern}/*"),
    ),
}
# Not among them: logs, which Lambda delivers from its own network, and kms, which is called for one signature an hour,
# through the NAT; all other calls of it are the services' own.
INTERFACES: Final[Mapping[str, Reach]] = {
    "events": Reach((events.PutEvents,), (IN_TEMPLATE.event_bus_arn,)),
    "secretsmanager": Reach((secretsmanager.GetSecretValue,), (IN_TEMPLATE.all_secrets_arn_pattern,)),
    "sns": Reach((sns.Publish,), (IN_TEMPLATE.topic_arn(IN_TEMPLATE.name("topic", "*")),)),
    # The sweeper asks for the depth of the processing queue before it sends: hence the attributes.
    "sqs": Reach(
        (sqs.ChangeMessageVisibility, sqs.GetQueueAttributes, sqs.SendMessage),
        (IN_TEMPLATE.queue_arn_pattern,),
    ),
    "ssm": Reach(
        (ssm.GetParameter,),
        (IN_TEMPLATE.config_parameter_arn, IN_TEMPLATE.config_parameter_version_arn_pattern),
    ),
    # X-Ray has no resource to name in these.
    "xray": Reach(
        (
            xray.GetSamplingRules,
            xray.GetSamplingTargets,
            xray.PutTelemetryRecords,
            xray.PutTraceSegments,
        ),
        ("*",),
    ),
}


def add_gateways(template: Template, vpc: VPC, tables: list[RouteTable]) -> None:
    """Gateway endpoints of S3 and DynamoDB: in the private subnets' route tables, without cost and without the NAT."""
    # A bucket's ARN names no account.
    ours = {"aws:PrincipalAccount": AccountId, "aws:ResourceAccount": AccountId}
    for service, reach in GATEWAYS.items():
        template.add_resource(
            VPCEndpoint(
                f"{title(service)}Endpoint",
                VpcEndpointType="Gateway",
                VpcId=vpc.ref(),
                ServiceName=Sub(service_name(service)),
                RouteTableIds=[table.ref() for table in tables],
                PolicyDocument=_only(reach, Condition(StringEquals(ours))),
                Tags=name_tag(IN_TEMPLATE.name("endpoint", service)),
            )
        )


def add_interfaces(template: Template, vpc: VPC, subnets: list[Subnet], callers: SecurityGroup) -> None:
    """Interface endpoints of the other services, if InterfaceEndpoints is true. They take TLS from `callers` alone."""
    asked = options.INTERFACE_ENDPOINTS.is_true(template)
    group = template.add_resource(
        SecurityGroup(
            "EndpointsSecurityGroup",
            Condition=asked,
            GroupName=Sub(IN_TEMPLATE.name("security-group", "endpoints")),
            GroupDescription="Takes TLS from the functions",
            VpcId=vpc.ref(),
            SecurityGroupIngress=[
                SecurityGroupRule(
                    IpProtocol="tcp",
                    FromPort=HTTPS,
                    ToPort=HTTPS,
                    SourceSecurityGroupId=callers.get_att("GroupId"),
                    Description="TLS from the functions",
                )
            ],
            # Without a rule EC2 would add one that allows everything; an endpoint begins no connections.
            SecurityGroupEgress=[
                SecurityGroupRule(IpProtocol="-1", CidrIp=ITSELF, Description="Begins no connections")
            ],
            Tags=name_tag(IN_TEMPLATE.name("security-group", "endpoints")),
        )
    )
    for service, reach in INTERFACES.items():
        template.add_resource(
            VPCEndpoint(
                f"{title(service)}Endpoint",
                Condition=asked,
                VpcEndpointType="Interface",
                VpcId=vpc.ref(),
                ServiceName=Sub(service_name(service)),
                SubnetIds=[subnet.ref() for subnet in subnets],
                SecurityGroupIds=[group.get_att("GroupId")],
                PrivateDnsEnabled=True,
                PolicyDocument=_only(reach, Condition(StringEquals("aws:PrincipalAccount", AccountId))),
                Tags=name_tag(IN_TEMPLATE.name("endpoint", service)),
            )
        )


def service_name(name: str, region: str = "${AWS::Region}") -> str:
    """The name of a service's endpoints, e.g. `com.amazonaws.eu-west-1.sqs`; without a region a text for `Sub`."""
    return f"com.amazonaws.{region}.{name}"


def _only(reach: Reach, condition: Condition) -> PolicyDocument:
    statement = Statement(
        Effect=Allow,
        Principal=Principal("*"),
        Action=list(reach.actions),
        Resource=[Sub(resource) if "$" in resource else resource for resource in reach.resources],
        Condition=condition,
    )
    return policy_document([statement])
