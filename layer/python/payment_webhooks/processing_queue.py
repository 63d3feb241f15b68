"""The processor fed by SQS: a batch of keys in, a partial batch response out.

A message that another attempt can't help goes to the dead-letter queue by our own hand, with the reason as an
attribute, which SQS's own redrive doesn't say. That redrive stays as the net under this.
"""

import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws_api import Api
from payment_webhooks.errors import ProviderUnavailable, Unavailable, WebhookError
from payment_webhooks.inbox import InboxKeys
from payment_webhooks.inbox_progress import InboxProgress, StoredWebhook
from payment_webhooks.logs import ERROR, INFO, WARNING, Logger, describe, log, milliseconds_since, trace_id
from payment_webhooks.metrics import COUNT, metric_fields
from payment_webhooks.processor import PermanentFailure, Processed

FIRST_DELAY_SECONDS = 2
MAX_KEY_CHARACTERS = 1024  # DynamoDB's limit of a sort key


class QueueMessage(NamedTuple):
    message_id: str
    receipt_handle: str
    body: str
    receive_count: int


class QueueSettings(NamedTuple):
    """`visibility_timeout_seconds` is the queue's own: after it, a message of a crashed attempt comes again."""

    queue_url: str
    dead_letter_url: str
    max_receive_count: int
    visibility_timeout_seconds: int


@dataclass
class Attempt:
    """One delivery of a message. Every line about it names the webhook and the receiver's trace, as far as they
    are known; this invocation's trace until the webhook has been read.
    """

    message: QueueMessage
    keys: InboxKeys | None = None
    trace_id: str | None = None

    def found(self, webhook: StoredWebhook) -> None:
        self.trace_id = webhook.trace_id

    @property
    def ids(self) -> dict[str, str | None]:
        return {
            "webhook_id": self.keys.webhook_id if self.keys else None,
            "trace_id": self.trace_id or trace_id(),
            "message_id": self.message.message_id,
        }


