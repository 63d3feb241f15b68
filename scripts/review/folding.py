"""Folds what a review says alike of many resources into one entry: a hundred equal lines hide the few that matter.

What is said of a resource is a list of statements: its reasons, why it fails, access and property changes. Statements
that three or more resources share become one entry of these resources; what is left stays with each.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from scripts.review.model import (
    KNOWN_AFTER_APPLY,
    AccessChange,
    Action,
    Change,
    Danger,
    PropertyChange,
    Replacement,
    Review,
)
from scripts.review.values import canonical, same, shown
from stacks.evaluation.intrinsics import Json

MANY: Final = 3  # fewer are read as quickly one by one
_TAG: Final = re.compile(r"(?:Tags\[(?P<listed>[^\]]+)\](?:\.Value)?|Tags\.(?P<mapped>.+))")
FOLLOWS: Final = "what refers to a changed resource"

Statement: TypeAlias = str | AccessChange | PropertyChange
_Key: TypeAlias = Hashable  # the same for statements that say the same


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said alike of one or more `changes`, which hold nothing else; `change` is the first of them."""

    danger: Danger
    changes: tuple[Change, ...]

    @property
    def change(self) -> Change:
        return self.changes[0]


def fold(review: Review) -> tuple[Entry, ...]:
    """The entries of a review, the worst first, what many share before what one resource has."""
    said = {number: dict(_said(change)) for number, change in enumerate(review.changes)}
    holders: dict[_Key, list[int]] = defaultdict(list)
    for number, statements in said.items():
        for key in statements:
            holders[key].append(number)
    shared: dict[tuple[int, ...], list[_Key]] = defaultdict(list)
    for key, numbers in holders.items():
        if len(numbers) >= MANY:
            shared[tuple(numbers)].append(key)
    folded = {key for keys in shared.values() for key in keys}
    groups = list(shared.items())
    groups += [((number,), [key for key in said[number] if key not in folded]) for number in said]
    entries = [_entry(review.changes, numbers, keys, said) for numbers, keys in groups if keys]
    return tuple(sorted(entries, key=lambda entry: (-entry.danger, len(entry.changes) == 1)))


def _entry(
    changes: Sequence[Change],
    numbers: Sequence[int],
    keys: Sequence[_Key],
    said: Mapping[int, Mapping[_Key, Statement]],
) -> Entry:
    danger = max(_danger(changes[number], said[number][key]) for number in numbers for key in keys)
    return Entry(
        danger, tuple(_with_only(changes[number], [said[number][key] for key in keys]) for number in numbers)
    )


def _said(change: Change) -> Iterator[tuple[_Key, Statement]]:
    """Each statement on a change under its key. One of whom nothing is said has its own action for a statement."""
    statements: list[Statement] = [
        *change.reasons,
        *filter(None, (change.fails, change.may_fail)),
        *(access for access in change.access if change.danger is not Danger.ADDS),
        *(_shared_form(row) for row in change.properties if not _is_told(row, change)),
    ]
    if not statements:
        yield (change.action, change.danger, change.path), ""
    for statement in statements:
        yield _key(change, statement), statement


def _is_told(row: PropertyChange, change: Change) -> bool:
    """True if a sentence says it: on what stops or is allowed, or on what is replaced with what it refers to."""
    if row.replacement is not Replacement.NEVER:
        return _only_follows(row)
    if any(same([one.before, one.after], [row.before, row.after]) for one in change.access):
        return True
    return any(
        text.endswith(f"({row.path}: {shown(row.before)} → {shown(row.after)})") for text in change.stops
    )


def _key(change: Change, statement: Statement) -> _Key:
    match statement:
        case PropertyChange(path, before, after, replacement):
            return path, canonical(before), canonical(after), replacement
        case AccessChange():
            values = canonical(statement.before), canonical(statement.after)
            return statement.what, statement.summary, statement.effect, *values
    return change.action, statement


def _shared_form(change: PropertyChange) -> PropertyChange:
    """The form that two types share: of a tag, in a list or a map; of a value that follows what it refers to."""
    if change.replacement is not Replacement.NEVER:
        return change
    if _only_follows(change):
        return PropertyChange(FOLLOWS, "former values", KNOWN_AFTER_APPLY)
    tag = _TAG.fullmatch(change.path)
    if tag is None:
        return change
    before, after = (_tag_value(side) for side in (change.before, change.after))
    return PropertyChange(f"tag {tag['listed'] or tag['mapped']}", before, after)


def _only_follows(row: PropertyChange) -> bool:
    return bool(row.after == f"{row.before} {KNOWN_AFTER_APPLY}")


def _tag_value(value: Json) -> Json:
    return value.get("Value") if isinstance(value, Mapping) else value


def _danger(change: Change, statement: Statement) -> Danger:
    """The danger that this statement alone gives the change."""
    match statement:
        case PropertyChange(replacement=Replacement.NEVER):
            return min(change.danger, Danger.CHANGES)
        case PropertyChange():
            return min(change.danger, Danger.REPLACES)
        case AccessChange():
            return min(change.danger, Danger.WIDENS_ACCESS if statement.effect.may_widen else Danger.CHANGES)
    if statement in change.losses or statement in (change.fails, change.may_fail):
        return change.danger
    only_stops = statement in change.stops and change.action is not Action.REMOVE
    return min(change.danger, Danger.STOPS if only_stops else Danger.REPLACES)


def _with_only(change: Change, statements: Sequence[Statement]) -> Change:
    """The change with these statements alone."""
    texts = [statement for statement in statements if isinstance(statement, str)]
    return replace(
        change,
        reasons=tuple(text for text in texts if text and text not in (change.fails, change.may_fail)),
        fails=change.fails if change.fails in texts else "",
        may_fail=change.may_fail if change.may_fail in texts else "",
        access=tuple(statement for statement in statements if isinstance(statement, AccessChange)),
        properties=tuple(statement for statement in statements if isinstance(statement, PropertyChange)),
    )
