"""The acceptance run on the local engine: it passes, proves nothing of AWS, and fails for a broken system."""

import json
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks import contract
from scripts.local_engine.state import EngineState
from tests.support.system.system import System

BY_AWS_ALONE = {
    "unknown-values",
    "logs",
    "workflow-log",
    "stack-policies",
    "configuration",
    "secret-names",
    "deployers-rights",
}


def run(system: System, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report."""
    done = system.run("acceptance.py", "--suffix", system.suffix, "--local", "--json", *arguments)
    assert done.stdout, done.stderr
    return done.exit_code, json.loads(done.stdout)


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {step["id"]: step["status"] for step in report["steps"]}


def test_a_whole_run_passes_and_proves_nothing_of_aws(engine: EngineState, tmp_path: Path) -> None:
    system = System(engine, "acceptance")
    exit_code, report = run(system, "--report", str(tmp_path))
    assert exit_code == 0, [(step["id"], step["reason"]) for step in report["steps"] if step["reason"]]
    assert report["verdict"].startswith("PASSED on the local engine")
    found = statuses(report)
    assert {step for step, status in found.items() if status == "not proven"} == BY_AWS_ALONE
    assert {status for step, status in found.items() if step not in BY_AWS_ALONE} == {"passed"}
    assert len(found) == 32
    assert {fact["status"] for fact in report["only_on_aws"]} == {"not proven"}
    assert all(step["evidence"] for step in report["steps"] if step["status"] == "passed")
    assert json.loads((tmp_path / "acceptance-acceptance.json").read_text()) == report
    text = (tmp_path / "acceptance-acceptance.md").read_text()
    assert text.splitlines()[2] == f"**{report['verdict']}**"
    assert "whsec_" not in text
    assert str(system.project) not in text
    assert not (engine.folder / "acceptance-acceptance.json").exists()  # nothing is left to go on with


@pytest.fixture(scope="module")
def broken(engine: EngineState) -> System:
    """A system that the run has deployed and given keys."""
    system = System(engine, "broken")
    exit_code, report = run(system, "--only", "webhook-internal")
    assert exit_code == 0, report
    return system


def test_a_key_that_is_withheld_fails_its_step_and_nothing_that_is_done_is_repeated(broken: System) -> None:
    secrets, name = broken.client("secretsmanager"), broken.names.endpoint_secret("stripe")
    document = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps(document | {"keys": []}))
    exit_code, report = run(broken, "--only", "webhook-stripe")
    assert exit_code == 1
    assert report["verdict"].startswith("FAILED: 3 passed, 1 failed")
    (step,) = [step for step in report["steps"] if step["id"] == "webhook-stripe"]
    assert (step["status"], step["reason"]) == ("failed", "ValueError: the endpoint's secret has no key yet")
    assert report["remains"] == "python scripts/destroy.py --suffix broken --local"


def test_an_event_source_that_is_disabled_fails_the_webhooks(broken: System) -> None:
    functions = broken.client("lambda")
    name = broken.names.function("payment_processor")
    (source,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    exit_code, report = run(broken, "--only", "webhook-internal", "--again", "--settle-seconds", "3")
    assert exit_code == 1
    (step,) = [step for step in report["steps"] if step["id"] == "webhook-internal"]
    assert step["status"] == "failed"
    assert "to be processed; seen last: " in step["reason"]
    assert f"'{contract.STATUS}': 'received'" in step["reason"]


def test_an_environment_that_it_has_not_made_is_not_touched(system: System) -> None:
    done = system.run("acceptance.py", "--suffix", system.suffix, "--local", "--only", "end")
    assert done.exit_code == 3
    assert "which this run has not made" in done.stderr
    assert system.get("/health").status_code == 200
