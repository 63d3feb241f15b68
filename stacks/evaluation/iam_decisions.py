"""Decides whether IAM policy documents (JSON, with values in place) allow a request.

Source of the rules: IAM's user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

Statement = Mapping[str, Any]
_NEGATED: Final = (
    "StringNotEquals",
    "StringNotLike",
    "ArnNotEquals",
    "ArnNotLike",
    "StringNotEqualsIgnoreCase",
)
_LITERAL: Final = ("StringEquals", "StringNotEquals")


class Request(NamedTuple):
    """`principal`: a service (`events.amazonaws.com`) or a role's ARN. `context`: condition keys that the caller sends;
    one that is missing makes every condition on it fail, but for those that deny or end in IfExists.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


def allows(statements: Iterable[Statement], request: Request) -> bool:
    """True if a statement allows the request and none denies it."""
    effects = {statement["Effect"] for statement in statements if applies(statement, request)}
    return effects == {"Allow"}


def applies(statement: Statement, request: Request) -> bool:
    """Whether the statement is about the request. One without Principal or Resource is of a role, or about its own
    resource.
    """
    return (
        _is_about(statement, "Action", request.action, ignore_case=True)
        and _is_about(statement, "Resource", request.resource)
        and _principal(statement.get("Principal", "*"), request.principal)
        and all(
            _holds(operator, values(expected), request.context.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def values(value: Any) -> list[Any]:
    """A list of what a policy may write as one value or as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """IAM's wildcards: `*` is any text, `?` any character. A wildcard in `text` must be covered by one of `pattern`."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.IGNORECASE if ignore_case else 0) is not None


def statements_of(document: Any) -> Sequence[Statement]:
    """The statements of a policy document."""
    return values(document["Statement"])


def _is_about(statement: Statement, element: str, text: str, *, ignore_case: bool = False) -> bool:
    if f"Not{element}" in statement:
        patterns = values(statement[f"Not{element}"])
        return not any(matches(pattern, text, ignore_case=ignore_case) for pattern in patterns)
    return any(matches(one, text, ignore_case=ignore_case) for one in values(statement.get(element, "*")))


def _principal(allowed: Any, principal: str) -> bool:
    if allowed == "*":
        return True
    named = [name for kind in allowed.values() for name in values(kind)]
    # An account's root stands for what the policies of its roles allow, which are asked on their own.
    return principal in named or "*" in named


def _holds(operator: str, expected: Any, given: str | None) -> bool:
    name = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").removesuffix("IfExists")
    if name == "Null":  # whether the request lacks the key
        return any(str(one).lower() == str(given is None).lower() for one in values(expected))
    if given is None:
        return name in _NEGATED or operator.endswith("IfExists") or operator.startswith("ForAllValues:")
    found = any(_meets(name, str(one), given) for one in values(expected))
    return found is not (name in _NEGATED)


def _meets(operator: str, expected: str, given: str) -> bool:
    if operator == "Bool":
        return expected.lower() == given.lower()
    return expected == given if operator in _LITERAL else matches(expected, given)
