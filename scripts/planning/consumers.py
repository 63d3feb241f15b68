"""The receiver, the tables, and everything that reads a table's stream or a queue, as the templates connect them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from payment_webhooks import contract
from scripts.planning.aws_limits import (
    SQS_SOURCE_DEFAULT_BATCH,
    STREAM_RETENTION_SECONDS,
    STREAM_SOURCE_DEFAULT_BATCH,
    STREAM_SOURCE_DEFAULT_PARALLELIZATION,
)
from scripts.planning.deployment_on_paper import Deployment
from scripts.planning.recorded_calls import ANALYTICS, INBOX, LEDGER
from stacks.evaluation.resolved_stack import Resource

API_METHOD: Final = "AWS::ApiGateway::Method"
API_PATH: Final = "AWS::ApiGateway::Resource"
API_STAGE: Final = "AWS::ApiGateway::Stage"
BUCKET: Final = "AWS::S3::Bucket"
FUNCTION: Final = "AWS::Lambda::Function"
PIPE: Final = "AWS::Pipes::Pipe"
QUEUE: Final = "AWS::SQS::Queue"
STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"
SOURCE_MAPPING: Final = "AWS::Lambda::EventSourceMapping"
TABLE: Final = "AWS::DynamoDB::Table"

WEBHOOK_PATH: Final = "webhook"
# A table is known by the environment variable that names it to the code.
TABLE_VARIABLES: Final = {
    INBOX: contract.ENV_INBOX_TABLE,
    LEDGER: contract.ENV_TRANSACTIONS_TABLE,
    ANALYTICS: contract.ENV_ANALYTICS_TABLE,
}
_DEFAULT_QUEUE_RETENTION_SECONDS: Final = 4 * 24 * 60 * 60  # AWS::SQS::Queue, MessageRetentionPeriod
_THROTTLED: Final = "Lambda.TooManyRequestsException"


@dataclass(frozen=True)
class Consumer:
    """A pipe, an event source or a state machine, by the limits that its template sets.

    worker: the function that is called, or the pipe itself. parallel: batches of one shard at once.
    maximum_concurrency: batches at once in all, where the template says so. keeps_seconds: age at which an item is
    given up.
    """

    resource: Resource
    worker: Resource
    source: Resource
    keeps_seconds: float
    batch: int = 1
    parallel: int = STREAM_SOURCE_DEFAULT_PARALLELIZATION
    target: Resource | None = None
    maximum_concurrency: int | None = None
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class System:
    """A deployment, seen by which resource feeds which."""

    deployment: Deployment

    @property
    def receiver(self) -> Resource:
        """The function behind `POST /webhook/…`. Raises LookupError when there is none."""
        for method in self.deployment.of_type(API_METHOD):
            function = self.function_of(method)
            if function and method.get("HttpMethod") == "POST" and self.path_of(method)[:1] == [WEBHOOK_PATH]:
                return function
        raise LookupError(f"no method POST /{WEBHOOK_PATH} calls a function")

    def function_of(self, method: Resource) -> Resource | None:
        return self.deployment.find(method.get("Integration", "Uri"))

    def path_of(self, method: Resource) -> list[str]:
        parts: list[str] = []
        resource = self.deployment.find(method.get("ResourceId"))
        while resource is not None and resource.type == API_PATH:
            parts.insert(0, resource.get("PathPart"))
            resource = self.deployment.find(resource.get("ParentId"))
        return parts

    @property
    def api_stage(self) -> Resource:
        """The stage of the webhook API. Raises LookupError when there is none."""
        for stage in self.deployment.of_type(API_STAGE):
            if self.receiver in map(self.function_of, self.methods_of(stage)):
                return stage
        raise LookupError("no stage serves the receiver")

    def methods_of(self, stage: Resource) -> list[Resource]:
        """The methods of the stage's API."""
        api = self.deployment.find(stage.get("RestApiId"))
        methods = self.deployment.of_type(API_METHOD)
        return [method for method in methods if self.deployment.find(method.get("RestApiId")) == api]

    def environment_resource(self, function: Resource, variable: str) -> Resource | None:
        """The resource that the function's environment variable refers to."""
        return self.deployment.find(function.get("Environment", "Variables", variable))

    def table(self, role: str) -> Resource:
        """The table of that role (INBOX, LEDGER, ANALYTICS). Raises LookupError when no function has its variable."""
        for function in self.deployment.of_type(FUNCTION):
            table = self.environment_resource(function, TABLE_VARIABLES[role])
            if table:
                return table
        raise LookupError(f"no function has the variable {TABLE_VARIABLES[role]}")

    def role_of(self, table: Resource) -> str | None:
        """INBOX, LEDGER or ANALYTICS; None for a table whose calls are not recorded."""
        return next((role for role in TABLE_VARIABLES if self.table(role) == table), None)

    @property
    def workers(self) -> list[Resource]:
        """The receiver, and each pipe and function that consumes something: they have a service time."""
        return [self.receiver, *(consumer.worker for consumer in self.consumers)]

    @cached_property
    def consumers(self) -> list[Consumer]:
        """Pipes, event sources and started state machines that are switched on."""
        return [*self._pipes(), *self._event_sources(), *self._state_machines()]

    def started_machines(self) -> list[Resource]:
        """The state machines that a pipe starts; others stand idle."""
        targets = [self.deployment.find(pipe.get("Target")) for pipe in self.deployment.of_type(PIPE)]
        return [machine for machine in self.deployment.of_type(STATE_MACHINE) if machine in targets]

    def _pipes(self) -> Iterator[Consumer]:
        for pipe in self.deployment.of_type(PIPE):
            source = self.deployment.find(pipe.get("Source"))
            if pipe.get("DesiredState") == "STOPPED" or source is None:
                continue
            stream = pipe.get("SourceParameters", "DynamoDBStreamParameters") or {}
            yield Consumer(
                resource=pipe,
                worker=pipe,
                source=source,
                keeps_seconds=_stream_keeps_seconds(stream),
                batch=int(stream.get("BatchSize", 1)),
                parallel=int(stream.get("ParallelizationFactor", STREAM_SOURCE_DEFAULT_PARALLELIZATION)),
                target=self.deployment.find(pipe.get("Target")),
                filters=_filters(pipe.get("SourceParameters", "FilterCriteria")),
            )

    def _event_sources(self) -> Iterator[Consumer]:
        for mapping in self.deployment.of_type(SOURCE_MAPPING):
            function = self.deployment.find(mapping.get("FunctionName"))
            source = self.deployment.find(mapping.get("EventSourceArn"))
            if str(mapping.get("Enabled")).lower() == "false" or function is None or source is None:
                continue
            is_queue = source.type == QUEUE
            concurrency = mapping.get("ScalingConfig", "MaximumConcurrency")
            default_batch = SQS_SOURCE_DEFAULT_BATCH if is_queue else STREAM_SOURCE_DEFAULT_BATCH
            yield Consumer(
                resource=mapping,
                worker=function,
                source=source,
                keeps_seconds=_queue_keeps_seconds(source)
                if is_queue
                else _stream_keeps_seconds(mapping.properties),
                batch=int(mapping.get("BatchSize") or default_batch),
                parallel=int(mapping.get("ParallelizationFactor") or STREAM_SOURCE_DEFAULT_PARALLELIZATION),
                maximum_concurrency=None if concurrency is None else int(concurrency),
                filters=_filters(mapping.get("FilterCriteria")),
            )

    def _state_machines(self) -> Iterator[Consumer]:
        """Each calls its function for one item at a time."""
        for machine in self.started_machines():
            first = first_state(machine)
            function = self.deployment.find((first.get("Parameters") or {}).get("FunctionName"))
            if function is not None:
                yield Consumer(machine, function, machine, keeps_seconds=_throttle_retry_seconds(first))


