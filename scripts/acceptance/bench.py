"""The environment under test, as checks see it: commands, webhooks and traces, each call recorded as evidence."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import urllib3

from payment_webhooks import contract
from payment_webhooks.money import amount_text
from scripts.acceptance.step_selection import CheckFailed, Evidence, OutOfTime
from scripts.cloudformation.live_stack import LiveStack, read_stack, webhook_url
from scripts.command_line.environment import Environment
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import FOLDER_VARIABLE, state_folder
from scripts.operations.endpoint_secrets.store import read_secret
from scripts.operations.trace.facts import Trace, trace
from scripts.provider_simulator.delivery import Delivery, deliver
from scripts.provider_simulator.local_authority import AUTHORITY_FOLDER, pinned_authority
from scripts.provider_simulator.simulator import forge, sign, simulator_of
from stacks.webhook_endpoints import endpoint_named

Found = TypeVar("Found")
POLL_SECONDS: Final = 0.25
LONGEST: Final = 1_000  # characters of what was seen last
THROTTLED: Final = 429
ATTEMPTS: Final = 10
UNSIGNED: Final = [("Content-Type", "application/json"), ("User-Agent", "acceptance")]
DETACH_SECONDS: Final = 60.0  # a command that is interrupted says what goes on, and withdraws its change set


class Bench:
    """One environment. `parameters`: those of every deployment; `folder`: for copies and files, removed by the caller.

    profiles: by command (`deploy`, `destroy`), the profile of ~/.aws/config with whose rights it runs, not the checks'.

    deadline: on the clock `time.monotonic`. settle_seconds: for what happens by itself; what holds is seen at once.
    """

    def __init__(
        self,
        environment: Environment,
        deploy_flags: tuple[str, ...],
        parameters: Mapping[str, str],
        folder: Path,
        deadline: float,
        settle_seconds: float,
        show: Callable[[str], None],
        profiles: Mapping[str, str],
    ) -> None:
        self.environment = environment
        self.names = environment.names
        self.target = environment.target
        self.deploy_flags = deploy_flags
        self.parameters = dict(parameters)
        self.folder = folder
        self.profiles = profiles
        self.evidence: list[Evidence] = []
        self._deadline = deadline
        self._settle_seconds = settle_seconds
        self._show = show
        self._http = urllib3.PoolManager(maxsize=4, retries=False)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client; made once."""
        if service not in self._clients:
            self._clients[service] = self.target.client(service)
        return self._clients[service]

    def place_flags(self, script: str) -> tuple[str, ...]:
        """The flags by which the command finds this environment."""
        there = self.environment
        name = self.profiles.get(script, there.profile)
        place = ("--local",) if there.is_local else ("--region", self.target.region)
        return ("--suffix", there.suffix, *place, *(("--profile", name) if name else ()))

    @property
    def stack(self) -> LiveStack:
        return read_stack(self.client("cloudformation"), self.names.stack)

    def note(self, called: str, seen: object) -> None:
        self.evidence.append(Evidence(called, str(seen)))

    def expect(self, called: str, seen: object, must: object) -> None:
        """Record what was seen. Raises CheckFailed when it is not what must be."""
        self.note(called, seen)
        if seen != must:
            raise CheckFailed(f"{called}: {seen}; must be {must}")

    def wait_for(self, what: str, look: Callable[[], Found], holds: Callable[[Found], bool]) -> Found:
        """What `look` gives as soon as it `holds`. Raises CheckFailed with what was seen last, or OutOfTime."""
        give_up = time.monotonic() + self._settle_seconds
        while True:
            found = look()
            if holds(found):
                return found
            if time.monotonic() > give_up:
                waited = f"waited {self._settle_seconds:.0f} s in vain for {what}"
                raise CheckFailed(f"{waited}; seen last: {str(found)[:LONGEST]}")
            self.check_time(what)
            time.sleep(POLL_SECONDS)

    def sleep(self, seconds: float) -> None:
        """Raises OutOfTime instead, when the time is up."""
        self.check_time("what is waited for")
        time.sleep(seconds)

    def check_time(self, what: str) -> None:
        if time.monotonic() > self._deadline:
            raise OutOfTime(what)

    def command(
        self,
        script: str,
        *arguments: str,
        project: Path = ROOT,
        standard_input: str | None = None,
        exit_code: int = 0,
    ) -> str:
        """Run one of the project's scripts as a person does, on this environment; its standard output.

        Raises CheckFailed for another exit code, with what it said last; OutOfTime, once the command was interrupted.
        """
        words = (f"scripts/{script}.py", *self.place_flags(script), *arguments)
        shown = " ".join(["python", *words]).replace(f"{ROOT}/", "")  # a report names no machine's folders
        self.check_time(shown)
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=project,
            env={**os.environ, FOLDER_VARIABLE: str(state_folder(ROOT))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C reaches it once, from here
        )
        try:
            output, errors = process.communicate(standard_input or "", self._deadline - time.monotonic())
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as error:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=DETACH_SECONDS)
            if isinstance(error, KeyboardInterrupt):
                raise
            raise OutOfTime(shown) from None
        finally:
            process.kill()
            process.wait()
        self._show(errors)
        said = " ".join((errors.strip() or output.strip()).splitlines()[-3:]).replace(f"{ROOT}/", "")
        seen = f"exit code {process.returncode}" + (f": {said}" if process.returncode else "")
        self.note(shown, seen)
        if process.returncode != exit_code:
            raise CheckFailed(f"{shown}: {seen}; must be {exit_code}")
        return output

    def deploy(self, *arguments: str, project: Path = ROOT, exit_code: int = 0) -> dict[str, Any]:
        """Deploy with the run's parameters, changed by `arguments`; the document of --json, {} when it failed."""
        parameters = [f"--parameter={name}={value}" for name, value in self.parameters.items()]
        flags = ("--json", *self.deploy_flags, *parameters, *arguments)
        output = self.command("deploy", *flags, project=project, exit_code=exit_code)
        return json.loads(output) if exit_code == 0 else {}

    def send(self, endpoint: str, body: bytes, *, forged: bool = False, signed: bool = True) -> Delivery:
        """Post a webhook as its provider does; records answer and webhook id."""
        delivery = self.sender(endpoint)(body, forged, signed)
        said = delivery.body.get("status") or delivery.body.get("error") or ""
        which = str(delivery.body.get("webhook_id") or "")
        self.note(f"POST /webhook/{endpoint}", f"{delivery.status_code} {said} {which}".strip())
        return delivery

    def sender(self, endpoint: str) -> Callable[[bytes, bool, bool], Delivery]:
        """Posts bodies to the endpoint, forged or not, signed or not; address and key are read once, now.

        What the gateway throttles is sent again, as providers do: the settings of a new account let little through.
        """
        url = webhook_url(self.target, self.names, endpoint)
        secret = read_secret(self.client("secretsmanager"), self.names.endpoint_secret(endpoint))
        provider, authority = endpoint_named(endpoint).provider, None
        if simulator_of(provider).signs_with_certificate:
            authority = pinned_authority(state_folder(ROOT) / AUTHORITY_FOLDER, secret, datetime.now(UTC))

        def post(body: bytes, forged: bool, signed: bool) -> Delivery:
            for _ in range(ATTEMPTS):
                headers = (forge if forged else sign)(provider, body, secret, time.time(), authority)
                delivery = deliver(self._http, url, body, headers if signed else UNSIGNED)
                if delivery.status_code != THROTTLED:
                    break
                time.sleep(1)
            return delivery

        return post

    def accepted(self, endpoint: str, body: bytes, status: str = "accepted") -> str:
        """Send it; the webhook's id. Raises CheckFailed unless it is answered 200 and `status`."""
        delivery = self.send(endpoint, body)
        found = (delivery.status_code, delivery.body.get("status"))
        if found != (200, status):
            raise CheckFailed(f"a webhook to {endpoint} was answered {found}; must be {(200, status)}")
        return str(delivery.body["webhook_id"])

    def trace(self, webhook_id: str) -> Trace:
        return trace(self.names, self.client("dynamodb"), self.client("s3"), webhook_id)

    def processed(self, webhook_id: str) -> Trace:
        """Its trace once it is processed and both changes of its inbox item are in the audit trail. CheckFailed."""
        found = self.wait_for(
            f"{webhook_id} to be processed",
            lambda: self.trace(webhook_id),
            lambda found: found.inbox_statuses == ("processed",) and len(found.audit) >= 2,
        )
        self.note(f"trace {webhook_id}", f"processed; {_payment(found)}; {len(found.audit)} audit records")
        return found

    def inbox_count(self) -> int:
        """How many items the inbox holds, guards included, and without the canary's, which come by a clock. Reads all
        of a table that holds this run's only.
        """
        pages = (
            self.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.names.inbox_table,
                Select="COUNT",
                ConsistentRead=True,
                FilterExpression="NOT begins_with(#id, :canary)",
                ExpressionAttributeNames={"#id": contract.WEBHOOK_ID},
                ExpressionAttributeValues={":canary": {"S": f"{contract.CANARY}:"}},
            )
        )
        return sum(int(page["Count"]) for page in pages)


def _payment(found: Trace) -> str:
    """`succeeded, captured 10.99 USD, 1 row`"""
    if found.state is None:
        return "no payment"
    state = found.state
    return f"{state.status}, captured {amount_text(state.captured_minor, state.currency)}, {len(found.ledger)} row"
