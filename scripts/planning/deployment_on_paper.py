"""Resolves the built templates with the parameter values that a deployment would give them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.command_line.environment_file import NO_FILE, read_assignment, read_environment, resolve
from stacks.assembly import Assembly
from stacks.evaluation.intrinsics import StackPath, Value, references_in
from stacks.evaluation.resolved_stack import Resource, StackSource, resolve_stack
from stacks.function_catalogue import CODE_KEYS, LAYER_KEY
from stacks.names import title

DEFAULT_REGION: Final = "us-east-1"
# What the deploy script fills in by itself; no figure depends on it.
FILLED: Final = {
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
    def _by_key(self) -> dict[tuple[StackPath, str], Resource]:
        return {resource.key: resource for resource in self.resources}


class Settings(NamedTuple):
    """What the user says: an environment file's values with --parameter over them, and the file's region."""

    region: str
    given: dict[str, str]


def read_settings(environment: Path | None, assignments: Sequence[str]) -> Settings:
    """Raises command_line.errors.UsageError, as deploy.py does for the same."""
    file = read_environment(environment) if environment else NO_FILE
    given = {**file.parameters, **dict(read_assignment(text) for text in assignments)}
    return Settings(file.region or DEFAULT_REGION, given)


def plan(assembly: Assembly, given: Mapping[str, str]) -> Deployment:
    """The deployment that `assembly` makes with `given` for the root's parameters.

    Raises UsageError for a parameter that does not exist or a value that cannot be.
    """
    declared: dict[str, Any] = json.loads(assembly.root)["Parameters"]
    values = resolve(declared, given, FILLED)
    resources = resolve_stack(StackSource.parse(assembly.root, assembly.nested), values).values()
    nested = [
        resource for name in assembly.nested for resource in resources if resource.path == (title(name),)
    ]
    return Deployment(tuple(nested), values)
