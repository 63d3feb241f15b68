"""What a linter or a PCI DSS rule pack finds and we keep, each with its reason: waivers.toml, read and applied."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from troposphere import AWSObject, Template

WAIVERS: Final = Path(__file__).with_name("waivers.toml")


class LintWaiver(NamedTuple):
    """A cfn-lint rule on one resource, `{template}/{logical id}`, or on a template, `{template}`."""

    rule: str
    resource: str
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
    lint: tuple[LintWaiver, ...]
    controls: tuple[ControlWaiver, ...]


def read_waivers(path: Path = WAIVERS) -> Waivers:
    """The waivers of a file. Raises ValueError for one that lacks a field, its reason most of all."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Waivers(
        lint=tuple(LintWaiver(**_fields(entry, path)) for entry in document.get("lint", [])),
        controls=tuple(ControlWaiver(**_fields(entry, path)) for entry in document.get("control", [])),
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
