"""Finds changes that remove protection against deletion.

Such a change deletes nothing itself but allows a later change to.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from scripts.review.data_loss import HOLDS
from scripts.review.model import AccessChange, Effect, PropertyChange, Surface
from scripts.review.values import Properties, same
from stacks.evaluation.intrinsics import Json

KEPT: Final = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
# Attributes of a resource beside its properties, and what happens to the data once they say Delete.
_ATTRIBUTES: Final = {
    "DeletionPolicy": "goes with the resource, once that leaves the stack",
    "UpdateReplacePolicy": "goes with the old resource, once a new one replaces it",
}
# Property -> what it holds back. Off or absent is off.
_SWITCHES: Final = {
    "DeletionProtectionEnabled": "it does not refuse deletion any more",
    "DeletionProtection": "it does not refuse deletion any more",
}
_KEY_WINDOW_DAYS: Final = 30.0  # KMS's own


def lifted_guards(
    resource_type: str,
    before: Properties | None,
    after: Properties | None,
    properties: Iterable[PropertyChange],
) -> tuple[AccessChange, ...]:
    """Each protection that the change removes or weakens. `properties`: its changes, of attributes as well."""
    lifted = list(_by_attribute(resource_type, properties))
    if before is not None and after is not None:
        lifted += _by_switch(before, after)
        lifted += _by_lock(resource_type, before, after)
    return tuple(lifted)


def _by_attribute(resource_type: str, properties: Iterable[PropertyChange]) -> Iterator[AccessChange]:
    held = HOLDS.get(resource_type)
    for change in properties if held else ():
        if change.path in _ATTRIBUTES and change.before != "Delete" and change.after not in KEPT:
            yield _lifted(change.path, change.before, change.after, f"{held} {_ATTRIBUTES[change.path]}")


def _by_switch(before: Properties, after: Properties) -> Iterator[AccessChange]:
    for name, words in _SWITCHES.items():
        old, new = (str(side.get(name, "false")).lower() for side in (before, after))
        if old in ("true", "active") and new != old:
            yield _lifted(name, before.get(name), after.get(name), words)


def _by_lock(resource_type: str, before: Properties, after: Properties) -> Iterator[AccessChange]:
    if resource_type == "AWS::S3::Bucket":
        name = "ObjectLockConfiguration"
        old, new = before.get(name), after.get(name)
        if old and not same(old, new):
            yield _lifted(name, old, new, "new objects are locked otherwise, or not at all")
    if resource_type == "AWS::KMS::Key":
        name = "PendingWindowInDays"
        was, is_now = (_days(side.get(name)) for side in (before, after))
        if is_now < was:
            yield _lifted(name, before.get(name), after.get(name), f"{is_now:.0f} days to undo its deletion")


def _lifted(name: str, before: Json, after: Json, words: str) -> AccessChange:
    summary = f"{name}: {words}"
    return AccessChange("guard of data", Effect.WIDENS, Surface.DESTROY, before, after, summary)


def _days(value: Json) -> float:
    return float(value) if str(value).isdecimal() else _KEY_WINDOW_DAYS
