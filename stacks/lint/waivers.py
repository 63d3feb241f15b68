"""What a linter, a scanner or a rule pack finds and we keep, with its reason: waivers.toml, read and applied."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from troposphere import AWSObject, Template

from stacks.lint.finding import Excuse

WAIVERS: Final = Path(__file__).with_name("waivers.toml")


# The tables of waivers.toml that name a tool's own rules.
TOOLS: Final = ("cfn-lint", "checkov", "guard", "bandit", "secrets", "advisories")


class ToolWaiver(NamedTuple):
    """A tool's rule on each of these resources; `stacks.lint.finding.Finding` says how they are written."""

    rule: str
    resources: tuple[str, ...]
    reason: str


class ControlWaiver(NamedTuple):
    """A control that resources of a type do not meet: all of the type, or the named ones.

    `checkov` and `guard` are the ids of the same control in those rule packs, which read them as metadata.
    """

    control: str
    type: str
    reason: str
    resources: tuple[str, ...] = ()
    checkov: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()

    def covers(self, resource_type: str, title: str) -> bool:
        return resource_type == self.type and (not self.resources or title in self.resources)


class Waivers(NamedTuple):
    controls: tuple[ControlWaiver, ...]
    tools: Mapping[str, tuple[ToolWaiver, ...]]

    def excuses(self, tool: str) -> list[Excuse]:
        """What is excused of a tool's findings by its own rules, each resource by itself."""
        return [
            Excuse(waiver.rule, frozenset({resource}))
            for waiver in self.tools[tool]
            for resource in waiver.resources
        ]


def read_waivers(path: Path = WAIVERS) -> Waivers:
    """The waivers of a file. Raises ValueError for one that lacks its reason, or is for a tool that nobody runs."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    if unknown := document.keys() - {"control", *TOOLS}:
        raise ValueError(f"{path.name}: no tool is called {', '.join(sorted(unknown))}")
    return Waivers(
        controls=tuple(ControlWaiver(**_fields(entry, path)) for entry in document.get("control", [])),
        tools={
            tool: tuple(ToolWaiver(**_fields(entry, path)) for entry in document.get(tool, []))
            for tool in TOOLS
        },
    )


def _fields(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    if not str(entry.get("reason", "")).strip():
        raise ValueError(f"{path.name}: a waiver needs a reason: {entry}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


def note_waivers(template: Template, waivers: Sequence[ControlWaiver]) -> None:
    """Say on each resource which rules of checkov and CloudFormation Guard do not apply to it, and why."""
    for title, resource in template.resources.items():
        covering = [waiver for waiver in waivers if waiver.covers(_type(resource), title)]
        skipped = [{"id": check, "comment": each.reason} for each in covering for check in each.checkov]
        suppressed = [rule for each in covering for rule in each.guard]
        metadata: dict[str, Any] = {}
        if skipped:
            metadata["checkov"] = {"skip": skipped}
        if suppressed:
            metadata["guard"] = {"SuppressedRules": suppressed}
        if metadata:
            resource.Metadata = metadata


def _type(resource: AWSObject) -> str:
    return str(resource.resource_type)
