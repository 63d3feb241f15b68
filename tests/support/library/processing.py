"""A receiver and a processor over the same tables in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.deadline import Deadline
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import InboxProgress
from payment_webhooks.ledger.reader import is_head
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.processing.from_queue import QueueProcessor, QueueSettings
from payment_webhooks.processing.from_workflow import WorkflowProcessor
from payment_webhooks.processing.messages import DeadLetters
from payment_webhooks.processing.processor import Confirm, Processed, Processor, Publish
from payment_webhooks.publishing.configuration import Configuration
from payment_webhooks.timestamps import utc_timestamp
from tests.support.library.receiving import INBOX, LEDGER, Receiving

SETTINGS = QueueSettings(
    queue_url="https://sqs/queue",
    dead_letter_url="https://sqs/dlq",
    max_receive_count=5,
)


class FakeQueues:
    """SQS: what was sent where, what was delayed, and each batch whose visibility was shortened. `down` lets every
    call fail.
    """

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.delays: list[int] = []
        self.shortened: list[dict[str, int]] = []  # seconds by receipt handle
        self.refused: list[dict[str, Any]] = []
        self.down = False

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if self.down:
            raise Unavailable("sqs_timeout")
        if operation == "SendMessage":
            self.sent.append(parameters)
        elif operation == "ChangeMessageVisibilityBatch":
            assert parameters["QueueUrl"] == SETTINGS.queue_url
            assert len({entry["Id"] for entry in parameters["Entries"]}) == len(parameters["Entries"]) <= 10
            self.shortened.append(
                {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in parameters["Entries"]}
            )
            return {"Failed": self.refused}
        else:
            assert operation == "ChangeMessageVisibility"
            self.delays.append(parameters["VisibilityTimeout"])
        return {}


class Published(NamedTuple):
    row: LedgerRow
    effect: Effect


@dataclass
class Processing:
    """`published`: what went out, in order, unless a `publisher` is given. `receiving` fills the inbox. `api`: by what
    the processor reaches the tables, itself by default. `pause`: before the next attempt at the ledger.
    """

    receiving: Receiving = field(default_factory=Receiving)
    publish_error: Exception | None = None
    publisher: Publish | None = None
    confirm: Confirm | None = None
    api: Api | None = None
    pause: Callable[[int], None] = lambda attempts: None  # others are done by now: there are none

    def __post_init__(self) -> None:
        self.dynamodb = self.receiving.dynamodb
        self.published: list[Published] = []
        self.queues = FakeQueues()
        self.lines: list[dict[str, Any]] = []
        api = self.api or self.dynamodb
        self.progress = InboxProgress(api, INBOX, self._now)
        self.processor = Processor(
            self.progress,
            LedgerWriter(api, LEDGER, self._now, self.pause, Configuration().is_high_value),
            self.receiving.payloads,
            self.publisher or self._publish,
            self.confirm,
            self.receiving.providers,
        )
        self.deadline = Deadline(lambda: self.receiving.now)
        self.queue = QueueProcessor(
            self.processor.process,
            self.progress,
            self.queues,
            SETTINGS,
            self.deadline,
            self._write,
            lambda: 1.0,
        )
        dead_letters = DeadLetters(self.queues, SETTINGS.dead_letter_url)
        self.workflow = WorkflowProcessor(self.processor.process, self.progress, dead_letters, self._write)

    def store(self, endpoint: str, body: bytes) -> InboxKeys:
        """Send it to the receiver; the keys that the pipe would pass on."""
        before = {key_of(item) for item in self.receiving.inbox()}
        self.receiving.post(endpoint, body)
        (new,) = {key_of(item) for item in self.receiving.inbox()} - before
        return new

    def process(self, keys: InboxKeys) -> Processed:
        return self.processor.process(keys)

    def deliver(self, body: InboxKeys | str, receive_count: int = 1) -> bool:
        """One message by the queue; whether it may be deleted."""
        answer = self.queue.handle({"Records": [record("m-1", body, receive_count)]})
        return answer == {"batchItemFailures": []}

    def deliver_five_times(self, keys: InboxKeys) -> bool:
        """As SQS does while the message is not deleted; whether it may be at the last."""
        assert not any(self.deliver(keys, receive_count) for receive_count in range(1, 5))
        return self.deliver(keys, 5)

    def item(self, keys: InboxKeys) -> dict[str, Any]:
        (found,) = [item for item in self.receiving.inbox() if key_of(item) == keys]
        return {name: next(iter(value.values())) for name, value in found.items()}

    def rows(self) -> list[dict[str, Any]]:
        return [item for item in self.dynamodb.items(LEDGER) if not is_head(item)]

    def heads(self) -> list[dict[str, Any]]:
        return [item for item in self.dynamodb.items(LEDGER) if is_head(item)]

    def _publish(self, row: LedgerRow, effect: Effect) -> None:
        if self.publish_error is not None:
            raise self.publish_error
        self.published.append(Published(row, effect))

    def _write(self, level: str, message: str, **fields: Any) -> None:
        self.lines.append({"level": level, "message": message, **fields})

    def _now(self) -> str:
        return utc_timestamp(self.receiving.now)


def record(message_id: str, body: InboxKeys | str, receive_count: int = 1) -> dict[str, Any]:
    """A record of Lambda's SQS event."""
    if isinstance(body, InboxKeys):
        body = json.dumps(
            {contract.MESSAGE_WEBHOOK_ID: body.webhook_id, contract.MESSAGE_TIMESTAMP: body.timestamp}
        )
    return {
        "messageId": message_id,
        "receiptHandle": f"handle-{message_id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receive_count)},
    }


def key_of(item: Mapping[str, Any]) -> InboxKeys:
    return InboxKeys(item[contract.WEBHOOK_ID]["S"], item[contract.WEBHOOK_TIMESTAMP]["S"])