class QueueProcessor:
    """`process` does one webhook; `jitter` gives a number from 0 to 1."""

    def __init__(
        self,
        process: Callable[[InboxKeys, Callable[[StoredWebhook], None]], Processed],
        inbox: InboxProgress,
        sqs: Api,
        settings: QueueSettings,
        write: Logger = log,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._process = process
        self._inbox = inbox
        self._sqs = sqs
        self._settings = settings
        self._write = write
        self._jitter = jitter

    def handle(self, event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
        """Lambda's event of an SQS source; names the messages that are to be delivered again."""
        messages = [_message(record) for record in event["Records"]]
        failed = [message.message_id for message in messages if not self._done_with(message)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _done_with(self, message: QueueMessage) -> bool:
        """Whether the message may be deleted. Never raises an Exception: the rest of the batch goes on."""
        started = time.monotonic()
        attempt = Attempt(message)
        try:
            attempt.keys = parse_keys(message.body)
            processed = self._process(attempt.keys, attempt.found)
            level, fields, done = _level_of(processed), _fields_of(processed, attempt.keys), True
        except Exception as error:
            done, outcome = self._settle(attempt, error)
            level, fields = (
                ERROR if outcome != "retried" else WARNING,
                {"outcome": outcome, "endpoint": _endpoint_of(attempt.keys, error), **describe(error)},
            )
        self._write(
            level,
            "webhook processing",
            **attempt.ids,
            receive_count=message.receive_count,
            duration_ms=milliseconds_since(started),
            **fields,
            **_metrics(fields),
        )
        return done

    def _settle(self, attempt: Attempt, error: Exception) -> tuple[bool, str]:
        """(whether the message may be deleted, outcome) after an attempt that failed."""
        reason, message = reason_of(error), attempt.message
        last = message.receive_count >= self._settings.max_receive_count
        if last and isinstance(error, ProviderUnavailable):
            self._tell_inbox(attempt, lambda known: self._inbox.record_failure(known, reason))
            return True, "left_pending"  # the sweeper brings it again, until the provider answers
        try:
            if isinstance(error, PermanentFailure) or last:
                self._send_to_dead_letters(message, reason)
                self._tell_inbox(attempt, lambda known: self._inbox.give_up(known, reason))
                return True, "dead_lettered"
        except Unavailable:
            # SQS takes it there after the last attempt, without the reason
            return False, "dead_lettering_failed"
        self._tell_inbox(attempt, lambda known: self._inbox.record_failure(known, reason))
        self._delay(attempt)
        return False, "retried"

    def _send_to_dead_letters(self, message: QueueMessage, reason: str) -> None:
        self._sqs(
            "SendMessage",
            {
                "QueueUrl": self._settings.dead_letter_url,
                "MessageBody": message.body,
                "MessageAttributes": {
                    contract.DLQ_REASON_ATTRIBUTE: {"DataType": "String", "StringValue": reason}
                },
            },
        )

    def _tell_inbox(self, attempt: Attempt, tell: Callable[[InboxKeys], bool]) -> None:
        """For people to see. Not worth another attempt: a row that stays pending is found by its age."""
        if attempt.keys is None:
            return
        try:
            tell(attempt.keys)
        except Unavailable as error:
            self._write(WARNING, "webhook progress not recorded", **attempt.ids, **describe(error))

    def _delay(self, attempt: Attempt) -> None:
        """Back-off: the queue's own visibility time-out is for a crash, and too long for a retry."""
        message, longest = attempt.message, self._settings.visibility_timeout_seconds
        seconds = retry_delay_seconds(message.receive_count, longest, self._jitter())
        try:
            self._sqs(
                "ChangeMessageVisibility",
                {
                    "QueueUrl": self._settings.queue_url,
                    "ReceiptHandle": message.receipt_handle,
                    "VisibilityTimeout": seconds,
                },
            )
        except Unavailable as error:
            self._write(WARNING, "retry not delayed", **attempt.ids, **describe(error))


def retry_delay_seconds(receive_count: int, visibility_timeout_seconds: int, jitter: float) -> int:
    """When a message that has been received `receive_count` times (from 1) is to come again.

    Exponential with full jitter (`jitter` from 0 to 1), so that what failed together does not come together
    (AWS Architecture Blog, "Exponential Backoff And Jitter"). From one second, as none is no delay, to less
    than the visibility time-out, as a failure that was told should not wait longer than a crash.
    """
    doubled: int = FIRST_DELAY_SECONDS * 2 ** (receive_count - 1)
    longest = min(doubled, visibility_timeout_seconds - 1)
    return max(1, math.ceil(longest * jitter))


def parse_keys(body: str) -> InboxKeys:
    """The keys in a message: {"webhookId": ..., "timestamp": ...}. Raises
    PermanentFailure("message_malformed").
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise PermanentFailure("message_malformed")
    return InboxKeys(
        _key_text(document.get(contract.MESSAGE_WEBHOOK_ID)),
        _key_text(document.get(contract.MESSAGE_TIMESTAMP)),
    )


def _key_text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_KEY_CHARACTERS or not value.isascii():
        raise PermanentFailure("message_malformed")
    return value


def reason_of(error: Exception) -> str:
    """A stable code: our own, or the type of an exception that nobody expected."""
    return error.reason if isinstance(error, WebhookError) else f"unexpected_{type(error).__name__}"


def _message(record: Mapping[str, Any]) -> QueueMessage:
    return QueueMessage(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        body=record["body"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
    )


def _level_of(processed: Processed) -> str:
    attention = (contract.STATUS_CONFLICT, contract.STATUS_QUARANTINED)
    return WARNING if processed.status in attention and not processed.repeated else INFO


def _endpoint_of(keys: InboxKeys | None, error: Exception | None = None) -> str:
    """The endpoint of a webhook; of one that does not exist, nobody knows."""
    if keys is None or isinstance(error, PermanentFailure):
        return contract.UNKNOWN_ENDPOINT
    return keys.webhook_id.split(":", 1)[0]


def _metrics(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the line counts: each webhook's outcome once, and each attempt that failed."""
    if fields.get("repeated"):
        return {}
    found = metric_fields({contract.METRIC_PROCESSED: (1, COUNT)}, fields)
    return {name: value for name, value in found.items() if name not in fields}


def _fields_of(processed: Processed, keys: InboxKeys) -> dict[str, Any]:
    return {
        "endpoint": _endpoint_of(keys),
        "outcome": processed.status,
        "reason": processed.reason,
        "event_type": processed.event_type,
        "transaction_id": processed.transaction_id,
        "published": processed.published,
        "repeated": processed.repeated,
    }
