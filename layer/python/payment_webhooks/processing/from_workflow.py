"""Processes one webhook for the state machine, or gives one up after its last attempt.

The machine repeats what raises, and its history keeps the error's name and message; so what is raised here is of
this module, and its message a reason code. An unknown exception's message may quote a payload.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from payment_webhooks import contract
from payment_webhooks.errors import WebhookError
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import InboxProgress, StoredWebhook
from payment_webhooks.processing.attempt_log import (
    MESSAGE,
    Attempt,
    endpoint_of,
    failure_fields,
    fields_of,
    give_up,
    level_of,
    metrics_of,
    passes,
    reason_of,
    tell_inbox,
)
from payment_webhooks.processing.messages import DeadLetters, PermanentFailure, keys_of, message_body
from payment_webhooks.processing.processor import Processed
from payment_webhooks.telemetry.logs import ERROR, WARNING, Logger, log, milliseconds_since

_REASON = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MESSAGE = re.compile(rf"([A-Za-z]{{1,40}}): ({_REASON.pattern})")  # as WorkflowFailure writes it


class WorkflowFailure(WebhookError):
    """Says its kind in its message, too: the local engine passes on no exception's name."""

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.reason}"


class AttemptFailed(WorkflowFailure):
    """Another attempt may help."""


class Postponed(WorkflowFailure):
    """Time or capacity is short, or something is out: the webhook is never given up for that."""


class PermanentlyFailed(WorkflowFailure):
    """Another attempt can't help. The machine knows this name: contract.WORKFLOW_PERMANENT."""


class WorkflowProcessor:
    """`process` does one webhook."""

    def __init__(
        self,
        process: Callable[[InboxKeys, Callable[[StoredWebhook], None]], Processed],
        inbox: InboxProgress,
        dead_letters: DeadLetters,
        write: Logger = log,
    ) -> None:
        self._process = process
        self._inbox = inbox
        self._dead_letters = dead_letters
        self._write = write

    def handle(self, event: Mapping[str, Any]) -> dict[str, str]:
        """What a state of the machine asks for: {"task": "process" | "give_up", "webhooks": the execution's
        input, "execution": its ARN, "retries": so far, "failure": of the attempt that was the last}.

        Answers {"outcome": ...}. Raises WorkflowFailure, of one of its kinds.
        """
        started = time.monotonic()
        attempt = Attempt({"execution": event[contract.WORKFLOW_EXECUTION]})
        work = self._give_up if event[contract.WORKFLOW_TASK] == contract.WORKFLOW_GIVE_UP else self._apply
        failure: WorkflowFailure | None = None
        try:
            level, fields = work(event, attempt)
        except Exception as error:
            failure = _typed(error)
            reason = failure.reason
            level, fields = WARNING, failure_fields(attempt.keys, error, "retried")
            counts = not passes(error)
            tell_inbox(attempt, lambda keys: self._inbox.record_failure(keys, reason, counts), self._write)
        self._write(
            level,
            MESSAGE,
            **attempt.ids,
            retries=event.get(contract.WORKFLOW_RETRIES),
            duration_ms=milliseconds_since(started),
            **fields,
            **metrics_of(fields),
        )
        if failure is not None:
            raise failure
        return {contract.WORKFLOW_OUTCOME: fields["outcome"]}

    def _apply(self, event: Mapping[str, Any], attempt: Attempt) -> tuple[str, dict[str, Any]]:
        attempt.keys = _only(event[contract.WORKFLOW_INPUT])
        processed = self._process(attempt.keys, attempt.found)
        return level_of(processed), fields_of(processed, attempt.keys)

    def _give_up(self, event: Mapping[str, Any], attempt: Attempt) -> tuple[str, dict[str, Any]]:
        """After the last attempt: the inbox says why, and the keys go to the dead-letter queue. A webhook that waits
        for what passes, or whose attempts did not end (a time-out, a worker that died, throttling), stays pending, and
        the sweeper brings it.
        """
        kind, reason = _last(event[contract.WORKFLOW_FAILURE])
        fields = {"outcome": "dead_lettered", "reason": reason, "error_type": kind}
        try:
            attempt.keys = _only(event[contract.WORKFLOW_INPUT])
        except PermanentFailure:
            self._dead_letters.send(json.dumps(event[contract.WORKFLOW_INPUT]), reason)
            return ERROR, {**fields, "endpoint": contract.UNKNOWN_ENDPOINT}
        if kind == PermanentlyFailed.__name__:
            self._dead_letters.send(message_body(attempt.keys), reason)
            return ERROR, {**fields, "endpoint": contract.UNKNOWN_ENDPOINT}
        fields["endpoint"] = endpoint_of(attempt.keys)
        if kind != AttemptFailed.__name__:
            return ERROR, {**fields, "outcome": "left_pending"}
        give_up(self._inbox, self._dead_letters, attempt.keys, reason, attempts=0)
        return ERROR, fields


def _only(webhooks: object) -> InboxKeys:
    """The keys in the execution's input: a list of one message, or the message itself, as a person would
    write it. Raises PermanentFailure("message_malformed").
    """
    return keys_of(webhooks[0] if isinstance(webhooks, list) and len(webhooks) == 1 else webhooks)


def _typed(error: Exception) -> WorkflowFailure:
    """The error by its kind, without what it may quote."""
    if isinstance(error, PermanentFailure):
        return PermanentlyFailed(error.reason)
    kind = Postponed if passes(error) else AttemptFailed
    return kind(reason_of(error))


def _last(failure: Mapping[str, Any]) -> tuple[str, str]:
    """(kind, reason code) of what the machine caught.

    The cause of a function's failure is Lambda's JSON of the exception. Of what the service itself reports (a
    time-out, throttling) the error's name is both.
    """
    found = str(failure.get("Error"))
    name = found if _REASON.fullmatch(found) else "workflow_failure"
    try:
        cause = json.loads(str(failure.get("Cause")))
    except ValueError:
        cause = None
    ours = _MESSAGE.fullmatch(str(cause.get("errorMessage"))) if isinstance(cause, dict) else None
    if ours:
        return ours.group(1), ours.group(2)
    return name, name
