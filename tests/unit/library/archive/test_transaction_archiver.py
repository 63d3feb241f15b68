"""A run of the archiver: what it writes, what it leaves, and that it goes on where the last one ended."""

import gzip
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.archive import archiver
from payment_webhooks.archive.archiver import report
from payment_webhooks.archive.bucket import ArchiveBucket
from payment_webhooks.archive.transactions import TransactionSource
from payment_webhooks.aws.json_client import Api
from payment_webhooks.bootstrap.transaction_archiver import Archive
from payment_webhooks.deadline import Deadline
from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import from_text
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.items import to_item
from tests.support.library.archive_fakes import BUCKET
from tests.support.library.archiving import Archiving
from tests.support.library.ledger import payment_event, refund_event
from tests.support.library.receiving import LEDGER

RECORDED_NOW = "2026-09-21T14:13:20.000000Z"
PAID = payment_event(words.SUCCEEDED, 5000, 1)
LATE = refund_event("re_late", words.REFUNDED, 700, 9_000_000)


def due(*names: str, age_days: float = 200) -> Archiving:
    archiving = Archiving()
    archiving.begin(age_days=age_days + 1)
    for name in names:
        archiving.add([payment_event(words.PENDING, 5000), PAID], name, age_days)
    return archiving


def test_a_payment_goes_and_its_summary_stands_for_it() -> None:
    archiving = due("pi_1")
    before = archiving.entries()
    run = archiving.run()
    assert (run.outcome, run.archived, run.behind_days) == ("complete", 1, 0)
    assert archiving.stored_rows() == []
    after = archiving.entries()
    assert after.rows == before.rows
    (part,) = after.archived
    assert (part.generation, part.rows) == (1, 2)
    assert archiving.in_index() == {}


def test_the_object_is_what_the_summary_and_the_manifest_say() -> None:
    archiving = due("pi_1", "pi_2")
    archiving.run()
    key = f"transactions/date={archiving.day(200)}/provider=stripe/part-20260921T141320-00000001.jsonl.gz"
    content = archiving.s3.objects[key]
    (part,) = archiving.entries().archived
    assert part.location == f"s3://s3-archive/{key}"
    assert part.sha256 == hashlib.sha256(content).hexdigest()
    manifest = json.loads(archiving.s3.objects[archiving.s3.manifests()[0]])
    assert (manifest["key"], manifest["sha256"]) == (key, part.sha256)
    assert (manifest["transactions"], manifest["rows"], manifest["bytes"]) == (2, 4, len(content))
    lines = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    assert sorted(line["transaction_id"] for line in lines) == ["stripe:pi_1", "stripe:pi_2"]
    assert lines[0]["state"]["captured_minor"] == 5000


def test_a_late_refund_finds_its_payment_and_is_archived_in_its_turn() -> None:
    archiving = due("pi_1")
    archiving.run()
    archiving.put(archiving.row(LATE, age_days=0))
    state = fold(archiving.entries().rows)
    assert (state.status, state.captured_minor, state.refunded_minor) == (words.PARTIALLY_REFUNDED, 5000, 700)
    archiving.now += 200 * 86_400
    assert archiving.run().archived == 1
    assert archiving.stored_rows() == []
    assert [(part.generation, part.rows) for part in archiving.entries().archived] == [(1, 2), (2, 1)]
    assert fold(archiving.entries().rows) == state
    assert [len(line["rows"]) for line in archiving.s3.lines()] == [2, 1]


def test_a_webhook_that_comes_again_after_archival_writes_nothing() -> None:
    archiving = due("pi_1")
    row = archiving.row(PAID)
    archiving.run()
    before = archiving.tables.items(LEDGER)
    archiving.put(row._replace(recorded_at=RECORDED_NOW))
    assert archiving.tables.items(LEDGER) == before


def test_a_row_that_is_in_the_table_again_after_archival_is_not_archived_twice() -> None:
    archiving = due("pi_1")
    row = archiving.row(PAID)
    archiving.run()
    archiving.tables("PutItem", {"TableName": LEDGER, "Item": to_item(row)})  # by hand
    archiving.put(archiving.row(LATE))
    archiving.begin_again(age_days=201)
    archiving.run()
    archived = archiving.archived_rows()
    assert len(archived) == len(set(archived)) == 3
    assert len(archiving.entries().archived) == 2
    assert len(archiving.entries().rows) == 3
    assert archiving.in_index() == {}


def test_nothing_is_deleted_when_the_object_is_not_what_was_written() -> None:
    archiving = due("pi_1")
    archiving.s3.damage = b"something else"
    run = archiving.run()
    assert (run.outcome, run.archived) == ("interrupted", 0)
    assert run.failure is not None
    assert run.failure.reason == "archive_damaged"
    assert len(archiving.stored_rows()) == 2
    archiving.s3.damage = None
    assert archiving.run().archived == 1
    assert len(archiving.s3.lines()) == 1


