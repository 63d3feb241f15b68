"""A stack with its nested stacks as CloudFormation will see it: conditions decided, values filled in.

Pure: templates and parameter values in, resources with effective properties out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from scripts.review.model import HIDDEN, Json, StackPath
from stacks.evaluation.intrinsics import Scope, decide_conditions, reference, resolve

Template: TypeAlias = Mapping[str, Any]
NESTED_STACK: Final = "AWS::CloudFormation::Stack"
_NO_NAMES: Final[Mapping[str, Json]] = {}


@dataclass(frozen=True)
class StackSource:
    """A template, and those of its nested stacks by logical id. A nested stack that is not given stays closed."""

    template: Template
    nested: Mapping[str, "StackSource"] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """One resource with its effective properties. `certain`: its condition could be decided."""

    path: StackPath
    logical_id: str
    resource_type: str
    properties: Mapping[str, Json]
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    certain: bool = True

    @property
    def key(self) -> tuple[StackPath, str]:
        return self.path, self.logical_id


def resources_of(
    source: StackSource, parameters: Mapping[str, str], pseudo: Mapping[str, str] = _NO_NAMES
) -> dict[tuple[StackPath, str], Resource]:
    """All resources of a stack and of the stacks nested in it, by (path, logical id).

    parameters: values of the root's parameters; what is not given takes the template's default. pseudo: what is
    known of `AWS::Region` and its like. A NoEcho parameter's value is never used, only its masked form.
    """
    stack = _Stack(source, (), parameters, pseudo)
    return {resource.key: resource for resource in stack.all_resources()}


class _Stack:
    """One stack while it is resolved: a nested stack's outputs may be asked for before its turn."""

    def __init__(
        self, source: StackSource, path: StackPath, parameters: Mapping[str, Json], pseudo: Mapping[str, str]
    ) -> None:
        self._source, self._path, self._pseudo = source, path, pseudo
        self._resources: Mapping[str, Any] = source.template.get("Resources", {})
        self._nested: dict[str, _Stack | None] = {}
        names = {**pseudo, **self._parameter_values(parameters)}
        mappings = source.template.get("Mappings", {})
        undecided = Scope(path, names, {}, mappings, self._attribute)
        conditions = decide_conditions(source.template.get("Conditions", {}), undecided)
        self._scope = Scope(path, names, conditions, mappings, self._attribute)

    def all_resources(self) -> Iterator[Resource]:
        for logical_id, declared in self._resources.items():
            condition = self._scope.conditions.get(declared.get("Condition", ""), True)
            if condition is False:
                continue
            yield Resource(
                self._path,
                logical_id,
                declared["Type"],
                resolve(declared.get("Properties", {}), self._scope),
                declared.get("DeletionPolicy", "Delete"),
                declared.get("UpdateReplacePolicy", "Delete"),
                certain=condition is not None,
            )
            nested = self._nested_stack(logical_id)
            if nested is not None:
                yield from nested.all_resources()

    def output(self, name: str) -> Json:
        declared = self._source.template.get("Outputs", {}).get(name)
        return (
            reference(self._path, f"Outputs.{name}") if declared is None else self._resolve(declared["Value"])
        )

    def _resolve(self, value: Json) -> Json:
        return resolve(value, self._scope)

    def _attribute(self, logical_id: str, attribute: str) -> Json:
        if attribute.startswith("Outputs."):
            nested = self._nested_stack(logical_id)
            if nested is not None:
                return nested.output(attribute.removeprefix("Outputs."))
        return reference(self._path, logical_id, attribute)

    def _nested_stack(self, logical_id: str) -> "_Stack | None":
        source = self._source.nested.get(logical_id)
        if source is None or logical_id not in self._resources:
            return None
        if logical_id not in self._nested:
            self._nested[logical_id] = None  # two stacks that need each other: CloudFormation refuses them
            given = self._resolve(self._resources[logical_id].get("Properties", {}).get("Parameters", {}))
            self._nested[logical_id] = _Stack(source, (*self._path, logical_id), given, self._pseudo)
        return self._nested[logical_id]

    def _parameter_values(self, given: Mapping[str, Json]) -> dict[str, Json]:
        declared: Mapping[str, Any] = self._source.template.get("Parameters", {})
        return {name: self._parameter_value(name, facts, given) for name, facts in declared.items()}

    def _parameter_value(self, name: str, facts: Mapping[str, Any], given: Mapping[str, Json]) -> Json:
        if str(facts.get("NoEcho", "")).lower() == "true":
            return HIDDEN
        value = given.get(name, facts.get("Default"))
        if value is None:
            return reference(self._path, name)
        is_list = "List" in str(facts.get("Type", "String")) and isinstance(value, str)
        return [part.strip() for part in value.split(",")] if is_list and "${" not in value else value
