"""Compares two policies statement by statement: each widens access, narrows it, or means the same."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from scripts.review.access.statements import Statement, statements_in, uncovered
from scripts.review.model import KNOWN_AFTER_APPLY, AccessChange, Effect, Surface
from scripts.review.values import canonical
from stacks.evaluation.intrinsics import Json

_SHOWN_PERMISSIONS: Final = 4


def compare_documents(
    what: str, before: Json, after: Json, *, may_be_public: bool = False
) -> list[AccessChange]:
    """Compares two policy documents. None stands for no policy; `what` names its kind, e.g. `key policy`."""
    old, new = (_read(document) for document in (before, after))
    if old is None or new is None:
        return [AccessChange(what, Effect.UNKNOWN, Surface.IAM, before, after, f"{what}: cannot be read")]
    return compare_statements(what, old, new, may_be_public=may_be_public)


def _read(document: Json) -> list[Statement] | None:
    if document is None:
        return []
    if isinstance(document, str):  # some properties take the document as JSON text
        try:
            document = json.loads(document)
        except ValueError:
            return None
    return statements_in(document)


def compare_statements(
    what: str, before: Sequence[Statement], after: Sequence[Statement], *, may_be_public: bool = False
) -> list[AccessChange]:
    """One AccessChange for each statement that was added, removed or edited."""
    return [
        _compared(what, old, new, before, after, may_be_public)
        for old, new in _pairs(before, after)
        if old is None or new is None or canonical(old.source) != canonical(new.source)
    ]


def _pairs(
    before: Sequence[Statement], after: Sequence[Statement]
) -> list[tuple[Statement | None, Statement | None]]:
    """Pairs statements of the two policies: equal ones first, then those of one Sid, then the most similar."""
    old, new = list(before), list(after)
    pairs: list[tuple[Statement | None, Statement | None]] = []
    for likeness in (_is_same, _has_same_sid):
        for statement in list(old):
            other = next((candidate for candidate in new if likeness(statement, candidate)), None)
            if other is not None:
                pairs.append((statement, other))
                old.remove(statement)
                new.remove(other)
    for statement in list(old):
        best = max(new, key=lambda candidate: _likeness(statement, candidate), default=None)
        if best is not None and _likeness(statement, best) > 0:
            pairs.append((statement, best))
            old.remove(statement)
            new.remove(best)
    return pairs + [(statement, None) for statement in old] + [(None, statement) for statement in new]


def _is_same(statement: Statement, other: Statement) -> bool:
    return canonical(statement.source) == canonical(other.source)


def _has_same_sid(statement: Statement, other: Statement) -> bool:
    return bool(statement.sid) and statement.sid == other.sid and statement.allows == other.allows


def _likeness(statement: Statement, other: Statement) -> int:
    if statement.allows != other.allows or (statement.sid and other.sid):
        return 0
    return len(statement.action.values & other.action.values) + len(
        statement.resource.values & other.resource.values - {"*"}
    )


def _compared(
    what: str,
    old: Statement | None,
    new: Statement | None,
    before: Sequence[Statement],
    after: Sequence[Statement],
    may_be_public: bool,
) -> AccessChange:
    """Compares against all statements, as moving a permission from one statement to another widens nothing."""
    gained = [
        *(uncovered([new], by=before) if new and new.allows else ()),
        *(uncovered([old], by=after) if old and not old.allows else ()),
    ]
    lost = [
        *(uncovered([old], by=after) if old and old.allows else ()),
        *(uncovered([new], by=before) if new and not new.allows else ()),
    ]
    effect = _effect(gained, lost)
    public = may_be_public and any(permission.is_public for permission in gained)
    return AccessChange(
        what,
        effect,
        Surface.PUBLIC if public else Surface.IAM,
        old.source if old else None,
        new.source if new else None,
        f"{what}: {effect.value}{_examples(gained or lost)}",
    )


def _effect(gained: Sequence[Statement], lost: Sequence[Statement]) -> Effect:
    if not gained:
        return Effect.NARROWS if lost else Effect.SAME
    return Effect.WIDENS if all(_is_judged(permission) for permission in gained) else Effect.UNKNOWN


def _is_judged(permission: Statement) -> bool:
    parts = (permission.action, permission.resource, permission.principal)
    return not any(part.negated or KNOWN_AFTER_APPLY in part.values for part in parts)


def _examples(permissions: Sequence[Statement]) -> str:
    """The first permissions of the list as text: `: s3:deleteobject on arn…`"""
    texts = [_permission_text(permission) for permission in permissions[:_SHOWN_PERMISSIONS]]
    more = len(permissions) - len(texts)
    return (": " + "; ".join(texts) + (f"; and {more} more" if more > 0 else "")) if texts else ""


def _permission_text(permission: Statement) -> str:
    source: Mapping[str, Json] = permission.source
    who = (
        ""
        if "Principal" not in source and "NotPrincipal" not in source
        else " for " + _any(permission.principal)
    )
    on = (
        "" if "Resource" not in source and "NotResource" not in source else " on " + _any(permission.resource)
    )
    denied = "" if permission.allows else "denial of "
    return f"{denied}{_any(permission.action)}{on}{who}"


def _any(part: tuple[frozenset[str], bool]) -> str:
    values, negated = part
    text = ", ".join(sorted(values)[:3]) + (", …" if len(values) > 3 else "")
    return f"all but {text}" if negated else text
