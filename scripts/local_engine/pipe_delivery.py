"""Delivers a batch of a table's stream to a queue or a state machine, as an EventBridge pipe does.

Source: Amazon EventBridge user guide, "DynamoDB stream as a source", "Batching and concurrency", "Error handling" and
"Amazon EventBridge Pipes input transformation". Of input templates that is implemented which ours is made of: paths of
names, inside of JSON strings.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

NO_LIMIT: Final = -1
QUEUE_BATCH_LIMIT: Final = 10  # "Batchable targets": a pipe to a queue reads at most 10 records at once
_log: Final = logging.getLogger("pipes")
_PLACEHOLDER: Final = re.compile(r"<(\$[^>]*|aws\.pipes\.[^>]*)>")


@dataclass(frozen=True)
class PipeSettings:
    """The properties of an AWS::Pipes::Pipe that delivery follows. -1 stands for no limit."""

    arn: str
    source_arn: str
    target_arn: str
    role_arn: str
    patterns: tuple[Mapping[str, Any], ...]
    template: str | None
    maximum_retry_attempts: int
    maximum_record_age_seconds: int
    dead_letter_arn: str | None

    @classmethod
    def from_properties(cls, arn: str, properties: Mapping[str, Any]) -> "PipeSettings":
        """Raises ValueError for what AWS refuses (a batch over the queue's limit, a filter that is no JSON
        object, a standard state machine that is waited for) and for what is not implemented (an enrichment, a
        FIFO queue, batches for a state machine).
        """
        source = properties.get("SourceParameters") or {}
        stream = source.get("DynamoDBStreamParameters") or {}
        target_parameters = properties.get("TargetParameters") or {}
        to_queue = ":sqs:" in properties["Target"]
        to_machine = ":states:" in properties["Target"]
        machine = target_parameters.get("StepFunctionStateMachineParameters") or {}
        if (to_queue or to_machine) and properties.get("Enrichment"):
            raise ValueError("the local pipe has no enrichment")
        if to_queue and properties["Target"].endswith(".fifo"):
            raise ValueError("the local pipe has no FIFO queue as target")
        if to_machine and int(stream.get("BatchSize", 1)) != 1:
            raise ValueError("the local pipe gives a state machine one record at a time")
        if to_machine and machine.get("InvocationType") != "FIRE_AND_FORGET":
            raise ValueError("a pipe starts a standard state machine with FIRE_AND_FORGET")
        if to_queue and int(stream.get("BatchSize", 1)) > QUEUE_BATCH_LIMIT:
            raise ValueError(f"a pipe to a queue takes batches of at most {QUEUE_BATCH_LIMIT}")
        return cls(
            arn=arn,
            source_arn=properties["Source"],
            target_arn=properties["Target"],
            role_arn=properties["RoleArn"],
            patterns=tuple(
                _pattern(filter_) for filter_ in (source.get("FilterCriteria") or {}).get("Filters") or ()
            ),
            template=target_parameters.get("InputTemplate"),
            maximum_retry_attempts=int(stream.get("MaximumRetryAttempts", NO_LIMIT)),
            maximum_record_age_seconds=int(stream.get("MaximumRecordAgeInSeconds", NO_LIMIT)),
            dead_letter_arn=(stream.get("DeadLetterConfig") or {}).get("Arn"),
        )

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[-1]


def _pattern(filter_: Mapping[str, Any]) -> Mapping[str, Any]:
    pattern = json.loads(filter_["Pattern"])
    if not isinstance(pattern, dict):
        raise ValueError("a filter pattern is a JSON object")
    return pattern


class Targets(Protocol):
    """Calls of the pipe to the rest of the engine; any exception counts as a failure."""

    def check_source(self) -> None: ...

    def send(self, queue_arn: str, body: str) -> None: ...

    def start(self, machine_arn: str, execution_input: str) -> None: ...


class Delivery:
    """One pipe's delivery: it remembers what of a held batch is done, and how often the next was tried."""

    def __init__(
        self,
        settings: PipeSettings,
        targets: Targets,
        matches: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
    ) -> None:
        self._settings = settings
        self._targets = targets
        self._matches = matches
        self._done: set[str] = set()
        self._attempts = 0

    def deliver(self, batch: Sequence[Mapping[str, Any]], now_seconds: float) -> bool:
        """Deliver the batch. Returns True when every record is done; False: call again with the same records."""
        for record in batch:
            if record["eventID"] in self._done:
                continue
            if not self._handle(record, now_seconds):
                return False
            self._done.add(record["eventID"])
            self._attempts = 0
        self._done.clear()
        return True

    def _handle(self, record: Mapping[str, Any], now_seconds: float) -> bool:
        patterns = self._settings.patterns
        if patterns and not any(self._matches(pattern, record) for pattern in patterns):
            return True
        try:
            self._targets.check_source()
            self._send(self._body(record))
        except Exception as error:
            self._attempts += 1
            condition = self._give_up_reason(record, now_seconds)
            _log.warning("pipe %s, attempt %d: %s", self._settings.name, self._attempts, error)
            return condition is not None and self._send_dead_letter(record, condition, now_seconds)
        return True

    def _send(self, body: str) -> None:
        """A queue gets the message, a state machine a batch: a JSON array ("Batching and concurrency")."""
        target = self._settings.target_arn
        if ":states:" in target:
            self._targets.start(target, f"[{body}]")
        else:
            self._targets.send(target, body)

    def _body(self, record: Mapping[str, Any]) -> str:
        if self._settings.template is None:
            return json.dumps(record)
        body = render(self._settings.template, record)
        if not body:
            raise TemplateError("the input template gives an empty message")
        return body

    def _give_up_reason(self, record: Mapping[str, Any], now_seconds: float) -> str | None:
        """The reason to give the record up; None: try it again."""
        retries, age = self._settings.maximum_retry_attempts, self._settings.maximum_record_age_seconds
        if retries != NO_LIMIT and self._attempts > retries:
            return "RetryAttemptsExhausted"
        created = float(record["dynamodb"].get("ApproximateCreationDateTime", now_seconds))
        return "MaximumRecordAgeExceeded" if age != NO_LIMIT and now_seconds - created > age else None

    def _send_dead_letter(self, record: Mapping[str, Any], condition: str, now_seconds: float) -> bool:
        """Send the record's place in the stream to the dead-letter queue; without one, drop the record."""
        if self._settings.dead_letter_arn is None:
            return True
        try:
            letter = dead_letter(self._settings, record, condition, now_seconds)
            self._targets.send(self._settings.dead_letter_arn, json.dumps(letter))
        except Exception as error:
            _log.warning("pipe %s, dead-letter queue: %s", self._settings.name, error)
            return False
        return True


