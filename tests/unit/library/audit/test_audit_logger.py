"""A batch of audit records: written many at once, delivered again from the first one that is not written."""

from threading import Barrier, Event

from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.audit.batch import WRITES_AT_ONCE, write_batch
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import guard_item
from tests.support.library.audit_records import ITEM, FakeBucket, key_of, record

STUCK_SECONDS = 10.0  # of a test that would never end


def test_a_batch_that_comes_again_in_other_groups_writes_the_same_objects() -> None:
    records = [record(number=number) for number in range(6)]
    once, regrouped = FakeBucket(), FakeBucket()
    write_batch(records, once)
    for group in (records[:4], records[2:], records[5:]):
        write_batch(group, regrouped)
    assert once.objects == regrouped.objects
    assert len(once.objects) == 6


class MeetingBucket(FakeBucket):
    """A write ends once as many are under way as may be."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = Barrier(WRITES_AT_ONCE, timeout=STUCK_SECONDS)

    def add(self, key: str, content: bytes) -> None:
        self.barrier.wait()
        super().add(key, content)


def test_writes_wait_for_the_bucket_together() -> None:
    bucket = MeetingBucket()
    result = write_batch([record(number=number) for number in range(2 * WRITES_AT_ONCE)], bucket)
    assert (result.written, len(bucket.objects)) == (2 * WRITES_AT_ONCE, 2 * WRITES_AT_ONCE)
    assert result.answer == {"batchItemFailures": []}


class LateFailure(FakeBucket):
    """Record 1 fails only after record 3 has."""

    def __init__(self) -> None:
        super().__init__(out=(1, 3))
        self.later_one_failed = Event()

    def add(self, key: str, content: bytes) -> None:
        if key == key_of(1):
            assert self.later_one_failed.wait(STUCK_SECONDS)
        try:
            super().add(key, content)
        except Unavailable:
            self.later_one_failed.set()
            raise


def test_the_first_missing_record_counts_not_the_first_failure() -> None:
    result = write_batch([record(number=number) for number in range(5)], LateFailure())
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": "10001"}]}
    assert result.failure is not None
    assert result.failure.reason == "audit_bucket_unavailable"


def test_in_an_outage_no_more_writes_are_begun_than_are_under_way() -> None:
    bucket = FakeBucket(out=None)
    result = write_batch([record(number=number) for number in range(100)], bucket)
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": "10000"}]}
    assert result.written == 0
    assert 1 <= len(bucket.asked) <= WRITES_AT_ONCE


def test_guards_do_not_shift_where_it_goes_on() -> None:
    guard = record(new=guard_item("event", "evt_1", ITEM), number=9)
    result = write_batch([guard, record(number=0), guard, record(number=1)], FakeBucket(out=(1,)))
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": "10001"}]}
    assert (result.written, result.guards) == (1, 2)


@given(st.integers(0, 30), st.sets(st.integers(0, 30)))
def test_nothing_is_skipped_whatever_fails(count: int, out: set[int]) -> None:
    records = [record(number=number) for number in range(count)]
    bucket = FakeBucket(out)
    result = write_batch(records, bucket)
    assert len(bucket.objects) == result.written
    failing = out & set(range(count))
    assert (result.failed_at is None) == (not failing)
    if result.failed_at is not None:
        first = int(result.failed_at.removeprefix("1000"))
        assert first <= min(failing)
        assert {key_of(number) for number in range(first)} <= set(bucket.objects)
        bucket.out = ()
        write_batch(records[first:], bucket)
    assert set(bucket.objects) == {key_of(number) for number in range(count)}
