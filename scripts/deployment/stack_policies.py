"""Evaluates stack policies as CloudFormation does, before anything is executed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html: a stack without a policy
allows everything; with one, what no statement allows is denied, and a Deny goes before an Allow. A policy holds for
the resources of its own stack alone, not for those of the stacks nested in it.
"""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from scripts.review.model import Action, Change, Replacement
from stacks.evaluation.intrinsics import StackPath

MODIFY: Final = "Update:Modify"
REPLACE: Final = "Update:Replace"
DELETE: Final = "Update:Delete"
_RESOURCE: Final = "LogicalResourceId/"


class ForbiddenChange(NamedTuple):
    """A change, and which of CloudFormation's update actions its stack's policy denies."""

    change: Change
    action: str

    def __str__(self) -> str:
        return f"{self.change.shown_path} ({self.action})"


def forbidden_changes(changes: Iterable[Change], policies: Mapping[StackPath, str]) -> list[ForbiddenChange]:
    """Those of `changes` that the stacks' `policies` forbid (JSON texts by the stack's path)."""
    denied_changes = []
    for change in changes:
        text = policies.get(change.path)
        if text is None:
            continue
        statements = _listed(json.loads(text).get("Statement", []))
        denied = [action for action in actions_of(change) if not _allows(statements, action, change)]
        denied_changes += [ForbiddenChange(change, denied[-1])] if denied else []
    return denied_changes


def actions_of(change: Change) -> tuple[str, ...]:
    """Update actions that the change may need. A conditional replacement needs both: only AWS knows, and too late."""
    if change.action in (Action.ADD, Action.IMPORT):
        return ()
    if change.action is Action.REMOVE:
        return (DELETE,)
    return {
        Replacement.NEVER: (MODIFY,),
        Replacement.CONDITIONAL: (MODIFY, REPLACE),
        Replacement.ALWAYS: (REPLACE,),
    }[change.replacement]


def _allows(statements: list[Any], action: str, change: Change) -> bool:
    effects = {
        statement["Effect"]
        for statement in statements
        if _matches(statement, action, change, unknown=statement["Effect"] == "Deny")
    }
    return effects == {"Allow"}


def _matches(statement: Mapping[str, Any], action: str, change: Change, *, unknown: bool) -> bool:
    """`unknown`: what to say of a condition that is not known here; the answer that forbids."""
    resource = _RESOURCE + change.logical_id
    return (
        _named(statement, "Action", action)
        and _named(statement, "Resource", resource)
        and all(
            _holds(operator, keys, change, unknown=unknown)
            for operator, keys in statement.get("Condition", {}).items()
        )
    )


def _named(statement: Mapping[str, Any], element: str, value: str) -> bool:
    """By Action or NotAction, Resource or NotResource."""
    if f"Not{element}" in statement:
        return not _any(statement[f"Not{element}"], value)
    return _any(statement.get(element, "*"), value)


def _holds(operator: str, keys: Mapping[str, Any], change: Change, *, unknown: bool) -> bool:
    if operator not in ("StringEquals", "StringLike") or keys.keys() != {"ResourceType"}:
        return unknown
    return _any(keys["ResourceType"], change.resource_type)


def _any(patterns: Any, value: str) -> bool:
    return any(fnmatchcase(value, str(pattern)) for pattern in _listed(patterns))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
