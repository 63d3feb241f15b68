"""The scanners' answers are read, waivers are applied to them, and a scanner that finds nothing planted is told."""

import io
import json
import os
import platform
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scripts.command_line.errors import RolledBack, UsageError
from scripts.command_line.project_paths import ROOT
from scripts.scanners import bandit, checkov, guard, planted
from scripts.scanners.__main__ import all_excuses, copy_files, report
from scripts.scanners.scanner import Scanned, Scanner, judge, run
from stacks.lint.finding import Excuse, Finding
from stacks.lint.waivers import TOOLS, ControlWaiver, ToolWaiver, Waivers

TOOLS_FOLDER = Path("tools")
FOLDER = Path("folder")
PLANTED = Finding("P1", "planted/Thing", "what is planted")
REAL = Finding("R1", "data/Table", "a weakness")


def scanner(command: tuple[str, ...] = (), found: tuple[Finding, ...] = ()) -> Scanner:
    return Scanner("guard", command, ROOT, lambda _: found, frozenset({("P1", "planted/Thing")}))


def failed(**fields: Any) -> dict[str, Any]:
    return {"results": {"failed_checks": [fields]}, "summary": {"parsing_errors": 0}}


def test_a_finding_is_left_unless_it_is_waived() -> None:
    excuse = Excuse("R1", frozenset({"data/Table"}))
    assert judge(scanner(), [REAL, PLANTED], []).left == (REAL,)
    assert judge(scanner(), [REAL, PLANTED], [excuse]) == ("guard", 1, ())


@pytest.mark.parametrize(
    "excuse", [Excuse("R1", frozenset({"data/Other"})), Excuse("R2", frozenset({"data/Table"}))]
)
def test_a_waiver_that_matches_nothing_is_left_beside_the_finding(excuse: Excuse) -> None:
    left = judge(scanner(), [REAL, PLANTED], [excuse]).left
    assert left[0] == REAL
    assert "waived but not found" in left[1].message


def test_a_scanner_that_misses_what_is_planted_fails() -> None:
    (left,) = judge(scanner(), [], []).left
    assert (left.rule, left.resource) == ("P1", "planted/Thing")
    assert "planted but not found" in left.message


@pytest.mark.parametrize("program", ["print('no JSON')", "import sys; sys.exit('it broke')", "print('{}')"])
def test_a_scanner_without_an_answer_fails(program: str) -> None:
    broken = Scanner(
        "checkov", (sys.executable, "-c", program), ROOT, lambda answer: answer["results"], frozenset()
    )
    with pytest.raises(RolledBack, match="checkov gave no answer"):
        run(broken, os.environ)


def test_checkov_tells_template_and_resource_and_what_it_cannot_read() -> None:
    read = checkov.of_templates(TOOLS_FOLDER, FOLDER).read
    answer = failed(
        check_id="CKV_AWS_18",
        check_name="logs",
        file_path="/data.template.json",
        resource="AWS::S3::Bucket.Audit",
    )
    assert list(read(answer)) == [Finding("CKV_AWS_18", "data/Audit", "logs")]
    answer["summary"]["parsing_errors"] = 2
    assert next(iter(read(answer))).message == "checkov can't read 2 of them"


def test_a_secret_is_told_by_its_file_and_never_by_its_text() -> None:
    scanned = checkov.of_files(TOOLS_FOLDER, FOLDER)
    answer = failed(
        check_id="CKV_SECRET_2",
        check_name="AWS Access Key",
        file_path="/docs/a.md",
        file_line_range=[7, 8],
        code_block=[[7, "AKIA"]],
    )
    assert list(scanned.read(answer)) == [Finding("CKV_SECRET_2", "docs/a.md", "AWS Access Key in line 7")]
    # Without it checkov looks at no Python, Markdown or TOML.
    assert "--enable-secret-scan-all-files" in scanned.command


def test_bandit_tells_file_and_line_and_listens_to_no_comment() -> None:
    scanned = bandit.of_code(TOOLS_FOLDER, FOLDER)
    result = {"test_id": "B602", "filename": "./scripts/a.py", "issue_text": "a shell", "line_number": 3}
    broken = {"filename": "scripts/b.py", "reason": "syntax error"}
    assert list(scanned.read({"errors": [broken], "results": [result]})) == [
        Finding("parse", "scripts/b.py", "syntax error"),
        Finding("B602", "scripts/a.py", "a shell (line 3)"),
    ]
    assert "--ignore-nosec" in scanned.command


