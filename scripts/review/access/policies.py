"""Compares policies statement by statement, and who holds them: each change widens access, narrows it, or neither."""

from collections.abc import Mapping, Sequence
from typing import Final

from scripts.review.access.statements import Part, Statement, statements_in, uncovered
from scripts.review.model import KNOWN_AFTER_APPLY, AccessChange, Effect, Surface
from scripts.review.values import Properties, canonical, parsed, same
from stacks.evaluation.intrinsics import Json

_SHOWN_PERMISSIONS: Final = 4
_NOTHING: Final[Properties] = {}


def compare_documents(
    what: str, before: Json, after: Json, *, may_be_public: bool = True
) -> list[AccessChange]:
    """One AccessChange for each statement that was added, removed or edited.

    None stands for no policy; `what` names its kind, e.g. `key policy`. `may_be_public`: it opens the resource to
    anybody when it says so.
    """
    if same(before, after):
        return []
    old, new = (_read(document) for document in (before, after))
    if old is None or new is None:
        public = may_be_public and any(statement.is_public for statement in new or ())
        surface = Surface.PUBLIC if public else Surface.IAM
        return [AccessChange(what, Effect.UNKNOWN, surface, before, after, f"{what}: cannot be read")]
    return [
        _compared(what, statement, other, old, new, may_be_public)
        for statement, other in _pairs(old, new)
        if statement is None or other is None or not _is_same(statement, other)
    ]


def _read(document: Json) -> list[Statement] | None:
    if document is None:
        return []
    return statements_in(parsed(document))


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
    words = f"{effect.value}{_examples(gained or lost)}"
    if effect is Effect.SAME and None in (old, new):
        gives_nothing = "added; it gives nothing new"
        words = "removed, but what it said another statement says too" if new is None else gives_nothing
    public = may_be_public and any(permission.is_public for permission in gained)
    return AccessChange(
        what,
        effect,
        Surface.PUBLIC if public else Surface.IAM,
        old.source if old else None,
        new.source if new else None,
        f"{what}: {words}",
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
    written: Mapping[str, Json] = permission.source
    actions = written.get("Action", written.get("NotAction", ()))
    spelled = {name.lower(): name for name in ([actions] if isinstance(actions, str) else actions)}
    values = frozenset(spelled.get(name, name) for name in permission.action.values)
    action = permission.action._replace(values=values)
    text = ("" if permission.allows else "denial of ") + _any(action, "action")
    for name, word, part in (
        ("Resource", "on", permission.resource),
        ("Principal", "for", permission.principal),
    ):
        if name in written or f"Not{name}" in written:
            text += f" {word} {_any(part, name.lower())}"
    return text


def _any(part: Part, kind: str) -> str:
    values, negated = part
    if values == {"*"} and not negated:
        return f"every {kind}"
    text = ", ".join(sorted(values)[:3]) + (", …" if len(values) > 3 else "")
    return f"all but {text}" if negated else text


def principal(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access changes of a role, user or group: inline policies, attached policies, boundary and groups."""
    old, new = before or _NOTHING, after or _NOTHING
    changes: list[AccessChange] = []
    inline_before, inline_after = _inline_policies(old), _inline_policies(new)
    for name in sorted({*inline_before, *inline_after}):
        documents = inline_before.get(name), inline_after.get(name)
        changes += compare_documents(f"permissions ({name})", documents[0], documents[1])
    for name in ("ManagedPolicyArns", "Groups"):
        added, removed = _added_and_removed(old.get(name) or (), new.get(name) or ())
        changes += [_change("attached policy", Effect.WIDENS, None, arn) for arn in added]
        changes += [_change("attached policy", Effect.NARROWS, arn, None) for arn in removed]
    boundary, other = (side.get("PermissionsBoundary") for side in (old, new))
    if after is not None and not same(boundary, other):
        effect = Effect.NARROWS if boundary is None else Effect.UNKNOWN
        effect = Effect.WIDENS if other is None else effect
        changes.append(_change("permissions boundary", effect, boundary, other))
    return changes


def _inline_policies(role: Properties) -> dict[str, Json]:
    return {
        str(policy.get("PolicyName")): policy.get("PolicyDocument") for policy in role.get("Policies") or ()
    }


def _added_and_removed(before: Sequence[Json], after: Sequence[Json]) -> tuple[list[Json], list[Json]]:
    added = [member for member in after if member not in before]
    return added, [member for member in before if member not in after]


def _change(what: str, effect: Effect, before: Json, after: Json) -> AccessChange:
    return AccessChange(what, effect, Surface.IAM, before, after, f"{what}: {effect.value}")


def policy_holders(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access changes of a managed policy that is attached to other roles, users or groups than before.

    Empty for a new or removed policy: its document is compared as a whole.
    """
    if before is None or after is None:
        return []
    changes = []
    for name in ("Roles", "Users", "Groups"):
        old, new = ([canonical(holder) for holder in side.get(name) or ()] for side in (before, after))
        added, removed = _added_and_removed(old, new)
        for effect, done, holders in (
            (Effect.WIDENS, "given to", added),
            (Effect.NARROWS, "taken from", removed),
        ):
            if holders:
                words = f"permissions are {done} {', '.join(holders)}"
                changes.append(
                    AccessChange("permissions", effect, Surface.IAM, before.get(name), after.get(name), words)
                )
    return changes


def any_identity(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access change of an IAM resource of a type without rules here: its effect is unknown."""
    if after is None or same(before, after):
        return []
    words = "who may do what, in IAM's own words"
    return [AccessChange("identity", Effect.UNKNOWN, Surface.IAM, before, after, words)]
