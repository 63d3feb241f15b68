"""cfn-lint over the built templates, informational rules included, minus what waivers.toml excuses."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WAIVERS: Final = Path(__file__).with_name("waivers.toml")
REGIONS: Final = ("us-east-1", "us-east-2")


@dataclass(frozen=True, order=True)
class Finding:
    """One finding: `resource` is `{template}/{logical id}`, or the template alone where no resource is meant."""

    rule: str
    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.resource}: {self.message}"


@dataclass(frozen=True)
class Waiver:
    """One excused finding: this rule on this resource, for this reason."""

    rule: str
    resource: str
    reason: str


def read_waivers(path: Path = WAIVERS) -> list[Waiver]:
    """The waivers of a file. Raises ValueError for one without rule, resource or reason."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    waivers = []
    for entry in document.get("lint", []):
        if sorted(entry) != ["reason", "resource", "rule"] or not all(entry.values()):
            raise ValueError(f"{path.name}: a waiver is a rule, a resource and a reason, not {entry}")
        waivers.append(Waiver(**entry))
    return waivers


def lint(
    folder: Path, regions: Sequence[str] = REGIONS, waivers: Iterable[Waiver] | None = None
) -> list[Finding]:
    """What cfn-lint finds in `folder`'s templates and no waiver excuses; a waiver that excuses nothing is found too."""
    excused = {
        (waiver.rule, waiver.resource): waiver for waiver in (read_waivers() if waivers is None else waivers)
    }
    found = sorted(
        {finding for path in sorted(folder.glob("*.template.json")) for finding in _run(path, regions)}
    )
    used = {(finding.rule, finding.resource) for finding in found}
    unused = [
        Finding(waiver.rule, waiver.resource, "waived, but not found: remove it from waivers.toml")
        for key, waiver in excused.items()
        if key not in used
    ]
    return [finding for finding in found if (finding.rule, finding.resource) not in excused] + unused


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
    template = path.name.removesuffix(".template.json")
    return f"{template}/{location[1]}" if len(location) > 1 else template
