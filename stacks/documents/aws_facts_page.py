"""Writes docs/aws-facts.md: every fact of AWS that a check of ours holds, read from the checks' source.

The source is parsed, not imported: cfn-lint's rules would bring cfn-lint, which takes longer than the build, and
templates import nothing of scripts.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from stacks.documents.markdown_pages import table
from stacks.lint.aws_fact import TO_CHECK, AwsFact
from stacks.system_rules.hard_limits import LIMITS, LIMITS_HOLD

ROOT: Final = Path(__file__).resolve().parents[2]
# First letter of the number -> heading.
KINDS: Final = {
    "E": "One template: rules of cfn-lint",
    "S": "The assembled system, with values in place",
    "P": "Before a deployment: preflight",
    "R": "Before and after: the review of a change",
    "A": "On AWS alone: steps of the acceptance run",
}
# The fields of a fact in the words of cfn-lint.
_OF_CFN_LINT: Final = ("id", "shortdesc", "description", "source_url", "tags")
_PAGE: Final = """\
# Facts of AWS

What AWS does that no schema tells and no emulator shows, each with the check that holds us to it. Made from the checks
by `python build_template.py`. A new fact is an `AwsFact` beside its check, or a rule in `stacks/lint/rules/`, whose
[README](../stacks/lint/rules/README.md) says how to use that folder in other projects.
"""
_TO_CHECK: Final = """
## To check on AWS

Public reports suggest these, and none settles them. The templates take the form that is right either way; one try on
AWS decides whether they need it.
"""


class CheckedFact(NamedTuple):
    """A fact, and the path of its check from the repository's root."""

    fact: AwsFact
    path: str


def read_facts(root: Path = ROOT) -> list[CheckedFact]:
    """All facts of the checks below `root`, by number."""
    found = [
        CheckedFact(fact, path.relative_to(root).as_posix())
        for folder in ("stacks", "scripts")
        for path in sorted((root / folder).rglob("*.py"))
        if "AwsFact(" in (text := path.read_text(encoding="utf-8")) or "CloudFormationLintRule)" in text
        for fact in _facts(ast.parse(text))
    ]
    order = list(KINDS)
    return sorted(found, key=lambda each: (order.index(each.fact.id[0]), each.fact.id))


def _facts(module: ast.Module) -> Iterator[AwsFact]:
    """The facts of a module, which writes them as literals."""
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="AwsFact"), args=fields):
                yield AwsFact._make(map(ast.literal_eval, fields))
            case ast.ClassDef(bases=[ast.Name(id="CloudFormationLintRule")], body=body):
                named = {
                    target.id: each.value
                    for each in body
                    if isinstance(each, ast.Assign) and isinstance(target := each.targets[0], ast.Name)
                }
                fact = AwsFact._make(ast.literal_eval(named[name]) for name in _OF_CFN_LINT)
                yield fact._replace(tags=tuple(fact.tags))


def aws_facts_page() -> str:
    """docs/aws-facts.md as Markdown text."""
    checked = read_facts()
    page = _PAGE
    for kind, heading in KINDS.items():
        rows = [_row(each) for each in checked if each.fact.id.startswith(kind)]
        if rows:
            page += f"\n## {heading}\n" + table(("number", "fact", "checked in", "tags"), rows)
    limits = (
        (f"`{each.type}`", each.what, f"{each.limit:,} {each.unit}", f"[source]({each.source_url})")
        for each in LIMITS
    )
    page += f"\n## Hard limits ({LIMITS_HOLD.id})\n" + table(("type", "what", "at most", "source"), limits)
    open_ = [each.fact for each in checked if TO_CHECK in each.fact.tags]
    return page + _TO_CHECK + "\n" + "".join(f"- {each.id}: {each.short_description}.\n" for each in open_)


def _row(checked: CheckedFact) -> tuple[str, ...]:
    fact = checked.fact
    text = f"**{fact.short_description}.** {fact.description} ([source]({fact.source_url}))"
    return fact.id, text, f"`{checked.path}`", ", ".join(fact.tags)
