"""GitHub's workflows: pinned, without keys, with the least rights, and applied only after tests and approval."""

import re
import shlex
from typing import Any

import pytest
import yaml

from scripts.command_line.project_paths import ROOT
from scripts.deployment import deploy_command

FOLDER = ROOT / ".github" / "workflows"
TEXTS = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
# YAML 1.1 reads the key `on` as true.
WORKFLOWS: dict[str, dict[Any, Any]] = {
    name: yaml.safe_load(text)  # type: ignore[no-untyped-call]
    for name, text in TEXTS.items()
}
WORKFLOW = WORKFLOWS["deploy.yml"]
JOBS: dict[str, Any] = WORKFLOW["jobs"]
DRIFT = WORKFLOWS["drift.yml"]
AWS_JOBS = {name: job for name, job in {**JOBS, **DRIFT["jobs"]}.items() if name != "test"}


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


STEPS = [step for workflow in WORKFLOWS.values() for step in steps(workflow)]
RUNS = [step["run"] for step in STEPS if "run" in step]


@pytest.mark.parametrize("name", TEXTS)
def test_every_action_is_pinned_by_its_commit_and_says_which_version_that_is(name: str) -> None:
    actions = [step["uses"] for step in steps(WORKFLOWS[name]) if "uses" in step]
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
        assert re.search(rf"{re.escape(action)} # v\d+\.\d+\.\d+$", TEXTS[name], re.MULTILINE)


def test_tokens_can_read_and_prove_who_they_are_and_nothing_else() -> None:
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())
    for job in AWS_JOBS.values():
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert JOBS["test"]["permissions"] == {"contents": "read"}
    assert WORKFLOWS["ci.yml"]["jobs"]["test"]["permissions"] == {"contents": "read"}


def test_there_are_no_keys() -> None:
    for text in TEXTS.values():
        assert "secrets." not in text
        assert "access-key" not in text
    credentials = [step["with"] for step in STEPS if "configure-aws-credentials" in step.get("uses", "")]
    assert len(credentials) == len(AWS_JOBS)
    assert all(each["role-to-assume"] == "${{ vars.AWS_ROLE_ARN }}" for each in credentials)


def test_what_is_installed_beside_a_token_runs_no_code_that_is_not_hashed() -> None:
    """A source package is built by whatever setuptools is newest, which no hash covers."""
    installing = [workflow for name, workflow in WORKFLOWS.items() if "pip install" in TEXTS[name]]
    assert {workflow["env"]["PIP_ONLY_BINARY"] for workflow in installing} == {":all:"}
    installs = [run for run in RUNS if "pip install" in run]
    assert len(installs) == len(AWS_JOBS) + 2
    assert all("--require-hashes" in run for run in installs)


def test_the_guide_gives_production_to_main_alone() -> None:
    (row,) = re.findall(
        r"^\| environment `production`.*$", (ROOT / "docs/deploying.md").read_text("utf-8"), re.MULTILINE
    )
    assert "deployment branches: `main` only" in row


def test_advisories_are_asked_for_once_a_week_and_for_every_other_lock() -> None:
    workflow = WORKFLOWS["advisories.yml"]
    assert workflow[True]["schedule"] == [{"cron": "17 5 * * 1"}]
    assert {"layer/requirements.txt", "requirements/*.txt"} <= set(workflow[True]["pull_request"]["paths"])
    assert steps(workflow)[-1]["run"] == "tox run -e advisories"
    assert workflow["jobs"]["advisories"]["permissions"] == {"contents": "read"}


def test_the_documents_command_lines_are_run_once_a_week() -> None:
    workflow = WORKFLOWS["documents.yml"]
    assert workflow[True]["schedule"] == [{"cron": "41 5 * * 1"}]
    assert steps(workflow)[-1]["run"] == "tox run -e documents"


def test_everything_is_tested_on_a_pull_request_and_before_main_is_applied() -> None:
    tests = WORKFLOWS["ci.yml"]
    assert set(tests[True]) == {"pull_request", "workflow_call"}
    assert [step["run"] for step in steps(tests) if "run" in step] == [".ci/run"]
    assert JOBS["test"]["uses"] == "./.github/workflows/ci.yml"
    assert JOBS["test"]["if"] == "github.event_name != 'pull_request'"  # ci.yml itself runs there
    assert "test" in JOBS["apply"]["needs"]


