"""The report of `health`: all sections, read side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from payment_webhooks.aws.service_errors import ServiceError
from scripts.cloudformation.live_stack import read_stack, resources_of
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.copyable_command import here
from scripts.command_line.environment import Environment
from scripts.command_line.errors import NotDeployed, ToolError
from scripts.operations.health.backlog import pending_findings, queue_findings, waiting_findings
from scripts.operations.health.canary import canary_findings
from scripts.operations.health.deployment import (
    address_findings,
    alarm_findings,
    drift_findings,
    existence_findings,
    stack_finding,
    switch_findings,
)
from scripts.operations.health.finding import Finding, Level, worst
from scripts.operations.health.sources import Sources
from scripts.operations.health.webhooks import endpoint_findings

Section = Callable[[Sources], Sequence[Finding]]
SECTIONS: Final[dict[str, Section]] = {
    "endpoints": endpoint_findings,
    "canary": canary_findings,
    "pending": pending_findings,
    "for a person": waiting_findings,
    "queues": queue_findings,
    "existence": existence_findings,
    "switched off": switch_findings,
    "alarms": alarm_findings,
    "alert address": address_findings,
}
SERVICES: Final = (
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "events",
    "lambda",
    "logs",
    "pipes",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
)


class Report(NamedTuple):
    """`where`: account or engine, and region. `at`: UTC."""

    stack: str
    where: str
    at: datetime
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        return worst(self.findings)

    def document(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "where": self.where,
            "at": self.at.isoformat(timespec="seconds"),
            "level": self.level,
            "findings": [finding.document() for finding in self.findings],
        }


class Reader:
    """Reads reports of one environment; its clients are made once, as boto3 makes none in several threads."""

    def __init__(self, environment: Environment, with_drift: bool, clock: Callable[[], datetime]) -> None:
        self._environment = environment
        self._with_drift = with_drift
        self._clock = clock
        self._here = here()
        self._aws_flags = environment.target.aws_flags(environment.profile)
        self._clients = {name: environment.target.impatient_client(name) for name in SERVICES}

    def read(self) -> Report:
        """Raises NotDeployed when there is no such stack. A section that can't be read is a finding, too."""
        environment = self._environment
        cloudformation = self._clients["cloudformation"]
        stack = read_stack(cloudformation, environment.names.stack)
        if stack.status == NO_STACK:
            raise NotDeployed(f"stack {environment.names.stack}")
        resources = tuple(resources_of(cloudformation, stack.stack_id))
        clients = self._clients.__getitem__
        sources = Sources(environment, self._here, self._aws_flags, clients, resources, self._clock())
        if not resources:  # a first change set waits, or all is gone
            return Report(
                environment.names.stack,
                environment.target.describe(),
                sources.now,
                (stack_finding(stack, sources)._replace(level=Level.PROBLEM),),
            )
        sections = dict(SECTIONS)
        if self._with_drift:
            sections["drift"] = partial(drift_findings, stack=stack)
        with ThreadPoolExecutor(len(sections)) as pool:
            futures = {name: pool.submit(section, sources) for name, section in sections.items()}
        found = [finding for name, future in futures.items() for finding in _result(name, future)]
        where = environment.target.describe()
        return Report(environment.names.stack, where, sources.now, (stack_finding(stack, sources), *found))

    def read_again(self) -> Report:
        """The same; a failure is a finding of its own, so that who watches goes on seeing whether it is over."""
        try:
            return self.read()
        except (BotoCoreError, ClientError, ToolError) as error:
            told = Finding("environment", Level.PROBLEM, f"can't be read: {error}")
            target = self._environment.target
            return Report(self._environment.names.stack, target.describe(), self._clock(), (told,))


def _result(name: str, future: "Future[Sequence[Finding]]") -> Sequence[Finding]:
    try:
        return future.result()
    except (BotoCoreError, ClientError, ServiceError, ToolError) as error:
        return [Finding(name, Level.PROBLEM, f"can't be read: {error}")]


def utc_now() -> datetime:
    return datetime.now(UTC)
