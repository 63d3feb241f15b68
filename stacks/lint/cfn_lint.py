"""Runs cfn-lint over the built templates, with rules of our own and informational ones, minus the waived findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from stacks.lint.waivers import WAIVERS, LintWaiver, read_waivers

if TYPE_CHECKING:
    from cfnlint.match import Match

__all__ = ["REGIONS", "WAIVERS", "Finding", "lint"]

HOUSE_RULES: Final = Path(__file__).with_name("rules")
REGIONS: Final = ("us-east-1", "us-east-2")


@dataclass(frozen=True, order=True)
class Finding:
    """One finding: `resource` is `{template}/{logical id}`, or the template alone where no resource is meant."""

    rule: str
    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.resource}: {self.message}"


def lint(
    folder: Path, regions: Sequence[str] = REGIONS, waivers: Sequence[LintWaiver] | None = None
) -> list[Finding]:
    """What cfn-lint finds in `folder`'s templates and no waiver excuses; an idle waiver is a finding too.

    `waivers` are those of waivers.toml unless given.
    """
    excused = {(each.rule, each.resource) for each in (read_waivers().lint if waivers is None else waivers)}
    found = _findings(sorted(folder.glob("*.template.json")), regions)
    idle = excused - {(finding.rule, finding.resource) for finding in found}
    return [
        *(finding for finding in found if (finding.rule, finding.resource) not in excused),
        *(Finding(*each, "waived but not found: remove it from waivers.toml") for each in sorted(idle)),
    ]


def matches(paths: Sequence[Path], regions: Sequence[str]) -> "list[Match]":
    """The matches of cfn-lint's rules and of ours (stacks/lint/rules) in these templates."""
    # cfn-lint takes longer to import than the templates take to build.
    from cfnlint.api import lint_by_config
    from cfnlint.config import ManualArgs

    settings = {
        "templates": [
            str(path) for path in paths
        ],  # all at once: reading the rules takes as long as applying them
        "regions": list(regions),
        "include_checks": ["I"],
        "append_rules": [str(HOUSE_RULES)],
    }
    return lint_by_config(cast(ManualArgs, settings)) if paths else []  # its type lacks append_rules


def _findings(paths: Sequence[Path], regions: Sequence[str]) -> list[Finding]:
    return sorted(
        {Finding(match.rule.id, _resource(match), match.message) for match in matches(paths, regions)}
    )


def _resource(match: "Match") -> str:
    template = Path(match.filename or "").name.removesuffix(".template.json")
    # cfn-lint sets `path` without declaring it; a template that can't be read has none.
    location = list(getattr(match, "path", None) or [])
    return f"{template}/{location[1]}" if len(location) > 1 else template
