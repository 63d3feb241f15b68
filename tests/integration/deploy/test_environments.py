"""Each environment file is deployed, with all that it says, and removed again."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts.command_line.environment_file import read_environment
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.local_engine.state import EngineState
from tests.support.system.system import System

FILES = sorted(ENVIRONMENTS.glob("*.toml"), key=lambda file: file.stem)
HEALTHY = 200


# What a file for PCI DSS leaves to a person, and what is refused without it.
FILLED_IN = ("--parameter", "AlertEmail=on-call@example.com")


def _environment(file: Path) -> tuple[str | None, dict[str, Any], bool]:
    """Region, parameters, and whether it asks for protection (of everything, then)."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    asked = document.get("protection", {})
    assert all(asked.values())
    return document.get("region"), document["parameters"], bool(asked)


def test_the_environments_that_are_there() -> None:
    assert {file.stem for file in FILES} >= {
        *("black-friday", "dev", "legacy-us-east-2", "private-network", "prod", "workflow"),
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_environment_is_deployed_and_removed(engine: EngineState, file: Path) -> None:
    region, parameters, protected = _environment(file)
    system = System(engine, f"env-{file.stem}"[:20].strip("-"), region=region)
    chosen: tuple[str, ...] = ("--environment", str(file))
    if read_environment(file).is_pci:
        done = system.deploy(*chosen)
        assert done.exit_code == 3, done.text
        assert "AlertEmail is not given: PCI DSS 10.7.2" in done.text
        chosen += FILLED_IN
    done = system.deploy(*chosen)
    assert done.exit_code == 0, done.text
    _assert_as_the_file_says(system, parameters, protected)
    if protected:
        _let_go(system, *chosen)
    done = system.destroy()
    assert done.exit_code == 0, done.text


def _let_go(system: System, *chosen: str) -> None:
    """What a person does who means it: destroying is refused until both protections are off."""
    assert system.destroy().exit_code == 3
    done = system.deploy(*chosen, "--parameter", "DeletionProtection=false", "--allow", "destroy")
    assert done.exit_code == 0, done.text
    assert system.destroy().exit_code == 3
    system.client("cloudformation").update_termination_protection(
        StackName=system.names.stack, EnableTerminationProtection=False
    )


def _assert_as_the_file_says(system: System, parameters: dict[str, Any], protected: bool) -> None:
    stack = system.client("cloudformation").describe_stacks(StackName=system.names.stack)["Stacks"][0]
    used = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    for name, value in parameters.items():
        assert used[name] == (str(value).lower() if isinstance(value, bool) else str(value))
    assert system.get("/health").status_code == HEALTHY
    by_machine = parameters.get("ProcessingMode") == "workflow"
    pipes = {each["Name"] for each in system.client("pipes").list_pipes()["Pipes"]}
    both = {system.names.processing_pipe, system.names.workflow_pipe}
    assert pipes & both == {system.names.workflow_pipe if by_machine else system.names.processing_pipe}
    assert ("HealthFunctionUrl" in system.outputs) is (parameters.get("HealthFunctionUrl") is True)
    table = system.client("dynamodb").describe_table(TableName=system.names.inbox_table)["Table"]
    assert table.get("DeletionProtectionEnabled", False) is protected
    receiver = system.client("lambda").get_function_configuration(
        FunctionName=system.names.function("webhook_receiver")
    )
    assert receiver["MemorySize"] == parameters.get("ReceiverMemory", 512)
    groups = system.client("logs").describe_log_groups(
        logGroupNamePrefix=system.names.function_log_group("webhook_receiver")
    )["logGroups"]
    assert [each["retentionInDays"] for each in groups] == [parameters.get("LogRetentionDays", 30)]


@pytest.mark.parametrize("name", ["ProcessorConcurrency"])
def test_a_queues_function_has_a_concurrency_of_two_at_least(engine: EngineState, name: str) -> None:
    refused = System(engine, "env-too-few").deploy("--parameter", f"{name}=1")
    assert refused.exit_code == 3
    assert f"{name} is 1, and a queue drives no fewer than 2" in refused.text
