"""Writes docs/aws-facts.md: every fact of AWS that a check of ours holds.

The source of cfn-lint's rules is parsed, not imported: they would bring cfn-lint, which takes longer than the build.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stacks.documents.markdown_pages import table
from stacks.lint.aws_fact import TO_CHECK, AwsFact, CheckedFact, stored_facts
from stacks.system_rules.hard_limits import LIMITS, LIMITS_HOLD

ROOT: Final = Path(__file__).resolve().parents[2]
# First letter of the number -> heading.
KINDS: Final = {
    "E": "One template: rules of cfn-lint",
    "S": "The assembled system, with values in place",
    "P": "Before a deployment: preflight",
    "R": "Before and after: the review of a change",
    "O": "While it runs: commands and alarms",
    "A": "On AWS alone: steps of the acceptance run",
}
# The fields of a fact in the words of cfn-lint.
_OF_CFN_LINT: Final = ("id", "shortdesc", "description", "source_url", "tags")
_PAGE: Final = """\
# Facts of AWS

What AWS does that no schema tells and no emulator shows, each with the check that holds us to it. Made by
`python build_template.py`. A new fact is an entry of `stacks/lint/aws_facts.toml`, or a rule in `stacks/lint/rules/`,
whose [README](../stacks/lint/rules/README.md) says how to use that folder in other projects.
"""
_TO_CHECK: Final = """
## To check on AWS

Public reports suggest these, and none settles them. The templates take the form that is right either way; one try on
AWS decides whether they need it.
"""


def all_facts() -> list[CheckedFact]:
    """Those of cfn-lint's rules and the others, by number."""
    of_rules = [
        CheckedFact(fact, path.relative_to(ROOT).as_posix())
        for path in (ROOT / "stacks" / "lint" / "rules").glob("*.py")
        for fact in _facts(ast.parse(path.read_text(encoding="utf-8")))
    ]
    order = list(KINDS)
    return sorted([*of_rules, *stored_facts()], key=lambda each: (order.index(each.fact.id[0]), each.fact.id))


def _facts(module: ast.Module) -> Iterator[AwsFact]:
    """The fact of a rule, which writes it as literals."""
    for node in module.body:
        match node:
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
    checked = all_facts()
    page = _PAGE
    for kind, heading in KINDS.items():
        rows = [_row(each) for each in checked if each.fact.id.startswith(kind)]
        if rows:
            page += f"\n## {heading}\n" + table(("number", "fact", "checked in", "tags"), rows)
    limits = (
        (f"`{each.type}`", each.what, f"{each.limit:,} {each.unit}", f"[source]({each.source_url})")
        for each in LIMITS
    )
    page += f"\n## Hard limits ({LIMITS_HOLD})\n" + table(("type", "what", "at most", "source"), limits)
    open_ = [each.fact for each in checked if TO_CHECK in each.fact.tags]
    return page + _TO_CHECK + "\n" + "".join(f"- {each.id}: {each.short_description}.\n" for each in open_)


def _row(checked: CheckedFact) -> tuple[str, ...]:
    fact = checked.fact
    text = f"**{fact.short_description}.** {fact.description} ([source]({fact.source_url}))"
    return fact.id, text, f"`{checked.path}`", ", ".join(fact.tags)
