"""Facts of AWS that no schema tells, in the words of cfn-lint's rules: those of aws_facts.toml.

docs/aws-facts.md lists them all, with those of cfn-lint's rules (stacks/lint/rules).
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

TO_CHECK: Final = "to-check"  # tag of a fact that public reports suggest and one try on AWS decides
_FILE: Final = Path(__file__).with_name("aws_facts.toml")


class AwsFact(NamedTuple):
    """What AWS does. source_url: a page that says so. tags: as cfn-lint's rules have them."""

    id: str
    short_description: str
    description: str
    source_url: str
    tags: tuple[str, ...]


class CheckedFact(NamedTuple):
    """A fact, the path of its check from the repository's root, and the steps of the acceptance run that show it."""

    fact: AwsFact
    path: str
    steps: tuple[str, ...] = ()


def stored_facts() -> Iterator[CheckedFact]:
    """All but those of cfn-lint's rules, by number."""
    for number, entry in tomllib.loads(_FILE.read_text(encoding="utf-8")).items():
        fact = AwsFact(number, entry["fact"], entry["why"], entry["source"], tuple(entry["tags"]))
        yield CheckedFact(fact, entry["checked_in"], tuple(entry.get("steps", ())))
