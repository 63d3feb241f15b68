"""What says which webhook to process, and where it goes when no attempt helps: keys only, never a payload."""

import json

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.processing.processor import PermanentFailure

MAX_KEY_CHARACTERS = 1024  # DynamoDB's limit of a sort key


def parse_keys(body: str) -> InboxKeys:
    """The keys in a message: {"webhookId": ..., "timestamp": ...}. Raises
    PermanentFailure("message_malformed").
    """
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
