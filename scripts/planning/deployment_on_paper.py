"""A deployment on paper: the built templates, resolved with its parameters, and which resource feeds which."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from payment_webhooks import contract
from scripts.command_line.environment_file import resolve
from scripts.planning import aws_limits as aws
from scripts.planning.recorded_calls import ANALYTICS, INBOX, LEDGER
from stacks.assembly import Assembly
from stacks.evaluation.intrinsics import Value, references_in
from stacks.evaluation.resolved_stack import Resource, ResourceKey, StackSource, resolve_stack
from stacks.function_catalogue import CODE_KEYS, LAYER_KEY
from stacks.names import title

# Parameters that the deploy script sets by itself; no figure depends on them.
PLACEHOLDERS: Final = {
    "EnvironmentSuffix": "planned",
    "ArtifactBucket": "planned",
    **dict.fromkeys((LAYER_KEY, *CODE_KEYS.values()), "planned"),
}
API_METHOD: Final = "AWS::ApiGateway::Method"
API_STAGE: Final = "AWS::ApiGateway::Stage"
BUCKET: Final = "AWS::S3::Bucket"
FUNCTION: Final = "AWS::Lambda::Function"
PIPE: Final = "AWS::Pipes::Pipe"
QUEUE: Final = "AWS::SQS::Queue"
STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"
SOURCE_MAPPING: Final = "AWS::Lambda::EventSourceMapping"
TABLE: Final = "AWS::DynamoDB::Table"

RECEIVER: Final = "WebhookReceiver"
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
    given up. window_seconds: how long a batch waits for others.
    """

    resource: Resource
    worker: Resource
    source: Resource
    keeps_seconds: float
    batch: int = 1
    parallel: int = aws.STREAM_SOURCE_DEFAULT_PARALLELIZATION
    target: Resource | None = None
    maximum_concurrency: int | None = None
    filters: tuple[str, ...] = ()
    window_seconds: float = 0.0


@dataclass(frozen=True)
class Deployment:
    """The resources of the nested stacks of one deployment, and the root's parameters."""

    resources: tuple[Resource, ...]
    parameters: Mapping[str, str]

    def of_type(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]

    def find(self, value: Value) -> Resource | None:
        """The resource that `value` refers to; the first one, where it is a text with several."""
        keys = ((reference.path, reference.logical_id) for reference in references_in(value))
        return next((self._by_key[key] for key in keys if key in self._by_key), None)

    @cached_property
    def _by_key(self) -> dict[ResourceKey, Resource]:
        return {resource.key: resource for resource in self.resources}

    @property
    def receiver(self) -> Resource:
        """The function behind `POST /webhook/…`. Raises LookupError when there is none."""
        for function in self.of_type(FUNCTION):
            if function.logical_id == RECEIVER:
                return function
        raise LookupError(f"there is no function {RECEIVER}")

    def function_of(self, method: Resource) -> Resource | None:
        return self.find(method.get("Integration", "Uri"))

    @property
    def api_stage(self) -> Resource:
        """The stage of the webhook API. Raises LookupError when there is none."""
        for stage in self.of_type(API_STAGE):
            if self.receiver in map(self.function_of, self.methods_of(stage)):
                return stage
        raise LookupError("no stage serves the receiver")

    def methods_of(self, stage: Resource) -> list[Resource]:
        """The methods of the stage's API."""
        api = self.find(stage.get("RestApiId"))
        methods = self.of_type(API_METHOD)
        return [method for method in methods if self.find(method.get("RestApiId")) == api]

    def environment_resource(self, function: Resource, variable: str) -> Resource | None:
        """The resource that the function's environment variable refers to."""
        return self.find(function.get("Environment", "Variables", variable))

    def table(self, role: str) -> Resource:
        """The table of that role (INBOX, LEDGER, ANALYTICS). Raises LookupError when no function has its variable."""
        for function in self.of_type(FUNCTION):
            if table := self.environment_resource(function, TABLE_VARIABLES[role]):
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
        consumers = [
            *map(self._pipe, self.of_type(PIPE)),
            *map(self._event_source, self.of_type(SOURCE_MAPPING)),
        ]
        consumers += map(self._state_machine, self.started_machines())
        return [consumer for consumer in consumers if consumer is not None]

    def started_machines(self) -> list[Resource]:
        """The state machines that a pipe starts; others stand idle."""
        targets = [self.find(pipe.get("Target")) for pipe in self.of_type(PIPE)]
        return [machine for machine in self.of_type(STATE_MACHINE) if machine in targets]

    def _pipe(self, pipe: Resource) -> Consumer | None:
        settings, source = pipe.get("SourceParameters") or {}, self.find(pipe.get("Source"))
        if pipe.get("DesiredState") == "STOPPED" or source is None:
            return None
        stream = settings.get("DynamoDBStreamParameters") or {}
        polling = {**stream, "FilterCriteria": settings.get("FilterCriteria")}
        return _reader(pipe, pipe, source, polling, default_batch=1, target=self.find(pipe.get("Target")))

    def _event_source(self, mapping: Resource) -> Consumer | None:
        function, source = self.find(mapping.get("FunctionName")), self.find(mapping.get("EventSourceArn"))
        if str(mapping.get("Enabled")).lower() == "false" or function is None or source is None:
            return None
        batch = aws.SQS_SOURCE_DEFAULT_BATCH if source.type == QUEUE else aws.STREAM_SOURCE_DEFAULT_BATCH
        return _reader(mapping, function, source, mapping.properties, batch)

    def _state_machine(self, machine: Resource) -> Consumer | None:
        """It calls its function for one item at a time."""
        first = first_state(machine)
        function = self.find((first.get("Parameters") or {}).get("FunctionName"))
        if function is None:
            return None
        return Consumer(machine, function, machine, keeps_seconds=_throttle_retry_seconds(first))


