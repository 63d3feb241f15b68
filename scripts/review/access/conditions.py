"""Compares the conditions of two policy statements: is one set at least as strict as the other?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Final, TypeAlias

from scripts.review.values import canonical
from stacks.evaluation.intrinsics import Json

# operator -> key (lower case) -> values
Conditions: TypeAlias = Mapping[tuple[str, str], frozenset[str]]
_Covers: TypeAlias = Callable[[str, str], bool]


def conditions_of(written: Json) -> Conditions:
    """`{"StringEquals": {"aws:SourceAccount": "1"}}` -> `{("StringEquals", "aws:sourceaccount"): {"1"}}`"""
    if not isinstance(written, Mapping):
        return {} if written is None else {("?", canonical(written)): frozenset()}
    return {
        (str(operator), str(key).lower()): frozenset(_texts(values))
        for operator, by_key in written.items()
        for key, values in (by_key.items() if isinstance(by_key, Mapping) else [(canonical(by_key), [])])
    }


def _texts(values: Json) -> list[str]:
    members = values if isinstance(values, list | tuple) else [values]
    return [str(member).lower() if isinstance(member, bool) else str(member) for member in members]


def is_implied(outer: Conditions, inner: Conditions) -> bool:
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


def _equal(wide: str, value: str) -> bool:
    return wide == value


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


_COVERS: Final[Mapping[str, _Covers]] = {
    "StringEquals": _equal,
    "StringNotEquals": _equal,
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
