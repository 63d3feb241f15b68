"""A first deploy that is killed, before or while it is executed: the next one goes on, and ends protected."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import FOLDER_VARIABLE, EngineState
from tests.support.system.system import System


def kill_when_it_says(engine: EngineState, suffix: str, words: str) -> None:
    """Starts a deploy and kills it at the first line with `words`: no handler runs, nothing is tidied up."""
    command = [sys.executable, "scripts/deploy.py", "--suffix", suffix, "--local", "--yes"]
    environment = {**os.environ, FOLDER_VARIABLE: str(engine.folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next((line for line in process.stderr if words in line), "")
        process.kill()
    assert words in said


@pytest.mark.parametrize(("suffix", "words"), [("cut-early", "uploaded"), ("cut-late", "CREATE_IN_PROGRESS")])
def test_the_next_deploy_goes_on_where_one_was_killed(
    engine: EngineState, tmp_path: Path, suffix: str, words: str
) -> None:
    kill_when_it_says(engine, suffix, words)
    environment = tmp_path / "guarded.toml"
    environment.write_text("[protection]\ntables = true\n")
    system = System(engine, suffix)
    done = system.deploy("--environment", str(environment))
    assert done.exit_code == 0, done.text
    assert system.get("/health").status_code == 200
    tables = system.client("dynamodb")
    for name in (system.names.inbox_table, system.names.transactions_table):
        assert tables.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"], name
    gone = system.destroy("--lift-protection")
    assert gone.exit_code == 0, gone.text


def test_a_first_creation_that_was_planned_ends_protected_as_well(
    engine: EngineState, tmp_path: Path
) -> None:
    """The plan remembers what its file asks for: --apply needs no flag for it."""
    environment = tmp_path / "guarded.toml"
    environment.write_text("[protection]\ntermination = true\nstack_policy = true\ntables = true\n")
    system = System(engine, "planned")
    command = ("deploy.py", "--suffix", system.suffix, "--local")
    older = json.loads(system.run(*command, "--plan", "--json").stdout)["change_set"]
    plan = system.run(*command, "--plan", "--json", "--environment", str(environment))
    assert plan.exit_code == 0, plan.text
    assert f"--drop {older}" in plan.stderr
    assert system.run(*command, "--drop", older).exit_code == 0
    applied = system.run(*command, "--apply", json.loads(plan.stdout)["change_set"], "--yes")
    assert applied.exit_code == 0, applied.text
    status = json.loads(system.run(*command, "--status", "--json").stdout)
    assert status["pending_protection"] == []
    assert status["protection"]["stacks_without_policy"] == []
    assert set(status["protection"]["tables"].values()) == {True}
    refused = system.destroy()
    assert (refused.exit_code, "--lift-protection" in refused.stderr) == (3, True), refused.text
    gone = system.destroy("--lift-protection")
    assert gone.exit_code == 0, gone.text
