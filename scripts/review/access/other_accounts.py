"""Finds accounts other than ours in a resource's properties: data, calls or code go there, or come from there.

A log subscription, a rule's target, a table's stream, a bucket's replica and a function's layer or image cross to
another account without a policy of ours.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, canonical
from stacks.evaluation.intrinsics import Json

WHAT: Final = "another account"
# ARNs, and images of ECR: https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html
_ARN_OR_IMAGE: Final = re.compile(
    r"""(?:arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):|(?<!\d)(\d{12})\.dkr[.-]ecr[.-])[^\s"'\\,]*"""
)
# Properties that name accounts by their numbers, e.g. Account of a replica, BucketAccountId of an inventory.
_NAMES_ACCOUNTS: Final = re.compile(r"\w*Accounts?(I[dD]s?)?")
_NUMBER: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


def named_newly(
    before: Properties | None, after: Properties | None, account: str, judged: Collection[str]
) -> list[AccessChange]:
    """One AccessChange for each ARN, image or number of an account other than `account` that was not there before.

    judged: names of the properties that hold policies, which are compared statement by statement.
    """
    old, new = (
        {} if side is None else {name: value for name, value in side.items() if name not in judged}
        for side in (before, after)
    )
    known, named = ({*_named(side, account)} for side in (old, new))
    return [
        AccessChange(WHAT, Effect.UNKNOWN, Surface.IAM, None, name, f"crosses to another account: {name}")
        for name in sorted(named - known)
    ]


def _named(properties: Properties, account: str) -> Iterator[str]:
    """ARNs, images and numbers of other accounts than `account`, as a reader should see them."""
    for match in _ARN_OR_IMAGE.finditer(canonical(properties)):
        if account not in match.groups():
            yield match.group()
    yield from _by_number(properties, account)


def _by_number(value: Json, account: str) -> Iterator[str]:
    """`BucketAccountId 999999999999` for each number of another account in a property that names accounts."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            if _NAMES_ACCOUNTS.fullmatch(key):
                yield from (f"{key} {number}" for number in numbers_in(member, account))
            else:
                yield from _by_number(member, account)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _by_number(member, account)


def numbers_in(value: Json, account: str) -> set[str]:
    """The numbers of other accounts than `account` in a value, alone or in an ARN."""
    return {*_NUMBER.findall(canonical(value))} - {account}
