"""Finds accounts other than ours in a resource's properties: data, calls or code go there, or come from there.

A log subscription, a rule's target, a table's stream and a function's layer cross to another account without a policy
of ours.
"""

import re
from collections.abc import Collection
from typing import Final

from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, canonical
from stacks.evaluation.intrinsics import Json

WHAT: Final = "another account"
_ARN: Final = re.compile(r"""arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):[^\s"'\\,]*""")
_NUMBER: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


def named_newly(
    before: Properties | None, after: Properties | None, account: str, judged: Collection[str]
) -> list[AccessChange]:
    """One AccessChange for each ARN of an account other than `account` that was not there before.

    judged: names of the properties that hold policies, which are compared statement by statement.
    """
    old, new = (
        {} if side is None else {name: value for name, value in side.items() if name not in judged}
        for side in (before, after)
    )
    known, named = (
        {match.group(): match.group(1) for match in _ARN.finditer(canonical(side))} for side in (old, new)
    )
    return [
        AccessChange(WHAT, Effect.UNKNOWN, Surface.IAM, None, arn, f"crosses to another account: {arn}")
        for arn, number in sorted(named.items())
        if number != account and arn not in known
    ]


def numbers_in(value: Json, account: str) -> set[str]:
    """The numbers of other accounts than `account` in a value, alone or in an ARN."""
    return {*_NUMBER.findall(canonical(value))} - {account}
