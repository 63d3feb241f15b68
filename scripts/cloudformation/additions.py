"""Finds what was added by hand to our resources, which drift detection passes over, as no template sets it.

CloudFormation compares the properties that a template sets, and a right that stands beside them is none
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html). UNSEEN is what neither it
nor this looks at.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import LiveResource
from scripts.cloudformation.live_states import Clients, LiveState

UNSEEN: Final = (
    "grants of keys",  # services make some for what they encrypt, and none tells for what
    "settings of buckets that the template does not set, but for replication",
    "subscribers of the notifications, which teams are to subscribe to",
    "what is in no stack",
)


class Addition(NamedTuple):
    """Something that can be added to a resource. `read` gets the service's client and the physical id; returns ids.

    An id that is one of the stacks' own resources was not added by hand.
    """

    service: str
    name: str
    read: Callable[[Any, str], Iterable[str]]


def _inline_policies(client: Any, role: str) -> Iterable[str]:
    pages = client.get_paginator("list_role_policies").paginate(RoleName=role)
    return list(pages.search("PolicyNames[]"))


def _attached_policies(client: Any, role: str) -> Iterable[str]:
    pages = client.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return list(pages.search("AttachedPolicies[].PolicyArn"))


def _function_policy(client: Any, function: str) -> Iterable[str]:
    """Of an alias by its ARN. A permission's physical id is its statement's id."""
    policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    return [statement["Sid"] for statement in policy["Statement"]]


def _event_sources(client: Any, physical_id: str) -> Iterable[str]:
    """Of a function, and of a queue or a table that another function may read: its name is the last of its id."""
    name = physical_id.rpartition("/")[2]
    pages = client.get_paginator("list_event_source_mappings").paginate()
    return [
        each["UUID"]
        for each in pages.search("EventSourceMappings[]")
        if name in re.split("[:/]", f"{each['FunctionArn']}/{each.get('EventSourceArn', '')}")
    ]


def _subscriptions(client: Any, topic: str) -> Iterable[str]:
    """One that nobody has confirmed is told nothing, and has no ARN yet."""
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    arns = pages.search("Subscriptions[].SubscriptionArn")
    return [arn for arn in arns if arn.startswith("arn:")]


def _secret_policy(client: Any, secret: str) -> Iterable[str]:
    policy = client.get_resource_policy(SecretId=secret).get("ResourcePolicy")
    return [policy] if policy else []


def _table_policy(client: Any, table: str) -> Iterable[str]:
    return [client.get_resource_policy(ResourceArn=_described(client, table)["TableArn"])["Policy"]]


def _stream_policy(client: Any, table: str) -> Iterable[str]:
    stream = _described(client, table).get("LatestStreamArn")
    return [client.get_resource_policy(ResourceArn=stream)["Policy"]] if stream else []


def _described(client: Any, table: str) -> Mapping[str, Any]:
    description: Mapping[str, Any] = client.describe_table(TableName=table)["Table"]
    return description


def _replication(client: Any, bucket: str) -> Iterable[str]:
    """The buckets to which it copies its objects."""
    rules = client.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"]
    return [rule["Destination"]["Bucket"] for rule in rules]


# A function without a policy is not found, either; of tables and buckets:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
_GONE: Final = (
    *("NoSuchBucket", "NoSuchEntity", "NotFound", "ResourceNotFoundException"),
    *("PolicyNotFoundException", "ReplicationConfigurationNotFoundError"),
)
_FUNCTION_POLICY: Final = Addition("lambda", "Policy", _function_policy)
_READERS: Final = Addition("lambda", "EventSourceMappings", _event_sources)
_OPEN_TO_TEAMS: Final = "NotificationsTopic"
ADDITIONS: Final[Mapping[str, tuple[Addition, ...]]] = {
    "AWS::DynamoDB::Table": (
        _READERS,
        Addition("dynamodb", "ResourcePolicy", _table_policy),
        Addition("dynamodb", "StreamSpecification/ResourcePolicy", _stream_policy),
    ),
    "AWS::IAM::Role": (
        Addition("iam", "Policies", _inline_policies),
        Addition("iam", "ManagedPolicyArns", _attached_policies),
    ),
    "AWS::Lambda::Alias": (_FUNCTION_POLICY,),
    "AWS::Lambda::Function": (_FUNCTION_POLICY, _READERS),
    "AWS::S3::Bucket": (Addition("s3", "ReplicationConfiguration", _replication),),
    "AWS::SQS::Queue": (_READERS,),
    "AWS::SNS::Topic": (Addition("sns", "Subscriptions", _subscriptions),),
    "AWS::SecretsManager::Secret": (Addition("secretsmanager", "ResourcePolicy", _secret_policy),),
}


def additions(client: Clients, resources: Collection[LiveResource]) -> Iterator[LiveState]:
    """A state for each thing that has more than the stacks' own. `resources` are all of the root and its nested stacks.

    A resource that is gone has nothing added; drift detection tells that it is.
    """
    # The physical id of a permission has the function before the statement's: FUNCTION|STATEMENT, or the latter alone.
    own = {resource.physical_id.rpartition("|")[2] for resource in resources}
    clients = {
        each.service: client(each.service)
        for resource in resources
        for each in ADDITIONS.get(resource.resource_type, ())
    }
    for resource in resources:
        if resource.logical_id == _OPEN_TO_TEAMS:
            continue
        for each in ADDITIONS.get(resource.resource_type, ()):
            try:
                found = each.read(clients[each.service], resource.physical_id)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
                continue
            added = sorted(set(found) - own)
            if added:
                yield LiveState(resource, each.name, "nothing else", ", ".join(added))
