"""Reports one processing attempt: builds the log line (which carries the metrics) and updates the inbox item."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payment_webhooks import contract
from payment_webhooks.domain.events import OF_ITS_TYPE
from payment_webhooks.errors import Unavailable, WebhookError
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import InboxProgress, StoredWebhook
from payment_webhooks.processing.messages import DeadLetters, PermanentFailure, message_body
from payment_webhooks.processing.processor import Processed
from payment_webhooks.telemetry.logs import INFO, WARNING, Logger, describe, trace_id
from payment_webhooks.telemetry.metrics import COUNT, metric_fields

MESSAGE = "webhook processing"


@dataclass
class Attempt:
    """One delivery of a webhook's keys, named by `delivery`. Every line about it names the webhook and the
    receiver's trace, as far as they are known; this invocation's trace until the webhook has been read.
    `attempts_before`: those that the inbox has counted, as far as they are known.
    """

    delivery: Mapping[str, str | None]
    keys: InboxKeys | None = None
    trace_id: str | None = None
    attempts_before: int = 0

    def found(self, webhook: StoredWebhook) -> None:
        self.trace_id = webhook.trace_id
        self.attempts_before = webhook.attempts

    @property
    def ids(self) -> dict[str, str | None]:
        return {
            "webhook_id": self.keys.webhook_id if self.keys else None,
            "trace_id": self.trace_id or trace_id(),
            **self.delivery,
        }


def reason_of(error: Exception) -> str:
    """A stable code: our own, or the type of an exception that nobody expected."""
    return error.reason if isinstance(error, WebhookError) else f"unexpected_{type(error).__name__}"


def passes(error: Exception) -> bool:
    """Whether it is for lack of time or capacity, or of something that is out: the webhook waits until it is over."""
    return isinstance(error, Unavailable) and error.passes


def give_up(
    inbox: InboxProgress, dead_letters: DeadLetters, keys: InboxKeys, reason: str, attempts: int
) -> None:
    """Mark a webhook as failed and send its dead letter, unless that is done. Raises Unavailable: to be repeated."""
    if inbox.give_up(keys, reason, attempts):
        dead_letters.send(message_body(keys), reason)
        inbox.letter_sent(keys)


def level_of(processed: Processed) -> str:
    """A warning for what waits for a person, and for what is ignored for another reason than its type."""
    attention = (contract.STATUS_CONFLICT, contract.STATUS_QUARANTINED)
    told = processed.status == contract.STATUS_IGNORED and processed.reason != OF_ITS_TYPE
    return WARNING if (told or processed.status in attention) and not processed.repeated else INFO


def fields_of(processed: Processed, keys: InboxKeys) -> dict[str, Any]:
    """What the line says of an attempt that came to an end."""
    return {
        "endpoint": endpoint_of(keys),
        "outcome": processed.status,
        "reason": processed.reason,
        "event_type": processed.event_type,
        "transaction_id": processed.transaction_id,
        "published": processed.published,
        "repeated": processed.repeated,
    }


def failure_fields(keys: InboxKeys | None, error: Exception, outcome: str) -> dict[str, Any]:
    """What the line says of an attempt that failed."""
    return {"outcome": outcome, "endpoint": endpoint_of(keys, error), **describe(error)}


def endpoint_of(keys: InboxKeys | None, error: Exception | None = None) -> str:
    """The endpoint of a webhook; of one that does not exist, nobody knows."""
    if keys is None or isinstance(error, PermanentFailure):
        return contract.UNKNOWN_ENDPOINT
    return keys.webhook_id.split(":", 1)[0]


def metrics_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the line counts: each webhook's outcome once, and each attempt that failed."""
    if fields.get("repeated"):
        return {}
    found = metric_fields({contract.METRIC_PROCESSED: (1, COUNT)}, fields)
    return {name: value for name, value in found.items() if name not in fields}


def tell_inbox(attempt: Attempt, tell: Callable[[InboxKeys], bool], write: Logger) -> None:
    """For people to see. Not worth another attempt: a row that stays pending is found by its age."""
    if attempt.keys is None:
        return
    try:
        tell(attempt.keys)
    except Unavailable as error:
        write(WARNING, "webhook progress not recorded", **attempt.ids, **describe(error))
