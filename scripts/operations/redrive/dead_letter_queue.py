"""Moves letters of a dead-letter queue back: sends first, deletes after, so that one that dies between loses nothing.

A letter that was sent and not deleted is there once more and goes back twice: whoever takes it finds it done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, Generic

from scripts.operations.redrive.letters import Letter, P, UnreadableLetter, Way, letter_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Nobody else sees a letter for so long once it was looked at: what a run that was killed held comes back after it.
HOLD_SECONDS: Final = 120
# Longer than not at all: then SQS asks all its servers, and nothing found is nothing there (its guide, "Long polling").
WAIT_SECONDS: Final = 1
BATCH: Final = 10  # SQS's limit
Message = Mapping[str, Any]


class DeadLetterQueue(Generic[P]):
    """One queue, and the way back of what is in it. It holds what it looks at, and lets go of it when it is done."""

    def __init__(self, sqs: SQSClient, url: str, way: Way[P]) -> None:
        self._sqs = sqs
        self._url = url
        self._way = way

    @property
    def to(self) -> str:
        return self._way.to

    def letters(self) -> Generator[Letter]:
        """All that nobody else holds. Close it where not all are read: then the rest is visible again."""
        with closing(self._received({})) as batches:
            for batch in batches:
                yield from (letter_of(message, self._way) for message in batch)

    def move(self, idents: Collection[str], pause: Callable[[int], None]) -> Iterator[tuple[int, int]]:
        """Move these, if they are still there. Gives how many moved and how many could not, after each ten; then
        `pause` is told how many were tried.
        """
        held: dict[str, str] = {}
        wanted = set(idents)
        with closing(self._received(held)) as batches:
            for batch in batches:
                chosen = [each for each in map(self._read, batch) if each and each[0]["MessageId"] in wanted]
                arrived = self._way.deliver([parcel for _, parcel in chosen]) if chosen else []
                moved = [message for (message, _), done in zip(chosen, arrived, strict=True) if done]
                self._delete(moved)
                for message in moved:
                    del held[message["MessageId"]]
                wanted -= {message["MessageId"] for message in batch}
                yield len(moved), len(chosen) - len(moved)
                if not wanted:
                    return
                pause(len(chosen))

    def _read(self, message: Message) -> tuple[Message, P] | None:
        try:
            return message, self._way.read(message)[1]
        except UnreadableLetter:
            return None

    def _received(self, held: dict[str, str]) -> Generator[list[Message]]:
        """Each message once. `held`: the receipts, by id, of those that are visible again at the end.

        Each is hidden again when it comes back, so more that come back than are held are a whole HOLD_SECONDS without a
        new one: there it ends.
        """
        seen: set[str] = set()
        came_back = 0
        try:
            while came_back <= len(held) and (messages := self._receive()):
                held |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
                new = [message for message in messages if message["MessageId"] not in seen]
                seen |= {message["MessageId"] for message in new}
                came_back = 0 if new else came_back + len(messages)
                if new:
                    yield new
        finally:
            receipts = [*held.values()]
            for start in range(0, len(receipts), BATCH):
                entries: Any = [
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for number, receipt in enumerate(receipts[start : start + BATCH])
                ]
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _receive(self) -> list[Any]:
        answer: Mapping[str, Any] = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HOLD_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageAttributeNames=["All"],
            AttributeNames=["SentTimestamp"],
        )
        return list(answer.get("Messages", ()))

    def _delete(self, messages: Collection[Message]) -> None:
        """What SQS does not delete goes back once more."""
        if messages:
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
