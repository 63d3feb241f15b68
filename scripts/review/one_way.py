"""Properties that go one way: AWS refuses the update that takes them back, and the roll-back that would."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from stacks.evaluation.resolved_stack import Resource
from stacks.lint.aws_fact import AwsFact

WARM_THROUGHPUT: Final = AwsFact(
    "R9010",
    "A table's warm throughput is never lowered by a template",
    "DynamoDB refuses an update with a lower WarmThroughput: 'decreasing WarmThroughput is not supported'. What "
    "traffic has made of it, preflight asks the table.",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html",
    ("dynamodb", "one-way"),
)
EXPIRY_ATTRIBUTE: Final = AwsFact(
    "R9011",
    "A table's expiry does not go to another attribute in one update",
    "DynamoDB takes another attribute only an hour after TTL was switched off: 'TimeToLive is active on a different "
    "AttributeName'. It takes two updates.",
    "https://github.com/aws/aws-cdk/issues/13106",
    ("dynamodb", "one-way"),
)
PARAMETER_TIER: Final = AwsFact(
    "R9012",
    "An advanced parameter never becomes a standard one",
    "Parameter Store refuses the way back, as it would cut off values over 4 KB. Delete it and make another.",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    ("ssm", "one-way"),
)
OBJECT_LOCK: Final = AwsFact(
    "R9013",
    "Object Lock of a bucket is never switched off",
    "S3 refuses to disable Object Lock, and to suspend the versioning of a bucket that has it.",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    ("s3", "one-way"),
)


class OneWay(NamedTuple):
    """A property at `path` of resources of a type. `refused`: whether AWS refuses to make one value into the other."""

    type: str
    path: tuple[str, ...]
    refused: Callable[[Any, Any], bool]
    words: str


def _lower(before: Any, after: Any) -> bool:
    return str(before).isdecimal() and str(after).isdecimal() and int(after) < int(before)


def _other(before: Any, after: Any) -> bool:
    return bool(before != after)


_TABLE: Final = "AWS::DynamoDB::Table"
ONE_WAY: Final = (
    OneWay(_TABLE, ("WarmThroughput", "ReadUnitsPerSecond"), _lower, "only rises"),
    OneWay(_TABLE, ("WarmThroughput", "WriteUnitsPerSecond"), _lower, "only rises"),
    OneWay(
        _TABLE,
        ("TimeToLiveSpecification", "AttributeName"),
        _other,
        "must be switched off an hour before another attribute takes its place",
    ),
    OneWay(
        "AWS::SSM::Parameter",
        ("Tier",),
        lambda before, after: before == "Advanced" and after == "Standard",
        "never goes back to Standard",
    ),
    OneWay(
        "AWS::S3::Bucket",
        ("ObjectLockEnabled",),
        lambda before, after: str(before).lower() == "true" and str(after).lower() == "false",
        "is never switched off",
    ),
)


def one_way_trouble(before: Resource, after: Resource) -> str:
    """Why AWS refuses the change; empty when it goes no such way. What a template no longer names stays as it is."""
    return "; ".join(
        f"{'.'.join(each.path)} {each.words}"
        for each in ONE_WAY
        if each.type == after.type
        and (old := before.get(*each.path)) is not None
        and (new := after.get(*each.path)) is not None
        and each.refused(old, new)
    )
