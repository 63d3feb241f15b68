"""The deploy command's manners: bad input is refused before anything is made, outputs are for programs too."""

import json

import pytest

from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import EngineState
from stacks.names import SUFFIX_LENGTH_MAXIMUM
from tests.support.system.system import System


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["--suffix", "Not_A_Suffix"], 2, "suffix"),
        (["--suffix", "x" * (SUFFIX_LENGTH_MAXIMUM + 1)], 2, "suffix"),
        (["--suffix", "dev", "--parameter", "LogRetentionDay=30"], 2, "LogRetentionDays"),
        (["--suffix", "dev", "--parameter", "nonsense"], 2, "Name=value"),
        (["--suffix", "dev", "--environment", "environments/absent.toml"], 2, "absent.toml"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(
    engine: EngineState, arguments: list[str], exit_code: int, says: str
) -> None:
    done = System(engine, "dev").run("deploy.py", "--local", "--yes", *arguments)
    assert (done.exit_code, says in done.stderr) == (exit_code, True), done.text


def test_the_outputs_are_machine_readable(system: System) -> None:
    done = system.deploy("--json")
    assert done.exit_code == 0, done.text
    assert "ApiEndpoint" in json.dumps(json.loads(done.stdout))
    assert system.project == ROOT
