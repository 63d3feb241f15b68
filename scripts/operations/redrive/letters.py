"""Dead letters: why each is there, what it is about, and what is sent for it again. Pure.

Who writes what: a rule the event, with attributes (EventBridge's user guide, "Using dead-letter queues to process
undelivered events"); a schedule its input, with attributes (EventBridge Scheduler's user guide, "Configuring a
dead-letter queue"); Lambda a record of the run (Lambda's guide, "Retaining records of asynchronous invocations"), or of
the batch with its records (the same, "Retain discarded records for a DynamoDB event source"); a pipe where in the
stream its batch is. Those that SQS itself moved have no reason.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Generic, NamedTuple, TypeVar

from payment_webhooks import contract
from payment_webhooks.notifications.content import BadMessage, parse_message
from payment_webhooks.processing.messages import PermanentFailure, parse_keys
from scripts.command_line.plain_text import visible

# The reason that the processor writes, then those of rules and schedules, the one first that is alike for all.
REASON_ATTRIBUTES: Final = (contract.DLQ_REASON_ATTRIBUTE, "ERROR_CODE", "ERROR_MESSAGE")
NO_REASON: Final = "received too often"
UNREADABLE_LETTER: Final = "can't be read"
# What dead letters lie in: queues by their alarms' names, and the failures bucket.
FAILED_BATCHES: Final = "failed-batches"
QUEUES: Final = (
    "processing-dlq",
    "notification-dlq",
    "events-dlq",
    "pipe-dlq",
    "schedules-dlq",
    FAILED_BATCHES,
)
P = TypeVar("P")


class UnreadableLetter(Exception):
    """It is not of the form that its writer gives it. It stays where it is."""


class Letter(NamedTuple):
    """`ident`: a message's id, or an object's key. `subject`: what it is about. `reason`: why it is there. `since`:
    when it was given up, UTC, or sent where SQS moved it. `stays`: why it can't go back; empty where it can.
    """

    ident: str
    subject: str
    reason: str
    since: datetime
    stays: str = ""


class Way(NamedTuple, Generic[P]):
    """How letters of one queue go back. `to`: where, for people. `read` gives what a message is about, and what is sent
    for it; raises UnreadableLetter. `deliver` takes ten of these at most, and says of each whether it arrived.
    """

    to: str
    read: Callable[[Mapping[str, Any]], tuple[str, P]]
    deliver: Callable[[Sequence[P]], Sequence[bool]]


class FailedEvent(NamedTuple):
    """`rule` and `target`: ARNs of what could not be reached; None for an event that the bus itself gave up."""

    event: Mapping[str, Any]
    rule: str | None
    target: str | None


def webhook_keys(message: Mapping[str, Any]) -> tuple[str, str]:
    """Of the processing queue: the webhook's id, and the message as it is."""
    try:
        return parse_keys(message["Body"]).webhook_id, message["Body"]
    except PermanentFailure as error:
        raise UnreadableLetter from error


def notification(message: Mapping[str, Any]) -> tuple[str, str]:
    """Of the notification queue: the transaction's id, and the message as it is."""
    try:
        return parse_message(message["Body"]).transaction_id, message["Body"]
    except BadMessage as error:
        raise UnreadableLetter from error


def failed_event(message: Mapping[str, Any]) -> tuple[str, FailedEvent]:
    """Of a rule or the bus: the transaction's id, and the event, which is whole, whatever part of it the target gets
    (O9008).
    """
    event = _document(message["Body"])
    detail = _part(event, "detail")
    needed = (detail.get("transaction_id"), event.get("source"), event.get("detail-type"))
    if not all(isinstance(each, str) for each in needed):
        raise UnreadableLetter
    try:
        datetime.fromisoformat(str(event.get("time")))
    except ValueError as error:
        raise UnreadableLetter from error
    told = _attributes(message)
    return detail["transaction_id"], FailedEvent(event, told.get("RULE_ARN"), told.get("TARGET_ARN"))


