"""Words and signs that all renderers share."""

from typing import Final

from scripts.review.model import (
    AccessChange,
    Action,
    Change,
    Effect,
    Node,
    PropertyChange,
    Replacement,
    Review,
)

NOTHING: Final = "No change: what is deployed is what the templates say."
_SIGNS: Final = {Action.ADD: "+", Action.REMOVE: "-", Action.IMPORT: ">", Action.DYNAMIC: "?"}
_VERBS: Final = {
    Action.ADD: "add",
    Action.REMOVE: "remove",
    Action.IMPORT: "import",
    Action.DYNAMIC: "decided later",
    Action.SYNC_WITH_ACTUAL: "bring back in line",
}
_NOTES: Final = {Replacement.ALWAYS: " [replaces]", Replacement.CONDITIONAL: " [may replace]"}
_REPLACED: Final = {Replacement.ALWAYS: "replace", Replacement.CONDITIONAL: "may replace"}


def summary(review: Review) -> str:
    """`1 destroys data, 2 widen access, 5 add`"""
    return ", ".join(f"{count} {danger.verb(count)}" for danger, count in review.count().items()) or NOTHING


def allowance(review: Review) -> str:
    """The value of --allow that the review needs: `destroy,iam`; empty if it needs none."""
    return ",".join(sorted(review.needs))


def trouble(change: Change) -> tuple[str, str] | None:
    """`("Will fail", why)`, `("May fail", why)`, or None."""
    if change.fails:
        return "Will fail", change.fails
    return ("May fail", f"if it has to be replaced, {change.may_fail}") if change.may_fail else None


def troubled(review: Review) -> list[tuple[str, str, str]]:
    """(shown path, `Will fail` or `May fail`, why) of each change that will or may fail, the certain ones first."""
    troubles = [(change.shown_path, *told) for change in review.changes if (told := trouble(change))]
    return sorted(troubles, key=lambda trouble_ahead: trouble_ahead[1], reverse=True)


def sign(change: Change) -> str:
    return _SIGNS.get(change.action) or ("~" if change.replacement is Replacement.NEVER else "±")


def verb(change: Change) -> str:
    return _VERBS.get(change.action) or _REPLACED.get(change.replacement, "change")


def short_type(change: Change) -> str:
    return change.resource_type.removeprefix("AWS::")


def stack_title(node: Node, review: Review) -> str:
    return "/".join((review.stack_name, *node.path))


def replacement_note(change: PropertyChange) -> str:
    return _NOTES.get(change.replacement, "")


def access_sign(change: AccessChange) -> str:
    return {Effect.WIDENS: "▲", Effect.UNKNOWN: "▲?", Effect.NARROWS: "▼"}.get(change.effect, "=")
