"""Compares settings that mean the same in every resource type: role, encryption key, CORS origins, TLS.

They are found by the names of properties, so a new resource type needs no rule of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from scripts.review.model import AccessChange, Effect, Surface
from scripts.review.values import Properties, canonical, same
from stacks.evaluation.intrinsics import Json

_ROLES: Final = frozenset(
    {"Role", "RoleArn", "RoleARN", "Credentials", "ExecutionRoleArn", "ServiceRoleArn", "SubscriptionRoleArn"}
    | {"TaskRoleArn", "DeliverLogsPermissionArn", "CloudWatchRoleArn", "CloudWatchLogsRoleArn"}
)
_KEYS: Final = re.compile(r"(?i)^kms_?(master)?_?key_?(id|arn|identifier)$")
_ORIGINS: Final = re.compile(r"(?i)access-control-allow-origin$|^allow(ed)?_?origins?$|^cors_?origins?$")
_OLD_TLS: Final = ("TLS_1_0", "None")


def reach_changes(before: Properties | None, after: Properties | None) -> list[AccessChange]:
    """Access changes by these settings; none for a removed resource."""
    if after is None:
        return []
    origins = _origins(before or {}, after)
    if before is None:
        return origins
    return [*_roles(before, after), *_encryption(before, after), *origins, *_tls(before, after)]


def _roles(before: Properties, after: Properties) -> list[AccessChange]:
    """New roles of the resource: whoever may use the resource uses its role, too."""
    old, new = (_found(side, _ROLES.__contains__) for side in (before, after))
    words = "it acts as another role, with whatever that one may do"
    return [
        AccessChange("role", Effect.UNKNOWN, Surface.IAM, old or None, role, words)
        for role in new
        if role not in old
    ]


def _encryption(before: Properties, after: Properties) -> list[AccessChange]:
    old, new = (_found(side, lambda name: bool(_KEYS.match(name))) for side in (before, after))
    if not old or same(old, new):
        return []
    effect, words = (
        (Effect.UNKNOWN, "another key decides who can read what is in it")
        if new
        else (Effect.WIDENS, "no key of ours encrypts it: who can read it is not decided by the key policy")
    )
    return [AccessChange("encryption key", effect, Surface.IAM, old, new or None, words)]


def _origins(before: Properties, after: Properties) -> list[AccessChange]:
    old, new = (_found(side, lambda name: bool(_ORIGINS.search(name))) for side in (before, after))
    added = [origin for origin in new if origin not in old]
    if added:
        words = f"pages of {', '.join(map(str, added))} may read the answers"
        return [AccessChange("CORS", Effect.WIDENS, Surface.PUBLIC, old or None, new, words)]
    if old and len(new) < len(old):
        words = "pages of fewer origins may read the answers"
        return [AccessChange("CORS", Effect.NARROWS, Surface.PUBLIC, old, new or None, words)]
    return []


def _tls(before: Properties, after: Properties) -> list[AccessChange]:
    changes = []
    old, new = (str(side.get("SecurityPolicy")) for side in (before, after))
    if old != new:
        effect = Effect.WIDENS if new in _OLD_TLS else Effect.UNKNOWN
        effect = Effect.NARROWS if old in _OLD_TLS else effect
        words = f"security policy of TLS: {old} → {new}"
        changes.append(AccessChange("TLS", effect, Surface.PUBLIC, old, new, words))
    was, is_now = (side.get("MutualTlsAuthentication") for side in (before, after))
    if was and not same(was, is_now):
        effect = Effect.UNKNOWN if is_now else Effect.WIDENS
        words = "other client certificates are trusted" if is_now else "no client certificate is asked for"
        changes.append(AccessChange("client certificates", effect, Surface.PUBLIC, was, is_now, words))
    return changes


def _found(value: Json, wanted: Callable[[str], bool]) -> list[Json]:
    """The values of properties with wanted names, at any depth: each once, without empty values and switches."""
    values = {canonical(member): member for member in _walk(value, wanted)}
    return [values[text] for text in sorted(values)]


def _walk(value: Json, wanted: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if wanted(str(name)):
                members = inner if isinstance(inner, list | tuple) else [inner]
                yield from (
                    member
                    for member in members
                    if isinstance(member, str | Mapping) and member not in ("", {})
                )
            else:
                yield from _walk(inner, wanted)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _walk(inner, wanted)
