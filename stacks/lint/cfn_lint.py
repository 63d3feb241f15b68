"""Runs cfn-lint over the built templates, with rules of our own and informational ones, minus the waived findings."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from stacks.lint.finding import Excuse, Finding, unexcused
from stacks.lint.waivers import read_waivers

if TYPE_CHECKING:
    from cfnlint.match import Match

HOUSE_RULES: Final = Path(__file__).with_name("rules")
REGIONS: Final = ("us-east-1", "us-east-2")


def lint(
    folder: Path, regions: Sequence[str] = REGIONS, excuses: Sequence[Excuse] | None = None
) -> list[Finding]:
    """What cfn-lint finds in `folder`'s templates and no waiver excuses; an idle waiver is a finding too.

    `excuses` are those of waivers.toml unless given.
    """
    found = _findings(sorted(folder.glob("*.template.json")), regions)
    return unexcused(found, read_waivers().excuses("cfn-lint") if excuses is None else excuses)


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
