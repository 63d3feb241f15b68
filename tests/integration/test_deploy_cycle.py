"""The life of a deployment: created, unchanged, one function changed, a failing update rolled back, destroyed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from deployment.project import ROOT
from local_engine.state import EngineState
from stacks.names import SUFFIX_LENGTH_MAXIMUM
from tests.support.project_copy import copy_project
from tests.support.system import System

LONGEST_SUFFIX = "longest-of-all-names"


@pytest.fixture(scope="module")
def cycle(engine: EngineState, tmp_path_factory: pytest.TempPathFactory) -> System:
    """Deployed from a copy of the project, under the longest suffix that there is."""
    assert len(LONGEST_SUFFIX) == SUFFIX_LENGTH_MAXIMUM
    system = System(engine, LONGEST_SUFFIX, copy_project(tmp_path_factory.mktemp("project")))
    done = system.deploy()
    assert done.exit_code == 0, done.text
    return system


def stack_status(system: System) -> str:
    stacks = system.client("cloudformation").describe_stacks(StackName=system.names.stack)["Stacks"]
    return str(stacks[0]["StackStatus"])


def code_hash(system: System, folder: str) -> str:
    name = system.names.function(folder)
    return str(system.client("lambda").get_function(FunctionName=name)["Configuration"]["CodeSha256"])


def test_nothing_changed_is_success_and_says_so(cycle: System) -> None:
    done = cycle.deploy()
    assert done.exit_code == 0, done.text
    assert "nothing to do" in done.text.lower()


def test_one_changed_function_is_the_only_one_that_changes(cycle: System) -> None:
    handler = cycle.project / "functions" / "health" / "handler.py"
    before = {folder: code_hash(cycle, folder) for folder in ("health", "webhook_receiver")}
    handler.write_text(handler.read_text() + "\nCHANGED = True\n")
    done = cycle.deploy()
    assert done.exit_code == 0, done.text
    assert code_hash(cycle, "health") != before["health"]
    assert code_hash(cycle, "webhook_receiver") == before["webhook_receiver"]
    assert cycle.get("/health").status_code == 200


def test_a_change_set_can_be_left_for_review(cycle: System) -> None:
    done = cycle.run(
        "deploy.py", "--suffix", cycle.suffix, "--local", "--no-execute", "--parameter", "CostCenter=9"
    )
    assert done.exit_code == 0, done.text
    client = cycle.client("cloudformation")
    summaries = client.list_change_sets(StackName=cycle.names.stack)["Summaries"]
    waiting = [summary for summary in summaries if summary["ExecutionStatus"] == "AVAILABLE"]
    assert len(waiting) == 1
    assert waiting[0]["ChangeSetName"] in done.text
    client.delete_change_set(StackName=cycle.names.stack, ChangeSetName=waiting[0]["ChangeSetName"])


def test_a_failing_update_is_rolled_back_and_names_its_cause(cycle: System) -> None:
    """One layer gets a resource that is right, but that the engine cannot make."""
    health = code_hash(cycle, "health")
    stack = cycle.project / "stacks" / "messaging.py"
    original = stack.read_text()
    stack.write_text(original + IMPOSSIBLE_ANALYZER)
    try:
        done = cycle.deploy()
    finally:
        stack.write_text(original)
    assert done.exit_code == 4, done.text
    assert "ImpossibleAnalyzer" in done.text
    assert stack_status(cycle) == "UPDATE_ROLLBACK_COMPLETE"
    assert code_hash(cycle, "health") == health
    assert cycle.get("/health").status_code == 200
    again = cycle.deploy()
    assert again.exit_code == 0, again.text


def test_destroy_leaves_nothing_behind(cycle: System) -> None:
    bucket = cycle.names.audit_bucket
    cycle.client("s3").put_object(Bucket=bucket, Key="webhooks/a.json", Body=b"{}")
    cycle.client("s3").delete_object(Bucket=bucket, Key="webhooks/a.json")  # leaves a version and a marker
    wrong = cycle.run("destroy.py", "--suffix", cycle.suffix, "--local", "--yes", "another")
    assert wrong.exit_code in (2, 3), wrong.text
    assert stack_status(cycle).endswith("_COMPLETE")
    done = cycle.destroy()
    assert done.exit_code == 0, done.text
    assert left_behind(cycle) == []
    again = cycle.destroy()
    assert again.exit_code == 0, again.text


ALIVE = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_FAILED",
]


def left_behind(system: System) -> list[str]:
    """Every name that holds the suffix, over the services that the templates use."""
    listings: dict[str, Callable[[Any], list[str]]] = {
        "cloudformation": lambda client: [
            stack["StackName"] for stack in client.list_stacks(StackStatusFilter=ALIVE)["StackSummaries"]
        ],
        "dynamodb": lambda client: client.list_tables()["TableNames"],
        "iam": lambda client: [role["RoleName"] for role in client.list_roles()["Roles"]],
        "lambda": lambda client: [function["FunctionName"] for function in client.list_functions()["Functions"]],
        "logs": lambda client: [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]],
        "pipes": lambda client: [pipe["Name"] for pipe in client.list_pipes()["Pipes"]],
        "s3": lambda client: [bucket["Name"] for bucket in client.list_buckets()["Buckets"]],
        "secretsmanager": lambda client: [secret["Name"] for secret in client.list_secrets()["SecretList"]],
        "sqs": lambda client: client.list_queues().get("QueueUrls", []),
        "apigateway": lambda client: [api["name"] for api in client.get_rest_apis()["items"]],
    }  # fmt: skip
    names = [name for service, names_of in listings.items() for name in names_of(system.client(service))]
    return [name for name in names if system.suffix in name]


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


IMPOSSIBLE_ANALYZER = """

_build_messaging = build_messaging


def build_messaging() -> Template:  # type: ignore[no-redef]
    from troposphere import accessanalyzer

    template = _build_messaging()
    template.add_resource(accessanalyzer.Analyzer("ImpossibleAnalyzer", Type="ACCOUNT"))
    return template
"""
