"""Compares network access: rules of security groups, and the network that a function runs in."""

from collections.abc import Mapping, Sequence
from typing import Final

from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, same
from stacks.evaluation.intrinsics import Json

_INTERNET: Final = frozenset({"0.0.0.0/0", "::/0"})
# A security group that names no way out has this one.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
_ANYWHERE: Final = ({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},)


def security_group(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    old, new = ((side or {}).get("SecurityGroupIngress") or () for side in (before, after))
    changes = _rules("ingress", "from", old, new)
    if before is None or after is None:  # a group that nobody is in yet, or no more
        return changes
    ways_out = [side.get("SecurityGroupEgress") or _ANYWHERE for side in (before, after)]
    return [*changes, *_rules("egress", "to", *ways_out)]


def ingress_rule(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    return _rules("ingress", "from", [before] if before else [], [after] if after else [])


def egress_rule(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    return _rules("egress", "to", [before] if before else [], [after] if after else [])


def _rules(what: str, word: str, before: Sequence[Json], after: Sequence[Json]) -> list[AccessChange]:
    changes = []
    for rule in after:
        if not any(same(rule, other) for other in before):
            other_end = _other_end(rule)
            surface = Surface.PUBLIC if other_end in _INTERNET else Surface.IAM
            words = f"{what} {word} {other_end}"
            changes.append(AccessChange(what, Effect.WIDENS, surface, None, rule, words))
    removed = [rule for rule in before if not any(same(rule, other) for other in after)]
    return changes + [
        AccessChange(what, Effect.NARROWS, Surface.IAM, rule, None, f"{what} goes") for rule in removed
    ]


def _other_end(rule: Mapping[str, Json]) -> Json:
    names = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId")
    prefixes = ("SourcePrefixListId", "DestinationPrefixListId")
    return next((rule[name] for name in (*names, *prefixes) if rule.get(name)), "anywhere")


def function_network(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access change of a function that moves to another network, or outside, where it reaches the whole internet."""
    if before is None or after is None:
        return []
    old, new = before.get("VpcConfig"), after.get("VpcConfig")
    if not old or same(old, new):
        return []
    effect, words = (
        (Effect.UNKNOWN, "runs in another network, or under other rules of it")
        if new
        else (Effect.WIDENS, "leaves the private network: it reaches the whole internet")
    )
    return [AccessChange("network", effect, Surface.PUBLIC, old, new, words)]
