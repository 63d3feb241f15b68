"""Compares the permissions of IAM roles, users and groups: inline and attached policies, boundary, membership."""

from collections.abc import Sequence
from typing import Final

from scripts.review.access.policies import compare_documents
from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, canonical, same
from stacks.evaluation.intrinsics import Json

_NOTHING: Final[Properties] = {}
_HOLDERS: Final = ("Roles", "Users", "Groups")


def principal(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access changes of a role, user or group: inline policies, attached policies, boundary and groups."""
    old, new = before or _NOTHING, after or _NOTHING
    changes: list[AccessChange] = []
    inline_before, inline_after = _inline_policies(old), _inline_policies(new)
    for name in sorted({*inline_before, *inline_after}):
        if not same(inline_before.get(name), inline_after.get(name)):
            changes += compare_documents(
                f"permissions ({name})", inline_before.get(name), inline_after.get(name)
            )
    changes += _attached(old.get("ManagedPolicyArns", ()), new.get("ManagedPolicyArns", ()))
    changes += _attached(old.get("Groups", ()), new.get("Groups", ()))
    boundary = "PermissionsBoundary"
    if after is not None and not same(old.get(boundary), new.get(boundary)):
        effect = Effect.NARROWS if old.get(boundary) is None else Effect.UNKNOWN
        if new.get(boundary) is None:
            effect = Effect.WIDENS
        changes.append(_change("permissions boundary", effect, old.get(boundary), new.get(boundary)))
    return changes


def _inline_policies(role: Properties) -> dict[str, Json]:
    return {
        str(policy.get("PolicyName")): policy.get("PolicyDocument") for policy in role.get("Policies") or ()
    }


def _attached(before: Sequence[Json], after: Sequence[Json]) -> list[AccessChange]:
    added = [arn for arn in after if arn not in before]
    removed = [arn for arn in before if arn not in after]
    return [_change("attached policy", Effect.WIDENS, None, arn) for arn in added] + [
        _change("attached policy", Effect.NARROWS, arn, None) for arn in removed
    ]


def _change(what: str, effect: Effect, before: Json, after: Json) -> AccessChange:
    return AccessChange(what, effect, Surface.IAM, before, after, f"{what}: {effect.value}")


def policy_holders(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access changes of a managed policy that is attached to other roles, users or groups than before.

    Empty for a new or removed policy: its document is compared as a whole.
    """
    if before is None or after is None:
        return []
    changes = []
    for name in _HOLDERS:
        old, new = ([canonical(holder) for holder in side.get(name) or ()] for side in (before, after))
        for effect, holders in (
            (Effect.WIDENS, [holder for holder in new if holder not in old]),
            (Effect.NARROWS, [holder for holder in old if holder not in new]),
        ):
            if holders:
                done = "given to" if effect is Effect.WIDENS else "taken from"
                words = f"permissions are {done} {', '.join(holders)}"
                changes.append(
                    AccessChange("permissions", effect, Surface.IAM, before.get(name), after.get(name), words)
                )
    return changes


def any_identity(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access change of an IAM resource of a type without rules here: its effect is unknown."""
    if after is None or same(before, after):
        return []
    return [
        AccessChange(
            "identity", Effect.UNKNOWN, Surface.IAM, before, after, "who may do what, in IAM's own words"
        )
    ]
