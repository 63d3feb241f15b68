"""Resolves a root template with its nested stacks: conditions decided, properties evaluated.

Pure: templates and parameter values in, resources with effective properties out. With a nested stack Data whose table
is named by {"Fn::Sub": "inbox-${Suffix}"}, where Suffix comes from the root:

    resources = resolve_stack(StackSource.parse(root, {"data": data}), {"Suffix": "dev"})
    resources[("Data",), "InboxTable"].get("TableName")   # "inbox-dev"
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from stacks.evaluation.intrinsics import (
    Environment,
    Hidden,
    Reference,
    StackPath,
    Value,
    decide_conditions,
    evaluate,
)
from stacks.names import title

NESTED_STACK: Final = "AWS::CloudFormation::Stack"
ResourceKey: TypeAlias = tuple[StackPath, str]  # path of its stack, logical id
_NO_NAMES: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class StackSource:
    """A template, and those of its nested stacks by logical id. A nested stack without one stays closed."""

    template: Mapping[str, Any]
    nested: Mapping[str, "StackSource"] = field(default_factory=dict)

    @classmethod
    def parse(cls, root: str, nested: Mapping[str, str]) -> "StackSource":
        """From JSON texts; those of the nested stacks by name: `data` for the logical id `Data`."""
        return cls(json.loads(root), {title(name): cls(json.loads(text)) for name, text in nested.items()})


@dataclass(frozen=True)
class Resource:
    """A resource with its effective properties. `certain`: it has no condition, or a decided one."""

    path: StackPath
    logical_id: str
    type: str
    properties: Mapping[str, Value]
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    certain: bool = True

    @property
    def key(self) -> ResourceKey:
        return self.path, self.logical_id

    def get(self, *path: str) -> Value:
        """The property at `path`, or None."""
        value: Value = self.properties
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def __str__(self) -> str:
        """`data/InboxTable`: the nested stack by the name of its template, and the logical id."""
        return "/".join((*map(str.lower, self.path), self.logical_id))


Resources: TypeAlias = Mapping[ResourceKey, Resource]


def resolve_stack(
    source: StackSource, parameters: Mapping[str, Value], pseudo: Mapping[str, str] = _NO_NAMES
) -> Resources:
    """All resources of a stack and of the stacks nested in it, without those whose condition is false.

    parameters: values of the root's parameters, which may be Unknown; others take the template's default. pseudo:
    values of pseudo parameters such as `AWS::Region`, as far as they are known. A NoEcho parameter stays Hidden.
    """
    return {resource.key: resource for resource in _Stack(source, (), parameters, pseudo).resources()}


class _Stack:
    """One stack. Nested stacks are resolved when they or their outputs are read first."""

    def __init__(
        self, source: StackSource, path: StackPath, parameters: Mapping[str, Value], pseudo: Mapping[str, str]
    ) -> None:
        self._source, self._path, self._pseudo = source, path, pseudo
        self._declared: Mapping[str, Any] = source.template.get("Resources", {})
        self._nested: dict[str, _Stack | None] = {}
        values = {
            name: _parameter_value(path, name, facts, parameters)
            for name, facts in source.template.get("Parameters", {}).items()
        }
        mappings = source.template.get("Mappings", {})
        undecided = Environment(path, {**pseudo, **values}, mappings=mappings, output=self._output)
        conditions = decide_conditions(source.template.get("Conditions", {}), undecided)
        self._environment = replace(undecided, conditions=conditions)

    def resources(self) -> Iterator[Resource]:
        for logical_id, declared in self._declared.items():
            condition = self._environment.conditions.get(declared.get("Condition", ""), True)
            if condition is False:
                continue
            yield Resource(
                path=self._path,
                logical_id=logical_id,
                type=declared["Type"],
                properties=evaluate(declared.get("Properties", {}), self._environment),
                deletion_policy=declared.get("DeletionPolicy", "Delete"),
                replace_policy=declared.get("UpdateReplacePolicy", "Delete"),
                certain=condition is True,
            )
            nested = self._nested_stack(logical_id)
            if nested is not None:
                yield from nested.resources()

    def _output(self, logical_id: str, name: str) -> Value | None:
        nested = self._nested_stack(logical_id)
        if nested is None:
            return None
        declared = nested._source.template.get("Outputs", {}).get(name)
        if declared is None:
            return Reference(nested._path, f"Outputs.{name}")
        return evaluate(declared["Value"], nested._environment)

    def _nested_stack(self, logical_id: str) -> "_Stack | None":
        source = self._source.nested.get(logical_id)
        if source is None or logical_id not in self._declared:
            return None
        if logical_id not in self._nested:
            self._nested[logical_id] = None  # two stacks that need each other: CloudFormation refuses them
            parameters = self._declared[logical_id].get("Properties", {}).get("Parameters", {})
            self._nested[logical_id] = _Stack(
                source, (*self._path, logical_id), evaluate(parameters, self._environment), self._pseudo
            )
        return self._nested[logical_id]


def _parameter_value(
    path: StackPath, name: str, facts: Mapping[str, Any], given: Mapping[str, Value]
) -> Value:
    if str(facts.get("NoEcho", "")).lower() == "true":
        return Hidden(path, name)
    value = given.get(name, facts.get("Default"))
    if value is None:
        return Reference(path, name)
    is_list = "List" in str(facts.get("Type", "String")) and isinstance(value, str)
    return [part.strip() for part in value.split(",")] if is_list else value
