"""Evaluates CloudFormation's intrinsic functions with the values that are known before a deployment.

A value that only CloudFormation can give, such as the ARN of a resource, evaluates to an `Unknown`, never to a guess:

    environment = Environment(names={"Suffix": "dev"})
    evaluate({"Fn::Sub": "inbox-${Suffix}"}, environment)   # "inbox-dev"
    evaluate({"Fn::Sub": "${Key.Arn}/x"}, environment)      # Text((Reference((), "Key", "Arn"), "/x"))
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any  # what json.loads gives
Value: TypeAlias = Any  # JSON in which an Unknown may stand at any place
StackPath: TypeAlias = tuple[str, ...]  # logical ids of the nested stacks from the root; () is the root

HIDDEN: Final = "****"  # as CloudFormation itself shows NoEcho values
_NO_VALUE: Final = {"Ref": "AWS::NoValue"}
_ABSENT: Final = object()  # what AWS::NoValue evaluates to: the property or the list's member is left out
_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([^${}]+)\}")


class Unknown:
    """A value that is not known before the deployment: a Reference, a Text or a Call.

    Two equal ones stand for the same value, within one deployment. Its text (`str`) is for people to read.
    """


@dataclass(frozen=True)
class Reference(Unknown):
    """A resource or its attribute, or a parameter or pseudo parameter without a value: `${Security/Key.Arn}`."""

    path: StackPath
    logical_id: str
    attribute: str = ""

    def __str__(self) -> str:
        name = "/".join((*self.path, self.logical_id))
        return "${" + (f"{name}.{self.attribute}" if self.attribute else name) + "}"


class Hidden(Reference):
    """A NoEcho parameter, whatever its value is."""

    def __str__(self) -> str:
        return HIDDEN


@dataclass(frozen=True)
class Text(Unknown):
    """A text of which parts are unknown."""

    parts: tuple[str | Unknown, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


@dataclass(frozen=True)
class Call(Unknown):
    """A function that cannot be evaluated before the deployment, with its evaluated argument."""

    function: str
    argument: Value

    def __str__(self) -> str:
        return json.dumps(written(self), ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Environment:
    """The meaning of names inside one stack.

    path: of the stack. names: values of parameters and pseudo parameters (`AWS::Region`). conditions: as
    decide_conditions gives them. output: value of an output of a nested stack by its logical id and the output's name,
    None where the nested stack's template is not known. conditions_only: evaluate Fn::If and AWS::NoValue alone and
    leave every other function as the template writes it.
    """

    path: StackPath = ()
    names: Mapping[str, Value] = field(default_factory=dict)
    conditions: Mapping[str, bool | Unknown] = field(default_factory=dict)
    mappings: Mapping[str, Json] = field(default_factory=dict)
    output: Callable[[str, str], Value | None] = lambda logical_id, name: None
    conditions_only: bool = False


def evaluate(value: Value, environment: Environment) -> Value:
    """`value` with every function in it evaluated; None where it is AWS::NoValue as a whole."""
    evaluated = _evaluate(value, environment)
    return None if evaluated is _ABSENT else evaluated


def _evaluate(value: Value, environment: Environment) -> Value:
    if value == _NO_VALUE:
        return _ABSENT
    if isinstance(value, Mapping):
        function = _function(value)
        if function == "Fn::If" or (function and not environment.conditions_only):
            return FUNCTIONS.get(function, _keep(function))(value[function], environment)
        members = {str(key): _evaluate(member, environment) for key, member in value.items()}
        return {key: member for key, member in members.items() if member is not _ABSENT}
    if isinstance(value, list | tuple):
        return [member for member in (_evaluate(one, environment) for one in value) if member is not _ABSENT]
    return value


def _function(value: Mapping[str, Value]) -> str:
    """The intrinsic function that `value` calls, or an empty text."""
    name = next(iter(value)) if len(value) == 1 else ""
    return name if name == "Ref" or name.startswith("Fn::") else ""


def decide_conditions(declared: Mapping[str, Json], environment: Environment) -> dict[str, bool | Unknown]:
    """Each condition of a template as true, false, or Unknown where it depends on an unknown value."""
    decided: dict[str, bool | Unknown] = {}

    def decide(condition: Json) -> bool | Unknown:
        ((function, argument),) = condition.items()
        if function == "Condition":
            return decide_named(argument)
        if function == "Fn::Equals":
            return _equal([evaluate(side, environment) for side in argument])
        operands = [decide(operand) for operand in argument]
        if function == "Fn::Not":
            return Call(function, operands) if isinstance(operands[0], Unknown) else not operands[0]
        deciding = {"Fn::Or": True, "Fn::And": False}[function]  # one true decides Or, one false decides And
        if deciding in operands:
            return deciding
        return not deciding if is_known(operands) else Call(function, operands)

    def decide_named(name: str) -> bool | Unknown:
        if name not in decided:
            decided[name] = Call("Condition", name)  # a circle decides nothing
            decided[name] = decide(declared[name])
        return decided[name]

    return {name: decide_named(name) for name in declared}


def _equal(sides: list[Value]) -> bool | Unknown:
    """CloudFormation compares texts: 1 equals "1", true equals "true"."""
    if sides[0] == sides[1]:
        return True
    return _as_text(sides[0]) == _as_text(sides[1]) if is_known(sides) else Call("Fn::Equals", sides)


def is_known(value: Value) -> bool:
    """True if nothing in `value` is Unknown."""
    return next(_unknowns(value), None) is None


def references_in(value: Value) -> Iterator[Reference]:
    """Every Reference inside of an evaluated value, in order."""
    return (unknown for unknown in _unknowns(value) if isinstance(unknown, Reference))


def _unknowns(value: Value) -> Iterator[Unknown]:
    if isinstance(value, Unknown):
        yield value
    match value:
        case Call(argument=inner) | Text(parts=inner):
            yield from _unknowns(inner)
        case Mapping():
            yield from _unknowns(list(value.values()))
        case list() | tuple():
            for member in value:
                yield from _unknowns(member)


def written(value: Value) -> Json:
    """An evaluated value as JSON for people and comparisons: `${Security/Key.Arn}` for what is unknown."""
    match value:
        case Call(function, argument):
            return {function: written(argument)}
        case Unknown():
            return str(value)
        case Mapping():
            return {key: written(member) for key, member in value.items()}
        case list() | tuple():
            return [written(member) for member in value]
    return value


def _as_text(value: Value) -> str | Unknown:
    """A part of a text. CloudFormation refuses lists and objects there."""
    if isinstance(value, str | Unknown):
        return value
    return json.dumps(written(value), ensure_ascii=False, sort_keys=True)


def _concatenate(values: Iterable[Value]) -> str | Unknown:
    """One text, or the only part itself where that is all there is."""
    parts: list[str | Unknown] = []
    for value in values:
        part = _as_text(value)
        for piece in part.parts if isinstance(part, Text) else (part,):
            if isinstance(piece, str) and parts and isinstance(parts[-1], str):
                parts[-1] += piece
            elif piece != "":
                parts.append(piece)
    if len(parts) == 1:
        return parts[0]
    return Text(tuple(parts)) if parts else ""


def _ref(name: str, environment: Environment) -> Value:
    if name in environment.names:
        return environment.names[name]
    return Reference(() if name.startswith("AWS::") else environment.path, name)


def _get_att(argument: Json, environment: Environment) -> Value:
    logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    attribute = str(_evaluate(attribute, environment))
    if attribute.startswith("Outputs."):
        output = environment.output(logical_id, attribute.removeprefix("Outputs."))
        if output is not None:
            return output
    return Reference(environment.path, logical_id, attribute)


def _sub(argument: Json, environment: Environment) -> Value:
    template, variables = (argument, {}) if isinstance(argument, str) else argument
    known = {**environment.names, **{name: evaluate(value, environment) for name, value in variables.items()}}
    parts, end = [], 0
    for match in _PLACEHOLDER.finditer(template):
        literal, name = match.groups()
        parts.append(template[end : match.start()])
        if literal:
            parts.append("${" + name + "}")
        elif name in known:
            parts.append(known[name])
        else:
            parts.append((_get_att if "." in name else _ref)(name, environment))
        end = match.end()
    return _concatenate([*parts, template[end:]])


def _join(argument: Json, environment: Environment) -> Value:
    separator, members = argument[0], _evaluate(argument[1], environment)
    if isinstance(members, Unknown):
        return Call("Fn::Join", [separator, members])
    separated = [part for member in members for part in (separator, member)]
    return _concatenate(separated[1:])


def _split(argument: Json, environment: Environment) -> Value:
    separator, text = argument[0], _evaluate(argument[1], environment)
    return text.split(separator) if isinstance(text, str) else Call("Fn::Split", [separator, text])


def _select(argument: Json, environment: Environment) -> Value:
    index, members = _evaluate(argument[0], environment), _evaluate(argument[1], environment)
    if isinstance(members, list) and str(index).isdecimal() and int(index) < len(members):
        return members[int(index)]
    return Call("Fn::Select", [index, members])


def _find_in_map(argument: Json, environment: Environment) -> Value:
    keys = _evaluate(argument, environment)
    mapped: Json = environment.mappings
    for key in map(_as_text, keys):
        if key not in mapped:
            return Call("Fn::FindInMap", keys)
        mapped = mapped[key]
    return mapped


def _if(argument: Json, environment: Environment) -> Value:
    name, *branches = argument
    decided = environment.conditions.get(name, Call("Condition", name))
    if isinstance(decided, Unknown):
        return Call("Fn::If", [name, *(evaluate(branch, environment) for branch in branches)])
    return _evaluate(branches[0 if decided else 1], environment)


def _keep(function: str) -> Callable[[Json, Environment], Value]:
    return lambda argument, environment: Call(function, evaluate(argument, environment))


# A function that is missing here is kept as a Call, too; Fn::Cidr and its like are so by decision.
FUNCTIONS: Final[Mapping[str, Callable[[Any, Environment], Value]]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    **{name: _keep(name) for name in ("Fn::Cidr", "Fn::GetAZs", "Fn::ImportValue")},
}
