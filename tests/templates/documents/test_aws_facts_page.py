"""The list of facts of AWS: those of aws_facts.toml, and those that cfn-lint's rules have in their source."""

import re
from collections import Counter
from itertools import chain, groupby

import pytest
from cfnlint.rules._rules import Rules

from scripts.command_line.project_paths import ROOT
from stacks.documents.aws_facts_page import all_facts, aws_facts_page
from stacks.lint.aws_fact import CheckedFact
from stacks.lint.cfn_lint import HOUSE_RULES

FACTS = all_facts()


@pytest.mark.parametrize("checked", FACTS, ids=lambda checked: checked.fact.id)
def test_a_fact_says_what_aws_does_and_who_says_so(checked: CheckedFact) -> None:
    fact = checked.fact
    assert re.fullmatch(r"[ESPROA]9\d{3}", fact.id)
    assert re.fullmatch(r"https://[^ ]+", fact.source_url)
    assert len(fact.short_description) > 10
    assert len(fact.description) > 20
    assert not fact.short_description.endswith(".")
    assert "|" not in fact.description + fact.short_description  # a cell of a table
    assert fact.tags


@pytest.mark.parametrize("checked", FACTS, ids=lambda checked: checked.fact.id)
def test_a_fact_stands_by_its_number_in_the_file_of_its_check(checked: CheckedFact) -> None:
    """What AWS alone shows stands there by its step."""
    text = (ROOT / checked.path).read_text("utf-8")
    is_of_aws_alone = checked.fact.id.startswith("A")
    assert is_of_aws_alone or re.search(rf"\b{checked.fact.id}\b", text)
    assert all(f'"{step}"' in text for step in checked.steps if step and is_of_aws_alone)


def test_numbers_are_given_once_and_without_gaps() -> None:
    assert [number for number, count in Counter(each.fact.id for each in FACTS).items() if count > 1] == []
    for _, kind in groupby(FACTS, key=lambda each: each.fact.id[0]):
        numbers = [int(each.fact.id[1:]) for each in kind]
        assert numbers == list(range(9001, 9001 + len(numbers)))


def test_rules_are_read_as_cfn_lint_reads_them() -> None:
    rules = Rules.create_from_directory(str(HOUSE_RULES)).values()
    read = {each.fact for each in FACTS if each.fact.id.startswith("E")}
    assert read == {
        (rule.id, rule.shortdesc, rule.description, rule.source_url, tuple(rule.tags)) for rule in rules
    }


def test_every_fact_of_preflight_review_and_operation_is_broken_in_a_test() -> None:
    mark = re.compile(r'pytest\.mark\.fact\("(.*)"\)')
    tests = ((ROOT / "tests" / each).rglob("test_*.py") for each in ("unit/scripts", "templates/monitoring"))
    broken = sorted(number for path in chain(*tests) for number in mark.findall(path.read_text("utf-8")))
    assert broken == sorted(each.fact.id for each in FACTS if each.fact.id[0] in "PRO")
    assert len(broken) > 20


def test_the_page_has_every_fact_its_check_and_what_is_open() -> None:
    page = aws_facts_page()
    for fact, path, _ in FACTS:
        assert f"| {fact.id} | **{fact.short_description}.** {fact.description}" in page
        assert f"`{path}`" in page
        assert (f"- {fact.id}: " in page) == ("to-check" in fact.tags)
    assert "| `AWS::IAM::ManagedPolicy` | policy | 6,144 characters |" in page
