"""A system deployed to a local engine, as tests and benchmarks use it: through the real scripts, over HTTP."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import urllib3

from payment_webhooks.endpoints.secret_document import EndpointSecret
from scripts.command_line.aws_target import Target, local_target
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import FOLDER_VARIABLE, EngineState
from scripts.operations.endpoint_secrets.store import read_secret
from scripts.operations.trace.facts import Trace, trace
from scripts.provider_simulator.local_authority import AUTHORITY_FOLDER, LocalAuthority, ensure_authority
from scripts.provider_simulator.simulator import SentHeaders, forge, sign
from stacks.names import Names
from stacks.webhook_endpoints import endpoint_named

# With it in its environment a process counts its lines: https://coverage.readthedocs.io/en/latest/config.html#run-patch
COVERAGE_VARIABLE: Final = "COVERAGE_PROCESS_CONFIG"
# They run some hundred times, or run tests, and counting doubles it: unit tests and the acceptance run cover them.
NOT_COUNTED: Final = frozenset({"deploy.py", "destroy.py", "evidence.py"})
DELIVERY_TIMEOUT_SECONDS: Final = 90.0


@dataclass(frozen=True)
class Answer:
    status_code: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """A script that has ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr


class DeployedSystem:
    """One suffix on one engine. `project` is the checkout whose scripts and code are used.

    Without `region`: the engine's.
    """

    def __init__(
        self, engine: EngineState, suffix: str, project: Path = ROOT, region: str | None = None
    ) -> None:
        self.engine = engine
        self.region = region or engine.region
        self.suffix = suffix
        self.project = project
        self.target: Target = local_target(engine.endpoint_url, self.region)
        self.names = Names(suffix, self.target.account_id, self.target.region)
        self._http = urllib3.PoolManager(maxsize=64, retries=False)

    def run(self, script: str, *arguments: str, standard_input: str | None = None) -> Finished:
        """Runs a script of the project as a person does; it finds the engine by its state folder."""
        paths = os.pathsep.join(str(self.project / part) for part in ("layer/python", "."))
        counted = script not in NOT_COUNTED
        inherited = {name: os.environ[name] for name in os.environ if counted or name != COVERAGE_VARIABLE}
        done = subprocess.run(
            [sys.executable, str(self.project / "scripts" / script), *arguments],
            cwd=self.project,
            env={**inherited, FOLDER_VARIABLE: str(self.engine.folder), "PYTHONPATH": paths},
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def deploy(self, *arguments: str) -> Finished:
        there = ("--suffix", self.suffix, "--local", "--yes")
        return self.run("deploy.py", *there, *arguments)

    def destroy(self, *arguments: str) -> Finished:
        there = ("--suffix", self.suffix, "--region", self.region, "--local")
        return self.run("destroy.py", *there, "--yes", self.suffix, *arguments)

    def secrets(self, endpoint: str, *arguments: str, key: str | None = None) -> Finished:
        command = ["--suffix", self.suffix, "--local", "--endpoint", endpoint, *arguments]
        command += ["--value-file", "-"] if key is not None else []
        return self.run("endpoint_secrets.py", *command, standard_input=key)

    def client(self, service: str) -> Any:
        return self.target.client(service)

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = self.client("cloudformation").describe_stacks(StackName=self.names.stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @cached_property
    def base_url(self) -> str:
        return self.outputs["ApiEndpoint"]

    def secret(self, endpoint: str) -> EndpointSecret:
        return read_secret(self.client("secretsmanager"), self.names.endpoint_secret(endpoint))

    @cached_property
    def authority(self) -> LocalAuthority:
        return ensure_authority(self.engine.folder / AUTHORITY_FOLDER)

    def sign(self, endpoint: str, body: bytes, secret: EndpointSecret | None = None) -> SentHeaders:
        used = secret or self.secret(endpoint)
        return sign(endpoint_named(endpoint).provider, body, used, time.time(), self.authority)

    def forge(self, endpoint: str, body: bytes) -> SentHeaders:
        return forge(
            endpoint_named(endpoint).provider, body, self.secret(endpoint), time.time(), self.authority
        )

    def post(self, endpoint: str, body: bytes, headers: SentHeaders) -> Answer:
        return self.post_to(f"/webhook/{endpoint}", body, headers)

    def post_to(self, path: str, body: bytes, headers: SentHeaders) -> Answer:
        sent = urllib3.HTTPHeaderDict(headers)
        answer = self._http.request("POST", self.base_url + path, body=body, headers=sent, timeout=30.0)
        return Answer(answer.status, json.loads(answer.data))

    def deliver(self, endpoint: str, body: bytes, secret: EndpointSecret | None = None) -> Answer:
        """As a provider delivers: signed anew and sent again until it is answered 2xx."""
        deadline = time.monotonic() + DELIVERY_TIMEOUT_SECONDS
        while True:
            try:
                answer = self.post(endpoint, body, self.sign(endpoint, body, secret))
            except urllib3.exceptions.HTTPError:
                answer = Answer(504, {})
            if answer.status_code == 200:
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"never accepted: {answer}")
            time.sleep(0.5)

    def send(self, endpoint: str, body: bytes) -> Answer:
        return self.post(endpoint, body, self.sign(endpoint, body))

    def get(self, path: str) -> Answer:
        return self.get_from(f"{self.base_url}{path}")

    def get_from(self, url: str) -> Answer:
        answer = self._http.request("GET", url, timeout=30.0)
        return Answer(answer.status, json.loads(answer.data))

    def trace(self, webhook_id: str) -> Trace:
        return trace(self.names, self.client("dynamodb"), self.client("s3"), webhook_id)

    def rows(self) -> int:
        """How many items the inbox holds, guards and conflicts included."""
        return int(
            self.client("dynamodb").scan(
                TableName=self.names.inbox_table,
                Select="COUNT",
                ConsistentRead=True,
            )["Count"]
        )
