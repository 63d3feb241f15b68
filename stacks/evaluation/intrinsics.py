"""CloudFormation's intrinsic functions, resolved as far as their arguments are known before a deployment.

What is only known afterwards (the ARN of a resource) becomes a reference such as `${Security/Key.Arn}`: the same
text before and after as long as it means the same resource, so that an unchanged reference is no difference.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scripts.review.model import Json, StackPath
from scripts.review.values import canonical, shown

_SUBSTITUTE: Final = re.compile(r"\$\{(!?)([^${}]+)\}")
REFERENCE: Final = re.compile(r"\$\{([\w/]+)((?:\.[\w.]+)?)\}")
_NO_VALUE: Final = object()  # Ref AWS::NoValue: the property is absent


def reference(path: StackPath, logical_id: str, attribute: str = "") -> str:
    """The text that stands for what only CloudFormation knows: `${Security/Key.Arn}`."""
    suffix = f".{attribute}" if attribute else ""
    return "${" + "/".join((*path, logical_id)) + suffix + "}"


@dataclass(frozen=True)
class Scope:
    """What names mean inside one stack: parameters, pseudo parameters (`AWS::Region`), conditions, mappings.

    `attribute` answers Fn::GetAtt by logical id and attribute. Conditions that cannot be decided are None.
    """

    path: StackPath
    names: Mapping[str, Json]
    conditions: Mapping[str, bool | None]
    mappings: Mapping[str, Any]
    attribute: Callable[[str, str], Json]


def resolve(value: Json, scope: Scope) -> Json:
    """`value` with every function in it resolved as far as it can be; absent values are None."""
    resolved = _resolve(value, scope)
    return None if resolved is _NO_VALUE else resolved


def _resolve(value: Json, scope: Scope) -> Json:
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](argument, scope)
        inner = {str(key): _resolve(one, scope) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one is not _NO_VALUE}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for one in (_resolve(member, scope) for member in value) if one is not _NO_VALUE]
    return value


def _ref(name: Json, scope: Scope) -> Json:
    if name == "AWS::NoValue":
        return _NO_VALUE
    if name in scope.names:
        return scope.names[name]
    return "${" + name + "}" if name.startswith("AWS::") else reference(scope.path, name)


def _get_att(argument: Json, scope: Scope) -> Json:
    logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(logical_id, str(_resolve(attribute, scope)))


def _sub(argument: Json, scope: Scope) -> Json:
    template, variables = (argument, {}) if isinstance(argument, str) else argument
    own = {name: _resolve(value, scope) for name, value in variables.items()}

    def substitute(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return "${" + name + "}"
        if name in own:
            return shown(own[name])
        is_attribute = "." in name and name not in scope.names
        return shown(_get_att(name, scope) if is_attribute else _ref(name, scope))

    return _SUBSTITUTE.sub(substitute, template)


def _join(argument: Json, scope: Scope) -> Json:
    separator, members = argument[0], _resolve(argument[1], scope)
    if isinstance(members, str):  # a list that is not known yet
        return "${Join" + f"({separator!r}, {members})" + "}"
    return str(separator).join(shown(member) for member in members)


def _split(argument: Json, scope: Scope) -> Json:
    separator, text = argument[0], _resolve(argument[1], scope)
    if not isinstance(text, str) or REFERENCE.search(text):
        return {"Fn::Split": [separator, text]}
    return text.split(separator)


def _select(argument: Json, scope: Scope) -> Json:
    index, members = _resolve(argument[0], scope), _resolve(argument[1], scope)
    is_list = isinstance(members, Sequence) and not isinstance(members, str)
    if is_list and str(index).isdecimal() and int(index) < len(members):
        return members[int(index)]
    return {"Fn::Select": [index, members]}


def _find_in_map(argument: Json, scope: Scope) -> Json:
    found: Json = scope.mappings
    keys = [_resolve(key, scope) for key in argument[:3]]
    for key in keys:
        if not isinstance(found, Mapping) or str(key) not in found:
            return {"Fn::FindInMap": keys}
        found = found[str(key)]
    return found


def _if(argument: Json, scope: Scope) -> Json:
    condition, yes, no = argument
    decided = scope.conditions.get(condition)
    if decided is None:
        branches = [_resolve(yes, scope), _resolve(no, scope)]
        return {"Fn::If": [condition, *(None if one is _NO_VALUE else one for one in branches)]}
    return _resolve(yes if decided else no, scope)


def _kept(name: str) -> Callable[[Json, Scope], Json]:
    return lambda argument, scope: {name: _resolve(argument, scope)}


_FUNCTIONS: Final[dict[str, Callable[[Json, Scope], Json]]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _kept("Fn::ImportValue"),
}


def decide_conditions(conditions: Mapping[str, Json], scope: Scope) -> dict[str, bool | None]:
    """Each condition of a template: true, false, or None where it hangs on what is not known."""
    decided: dict[str, bool | None] = {}

    def named(name: str) -> bool | None:
        if name not in decided:
            decided[name] = None  # a circle decides nothing
            decided[name] = _decide(conditions[name], scope, named)
        return decided[name]

    for name in conditions:
        named(name)
    return decided


def _decide(condition: Json, scope: Scope, named: Callable[[str], bool | None]) -> bool | None:
    ((function, argument),) = condition.items()
    if function == "Condition":
        return named(argument)
    if function == "Fn::Equals":
        left, right = (_resolve(one, scope) for one in argument)
        return _equal(left, right)
    answers = [_decide(one, scope, named) for one in argument]
    if function == "Fn::Not":
        return None if answers[0] is None else not answers[0]
    deciding: bool = function == "Fn::Or"  # one true decides Or, one false decides And
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding


def _equal(left: Json, right: Json) -> bool | None:
    if canonical(left) == canonical(right):
        return True
    return None if "${" in canonical([left, right]) else False