@pytest.mark.parametrize("kind", ["transactions/", "manifests/"])
def test_nothing_is_proven_that_did_not_come_back_as_it_was_written(kind: str) -> None:
    archiving = due("pi_1")

    def damage(key: str) -> None:
        if key.startswith(kind):
            archiving.s3.objects[key] += b" "

    archiving.s3.on_put = damage
    assert archiving.run().outcome == "interrupted"
    taken = archiving.progress_item("looks").take()
    assert taken is not None
    assert taken.open_part is not None
    assert taken.open_part.sha256 is None
    assert len(archiving.stored_rows()) == 2


def test_the_head_stays() -> None:
    archiving = due("pi_1")
    archiving.run()
    (head,) = archiving.heads()
    assert (head["version"], contract.ARCHIVE_SHARD in head) == ({"N": "2"}, False)


def test_a_row_is_archived_with_what_it_changed() -> None:
    archiving = due("pi_1")
    archiving.run()
    (line,) = archiving.s3.lines()
    effects = [from_text(row["effect"]) for row in line["rows"]]
    assert [row["version"] for row in line["rows"]] == [effect.version for effect in effects] == [1, 2]
    assert effects[1].rise("captured_minor") == 5000
    assert line["version"] == 2


def test_what_is_not_final_is_not_read_again_each_day() -> None:
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add([payment_event(words.AUTHORIZED, 5000)])
    looked_at = []
    for _ in range(40):
        looked_at.append(archiving.run().looked_at)
        archiving.now += 86_400
    assert sum(looked_at) == 2  # at once, and a month later
    assert len(archiving.stored_rows()) == 1


def test_a_payment_that_something_comes_for_is_left_and_found_again() -> None:
    archiving = due("pi_1")
    archiving.put(archiving.row(LATE, age_days=10))
    assert archiving.run().archived == 0
    assert archiving.in_index() == {"stripe:pi_1": [archiving.day(10)]}
    archiving.now += 175 * 86_400
    assert archiving.run().archived == 1


def test_a_run_out_of_time_stops_and_the_next_goes_on() -> None:
    archiving = due("pi_1", "pi_2", "pi_3")
    ticks = iter(range(10_000))
    archiving.deadline = Deadline(lambda: float(next(ticks)))
    outcomes = []
    archiving.seconds = 16.0
    for _ in range(30):
        run = archiving.run()
        outcomes.append(run.outcome)
        if run.outcome == "complete":
            break
        archiving.seconds += 2
    assert "incomplete" in outcomes
    assert outcomes[-1] == "complete"
    archived = archiving.archived_rows()
    assert len(archived) == len(set(archived)) == 6
    assert archiving.stored_rows() == []


def test_two_runs_at_once_do_not_meet() -> None:
    archiving = due("pi_1")
    item = archiving.progress_item("other")
    taken = item.take()
    assert taken is not None
    assert archiving.run().outcome == "busy"
    assert len(archiving.stored_rows()) == 2
    item.release(taken)
    assert archiving.run().archived == 1


def test_a_call_that_lambda_delivers_twice_at_once_is_two_runs() -> None:
    archiving = Archiving(now=time.time())
    archiving.begin(age_days=201)
    archiving.add([PAID])
    bucket = ArchiveBucket(lambda: archiving.s3_client, BUCKET, archiving.deadline)
    meanwhile: list[archiver.Run] = []

    def dynamodb(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems" and not meanwhile:
            meanwhile.extend(invoke(archiving.dynamodb))
        return archiving.dynamodb(operation, parameters)

    def invoke(api: Api) -> list[archiver.Run]:
        source = TransactionSource(api, LEDGER, 180)
        return Archive([source], api, LEDGER, bucket, archiving.deadline).run("one-id", 1_000)

    assert [run.archived for run in invoke(dynamodb)] == [1]
    assert [run.outcome for run in meanwhile] == ["busy"]


def test_a_full_part_is_closed_before_the_next_begins() -> None:
    archiving = due(*(f"pi_{number}" for number in range(5)))
    archiving.most_items = 2
    run = archiving.run()
    assert (run.archived, run.parts) == (5, 3)
    assert archiver.MOST_ITEMS > 2
    assert len(archiving.s3.manifests()) == 3


def test_a_run_is_one_line_with_its_metrics() -> None:
    archiving = due("pi_1")
    lines: list[dict[str, Any]] = []

    def write(level: str, message: str, **fields: Any) -> None:
        lines.append({"level": level, "message": message, **fields})

    report(archiving.run(), write)
    (line,) = lines
    assert (line["level"], line["outcome"], line["archive"]) == ("INFO", "complete", "transactions")
    assert (line[contract.METRIC_ARCHIVED], line[contract.METRIC_ARCHIVE_BEHIND]) == (1.0, 0.0)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["environment", "archive"]]


def test_a_refund_that_comes_while_its_payment_is_being_archived_is_not_lost() -> None:
    archiving = due("pi_1")

    def refund(key: str) -> None:
        if key.startswith("transactions/"):
            archiving.put(archiving.row(LATE, age_days=0))

    archiving.s3.on_put = refund
    assert archiving.run().archived == 1
    (left,) = archiving.stored_rows()
    assert left[1].endswith(LATE.event_id)
    state = fold(archiving.entries().rows)
    assert (state.captured_minor, state.refunded_minor) == (5000, 700)
    assert archiving.in_index() == {"stripe:pi_1": [archiving.day(0)]}