def resolve_deployment(assembly: Assembly, parameters: Mapping[str, str]) -> Deployment:
    """The deployment with these parameters. Raises UsageError for one that does not exist or may not have its value."""
    declared: dict[str, Any] = json.loads(assembly.root)["Parameters"]
    values = resolve(declared, parameters, PLACEHOLDERS)
    resources = resolve_stack(StackSource.parse(assembly.root, assembly.nested), values).values()
    nested = [
        resource for name in assembly.nested for resource in resources if resource.path == (title(name),)
    ]
    return Deployment(tuple(nested), values)


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


def _reader(
    resource: Resource,
    worker: Resource,
    source: Resource,
    polling: Mapping[str, Any],
    default_batch: int,
    target: Resource | None = None,
) -> Consumer:
    """A pipe or an event source. polling: its settings, by the names that both have in common."""
    concurrency = (polling.get("ScalingConfig") or {}).get("MaximumConcurrency")
    return Consumer(
        resource=resource,
        worker=worker,
        source=source,
        keeps_seconds=_keeps_seconds(source, polling),
        batch=int(polling.get("BatchSize") or default_batch),
        parallel=int(polling.get("ParallelizationFactor") or aws.STREAM_SOURCE_DEFAULT_PARALLELIZATION),
        target=target,
        maximum_concurrency=None if concurrency is None else int(concurrency),
        filters=tuple(entry["Pattern"] for entry in (polling.get("FilterCriteria") or {}).get("Filters", ())),
        window_seconds=float(polling.get("MaximumBatchingWindowInSeconds") or 0),
    )


def _keeps_seconds(source: Resource, polling: Mapping[str, Any]) -> float:
    """A record's maximum age -1, the default, is the stream's own retention."""
    if source.type == QUEUE:
        return float(source.get("MessageRetentionPeriod") or _DEFAULT_QUEUE_RETENTION_SECONDS)
    age = float(polling.get("MaximumRecordAgeInSeconds", -1))
    return min(age, aws.STREAM_RETENTION_SECONDS) if age > 0 else aws.STREAM_RETENTION_SECONDS
