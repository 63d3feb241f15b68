"""Processes a batch of messages from SQS and answers with a partial batch response.

The queue's own visibility time-out is longer than Lambda lets an invocation run. The processor needs far less: at the
start of a batch it shortens it, so that a crash hides nothing for long, and it stops itself before that is over.

A webhook is given up after its last attempt, by one conditional update, and once: then a message goes to the
dead-letter queue by our own hand, with the reason as an attribute, which SQS's own redrive doesn't say. What is for
lack of time or capacity, or of something that is out, is no such attempt: after its last receive the message is
deleted, the row stays pending, and the sweeper brings it again for as long as it takes.
"""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.batch_response import BatchResponse, batch_response
from payment_webhooks.aws.json_client import Api
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable, WebhookError
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import InboxProgress, StoredWebhook
from payment_webhooks.processing.attempt_log import (
    MESSAGE,
    Attempt,
    failure_fields,
    fields_of,
    give_up,
    level_of,
    metrics_of,
    passes,
    reason_of,
    tell_inbox,
)
from payment_webhooks.processing.messages import DeadLetters, PermanentFailure, parse_keys
from payment_webhooks.processing.processor import Processed
from payment_webhooks.telemetry.logs import ERROR, WARNING, Logger, describe, log, milliseconds_since

FIRST_DELAY_SECONDS = 2
# A webhook is not begun with less: asking PayPal takes four calls of 5 s at most (providers/paypal/rest_api.py).
LONGEST_ATTEMPT_SECONDS = 20.0
# To tell how an attempt ended that took all the time: else it would count as one that did not end. With it the batch is
# over long before its messages are visible again (contract.PROCESSOR_LOST_AFTER_SECONDS).
TELLING_SECONDS = 5.0


class QueueMessage(NamedTuple):
    message_id: str
    receipt_handle: str
    body: str
    receive_count: int


class QueueSettings(NamedTuple):
    queue_url: str
    dead_letter_url: str
    max_receive_count: int  # after which a message is deleted, or its webhook given up


class AttemptsUnended(WebhookError):
    """Attempt after attempt began and none has said how it ended, as when the webhook kills its worker."""

    def __init__(self) -> None:
        super().__init__("attempts_unended")