def first_state(machine: Resource) -> Mapping[str, Any]:
    """The definition of the state that `StartAt` names; empty when there is none."""
    state: Mapping[str, Any] = machine.get("Definition", "States", machine.get("Definition", "StartAt")) or {}
    return state


def count_transitions(machine: Resource) -> int:
    """States that an execution passes when nothing fails."""
    states = machine.get("Definition", "States") or {}
    count, state = 1, first_state(machine)
    while "Next" in state and count <= len(states):
        count, state = count + 1, states[state["Next"]]
    return count


def _throttle_retry_seconds(state: Mapping[str, Any]) -> float:
    """The sum of the pauses between its retries while the function is throttled."""
    for retrier in state.get("Retry", ()):
        if _THROTTLED in retrier["ErrorEquals"]:
            first, rate = float(retrier.get("IntervalSeconds", 1)), float(retrier.get("BackoffRate", 2))
            longest = float(retrier.get("MaxDelaySeconds", "inf"))
            attempts = int(retrier.get("MaxAttempts", 3))
            return sum(min(first * rate**number, longest) for number in range(attempts))
    return 0.0


def _stream_keeps_seconds(parameters: Mapping[str, Any]) -> float:
    """-1, the default, is the stream's own retention."""
    age = float(parameters.get("MaximumRecordAgeInSeconds", -1))
    return min(age, STREAM_RETENTION_SECONDS) if age > 0 else STREAM_RETENTION_SECONDS


def _queue_keeps_seconds(queue: Resource) -> float:
    return float(queue.get("MessageRetentionPeriod") or _DEFAULT_QUEUE_RETENTION_SECONDS)


def _filters(criteria: Any) -> tuple[str, ...]:
    return tuple(entry["Pattern"] for entry in (criteria or {}).get("Filters", ()))
