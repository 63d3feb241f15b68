"""A deployment on paper: the built templates with the values that a deployment would give them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.command_line.environment_file import NO_FILE, read_assignment, read_environment, resolve
from scripts.planning.templates import Deployment, evaluate
from stacks.assembly import Assembly
from stacks.function_catalogue import FUNCTIONS, LAYER_KEY

DEFAULT_REGION: Final = "us-east-1"
# What the deploy script fills in by itself; no figure depends on it.
FILLED: Final = {
    "EnvironmentSuffix": "planned",
    "ArtifactBucket": "planned",
    **dict.fromkeys((LAYER_KEY, *FUNCTIONS.values()), "planned"),
}


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
    """Raises UsageError for a parameter that does not exist or a value that cannot be."""
    declared: dict[str, Any] = json.loads(assembly.root)["Parameters"]
    return evaluate(assembly, resolve(declared, given, FILLED))
