"""The main job: build, start the local engine, deploy by change set, send webhooks, show what became of each."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from scripts.command_line.aws_target import target_from
from scripts.command_line.errors import ToolError
from scripts.command_line.project_paths import ROOT
from scripts.demonstration.scenarios import SCENARIOS, Check, Scenario, checks, settled
from scripts.local_engine.state import FOLDER_VARIABLE
from scripts.operations.trace.webhook_trace import Trace, trace
from stacks.names import Names

SUFFIX: Final = "main-job"
DEPLOYMENT: Final = ("--suffix", SUFFIX, "--local")
EVENTS: Final = ROOT / "tests" / "events"
SETTLE_TIMEOUT_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.25
STEP_TIMEOUT_SECONDS: Final = 300.0
SQUARE_URL: Final = "https://hooks.example.com/v1/webhook/square"  # as it would be registered at Square


class Job:
    """The steps, in one engine folder. `verbose` shows each command's output instead of only its time."""

    def __init__(self, folder: Path, console: Console, verbose: bool) -> None:
        self._environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
        self._folder = folder
        self._console = console
        self._verbose = verbose

    def run(self, title: str, *command: str, standard_input: str | None = None) -> str:
        """Runs one of the project's scripts; returns its standard output. Raises ToolError when it fails."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self._environment,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=STEP_TIMEOUT_SECONDS,
        )
        seconds = time.monotonic() - begun
        if done.returncode != 0:
            raise ToolError(f"{title} failed (exit code {done.returncode})\n{done.stdout}{done.stderr}")
        self._console.print(f"[green]✓[/green] {title} [dim]{seconds:.1f} s[/dim]")
        if self._verbose:
            self._console.print(done.stderr + done.stdout, highlight=False, markup=False)
        return done.stdout

    def deploy(self) -> None:
        self.run("build the templates", "build_template.py", "--output", str(self._folder / "output"))
        self.run("start the local engine", "scripts/local.py", "up")
        self.run("deploy by change set", "scripts/deploy.py", *DEPLOYMENT, "--yes")

    def set_keys(self) -> None:
        """Random keys: nothing here is worth stealing, but a constant would be copied."""
        flags = {
            "stripe": ["--mode", "live"],  # the example of a Stripe payment is one of live mode
            "square": ["--mode", "test", "--notification-url", SQUARE_URL],
            "paypal": ["--mode", "test", "--local-authority"],
            "internal": ["--mode", "live"],
        }
        for endpoint, settings in flags.items():
            command = ["scripts/endpoint_secrets.py", *DEPLOYMENT, "--endpoint", endpoint]
            command += ["set", "--value-file", "-", *settings]
            self.run(f"key of {endpoint}", *command, standard_input=f"whsec_{secrets.token_hex(16)}")

    def send(self, scenario: Scenario) -> dict[str, Any]:
        """Sends one scenario's webhook; the answer as send.py --json gives it."""
        event = EVENTS / scenario.event
        if not scenario.event.endswith(".json"):
            event = self._folder / "body.json"
            event.write_text(scenario.event, encoding="utf-8")
        command = ["scripts/send.py", *DEPLOYMENT, "--json", "--endpoint", scenario.endpoint]
        command += ["--event", str(event), *scenario.send_flags]
        command += [] if scenario.status_code == 200 else ["--expect", str(scenario.status_code)]
        answer: dict[str, Any] = json.loads(self.run(f"send: {scenario.title}", *command))[0]
        return answer

    def stop(self) -> None:
        self.run("stop the local engine", "scripts/local.py", "down")


def find(scenario: Scenario, answer: dict[str, Any], deadline: float) -> Trace:
    """What is stored of the scenario, once it is what it must be, or when the time is up."""
    target = target_from(None, None, local=True)
    names = Names(SUFFIX, target.account_id, target.region)
    webhook_id = scenario.webhook_id or str(answer["body"]["webhook_id"])
    while True:
        found = trace(names, target.client("dynamodb"), target.client("s3"), webhook_id)
        if settled(scenario, found) or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def result_table(results: Sequence[tuple[Scenario, dict[str, Check]]]) -> Table:
    headings = ("webhook", "answer", "inbox", "ledger (minor units)", "audit records")
    table = Table(*headings, title="What became of each webhook")
    for scenario, cells in results:
        shown = [
            f"[green]{check.found}[/green]"
            if check.holds
            else f"[red]{check.found}[/red]\nmust be {check.expected}"
            for check in cells.values()
        ]
        table.add_row(scenario.title, *shown)
    return table


def run(job: Job) -> list[tuple[Scenario, dict[str, Check]]]:
    """What became of each scenario's webhook. Raises ToolError when a step fails; the engine is stopped in any case."""
    try:
        job.deploy()
        job.set_keys()
        answers = [(scenario, job.send(scenario)) for scenario in SCENARIOS]
        deadline = time.monotonic() + SETTLE_TIMEOUT_SECONDS
        return [
            (scenario, checks(scenario, answer, find(scenario, answer, deadline)))
            for scenario, answer in answers
        ]
    finally:
        job.stop()


@contextmanager
def engine_folder() -> Iterator[Path]:
    """A folder for an engine of its own, which this process and those that it starts find in their environment."""
    with tempfile.TemporaryDirectory(prefix="payment-webhooks-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield Path(folder)
