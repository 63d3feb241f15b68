"""A batch of audit records: an object for each minute, the same one when the batch comes again."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.audit.batch import audit_objects, minute_prefix, write_batch
from payment_webhooks.audit.records import audit_record, distinct
from payment_webhooks.inbox.items import guard_item
from tests.support.library.audit_records import FIRST_CHANGE_SECONDS, ITEM, NO_WATCH, FakeBucket, record


def test_a_batch_of_one_minute_is_one_object_with_its_hash_in_its_key() -> None:
    bucket = FakeBucket()
    result = write_batch(
        [record(number=number, at=FIRST_CHANGE_SECONDS + number) for number in range(30)], bucket, NO_WATCH
    )
    [key] = bucket.objects
    prefix, _, name = key.rpartition("/")
    assert prefix == "changes/date=2025-10-09/minute=0853"
    assert name.startswith("085320-085349-")
    assert (result.written, len(bucket.records)) == (30, 30)
    assert result.answer == {"batchItemFailures": []}


def test_the_hash_is_that_of_the_object() -> None:
    found = audit_record(record())
    assert found is not None
    [each] = audit_objects([found])
    assert each.key.endswith(f"-{hashlib.sha256(each.content).hexdigest()}.jsonl.gz")


def test_a_batch_over_several_minutes_is_filed_by_the_minute() -> None:
    bucket = FakeBucket()
    times = [FIRST_CHANGE_SECONDS + offset for offset in (0, 39, 40, 86_400)]
    write_batch([record(number=number, at=at) for number, at in enumerate(times)], bucket, NO_WATCH)
    assert [(key.rpartition("-")[0], len(records)) for key, records in bucket.objects.items()] == [
        ("changes/date=2025-10-09/minute=0853/085320-085359", 2),
        ("changes/date=2025-10-09/minute=0854/085400-085400", 1),
        ("changes/date=2025-10-10/minute=0853/085320-085320", 1),
    ]


def test_a_batch_that_comes_again_writes_the_same_object() -> None:
    records = [record(number=number) for number in range(6)]
    bucket = FakeBucket()
    write_batch(records, bucket, NO_WATCH)
    write_batch(records, bucket, NO_WATCH)
    assert len(bucket.objects) == 1


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=10))
def test_in_whatever_groups_each_change_counts_once(groups: list[tuple[int, int]]) -> None:
    records = [record(number=number, at=FIRST_CHANGE_SECONDS + 7 * number) for number in range(20)]
    bucket = FakeBucket()
    write_batch(records, bucket, NO_WATCH)
    for start, length in groups:
        write_batch(records[start : start + length], bucket, NO_WATCH)
    found = distinct(bucket.records)
    assert [each["stream_event_id"] for each in found] == [f"stream-event-{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("minutes", "markers"),
    [(1, 0), (59, 0), (62, 1), (60 * 24 * 90, 1)],
)
def test_what_comes_over_an_hour_late_has_a_marker_by_which_its_digest_finds_it(
    minutes: int, markers: int
) -> None:
    bucket = FakeBucket()
    write_batch([record()], bucket, NO_WATCH, lambda: FIRST_CHANGE_SECONDS + 60 * minutes)
    [key] = bucket.objects
    assert len(bucket.late) == markers
    if markers:
        assert bucket.late[0].endswith(f"/{key}")
    if minutes == 62:
        assert bucket.late[0] == f"late/2025-10-09T09/{key}"


def test_an_hour_late_is_counted_from_the_minute() -> None:
    """FIRST_CHANGE_SECONDS is 20.25 s after it."""
    for late_seconds, markers in ((3600, 0), (3600.001, 1)):
        bucket = FakeBucket()
        write_batch([record()], bucket, NO_WATCH, lambda: FIRST_CHANGE_SECONDS - 20.25 + late_seconds)  # noqa: B023
        assert len(bucket.late) == markers


def test_a_record_without_a_time_is_filed_under_the_first_minute_of_all() -> None:
    [each] = audit_objects([{"error": "KeyError"}])
    assert each.minute == datetime(1970, 1, 1, tzinfo=UTC)
    assert minute_prefix("1970-01-01T08:53:20") == "changes/date=1970-01-01/minute=0853/"
    assert each.key.startswith("changes/date=1970-01-01/minute=0000/000000-000000-")


def test_in_an_outage_the_whole_batch_comes_again() -> None:
    result = write_batch([record(number=number) for number in range(3)], FakeBucket(out=True), NO_WATCH)
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": "10000"}]}
    assert result[:3] == (0, 0, 0)
    assert result.tampered == ()
    assert result.failure is not None
    assert result.failure.reason == "audit_bucket_unavailable"


@pytest.mark.parametrize("records", [[], [record(new=guard_item("event", "evt_1", ITEM))]])
def test_a_batch_without_a_webhook_writes_nothing(records: list[dict[str, object]]) -> None:
    bucket = FakeBucket(out=True)
    assert write_batch(records, bucket, NO_WATCH).answer == {"batchItemFailures": []}
