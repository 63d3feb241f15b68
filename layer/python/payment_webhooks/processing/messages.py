"""Messages of the processing queue and its dead-letter queue: the keys of a webhook, never a payload."""

import json
from collections.abc import Sequence

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.errors import WebhookError
from payment_webhooks.inbox.items import InboxKeys

MAX_KEY_CHARACTERS = 1024  # DynamoDB's limit of a sort key
BATCH_SIZE = 10  # SQS's limit


class PermanentFailure(WebhookError):
    """Another attempt can't help: the message is not of its form, or its webhook does not exist."""


def message_body(keys: InboxKeys) -> str:
    """The message that the pipe sends, too: keys only."""
    return json.dumps(
        {contract.MESSAGE_WEBHOOK_ID: keys.webhook_id, contract.MESSAGE_TIMESTAMP: keys.timestamp}
    )


def parse_keys(body: str) -> InboxKeys:
    """The keys in a message: {"webhookId": ..., "timestamp": ...}. Raises PermanentFailure("message_malformed")."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return keys_of(document)


def keys_of(document: object) -> InboxKeys:
    """The keys in a message that is parsed already. Raises PermanentFailure("message_malformed")."""
    if not isinstance(document, dict):
        raise PermanentFailure("message_malformed")
    return InboxKeys(
        _key_text(document.get(contract.MESSAGE_WEBHOOK_ID)),
        _key_text(document.get(contract.MESSAGE_TIMESTAMP)),
    )


class ProcessingQueue:
    """The queue that feeds the processor. Every method raises Unavailable."""

    def __init__(self, sqs: Api, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def waiting(self) -> int:
        """About how many messages wait to be received."""
        name = "ApproximateNumberOfMessages"
        answer = self._sqs("GetQueueAttributes", {"QueueUrl": self._queue_url, "AttributeNames": [name]})
        return int(answer["Attributes"][name])

    def send(self, batch: Sequence[InboxKeys]) -> int:
        """Send at most BATCH_SIZE messages; how many of them were taken."""
        entries = [
            {"Id": str(number), "MessageBody": message_body(keys)} for number, keys in enumerate(batch)
        ]
        answer = self._sqs("SendMessageBatch", {"QueueUrl": self._queue_url, "Entries": entries})
        return len(batch) - len(answer.get("Failed") or ())


class DeadLetters:
    """The dead-letter queue of the processor."""

    def __init__(self, sqs: Api, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, body: str, reason: str) -> None:
        """Put a message there, with the reason as an attribute. Raises Unavailable."""
        self._sqs(
            "SendMessage",
            {
                "QueueUrl": self._url,
                "MessageBody": body,
                "MessageAttributes": {
                    contract.DLQ_REASON_ATTRIBUTE: {"DataType": "String", "StringValue": reason}
                },
            },
        )


def _key_text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_KEY_CHARACTERS or not value.isascii():
        raise PermanentFailure("message_malformed")
    return value
