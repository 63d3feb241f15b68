"""The net under the inbox's stream: what is pending for too long is sent to the processor again.

A pipe's failure record has no payload, and a stream forgets after a day; the row itself says that it is
pending until the processor is done with it. So every webhook that was answered 200 is found here, whatever was
lost on its way. One that is sent twice does no harm: the processor finds that it is done.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, SECONDS, metric_fields
from payment_webhooks.timestamps import utc_timestamp

SWEEP_AFTER_SECONDS = 600
# A run fills the queue up to this, so that repeated runs never pile up what the processor can't keep up with.
MOST_QUEUED = 20_000
BATCH_SIZE = 10  # SQS's limit
PAGES_PER_SHARD = 4  # of 1 MB each, some 5 000 keys: enough for MOST_QUEUED, and small enough for the memory
# Kept for the report, and for the call that is under way.
RESERVED_SECONDS = 5.0


class PendingRow(NamedTuple):
    """First the time (UTC, six digits), so that rows sort by age."""

    pending_since: str
    keys: InboxKeys


class Sweep(NamedTuple):
    """`oldest_seconds` is 0 when nothing is pending. `pending` counts all rows, `overdue` those that had to be
    sent again; `complete`: neither the index nor the time was too long to see to all. `failure` ended the run.
    """

    oldest_seconds: float
    pending: int
    overdue: int
    swept: int
    complete: bool
    failure: Unavailable | None = None


def overdue_rows(rows: Sequence[PendingRow], now_seconds: float) -> list[PendingRow]:
    """Those that are pending for longer than SWEEP_AFTER_SECONDS, oldest first."""
    until = utc_timestamp(now_seconds - SWEEP_AFTER_SECONDS)
    return sorted(row for row in rows if row.pending_since < until)


def oldest_age_seconds(rows: Sequence[PendingRow], now_seconds: float) -> float:
    """0 when nothing is pending; never negative, whichever clock was ahead."""
    if not rows:
        return 0.0
    since = datetime.fromisoformat(min(row.pending_since for row in rows))
    return max(0.0, round(now_seconds - since.timestamp(), 3))


class PendingIndex:
    """The sparse index of what is not done yet, by shard and then by age."""

    def __init__(self, dynamodb: Api, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self) -> tuple[list[PendingRow], bool]:
        """The oldest rows of each shard, and whether these are all. Raises Unavailable."""
        shards = [self._read_shard(str(shard)) for shard in range(contract.PENDING_SHARD_COUNT)]
        return [row for rows, _ in shards for row in rows], all(complete for _, complete in shards)

    def _read_shard(self, shard: str) -> tuple[list[PendingRow], bool]:
        rows: list[PendingRow] = []
        parameters: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": contract.PENDING_INDEX,
            "KeyConditionExpression": "#shard = :shard",
            "ExpressionAttributeNames": {"#shard": contract.PENDING_SHARD},
            "ExpressionAttributeValues": {":shard": {"S": shard}},
        }
        for _ in range(PAGES_PER_SHARD):
            answer = self._dynamodb("Query", parameters)
            rows += [_pending_row(item) for item in answer.get("Items", ())]
            if not answer.get("LastEvaluatedKey"):
                return rows, True
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return rows, False


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


class Sweeper:
    """`clock` gives Unix seconds."""

    def __init__(
        self,
        index: PendingIndex,
        queue: ProcessingQueue,
        deadline: Deadline,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._index = index
        self._queue = queue
        self._deadline = deadline
        self._clock = clock

    def sweep(self) -> Sweep:
        """One run. Raises Unavailable when not even the index answers; what can't be sent is in the result."""
        rows, complete = self._index.read()
        now = self._clock()
        overdue = overdue_rows(rows, now)
        swept, failure = self._send(overdue)
        return Sweep(
            oldest_seconds=oldest_age_seconds(rows, now),
            pending=len(rows),
            overdue=len(overdue),
            swept=swept,
            complete=complete and swept == len(overdue),
            failure=failure,
        )

    def _send(self, overdue: Sequence[PendingRow]) -> tuple[int, Unavailable | None]:
        """How many were sent, oldest first, as long as queue and time have room; and what went wrong."""
        swept = 0
        try:
            room = max(0, MOST_QUEUED - self._queue.waiting()) if overdue else 0
            chosen = [row.keys for row in overdue[:room]]
            for start in range(0, len(chosen), BATCH_SIZE):
                if self._deadline.remaining_seconds() < RESERVED_SECONDS:
                    break
                swept += self._queue.send(chosen[start : start + BATCH_SIZE])
        except Unavailable as error:
            return swept, error
        return swept, None


def message_body(keys: InboxKeys) -> str:
    """The message that the pipe sends, too: keys only."""
    return json.dumps(
        {contract.MESSAGE_WEBHOOK_ID: keys.webhook_id, contract.MESSAGE_TIMESTAMP: keys.timestamp}
    )


def report(sweep: Sweep, write: Logger = log, **fields: str | float | None) -> None:
    """One line: the log of the run and its metrics."""
    metrics = {
        contract.METRIC_OLDEST_PENDING: (sweep.oldest_seconds, SECONDS),
        contract.METRIC_PENDING: (float(sweep.pending), COUNT),
        contract.METRIC_SWEPT: (float(sweep.swept), COUNT),
    }
    write(
        ERROR if sweep.failure else WARNING if sweep.overdue else INFO,
        "inbox sweep",
        outcome="interrupted" if sweep.failure else "complete" if sweep.complete else "incomplete",
        overdue=sweep.overdue,
        **fields,
        **(describe(sweep.failure) if sweep.failure else {}),
        **metric_fields(metrics),
    )


def _pending_row(item: dict[str, dict[str, str]]) -> PendingRow:
    keys = InboxKeys(item[contract.WEBHOOK_ID]["S"], item[contract.WEBHOOK_TIMESTAMP]["S"])
    return PendingRow(item[contract.PENDING_SINCE]["S"], keys)
