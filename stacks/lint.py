"""cfn-lint over the built templates, informational rules included, minus what waivers.toml excuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stacks.waivers import WAIVERS, LintWaiver, read_waivers

__all__ = ["REGIONS", "WAIVERS", "Finding", "lint"]

REGIONS: Final = ("us-east-1", "us-east-2")


@dataclass(frozen=True, order=True)
class Finding:
    """One finding: `resource` is `{layer}/{logical id}`, or the layer alone where no resource is meant."""

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
    paths = sorted(folder.glob("*.template.json"))
    found = sorted({finding for path in paths for finding in _run(path, regions)})
    idle = excused - {(finding.rule, finding.resource) for finding in found}
    return [
        *(finding for finding in found if (finding.rule, finding.resource) not in excused),
        *(Finding(*each, "waived but not found: remove it from waivers.toml") for each in sorted(idle)),
    ]


def _run(path: Path, regions: Sequence[str]) -> list[Finding]:
    # cfn-lint takes longer to import than the templates take to build.
    from cfnlint.api import lint_file
    from cfnlint.config import ManualArgs

    matches = lint_file(path, config=ManualArgs(regions=list(regions), include_checks=["I"]))
    # cfn-lint sets `path` on its matches without declaring it; a template that can't be read has none.
    return [
        Finding(match.rule.id, _resource(path, list(getattr(match, "path", None) or [])), match.message)
        for match in matches
    ]


def _resource(path: Path, location: list[object]) -> str:
    layer = path.name.removesuffix(".template.json")
    return f"{layer}/{location[1]}" if len(location) > 1 else layer
