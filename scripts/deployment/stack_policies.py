"""Evaluates stack policies as CloudFormation does, before anything is executed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html: a stack without a policy
allows everything; with one, what no statement allows is denied, and a Deny goes before an Allow. A policy holds for
the resources of its own stack alone, not for those of the stacks nested in it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from scripts.review.model import Action, Change, Replacement
from stacks.evaluation.iam_decisions import Request, allows, values
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
        statements = values(json.loads(text).get("Statement", []))
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
    request = Request("*", action, _RESOURCE + change.logical_id, {"ResourceType": change.resource_type})
    return allows(filter(None, map(_decidable, statements)), request)


def _decidable(statement: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The statement, if only the resource's type is its condition. Another one is not known here, so it counts as what
    forbids: of a Deny it is left out, and an Allow is left out with it.
    """
    conditions = statement.get("Condition", {})
    if all(
        operator in ("StringEquals", "StringLike") and keys.keys() == {"ResourceType"}
        for operator, keys in conditions.items()
    ):
        return statement
    return {**statement, "Condition": {}} if statement["Effect"] == "Deny" else None