def test_the_command_of_the_readme_is_what_ci_runs() -> None:
    (command,) = re.findall(
        r"^python3 -m venv .*tox run$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    last_line = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1]
    assert last_line.replace("install -q", "install") == command


def test_a_pull_request_is_planned_and_never_applied() -> None:
    assert "pull_request" in WORKFLOW[True]
    assert "pull_request_target" not in WORKFLOW[True]
    assert "head.repo.full_name == github.repository" in JOBS["plan"]["if"]
    assert "github.event_name != 'pull_request'" in JOBS["apply"]["if"]
    assert JOBS["apply"]["needs"] == ["test", "plan"]
    assert JOBS["apply"]["environment"] == "production"
    assert not any("--apply" in step.get("run", "") for step in JOBS["plan"]["steps"])


def test_what_people_write_never_becomes_part_of_a_script() -> None:
    assert not [run for run in RUNS if "${{" in run]


def commands(workflow: dict[Any, Any]) -> list[list[str]]:
    joined = [step["run"].replace("\\\n", " ") for step in steps(workflow) if "run" in step]
    lines = [line for run in joined for line in run.splitlines() if "scripts/deploy.py" in line]
    return [shlex.split(line.split(" > ")[0])[2:] for line in lines]


@pytest.mark.parametrize("arguments", [*commands(WORKFLOW), *commands(DRIFT)])
def test_every_command_is_one_that_the_script_understands(arguments: list[str]) -> None:
    values = {"$SUFFIX": "dev", "$ENVIRONMENT_FILE": "environments/dev.toml", "$ALLOW": "iam"}
    words = [values.get(word, word) for word in arguments]
    assert deploy_command.deploy.make_context("deploy", words).params["suffix"] == "dev"


def test_the_plan_goes_to_the_summary_and_its_change_set_to_the_next_job() -> None:
    plan, dropped, applied = commands(WORKFLOW)[:3]
    assert "--plan" in plan
    assert plan[plan.index("--markdown") + 1] == "$GITHUB_STEP_SUMMARY"
    assert "--drop" in dropped
    assert applied[applied.index("--apply") + 1] == "$CHANGE_SET"
    assert JOBS["plan"]["outputs"]["change_set"] == "${{ steps.plan.outputs.change_set }}"


def test_a_plan_that_nobody_applied_is_dropped_however_the_run_ends() -> None:
    job = JOBS["drop"]
    assert set(job["needs"]) == {"plan", "apply"}
    assert job["if"].startswith("always() && ")
    assert "needs.apply.result != 'success'" in job["if"]
    assert job["environment"] == "plan"  # nobody has to approve it
    *_, dropped = commands(WORKFLOW)
    assert dropped[dropped.index("--drop") + 1] == "$CHANGE_SET"
    assert job["steps"][-1]["env"]["CHANGE_SET"] == "${{ needs.plan.outputs.change_set }}"


def test_only_one_deployment_runs_at_a_time_and_none_is_cut_off() -> None:
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is False
    assert all(job["timeout-minutes"] <= 120 for job in AWS_JOBS.values())


def test_only_main_is_applied_also_when_started_by_hand() -> None:
    assert "github.ref == 'refs/heads/main'" in JOBS["apply"]["if"]
    assert "github.event_name != 'pull_request'" in JOBS["apply"]["if"]


def test_drift_is_looked_for_every_week_by_who_may_only_plan() -> None:
    """PCI DSS 11.5.2: at least weekly, and somebody is told: the run fails."""
    (at,) = DRIFT[True]["schedule"]
    minute, hour, day, month, weekday = at["cron"].split()
    assert (day, month) == ("*", "*")
    assert minute.isdigit()
    assert hour.isdigit()
    assert weekday.isdigit()
    assert DRIFT["jobs"]["drift"]["environment"] == "plan"
    assert "github.ref == 'refs/heads/main'" in DRIFT["jobs"]["drift"]["if"]
    (command,) = commands(DRIFT)
    assert command[-1] == "--drift"
