"""What an environment file asks for, and that a system deployed with it is so."""

import tomllib
from pathlib import Path
from typing import Any

from tests.support.system.system import System

HEALTHY = 200


def read_settings(file: Path) -> tuple[str | None, dict[str, Any], bool]:
    """Region, parameters, and whether it asks for protection (of everything, then)."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    asked = document.get("protection", {})
    assert all(asked.values())
    return document.get("region"), document["parameters"], bool(asked)


def assert_as_the_file_says(system: System, parameters: dict[str, Any], protected: bool) -> None:
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
