"""The rules of our own for cfn-lint: each finds its bad template, and nothing in the good one."""

import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint.rules._rule import CloudFormationLintRule
from cfnlint.rules._rules import Rules

from scripts.command_line.project_paths import ROOT
from stacks.lint.cfn_lint import HOUSE_RULES, matches

TEMPLATES = Path(__file__).with_name("rules")
RULES: dict[str, CloudFormationLintRule] = {
    type(rule).__name__: rule for rule in Rules.create_from_directory(str(HOUSE_RULES)).values()
}


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    """The ids of the errors and warnings in each template, those of cfn-lint's own rules included."""
    paths = sorted(TEMPLATES.glob("*.yaml"))
    ids: dict[str, set[str]] = {path.name: set() for path in paths}
    for match in matches(paths, ["us-east-1"]):
        if not match.rule.id.startswith("I"):
            ids[Path(str(match.filename)).name].add(match.rule.id)
    return ids


@pytest.mark.parametrize("template", sorted(path.name for path in TEMPLATES.glob("*.yaml")))
def test_a_rule_finds_its_bad_templates_and_nothing_in_the_good_ones(
    template: str, found: dict[str, set[str]]
) -> None:
    rule = RULES[template.split(".")[0]]
    assert found[template] == ({rule.id} if template.endswith(".bad.yaml") else set())


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_has_a_bad_template_and_a_good_one(name: str) -> None:
    assert (TEMPLATES / f"{name}.bad.yaml").is_file()
    assert (TEMPLATES / f"{name}.good.yaml").is_file()


def test_each_rule_is_a_file_with_a_number_and_a_source() -> None:
    assert {path.stem for path in HOUSE_RULES.glob("[A-Z]*.py")} == set(RULES)
    assert (ROOT / "stacks" / "lint" / "rules") == HOUSE_RULES
    numbers = [rule.id for rule in RULES.values()]
    assert len(set(numbers)) == len(numbers)
    for rule in RULES.values():
        assert rule.id.startswith("E9")  # cfn-lint keeps 9000 and above for rules of others
        assert rule.source_url.startswith("https://")
        assert rule.shortdesc
        assert len(rule.description) > 20
        assert rule.tags


def test_others_take_the_folder_with_cfn_lint_alone() -> None:
    """As stacks/lint/rules/README.md says, from a folder that is not ours."""
    run = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            "--format",
            "parseable",
            "--append-rules",
            HOUSE_RULES,
            "--",
            TEMPLATES / "AlarmMetrics.bad.yaml",
        ],
        cwd=HOUSE_RULES.root,
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert "E9007" in run.stdout
    assert run.returncode == 2  # cfn-lint's code for an error
