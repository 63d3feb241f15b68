"""Runs cfn-lint over the built templates, with rules of our own and informational ones, minus the waived findings."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import astuple
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final, cast

from stacks.lint.finding import Excuse, Finding, unexcused
from stacks.lint.waivers import read_waivers

if TYPE_CHECKING:
    from cfnlint.match import Match

HOUSE_RULES: Final = Path(__file__).with_name("rules")
REGIONS: Final = ("us-east-1", "us-east-2")


def lint(
    folder: Path,
    regions: Sequence[str] = REGIONS,
    excuses: Sequence[Excuse] | None = None,
    memory: Path | None = None,
    tell: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """What cfn-lint finds in `folder`'s templates and no waiver excuses; an idle waiver is a finding too.

    `excuses` are those of waivers.toml unless given. `memory`: a folder that keeps what was found in each template, as
    a run takes some seconds and a template seldom changes. `tell` is called before a run.
    """
    paths = sorted(folder.glob("*.template.json"))
    found = _findings(paths, regions, tell) if memory is None else _remembered(paths, regions, memory, tell)
    return unexcused(found, read_waivers().excuses("cfn-lint") if excuses is None else excuses)


def _remembered(
    paths: Sequence[Path], regions: Sequence[str], memory: Path, tell: Callable[[], None]
) -> list[Finding]:
    rules = [path.read_text(encoding="utf-8") for path in sorted(HOUSE_RULES.glob("*.py"))]
    tool = [version("cfn-lint"), *rules, *regions]
    kept = {
        path: memory / f"{_hash([*tool, path.name, path.read_text(encoding='utf-8')])}.json" for path in paths
    }
    new = [path for path in paths if not kept[path].exists()]
    found = _findings(new, regions, tell) if new else []
    memory.mkdir(parents=True, exist_ok=True)
    for path in new:
        name = path.name.removesuffix(".template.json")
        texts = [astuple(each) for each in found if each.resource.partition("/")[0] in (name, "")]
        with NamedTemporaryFile("w", dir=memory, delete=False) as unfinished:  # whole or not at all
            json.dump(texts, unfinished)
        os.replace(unfinished.name, kept[path])
    return [Finding(*each) for path in paths for each in json.loads(kept[path].read_text())]


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:32]


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


def _findings(paths: Sequence[Path], regions: Sequence[str], tell: Callable[[], None]) -> list[Finding]:
    tell()
    return sorted(
        {Finding(match.rule.id, _resource(match), match.message) for match in matches(paths, regions)}
    )


def _resource(match: "Match") -> str:
    template = Path(match.filename or "").name.removesuffix(".template.json")
    # cfn-lint sets `path` without declaring it; a template that can't be read has none.
    location = list(getattr(match, "path", None) or [])
    return f"{template}/{location[1]}" if len(location) > 1 else template
