"""Who feeds whom in the templates: the API's functions, and all that takes from a table's stream or a queue."""

from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Consumer:
    """A pipe, or an event source of a function, by the limits that its template sets.

    worker: what takes the time, a function or the pipe itself. parallel: batches of one shard at once.
    maximum_concurrency: batches at once in all, where the template says so. keeps_seconds: how old an item may
    become before it is given up.
    """

    resource: Resource
    worker: Resource
    source: Resource
    target: Resource | None
    batch: int
    parallel: int
    maximum_concurrency: int | None
    keeps_seconds: float
    filters: tuple[str, ...]


@dataclass(frozen=True)
class System:
    """The deployment, seen by who feeds whom."""

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
        """The stage that webhooks come through; other APIs have their own. Raises LookupError when there is none."""
        for stage in self.deployment.of_type(API_STAGE):
            if self.receiver in map(self.function_of, self.methods_of(stage)):
                return stage
        raise LookupError("no stage serves the receiver")

    def methods_of(self, stage: Resource) -> list[Resource]:
        """The methods of the stage's API."""
        api = self.deployment.find(stage.get("RestApiId"))
        methods = self.deployment.of_type(API_METHOD)
        return [each for each in methods if self.deployment.find(each.get("RestApiId")) == api]

    def named(self, function: Resource, variable: str) -> Resource | None:
        """The resource that an environment variable of the function names."""
        return self.deployment.find(function.get("Environment", "Variables", variable))

    def table(self, role: str) -> Resource:
        """The inbox or the ledger. Raises LookupError when no function is told of it."""
        for function in self.deployment.of_type(FUNCTION):
            found = self.named(function, TABLE_VARIABLES[role])
            if found:
                return found
        raise LookupError(f"no function has the variable {TABLE_VARIABLES[role]}")

    def role_of(self, table: Resource) -> str | None:
        """Which of the tables that the code's calls are known for this is."""
        return next((role for role in TABLE_VARIABLES if self.table(role) == table), None)

    def consumers(self) -> list[Consumer]:
        """Those that are on, in the order of the templates."""
        return [*self._pipes(), *self._event_sources()]

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
                target=self.deployment.find(pipe.get("Target")),
                batch=int(stream.get("BatchSize", 1)),
                parallel=int(stream.get("ParallelizationFactor", STREAM_SOURCE_DEFAULT_PARALLELIZATION)),
                maximum_concurrency=None,
                keeps_seconds=_stream_keeps_seconds(stream),
                filters=_filters(pipe.get("SourceParameters", "FilterCriteria")),
            )

    def _event_sources(self) -> Iterator[Consumer]:
        for mapping in self.deployment.of_type(SOURCE_MAPPING):
            function = self.deployment.find(mapping.get("FunctionName"))
            source = self.deployment.find(mapping.get("EventSourceArn"))
            if str(mapping.get("Enabled")).lower() == "false" or function is None or source is None:
                continue
            queue = source.type == QUEUE
            at_once = mapping.get("ScalingConfig", "MaximumConcurrency")
            default_batch = SQS_SOURCE_DEFAULT_BATCH if queue else STREAM_SOURCE_DEFAULT_BATCH
            yield Consumer(
                resource=mapping,
                worker=function,
                source=source,
                target=None,
                batch=int(mapping.get("BatchSize") or default_batch),
                parallel=int(mapping.get("ParallelizationFactor") or STREAM_SOURCE_DEFAULT_PARALLELIZATION),
                maximum_concurrency=None if at_once is None else int(at_once),
                keeps_seconds=_queue_keeps_seconds(source)
                if queue
                else _stream_keeps_seconds(mapping.properties),
                filters=_filters(mapping.get("FilterCriteria")),
            )


def _stream_keeps_seconds(parameters: Any) -> float:
    """-1, the default, is the stream's own retention."""
    age = float(parameters.get("MaximumRecordAgeInSeconds", -1))
    return min(age, STREAM_RETENTION_SECONDS) if age > 0 else STREAM_RETENTION_SECONDS


def _queue_keeps_seconds(queue: Resource) -> float:
    return float(queue.get("MessageRetentionPeriod") or _DEFAULT_QUEUE_RETENTION_SECONDS)


def _filters(criteria: Any) -> tuple[str, ...]:
    return tuple(each["Pattern"] for each in (criteria or {}).get("Filters", ()))
