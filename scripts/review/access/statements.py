"""Compares policy statements: does one set of statements allow anything that the other does not?

A statement is expanded into single permissions (one principal, action and resource, with the conditions). A
permission is covered if a statement of the same effect allows at least as much. One that cannot be decided counts as
not covered, so that it is shown. Rules:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import ip_network
from itertools import product
from operator import eq
from typing import Final, NamedTuple, TypeAlias

from scripts.review.values import canonical
from stacks.evaluation.intrinsics import Json

# operator -> key (lower case) -> values
Conditions: TypeAlias = Mapping[tuple[str, str], frozenset[str]]
_MOST_PERMISSIONS: Final = 5_000  # of one statement; beyond, it is compared whole
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_WHO: Final = frozenset(
    {"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"}
    | {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
    | {"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:principalservicename"}
    | {"kms:calleraccount", "kms:viaservice", "lambda:functionurlauthtype", "s3:dataaccesspointaccount"}
)
_EVERYBODY: Final = frozenset({"*", "0.0.0.0/0", "::/0", "NONE"})


class Part(NamedTuple):
    """Action, Resource or Principal of a statement; `negated` for NotAction and its like."""

    values: frozenset[str]
    negated: bool = False


_ANY: Final = Part(frozenset({"*"}))


class Statement(NamedTuple):
    allows: bool
    principal: Part
    action: Part
    resource: Part
    conditions: Conditions
    source: Mapping[str, Json]  # as written, to show it
    sid: str

    @property
    def is_public(self) -> bool:
        """True if it allows everybody (or all but a few) under no condition on the caller's identity or network.

        A statement that names no principal is an identity's: it allows nobody else.
        """
        anybody = self.principal.negated or ("*" in self.principal.values and "Principal" in self.source)
        return self.allows and anybody and not any(_says_who(*demand) for demand in self.conditions.items())

    def permissions(self) -> Iterator["Statement"]:
        """Expands the statement into single (action, resource, principal) permissions.

        A statement with NotAction, NotResource or NotPrincipal, or with very many permissions, is yielded unchanged.
        """
        parts = (self.principal, self.action, self.resource)
        count = len(self.principal.values) * len(self.action.values) * len(self.resource.values)
        if any(part.negated for part in parts) or count > _MOST_PERMISSIONS:
            yield self
            return
        for principal, action, resource in product(*(sorted(part.values) for part in parts)):
            parts_of_one = [Part(frozenset({value})) for value in (principal, action, resource)]
            yield self._replace(principal=parts_of_one[0], action=parts_of_one[1], resource=parts_of_one[2])

    def covers(self, other: "Statement") -> bool:
        """True if this statement has the same effect and applies to every request that `other` applies to."""
        return (
            self.allows == other.allows
            and _part_covers(self.action, other.action)
            and _part_covers(self.resource, other.resource)
            and _part_covers(self.principal, other.principal)
            and _is_implied(self.conditions, other.conditions)
        )


def _says_who(demand: tuple[str, str], values: frozenset[str]) -> bool:
    """True if the condition restricts the caller's identity or network; aws:SecureTransport, say, does not."""
    operator, key = demand
    positive = "Not" not in operator and not operator.endswith("IfExists") and operator != "Null"
    return positive and key in _WHO and not values & _EVERYBODY


def statements_in(document: Json) -> list[Statement] | None:
    """The statements of a policy document; None if it cannot be read (an unevaluated function, a text)."""
    if not isinstance(document, Mapping):
        return None
    written = document.get("Statement", [])
    members = [written] if isinstance(written, Mapping) else written
    if isinstance(members, str) or not all(
        isinstance(member, Mapping) and "Effect" in member for member in members
    ):
        return None
    return [_statement(member) for member in members]


def _statement(written: Mapping[str, Json]) -> Statement:
    return Statement(
        allows=written["Effect"] == "Allow",
        principal=_part(written, "Principal", _principals),
        action=_part(written, "Action", lambda value: {name.lower() for name in _texts(value)}),
        resource=_part(written, "Resource", _texts),
        conditions=_conditions_of(written.get("Condition")),
        source=written,
        sid=str(written.get("Sid", "")),
    )


def _part(written: Mapping[str, Json], name: str, read: Callable[[Json], set[str]]) -> Part:
    for key, negated in ((name, False), (f"Not{name}", True)):
        if key in written:
            return Part(frozenset(read(written[key])), negated)
    return _ANY  # an identity policy has no principal, a trust policy no resource


def _texts(value: Json) -> set[str]:
    members = [value] if isinstance(value, str | Mapping) else value
    return {member if isinstance(member, str) else repr(member) for member in members}


def _principals(value: Json) -> set[str]:
    if not isinstance(value, Mapping):
        return _texts(value)
    principals = {f"{kind}:{_account(name)}" for kind, names in value.items() for name in _texts(names)}
    return {"*" if name == "AWS:*" else name for name in principals}


