"""Runs the rules over the assembled system: what spans stacks, and what only shows with values in place."""

import json
from collections.abc import Mapping
from typing import Any, Final

from stacks.evaluation.resolved_stack import Resources, StackSource, resolve_stack
from stacks.lint.finding import Finding
from stacks.system_rules import endpoint_policies, event_sources, hard_limits, key_use
from stacks.system_rules.parameter_sets import parameter_sets
from stacks.system_rules.system import PSEUDO, System

RULES: Final = (event_sources, endpoint_policies, key_use, hard_limits)


def systems(source: StackSource) -> Mapping[str, System]:
    """The system of a root template with each parameter set, by the set's name."""
    return {name: System(resolve_stack(source, given, PSEUDO)) for name, given in parameter_sets().items()}


def system_findings(system: System) -> list[Finding]:
    """What the rules find, in order, each once."""
    return sorted({finding for rule in RULES for finding in rule.findings(system)})


def all_resources(source: StackSource) -> Resources:
    """Every resource that a parameter set makes, as the last of them has it, which is production's."""
    return {key: found for system in systems(source).values() for key, found in system.resources.items()}


def resolved_templates(resources: Resources) -> dict[str, str]:
    """A template for each stack, by its name, with values in place of functions, for tools that can't evaluate them."""
    stacks: dict[str, dict[str, Any]] = {}
    for (path, logical_id), resource in resources.items():
        declared = {"Type": resource.type, "Properties": resource.properties}
        stacks.setdefault("-".join(path).lower() or "root", {})[logical_id] = declared
    return {name: json.dumps({"Resources": declared}) for name, declared in stacks.items()}