class QueueProcessor:
    """`process` does one webhook; `deadline` is the invocation's; `jitter` gives a number from 0 to 1."""

    def __init__(
        self,
        process: Callable[[InboxKeys, Callable[[StoredWebhook], None]], Processed],
        inbox: InboxProgress,
        sqs: Api,
        settings: QueueSettings,
        deadline: Deadline,
        write: Logger = log,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._process = process
        self._inbox = inbox
        self._sqs = sqs
        self._dead_letters = DeadLetters(sqs, settings.dead_letter_url)
        self._settings = settings
        self._deadline = deadline
        self._write = write
        self._jitter = jitter

    def handle(self, event: Mapping[str, Any]) -> BatchResponse:
        """Lambda's event of an SQS source; names the messages that are to be delivered again."""
        messages = [_message(record) for record in event["Records"]]
        self._shorten_visibility(messages)
        # Those received most often first, so that none is put off each time.
        messages.sort(key=lambda message: -message.receive_count)
        return batch_response([message.message_id for message in messages if not self._has_handled(message)])

    def _shorten_visibility(self, messages: Sequence[QueueMessage]) -> None:
        """Not worth an attempt when it fails: the queue's own time-out is the longer one."""
        entries = [
            {
                "Id": str(number),
                "ReceiptHandle": message.receipt_handle,
                "VisibilityTimeout": contract.PROCESSOR_LOST_AFTER_SECONDS,
            }
            for number, message in enumerate(messages)
        ]
        request = {"QueueUrl": self._settings.queue_url, "Entries": entries}
        try:
            failed = self._sqs("ChangeMessageVisibilityBatch", request).get("Failed") or ()
        except Unavailable as error:
            self._write(WARNING, "visibility not shortened", messages=len(entries), **describe(error))
            return
        if failed:
            self._write(WARNING, "visibility not shortened", messages=len(failed), reason="sqs_refused")

    def _has_handled(self, message: QueueMessage) -> bool:
        """Whether the message may be deleted. One that is not begun is no attempt: neither its line nor its count."""
        if self._deadline.remaining_seconds() >= LONGEST_ATTEMPT_SECONDS:
            return self._done_with(message)
        self._write(WARNING, "webhook put off", message_id=message.message_id)
        return False

    def _done_with(self, message: QueueMessage) -> bool:
        """Whether the message may be deleted. Never raises an Exception: the rest of the batch goes on."""
        started = time.monotonic()
        attempt = Attempt({"message_id": message.message_id})
        try:
            attempt.keys = parse_keys(message.body)
            processed = self._process(attempt.keys, lambda found: self._begin(message, attempt, found))
            level, fields, done = level_of(processed), fields_of(processed, attempt.keys), True
        except Exception as error:
            done, outcome = self._settle(message, attempt, error)
            level = ERROR if outcome != "retried" else WARNING
            fields = failure_fields(attempt.keys, error, outcome)
        self._write(
            level,
            MESSAGE,
            **attempt.ids,
            receive_count=message.receive_count,
            duration_ms=milliseconds_since(started),
            **fields,
            **metrics_of(fields),
        )
        return done

    def _settle(self, message: QueueMessage, attempt: Attempt, error: Exception) -> tuple[bool, str]:
        """(whether the message may be deleted, outcome) after an attempt that failed."""
        self._deadline.leave(TELLING_SECONDS)
        reason = reason_of(error)
        most, counts = self._settings.max_receive_count, not passes(error)
        last = message.receive_count >= most
        try:
            if isinstance(error, PermanentFailure):
                self._dead_letters.send(message.body, reason)
                return True, "dead_lettered"
            # A receive that was put off is no attempt.
            enough = counts and last and attempt.attempts_before + 1 >= most
            if attempt.keys and (enough or isinstance(error, AttemptsUnended)):
                give_up(self._inbox, self._dead_letters, attempt.keys, reason, int(enough))
                return True, "dead_lettered"
        except Unavailable:
            return False, "dead_lettering_failed"  # to be received again
        self._tell_inbox(attempt, lambda known: self._inbox.record_failure(known, reason, counts))
        if last:
            return True, "left_pending"  # the sweeper brings it again
        self._delay(message, attempt)
        return False, "retried"

    def _begin(self, message: QueueMessage, attempt: Attempt, webhook: StoredWebhook) -> None:
        """Told of the webhook before anything is done with it. Raises AttemptsUnended."""
        attempt.found(webhook)
        if webhook.unended >= self._settings.max_receive_count:
            raise AttemptsUnended
        if webhook.is_open and message.receive_count > 1:
            self._inbox.begin_again(webhook.keys)

    def _tell_inbox(self, attempt: Attempt, tell: Callable[[InboxKeys], bool]) -> None:
        tell_inbox(attempt, tell, self._write)

    def _delay(self, message: QueueMessage, attempt: Attempt) -> None:
        """Back-off: the visibility time-out is for a crash, and too long for a retry."""
        seconds = retry_delay_seconds(message.receive_count, self._jitter())
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


def retry_delay_seconds(receive_count: int, jitter: float) -> int:
    """When a message that has been received `receive_count` times (from 1) is to come again.

    Exponential with full jitter (`jitter` from 0 to 1), so that what failed together does not come together
    (AWS Architecture Blog, "Exponential Backoff And Jitter"). From one second, as none is no delay, to less
    than after a crash, as a failure that was told should not wait longer.
    """
    doubled: int = FIRST_DELAY_SECONDS * 2 ** (receive_count - 1)
    longest = min(doubled, contract.PROCESSOR_LOST_AFTER_SECONDS - 1)
    return max(1, math.ceil(longest * jitter))


def _message(record: Mapping[str, Any]) -> QueueMessage:
    return QueueMessage(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        body=record["body"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
    )