def _account(name: str) -> str:
    """The account's number in place of the ARN of its root, which means the same."""
    return re.sub(r"^arn:[\w${}:-]+:iam::([\w${}:]+):root$", r"\1", name)


def _part_covers(outer: Part, inner: Part) -> bool:
    if not outer.negated and not inner.negated:
        return all(any(matches(pattern, value) for pattern in outer.values) for value in inner.values)
    if outer.negated and inner.negated:  # what the outer one leaves out, the inner one leaves out too
        return all(any(matches(pattern, value) for pattern in inner.values) for value in outer.values)
    if outer.negated:
        return not any(_may_meet(left, right) for left in outer.values for right in inner.values)
    return "*" in outer.values


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """A policy's pattern as a regular expression: `*` matches any text, also a literal `*`; `?` any other character."""
    parts = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(parts.get(character) or re.escape(character) for character in text), re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """True if `pattern` matches everything that `value`, itself a pattern, matches."""
    return pattern == value or _pattern(pattern).fullmatch(value) is not None


def _may_meet(left: str, right: str) -> bool:
    return matches(left, right) or matches(right, left) or ("*" in left and "*" in right)


def uncovered(statements: Iterable[Statement], by: Iterable[Statement]) -> list[Statement]:
    """Permissions in `statements` that no statement of `by` covers; whole statements where they cannot be expanded."""
    covering = list(by)
    return [
        permission
        for statement in statements
        if not any(other.covers(statement) for other in covering)
        for permission in statement.permissions()
        if not any(other.covers(permission) for other in covering)
    ]


def _conditions_of(written: Json) -> Conditions:
    """`{"StringEquals": {"aws:SourceAccount": "1"}}` -> `{("StringEquals", "aws:sourceaccount"): {"1"}}`"""
    if not isinstance(written, Mapping):
        return {} if written is None else {("?", canonical(written)): frozenset()}
    return {
        (str(operator), str(key).lower()): frozenset(_condition_values(values))
        for operator, by_key in written.items()
        for key, values in (by_key.items() if isinstance(by_key, Mapping) else [(canonical(by_key), [])])
    }


def _condition_values(values: Json) -> list[str]:
    members = values if isinstance(values, list | tuple) else [values]
    return [str(member).lower() if isinstance(member, bool) else str(member) for member in members]


def _is_implied(outer: Conditions, inner: Conditions) -> bool:
    """True if every request that meets the conditions `inner` also meets `outer`."""
    return all(
        any(_demand_is_implied(demand, values, other, others) for other, others in inner.items())
        for demand, values in outer.items()
    )


def _demand_is_implied(
    outer: tuple[str, str], outer_values: frozenset[str], inner: tuple[str, str], inner_values: frozenset[str]
) -> bool:
    if outer[1] != inner[1]:
        return False
    operator = outer[0].removesuffix("IfExists")
    inner_operator = inner[0].removesuffix("IfExists") if outer[0].endswith("IfExists") else inner[0]
    covers = _COVERS.get(operator)
    if covers is None or (inner_operator, operator) not in _COMPARABLE:
        return inner_operator == operator and outer_values == inner_values
    if operator in _NEGATIVE:  # what the outer one shuts out, the inner one shuts out too
        return all(any(covers(wide, value) for wide in inner_values) for value in outer_values)
    return all(any(covers(wide, value) for wide in outer_values) for value in inner_values)


def _equal_in_any_case(wide: str, value: str) -> bool:
    return wide.lower() == value.lower()


def _like(wide: str, value: str) -> bool:
    return fnmatchcase(value, wide.replace("[", "[[]"))


def _holds_network(wide: str, value: str) -> bool:
    try:
        outer, inner = ip_network(wide, strict=False), ip_network(value, strict=False)
    except ValueError:  # a reference that is not known yet
        return wide == value
    return outer.version == inner.version and outer.supernet_of(inner)  # type: ignore[arg-type]


_COVERS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": eq,
    "StringNotEquals": eq,
    "StringEqualsIgnoreCase": _equal_in_any_case,
    "StringNotEqualsIgnoreCase": _equal_in_any_case,
    "StringLike": _like,
    "StringNotLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "ArnNotEquals": _like,
    "ArnNotLike": _like,
    "IpAddress": _holds_network,
    "NotIpAddress": _holds_network,
}
_NEGATIVE: Final = frozenset(operator for operator in _COVERS if "Not" in operator)
# (the inner operator, the outer operator): the same one, or an exact one under one with wildcards
_COMPARABLE: Final = frozenset(
    {(operator, operator) for operator in _COVERS}
    | {("StringEquals", "StringLike"), ("ArnEquals", "ArnLike"), ("ArnLike", "ArnEquals")}
    | {("StringEquals", "StringEqualsIgnoreCase"), ("StringEquals", "ArnLike"), ("StringEquals", "ArnEquals")}
)
