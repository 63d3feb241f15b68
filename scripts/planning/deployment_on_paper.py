"""Resolves the built templates with the parameter values that a deployment would give them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from scripts.command_line.environment_file import resolve
from stacks.assembly import Assembly
from stacks.evaluation.intrinsics import Value, references_in
from stacks.evaluation.resolved_stack import Resource, ResourceKey, StackSource, resolve_stack
from stacks.function_catalogue import CODE_KEYS, LAYER_KEY
from stacks.names import title

# Parameters that the deploy script sets by itself; no figure depends on them.
PLACEHOLDERS: Final = {
    "EnvironmentSuffix": "planned",
    "ArtifactBucket": "planned",
    **dict.fromkeys((LAYER_KEY, *CODE_KEYS.values()), "planned"),
}


@dataclass(frozen=True)
class Deployment:
    """The resources of the nested stacks of one deployment, and the root's parameters."""

    resources: tuple[Resource, ...]
    parameters: Mapping[str, str]

    def of_type(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]

    def find(self, value: Value) -> Resource | None:
        """The resource that `value` refers to; the first one, where it is a text with several."""
        keys = ((reference.path, reference.logical_id) for reference in references_in(value))
        return next((self._by_key[key] for key in keys if key in self._by_key), None)

    @cached_property
    def _by_key(self) -> dict[ResourceKey, Resource]:
        return {resource.key: resource for resource in self.resources}


def resolve_deployment(assembly: Assembly, parameters: Mapping[str, str]) -> Deployment:
    """The deployment that `assembly` makes with `parameters` of the root.

    Raises UsageError for a parameter that does not exist or a value that is not allowed.
    """
    declared: dict[str, Any] = json.loads(assembly.root)["Parameters"]
    values = resolve(declared, parameters, PLACEHOLDERS)
    resources = resolve_stack(StackSource.parse(assembly.root, assembly.nested), values).values()
    nested = [
        resource for name in assembly.nested for resource in resources if resource.path == (title(name),)
    ]
    return Deployment(tuple(nested), values)
