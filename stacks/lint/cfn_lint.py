"""cfn-lint over the built templates, informational rules included, minus what waivers.toml excuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stacks.lint.waivers import WAIVERS, LintWaiver, read_waivers

if TYPE_CHECKING:
    from cfnlint.match import Match

__all__ = ["REGIONS", "WAIVERS", "Finding", "lint"]

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


def _findings(paths: Sequence[Path], regions: Sequence[str]) -> list[Finding]:
    if not paths:
        return []
    # cfn-lint takes longer to import than the templates take to build.
    from cfnlint.api import lint_by_config
    from cfnlint.config import ManualArgs

    # All at once, as reading the rules takes as long as applying them.
    matches = lint_by_config(
        ManualArgs(templates=[str(path) for path in paths], regions=list(regions), include_checks=["I"])
    )
    return sorted({Finding(match.rule.id, _resource(match), match.message) for match in matches})


def _resource(match: "Match") -> str:
    template = Path(match.filename or "").name.removesuffix(".template.json")
    # cfn-lint sets `path` without declaring it; a template that can't be read has none.
    location = list(getattr(match, "path", None) or [])
    return f"{template}/{location[1]}" if len(location) > 1 else template