def failed_run(message: Mapping[str, Any]) -> tuple[str, str]:
    """Of a schedule, or of its function: the function's name, twice."""
    arn = _attributes(message).get("TARGET_ARN")
    if arn is None:
        arn = _part(_document(message["Body"]), "requestContext").get("functionArn")
    name = function_name(arn)
    return name, name


def failed_pipe_batch(message: Mapping[str, Any]) -> tuple[str, datetime]:
    """Of the pipe: where its batch is, and when the last of its records came."""
    batch = _part(_document(message["Body"]), "DDBStreamBatchInfo")
    try:
        last = datetime.fromisoformat(str(batch["approximateArrivalOfLastRecord"])).astimezone(UTC)
        return f"{batch['batchSize']} of {batch['shardId']}", last
    except (KeyError, ValueError) as error:
        raise UnreadableLetter from error


def failed_stream_batch(content: bytes) -> tuple[str, str, bytes]:
    """Of an event source that gave a batch up: the function's name, why, and what it is to be called with."""
    record = _document(content.decode(errors="replace"))
    payload = record.get("payload")
    body = payload if isinstance(payload, str) else json.dumps(payload)
    if not isinstance(_document(body).get("Records"), list):
        raise UnreadableLetter
    run = _part(record, "requestContext")
    return function_name(run.get("functionArn")), str(run.get("condition", NO_REASON)), body.encode()


def function_name(arn: object) -> str:
    """The name in a function's ARN, which may end with a version. Raises UnreadableLetter."""
    _, found, name = str(arn).partition(":function:")
    if not found:
        raise UnreadableLetter
    return name.partition(":")[0]


def reason_of(message: Mapping[str, Any]) -> str:
    """What its attributes say, in one line; empty where they say nothing."""
    told = _attributes(message)
    return next((" ".join(visible(told[name]).split()) for name in REASON_ATTRIBUTES if name in told), "")


def group_reason(message: Mapping[str, Any]) -> str:
    """Why a message is there, in words that are alike for all of one cause."""
    told = reason_of(message)
    if told:
        return told
    try:
        record = _document(message["Body"])
    except UnreadableLetter:
        return NO_REASON
    error = record.get("responsePayload")
    kind = error.get("errorType") if isinstance(error, dict) else None
    context = record.get("requestContext") or record.get("context") or {}
    return visible(str(kind or (isinstance(context, dict) and context.get("condition")) or NO_REASON))


def letter_of(message: Mapping[str, Any], way: Way[Any]) -> Letter:
    """A message of SQS, received with all its attributes."""
    since = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    try:
        subject, _ = way.read(message)
    except UnreadableLetter:
        return Letter(message["MessageId"], "-", group_reason(message), since, UNREADABLE_LETTER)
    return Letter(message["MessageId"], visible(subject), group_reason(message), since)


class Group(NamedTuple):
    """Letters of one queue with one reason."""

    queue: str
    reason: str
    stays: str
    letters: int
    oldest: datetime
    sample: str

    def document(self) -> dict[str, Any]:
        return {**self._asdict(), "oldest": self.oldest.isoformat()}


def groups_of(queue: str, letters: Sequence[Letter]) -> list[Group]:
    """By reason, the largest first."""
    alike: dict[tuple[str, str], list[Letter]] = {}
    for letter in letters:
        alike.setdefault((letter.reason, letter.stays), []).append(letter)
    groups = [
        Group(queue, reason, stays, len(found), min(each.since for each in found), found[0].subject)
        for (reason, stays), found in alike.items()
    ]
    return sorted(groups, key=lambda group: -group.letters)


def _attributes(message: Mapping[str, Any]) -> dict[str, str]:
    attributes = message.get("MessageAttributes", {})
    return {name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value}


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableLetter from error
    if not isinstance(document, dict):
        raise UnreadableLetter
    return document


def _part(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = document.get(name)
    if not isinstance(part, dict):
        raise UnreadableLetter
    return part
