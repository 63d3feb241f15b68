"""The sweeper: what it finds pending for too long, sends again, and reports; whatever does not answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.pending_index import PAGES_PER_SHARD, PendingIndex, PendingRow
from payment_webhooks.processing.messages import ProcessingQueue, message_body, parse_keys
from payment_webhooks.processing.sweeper import (
    Sweep,
    Sweeper,
    oldest_age_seconds,
    overdue_rows,
    report,
)
from payment_webhooks.telemetry.metrics import NO_ENVIRONMENT
from payment_webhooks.timestamps import utc_timestamp

NOW = 1_760_000_000.0


def row(name: str, age_seconds: float) -> PendingRow:
    return PendingRow(utc_timestamp(NOW - age_seconds), InboxKeys(f"stripe:{name}", "t"))


@dataclass
class Pending:
    """The pending index in memory, `page_size` rows a page; rows go to shards in turn."""

    rows: list[PendingRow]
    page_size: int = 2
    fail_at_call: int = 0
    calls: int = 0

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert (operation, parameters["TableName"], parameters["IndexName"]) == (
            "Query",
            "inbox",
            contract.PENDING_INDEX,
        )
        self.calls += 1
        if self.calls == self.fail_at_call:
            raise Unavailable("dynamodb_timeout")
        shard = int(parameters["ExpressionAttributeValues"][":shard"]["S"])
        rows = sorted(self.rows[shard :: contract.PENDING_SHARD_COUNT])
        start = parameters.get("ExclusiveStartKey", 0)
        answer: dict[str, Any] = {"Items": [_item(each) for each in rows[start : start + self.page_size]]}
        if start + self.page_size < len(rows):
            answer["LastEvaluatedKey"] = start + self.page_size
        return answer


@dataclass
class Queue:
    """SQS: `waiting` messages; `refused` of each batch are not taken; after `down_after` calls it is out."""

    waiting: int = 0
    refused: int = 0
    down_after: int = 1_000_000
    bodies: list[str] = field(default_factory=list)
    calls: int = 0

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls += 1
        if self.calls > self.down_after:
            raise Unavailable("sqs_timeout")
        if operation == "GetQueueAttributes":
            return {"Attributes": {"ApproximateNumberOfMessages": str(self.waiting)}}
        assert operation == "SendMessageBatch"
        entries = parameters["Entries"]
        assert 0 < len(entries) <= 10
        assert len({entry["Id"] for entry in entries}) == len(entries)
        taken = len(entries) - self.refused
        self.bodies += [entry["MessageBody"] for entry in entries[:taken]]
        failed = [{"Id": entry["Id"], "Code": "InternalError"} for entry in entries[taken:]]
        return {"Successful": entries[:taken], **({"Failed": failed} if failed else {})}


def swept(pending: Pending, queue: Queue, deadline: Deadline | None = None) -> Sweep:
    index = PendingIndex(pending, "inbox")
    return Sweeper(
        index, ProcessingQueue(queue, "https://sqs/q"), deadline or Deadline(), lambda: NOW
    ).sweep()


def test_overdue_is_what_is_pending_for_more_than_ten_minutes_oldest_first() -> None:
    rows = [row("new", 1), row("edge", 600), row("old", 601), row("oldest", 9_999)]
    assert [each.keys.webhook_id for each in overdue_rows(rows, NOW)] == ["stripe:oldest", "stripe:old"]


def test_the_oldest_age_is_of_everything_that_is_pending() -> None:
    assert oldest_age_seconds([row("a", 12.5), row("b", 3)], NOW) == 12.5
    assert oldest_age_seconds([], NOW) == 0
    assert oldest_age_seconds([row("of a clock that is ahead", -2)], NOW) == 0


def test_every_shard_and_page_is_read_and_what_is_overdue_is_sent_by_its_keys() -> None:
    rows = [row(f"late-{number}", 700 + number) for number in range(50)]
    queue = Queue()
    found = swept(Pending([*rows, row("young", 5)], page_size=2), queue)
    assert found == Sweep(749.0, pending=51, overdue=50, swept=50, complete=True)
    assert [parse_keys(body) for body in queue.bodies] == [each.keys for each in sorted(rows)]


def test_without_anything_overdue_the_queue_is_not_even_asked() -> None:
    queue = Queue()
    assert swept(Pending([row("young", 599)]), queue) == Sweep(599.0, 1, 0, 0, complete=True)
    assert queue.calls == 0


def test_nothing_pending_is_a_report_too() -> None:
    assert swept(Pending([]), Queue()) == Sweep(0.0, 0, 0, 0, complete=True)


@pytest.mark.parametrize(("waiting", "sent"), [(0, 30), (19_975, 25), (20_001, 0)])
def test_the_queue_is_filled_up_to_a_bound_and_half_of_it_are_the_oldest(waiting: int, sent: int) -> None:
    rows = [row(f"late-{number}", 700 + number) for number in range(30)]
    queue = Queue(waiting=waiting)
    found = swept(Pending(rows), queue)
    assert (found.swept, found.overdue, found.complete) == (sent, 30, sent == 30)
    keys = [parse_keys(body) for body in queue.bodies]
    oldest = sent if sent == 30 else (sent + 1) // 2
    assert keys[:oldest] == [each.keys for each in sorted(rows)][:oldest]
    assert len(set(keys)) == sent


def test_what_never_succeeds_keeps_nobody_out_for_good() -> None:
    """Thirty that never succeed are older than the one; there is room for ten at each run."""
    rows = [*(row(f"failing-{number}", 9_000 + number) for number in range(30)), row("sound", 700)]
    sent: set[str] = set()
    for _ in range(200):  # by chance not among them: once in 10^15
        queue = Queue(waiting=19_990)
        swept(Pending(rows), queue)
        sent |= {parse_keys(body).webhook_id for body in queue.bodies}
    assert "stripe:sound" in sent


def test_an_index_that_is_too_long_for_one_run_is_read_in_part_and_said_so() -> None:
    rows = [row(f"late-{number}", 5_000 - number) for number in range(200)]
    found = swept(Pending(rows, page_size=1), Queue())
    assert found.pending == PAGES_PER_SHARD * contract.PENDING_SHARD_COUNT
    assert found.oldest_seconds == 5_000
    assert found.complete is False


def test_when_the_time_is_up_the_rest_is_left_for_the_next_run() -> None:
    ticks = iter(range(100))
    deadline = Deadline(lambda: float(next(ticks)))  # each look at the clock takes a second
    deadline.start(8)  # five of them are kept for the report
    found = swept(Pending([row(f"late-{number}", 700) for number in range(100)]), Queue(), deadline)
    assert (found.swept, found.complete, found.failure) == (30, False, None)


def test_messages_that_the_queue_did_not_take_are_not_counted_as_swept() -> None:
    found = swept(Pending([row(f"late-{number}", 700) for number in range(20)]), Queue(refused=3))
    assert (found.swept, found.complete) == (14, False)


@pytest.mark.parametrize(("down_after", "sent"), [(0, 0), (1, 0), (2, 10)])
def test_a_queue_that_goes_out_interrupts_the_run_which_still_reports(down_after: int, sent: int) -> None:
    found = swept(Pending([row(f"late-{number}", 700) for number in range(20)]), Queue(down_after=down_after))
    assert (found.swept, found.pending, found.oldest_seconds) == (sent, 20, 700)
    assert found.failure is not None


def test_a_table_that_does_not_answer_fails_the_run() -> None:
    with pytest.raises(Unavailable, match="dynamodb_timeout"):
        swept(Pending([], fail_at_call=3), Queue())


def test_its_messages_are_what_the_processor_reads() -> None:
    keys = InboxKeys("stripe:evt_1", "2026-01-01T00:00:00.000000Z")
    assert parse_keys(message_body(keys)) == keys


def reported(sweep: Sweep) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    report(sweep, lambda level, message, **fields: lines.append({"level": level, **fields}), run=1)
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("sweep", "level", "outcome"),
    [
        (Sweep(0.0, 0, 0, 0, True), "INFO", "complete"),
        (Sweep(5.0, 9, 0, 0, True), "INFO", "complete"),
        (Sweep(700.0, 9, 2, 2, True), "WARNING", "complete"),
        (Sweep(700.0, 9, 2, 1, False), "WARNING", "incomplete"),
        (Sweep(700.0, 9, 2, 1, False, Unavailable("sqs_timeout")), "ERROR", "interrupted"),
    ],
)
def test_the_report_is_one_line_that_says_how_it_went(sweep: Sweep, level: str, outcome: str) -> None:
    line = reported(sweep)
    assert (line["level"], line["outcome"], line["run"]) == (level, outcome, 1)
    assert json.loads(json.dumps(line)) == line


def test_the_report_has_the_metrics_by_environment() -> None:
    line = reported(Sweep(12.5, 3, 2, 1, True))
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == contract.METRIC_NAMESPACE
    assert directive["Dimensions"] == [["environment"]]
    assert {each["Name"]: (line[each["Name"]], each["Unit"]) for each in directive["Metrics"]} == {
        "OldestPendingSeconds": (12.5, "Seconds"),
        "PendingWebhooks": (3.0, "Count"),
        "SweptWebhooks": (1.0, "Count"),
    }
    assert line["environment"] == NO_ENVIRONMENT


def _item(pending: PendingRow) -> dict[str, dict[str, str]]:
    """As an index of keys only projects it."""
    return {
        contract.WEBHOOK_ID: {"S": pending.keys.webhook_id},
        contract.WEBHOOK_TIMESTAMP: {"S": pending.keys.timestamp},
        contract.PENDING_SHARD: {"S": "0"},
        contract.PENDING_SINCE: {"S": pending.pending_since},
    }
