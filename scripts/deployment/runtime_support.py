"""Tells, before a deploy, that Lambda's support of the chosen runtime ends soon (P9010 of docs/aws-facts.md)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from scripts.deployment.permissions.cloudformation_calls import cfn_lint_data
from scripts.deployment.problem import Problem
from stacks.parameters.artifacts import RUNTIME

WARNING_DAYS: Final = 180


def runtime_advice(values: Mapping[str, str], today: date) -> Problem | None:
    """What to do where support ends in less than 180 days; None where it lasts, or cfn-lint knows no day."""
    runtime = values[RUNTIME.title]
    days: Mapping[str, str] | None = cfn_lint_data("AdditionalSpecs/LmbdRuntimeLifecycle.json").get(runtime)
    if days is None or (date.fromisoformat(days["deprecated"]) - today).days >= WARNING_DAYS:
        return None
    return Problem(
        f"Lambda's support of {runtime} ends on {days['deprecated']}; it refuses new functions from "
        f"{days['create-block']}, updates from {days['update-block']}",
        f"{RUNTIME.title}={RUNTIME.allowed[-1]}: docs/deploying.md#runtime",
    )