def test_guard_runs_the_rules_about_types_that_are_there(tmp_path: Path) -> None:
    tools, templates, unpacked = tmp_path / "tools", tmp_path / "templates", tmp_path / "guard"
    _install_guard(tools, {"ct-s3-pr-1": "AWS::S3::Bucket", "ct-rds-pr-1": "AWS::RDS::DBInstance"})
    templates.mkdir()
    (templates / "data.template.json").write_text(json.dumps(planted.TEMPLATE))
    scanned = guard.of_templates(tools, templates, unpacked)
    assert Path(scanned.command[0]).name == "cfn-guard"
    assert {Path(word).stem for word in scanned.command if word.endswith(".guard")} == {
        "ct-s3-pr-1",
        "registry",
    }
    assert guard.rule_names(unpacked) == {"ct_s3_pr_1_check", "ct_rds_pr_1_check", "REGISTRY_RULE"}


def _install_guard(tools: Path, rules: dict[str, str]) -> None:
    texts = {guard.program_of(platform.system(), platform.machine()): "program"}
    for name, type_ in rules.items():
        texts[f"package/rules/cfn-guard/x/{name}.guard"] = (
            f"# rule\nrule {name.replace('-', '_')}_check when x {{\n"
        )
        texts[f"package/rules/metadata/x/{name}.metadata.json"] = json.dumps(
            {"EvaluatedResourceTypes": [type_]}
        )
    packages = tools / "lib" / "python3.11" / "site-packages"
    archive = packages / "cdklabs" / "cdk_validator_cfnguard" / "_jsii" / "guard.tgz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as package:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            package.addfile(member, io.BytesIO(text.encode()))
    data = packages / "awslabs" / "aws_iac_mcp_server" / "data"
    data.mkdir(parents=True)
    (data / "registry.guard").write_text("rule REGISTRY_RULE when x {\n")


def test_guard_tells_each_resource_that_fails_or_else_the_template(tmp_path: Path) -> None:
    _install_guard(tmp_path, {})
    read = guard.of_templates(tmp_path, tmp_path, tmp_path / "guard").read
    checks = [{"from": {"path": "/Resources/Audit/Properties"}}, {"to": {"path": "/Resources/Archive/Type"}}]
    rules = [{"Rule": {"name": "r1", "checks": checks}}, {"Rule": {"name": "r2", "checks": []}}]
    answer = [{"name": "./data.template.json", "not_compliant": rules}]
    assert [(each.rule, each.resource) for each in read(answer)] == [
        ("r1", "data/Archive"),
        ("r1", "data/Audit"),
        ("r2", "data"),
    ]


def test_guard_is_refused_where_it_has_no_program() -> None:
    with pytest.raises(UsageError, match="no program for Plan9 on x86_64"):
        guard.program_of("Plan9", "x86_64")


def test_a_control_excuses_its_rules_on_what_it_covers() -> None:
    control = ControlWaiver(
        "SH S3.9",
        "AWS::S3::Bucket",
        "why",
        ("Logs",),
        checkov=("CKV_AWS_18",),
        guard=("KNOWN", "OF_ANOTHER_SET"),
    )
    own = ToolWaiver("CKV_AWS_1", ("data/A", "data/B"), "why")
    waivers = Waivers((control,), {**dict.fromkeys(TOOLS, ()), "checkov": (own,)})
    types = {
        "data/Logs": "AWS::S3::Bucket",
        "data/Audit": "AWS::S3::Bucket",
        "api/Logs": "AWS::Logs::LogGroup",
    }
    excuses = all_excuses(waivers, types, {"KNOWN"})
    assert excuses["checkov"] == [
        Excuse("CKV_AWS_1", frozenset({"data/A"})),
        Excuse("CKV_AWS_1", frozenset({"data/B"})),
        Excuse("CKV_AWS_18", frozenset({"data/Logs"})),
    ]
    assert excuses["guard"] == [Excuse("KNOWN", frozenset({"data/Logs"}))]


def test_every_kept_file_is_scanned_and_no_other(tmp_path: Path) -> None:
    copy_files(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {".github", ".ci", "layer", "tests", "README.md", "output"} <= names
    assert names.isdisjoint({".git", ".tox", ".mypy_cache", ".venv"})


def test_what_no_waiver_excuses_is_told_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    found = Finding("B307", "functions/health/handler.py", "eval")
    assert report([Scanned("guard", 3, ()), Scanned("bandit", 1, (found,))]) == 1
    assert "functions/health/handler.py" in capsys.readouterr().err
    assert report([Scanned("guard", 3, ())]) == 0


def test_bandit_reads_every_folder_whose_code_ships_or_deploys() -> None:
    """tests and benchmarks are read by ruff's rules of the same origin."""
    others = ("build", "output")  # made, and not code of ours
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    code = {path.name for path in folders if path.name not in others and next(path.rglob("*.py"), None)}
    assert code - {"tests", "benchmarks"} == {*bandit.CODE} - {"build_template.py"}
