"""Each environment file is deployed, with all that it says, and removed again."""

from pathlib import Path

import pytest

from scripts.command_line.environment_file import read_environment
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.local_engine.state import EngineState
from tests.support.system.environment_files import assert_as_the_file_says, read_settings
from tests.support.system.system import System

FILES = sorted(ENVIRONMENTS.glob("*.toml"), key=lambda file: file.stem)
# What a file for PCI DSS leaves to a person, and what is refused without it.
FILLED_IN = ("--parameter", "AlertEmail=on-call@example.com")
# Deployed with more asserted in test_private_network.py, and by the acceptance run (system/test_acceptance.py).
ELSEWHERE = frozenset({"private-network", "new-account"})


def test_the_environments_that_are_there() -> None:
    assert {file.stem for file in FILES} >= {
        *("black-friday", "dev", "legacy-us-east-2", "prod", "workflow"),
        *ELSEWHERE,
    }


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem not in ELSEWHERE], ids=lambda file: file.stem
)
def test_an_environment_is_deployed_and_removed(engine: EngineState, file: Path) -> None:
    region, parameters, protected = read_settings(file)
    suffix = read_environment(file).suffix or f"env-{file.stem}"[:20].strip("-")
    system = System(engine, suffix, region=region)
    chosen: tuple[str, ...] = ("--environment", str(file))
    if read_environment(file).is_pci:
        done = system.deploy(*chosen)
        assert done.exit_code == 3, done.text
        assert "AlertEmail is not given: PCI DSS 10.7.2" in done.text
        chosen += FILLED_IN
    done = system.deploy(*chosen)
    assert done.exit_code == 0, done.text
    assert_as_the_file_says(system, parameters, protected)
    if protected:
        assert system.destroy().exit_code == 3
        done = system.deploy(*chosen, "--parameter", "DeletionProtection=false", "--allow", "destroy")
        assert done.exit_code == 3, done.text
        assert "DeletionProtection is false: PCI DSS 10.3.3" in done.text
    done = system.destroy(*(["--lift-protection"] if protected else []))
    assert done.exit_code == 0, done.text


@pytest.mark.parametrize("name", ["ProcessorConcurrency"])
def test_a_queues_function_has_a_concurrency_of_two_at_least(engine: EngineState, name: str) -> None:
    refused = System(engine, "env-too-few").deploy("--parameter", f"{name}=1")
    assert refused.exit_code == 3
    assert f"{name} is 1, and a queue drives no fewer than 2" in refused.text
