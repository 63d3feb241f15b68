"""Compares two JSON values property by property, and hides secrets in them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, cast

from scripts.command_line.plain_text import visible
from stacks.evaluation.intrinsics import HIDDEN, Json

Properties: TypeAlias = Mapping[str, Json]  # of a resource, evaluated

# By these, members of a list are the same member: tags, statements, rules, indexes, attributes.
_IDENTITIES: Final = ("Key", "Sid", "Id", "Name", "IndexName", "AttributeName", "ResourcePath", "PolicyName")
# Never shown, whatever the template says of them.
_SECRET_PROPERTIES: Final = frozenset(
    {"SecretString", "MasterUserPassword", "Password", "AuthToken", "PrivateKey", "SecretAccessKey"}
    | {"ApiKeyValue"}
)


class Difference(NamedTuple):
    """One different property. `path` holds names and identities; `before` or `after` is None if it is absent."""

    path: tuple[str, ...]
    before: Json
    after: Json


def shown_path(path: Sequence[str]) -> str:
    """`Tags[Project].Value` for `("Tags", "[Project]", "Value")`"""
    return "".join(part if part.startswith("[") else f".{part}" for part in path).removeprefix(".")


def canonical(value: Json) -> str:
    """The same text for values that CloudFormation treats as equal: 512 and "512", true and "true", null and absent."""
    return json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False)


def _canonical(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner) for key, inner in value.items() if inner is not None}
    if _is_list(value):
        return [_canonical(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def parsed(value: Json) -> Json:
    """What a JSON text of an object says, as some properties take a policy; any other value unchanged."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return cast(Json, json.loads(value))
        except ValueError:
            pass
    return value


def is_true(value: Json) -> bool:
    """True for true and "true": templates hold booleans in both forms."""
    return str(value).lower() == "true"


def same(before: Json, after: Json) -> bool:
    return before is after or canonical(before) == canonical(after)


def differences(before: Json, after: Json, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Every difference of two values, as deep as their members can be paired."""
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key), after.get(key), (*path, str(key)))
        return
    if _is_list(before) and _is_list(after):
        pairs = _pairs(before, after)
        if pairs is not None:
            for name, old, new in pairs:
                yield from differences(old, new, (*path, f"[{name}]"))
            return
    yield Difference(path, before, after)


def _pairs(before: Sequence[Json], after: Sequence[Json]) -> list[tuple[str, Json, Json]] | None:
    """(name, old member, new member) of two lists; None if their members cannot be paired."""
    for identity in _IDENTITIES:
        old, new = _by_identity(before, identity), _by_identity(after, identity)
        if old is not None and new is not None:
            return [(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]
    members = [*before, *after]
    if len(before) == len(after) and all(isinstance(member, Mapping) for member in members):
        return [(str(at), old, new) for at, (old, new) in enumerate(zip(before, after, strict=True))]
    return None


def _by_identity(members: Sequence[Json], identity: str) -> dict[str, Json] | None:
    by_identity = {
        member[identity]: member
        for member in members
        if isinstance(member, Mapping) and isinstance(member.get(identity), str)
    }
    return by_identity if len(by_identity) == len(members) else None


def _is_list(value: Json) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def hide(path: Sequence[str], value: Json, secrets: Sequence[str] = ()) -> Json:
    """`value` with **** for the values of secret properties and for the texts in `secrets`."""
    if value is None:
        return None
    if any(part in _SECRET_PROPERTIES for part in path):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: hide((*path, str(key)), inner, secrets) for key, inner in value.items()}
    if _is_list(value):
        return [hide(path, inner, secrets) for inner in value]
    for secret in filter(None, secrets) if isinstance(value, str) else ():
        value = value.replace(secret, HIDDEN)
    return value


def shown(value: Json) -> str:
    """A value on one line: a text unchanged, anything else as compact JSON, None as `(none)`."""
    if value is None:
        return "(none)"
    is_text = isinstance(value, str) and value
    return visible(value if is_text else json.dumps(value, ensure_ascii=False, sort_keys=True))


def at_pointer(properties: Json, pointer: Sequence[str]) -> list[Json]:
    """The values at a JSON pointer of a resource schema; `*` stands for every member of a list."""
    values = [properties]
    for part in pointer:
        values = [inner for value in values for inner in _step(value, part)]
    return values


def _step(value: Json, part: str) -> list[Json]:
    if _is_list(value):
        return [inner for member in value for inner in ([member] if part == "*" else _step(member, part))]
    if isinstance(value, Mapping) and part in value:
        return [value[part]]
    return []