def dead_letter(
    settings: PipeSettings, record: Mapping[str, Any], condition: str, now_seconds: float
) -> dict[str, Any]:
    """The dead letter of a record: its position in the stream, never its content. The engine has one unnamed shard."""
    place = str(record["dynamodb"]["SequenceNumber"])
    created = float(record["dynamodb"].get("ApproximateCreationDateTime", now_seconds))
    return {
        "context": {"partnerResourceArn": settings.arn, "condition": condition},
        "version": "1.0",
        "timestamp": _timestamp(now_seconds),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000000000000000000-00000000",
            "startSequenceNumber": place,
            "endSequenceNumber": place,
            "approximateArrivalOfFirstRecord": _timestamp(created),
            "approximateArrivalOfLastRecord": _timestamp(created),
            "batchSize": 1,
            "streamArn": settings.source_arn,
        },
    }


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TemplateError(ValueError):
    """The template asks for what is not there, or for what is not implemented."""


def render(template: str, record: Any) -> str:
    """Render the text that the target gets: each placeholder becomes the text at its path, escaped for its JSON string.

    Raises TemplateError: a path that is not in the record has no documented result, and one outside of a string gives
    no JSON.
    """

    def replacement(match: re.Match[str]) -> str:
        value = record
        for name in match[1].split(".")[1:]:
            try:
                value = value[name]
            except (KeyError, TypeError):
                raise TemplateError(f"{match[0]} is not in the record") from None
        if not isinstance(value, str):
            raise TemplateError(f"{match[0]} is no text")
        return json.dumps(value, ensure_ascii=False)[1:-1]

    text = _PLACEHOLDER.sub(replacement, template)
    try:
        json.loads(text)
    except ValueError:
        raise TemplateError(f"a message of {template} is no JSON") from None
    return text
