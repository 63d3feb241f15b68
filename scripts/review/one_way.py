"""Properties that go one way: AWS refuses the update that takes them back, and the roll-back that would.

The numbers are those of docs/aws-facts.md.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from stacks.evaluation.resolved_stack import Resource


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
    # R9010, R9010, R9011, R9012, R9013
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
