"""Queues of SQS in memory: what was received is hidden until its time is over, and stays until it is deleted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Killed(BaseException):
    """The process ends here: nothing after it is done."""


@dataclass
class _Message:
    number: int
    body: str
    attributes: dict[str, str]
    visible_at: float = 0.0


@dataclass
class FakeSqs:
    """What the commands call of boto3's client. A queue's URL is its name. `now`: seconds, moved on by the test.

    `dies_at`: the operation at which the process is killed, before it is carried out, unless it is None.
    `refuses`: whether a queue does not take a body. `receive_seconds`: how long each receiving takes.
    """

    queues: dict[str, list[_Message]] = field(default_factory=dict)
    now: float = 0.0
    dies_at: str | None = None
    refuses: Callable[[str], bool] = lambda _: False
    receive_seconds: float = 0.0
    calls: list[str] = field(default_factory=list)
    _last: int = 0

    def put(self, queue: str, *bodies: str, **attributes: str) -> None:
        for body in bodies:
            self._last += 1
            self.queues.setdefault(queue, []).append(_Message(self._last, body, attributes))

    def bodies(self, queue: str) -> list[str]:
        return [message.body for message in self.queues.get(queue, [])]

    def visible(self, queue: str) -> int:
        return sum(message.visible_at <= self.now for message in self.queues.get(queue, []))

    def get_queue_url(self, QueueName: str) -> dict[str, str]:
        return {"QueueUrl": QueueName}

    def receive_message(self, QueueUrl: str, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:
        self._call("receive_message")
        assert len(self.calls) < 1_000, "it goes on without end"
        self.now += self.receive_seconds
        found = [each for each in self.queues.get(QueueUrl, []) if each.visible_at <= self.now][:10]
        for message in found:
            message.visible_at = self.now + VisibilityTimeout
        return {"Messages": [_received(message) for message in found]} if found else {}

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        self._call("send_message_batch")
        failed = [entry for entry in Entries if self.refuses(entry["MessageBody"])]
        self.put(QueueUrl, *(entry["MessageBody"] for entry in Entries if entry not in failed))
        return {"Failed": [{"Id": entry["Id"]} for entry in failed]} if failed else {}

    def delete_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> None:
        self._call("delete_message_batch")
        numbers = {int(entry["ReceiptHandle"]) for entry in Entries}
        self.queues[QueueUrl] = [each for each in self.queues[QueueUrl] if each.number not in numbers]

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:
        self._call("change_message_visibility_batch")
        numbers = {int(entry["ReceiptHandle"]) for entry in Entries}
        for message in self.queues[QueueUrl]:
            if message.number in numbers:
                message.visible_at = self.now

    def _call(self, operation: str) -> None:
        if self.dies_at == "dead":
            raise Killed
        if operation == self.dies_at:
            self.dies_at = "dead"
            raise Killed
        self.calls.append(operation)


def _received(message: _Message) -> Mapping[str, Any]:
    return {
        "MessageId": f"m-{message.number}",
        "ReceiptHandle": str(message.number),
        "Body": message.body,
        "Attributes": {"SentTimestamp": str(1_763_716_200_000 + message.number)},
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": text} for name, text in message.attributes.items()
        },
    }
