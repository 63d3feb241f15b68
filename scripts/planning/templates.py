"""The built templates with every value filled in: parameters, conditions, and what layers give each other.

A text or number comes out as itself, a resource as a `Reference`, and a text that holds references as `Joined`.
Only what planning needs is evaluated; an intrinsic function that it does not know stays as it is.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from stacks.assembly import ROOT, Assembly
from stacks.names import title

NESTED_STACK: Final = "AWS::CloudFormation::Stack"
OUTPUTS: Final = "Outputs."
PSEUDO: Final = "AWS::"
_NO_VALUE: Final = object()
_PLACEHOLDER: Final = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True)
class Reference:
    """A resource, or one of its attributes."""

    layer: str
    title: str
    attribute: str = ""

    @property
    def resource(self) -> tuple[str, str]:
        return self.layer, self.title


@dataclass(frozen=True)
class Joined:
    """A text with references in it, in order."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Resource:
    """One resource that is made; `properties` are evaluated."""

    layer: str
    title: str
    type: str
    properties: Mapping[str, Any]

    def get(self, *path: str) -> Any:
        """The property at `path`, or None."""
        found: Any = self.properties
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def __str__(self) -> str:
        return f"{self.layer}/{self.title}"


@dataclass(frozen=True)
class Deployment:
    """All resources of one deployment but the nested stacks themselves, and the root's parameters."""

    resources: tuple[Resource, ...]
    parameters: Mapping[str, str]

    def of_type(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]

    def find(self, value: Any) -> Resource | None:
        """The resource that `value` refers to; the first one, where it is a text with several."""
        found = next(references(value), None)
        return None if found is None else self._by_place.get(found.resource)

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], Resource]:
        return {(resource.layer, resource.title): resource for resource in self.resources}


def references(value: Any) -> Iterator[Reference]:
    """Every reference inside `value`, in order."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Joined):
        yield from references(value.parts)
    elif isinstance(value, Mapping):
        yield from references(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from references(each)


def evaluate(assembly: Assembly, values: Mapping[str, str]) -> Deployment:
    """The deployment that `assembly` makes with `values` for the root's parameters.

    Raises KeyError for a parameter without a value or a reference to nothing: the build and the linter leave
    neither.
    """
    layers = {name: json.loads(text) for name, text in assembly.layers.items()}
    root = _Scope(ROOT, json.loads(assembly.root), dict(values), layers)
    found = [
        resource for name in layers if root.makes(title(name)) for resource in root.layer(name).resources()
    ]
    return Deployment(tuple(found), dict(values))


@dataclass
class _Scope:
    """One template with its parameters' values."""

    name: str
    template: Mapping[str, Any]
    values: Mapping[str, Any]
    layers: Mapping[str, Mapping[str, Any]]
    _nested: dict[str, "_Scope"] = field(default_factory=dict)

    def layer(self, name: str) -> "_Scope":
        """The scope of the nested stack of that layer, its parameters filled as this template says."""
        if name not in self._nested:
            stack = self.template["Resources"][title(name)]["Properties"]
            declared = self.layers[name].get("Parameters", {})
            given = {key: self.value(value) for key, value in stack.get("Parameters", {}).items()}
            defaults = {key: each["Default"] for key, each in declared.items() if "Default" in each}
            self._nested[name] = _Scope(name, self.layers[name], {**defaults, **given}, self.layers)
        return self._nested[name]

    def resources(self) -> Iterator[Resource]:
        for logical_id, document in self.template["Resources"].items():
            if document["Type"] != NESTED_STACK and self.makes(logical_id):
                yield Resource(
                    self.name, logical_id, document["Type"], self.value(document.get("Properties", {}))
                )

    def makes(self, logical_id: str) -> bool:
        """Whether the resource is made: it has no condition, or its condition holds."""
        condition = self.template["Resources"][logical_id].get("Condition")
        return condition is None or self.holds(condition)

    def holds(self, condition: str) -> bool:
        return bool(self.value(self.template["Conditions"][condition]))

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(self.value, value) if each is not _NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _INTRINSICS:
                return _INTRINSICS[name](self, argument)
        found = {key: self.value(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not _NO_VALUE}

    def reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name.startswith(PSEUDO):
            return f"${{{name}}}"
        if name in self.template["Resources"]:
            return Reference(self.name, name)
        return self.values[name]

    def attribute(self, argument: Any) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        layer = next((name for name in self.layers if title(name) == logical_id), None)
        if self.name == ROOT and layer is not None and attribute.startswith(OUTPUTS):
            inner = self.layer(layer)
            return inner.value(inner.template["Outputs"][attribute.removeprefix(OUTPUTS)]["Value"])
        return Reference(self.name, logical_id, attribute)

    def substitute(self, argument: Any) -> Any:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        parts: list[Any] = []
        for index, part in enumerate(_PLACEHOLDER.split(text)):
            if index % 2 == 0:
                parts.append(part)
            elif part in given:
                parts.append(self.value(given[part]))
            else:
                parts.append(self.attribute(part) if "." in part else self.reference(part))
        return join("", parts)

    def choose(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.value(then if self.holds(condition) else otherwise)

    def equal(self, argument: Any) -> bool:
        first, second = (self.value(each) for each in argument)
        return _same(first, second)


def join(delimiter: str, parts: list[Any]) -> Any:
    """One text, or `Joined` where a part refers to a resource."""
    if any(isinstance(part, Reference | Joined) for part in parts):
        return Joined(tuple(parts))
    return delimiter.join(str(part) for part in parts)


def _same(first: Any, second: Any) -> bool:
    """Parameters are texts: `Number` 1 equals "1"."""
    return first == second or (not isinstance(first, Reference) and str(first) == str(second))


def _find_in_map(scope: _Scope, argument: Any) -> Any:
    name, first, second = (scope.value(each) for each in argument)
    return scope.template["Mappings"][name][first][second]


def _select(scope: _Scope, argument: Any) -> Any:
    index, choices = argument
    found = scope.value(choices)
    # Zones and blocks of addresses are known only where the stack is.
    return found[int(scope.value(index))] if isinstance(found, list) else {"Fn::Select": [index, found]}


_INTRINSICS: Final[dict[str, Callable[[_Scope, Any], Any]]] = {
    "Ref": _Scope.reference,
    "Condition": _Scope.holds,
    "Fn::GetAtt": _Scope.attribute,
    "Fn::Sub": _Scope.substitute,
    "Fn::If": _Scope.choose,
    "Fn::Equals": _Scope.equal,
    "Fn::Not": lambda scope, argument: not scope.value(argument[0]),
    "Fn::And": lambda scope, argument: all(scope.value(each) for each in argument),
    "Fn::Or": lambda scope, argument: any(scope.value(each) for each in argument),
    "Fn::FindInMap": _find_in_map,
    "Fn::Select": _select,
    "Fn::Join": lambda scope, argument: join(argument[0], scope.value(argument[1])),
}
