"""Writes a batch of the inbox's stream to the audit bucket, several objects at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from threading import Event
from typing import Any, NamedTuple, Protocol

from payment_webhooks.audit.records import AuditObject, audit_object, unreadable_object
from payment_webhooks.aws.batch_response import BatchResponse, batch_response, sequence_number
from payment_webhooks.errors import Unavailable

# A write to S3 is some 20 ms of waiting and little else. botocore's client is safe to share between threads
# and keeps ten connections (its user guide, "Multithreading or multiprocessing with clients").
WRITES_AT_ONCE = 8


class AuditBucket(Protocol):
    """Its method is called from several threads at once."""

    def add(self, key: str, content: bytes) -> None:
        """Write, unless it is there already. Raises Unavailable."""
        ...


class BatchResult(NamedTuple):
    """`failed_at`: the sequence number from which the stream must deliver again; "" means the whole batch."""

    written: int
    guards: int
    unreadable: int
    failed_at: str | None
    failure: Unavailable | None

    @property
    def answer(self) -> BatchResponse:
        return batch_response([] if self.failed_at is None else [self.failed_at])


def write_batch(records: Sequence[Any], bucket: AuditBucket) -> BatchResult:
    """Write the records, WRITES_AT_ONCE at a time, and tell from which one the stream must deliver again.

    That is the first one that is not written. Later ones may be: to write them again changes nothing. Once one
    has failed, no other write is begun: each would wait for the same outage, longer than the function may run.
    A record that can't be read is written as such; it never stops the others.
    """
    found = [_object_or_unreadable(record) for record in records]
    objects = [each for each, _ in found if each is not None]
    stopped = Event()
    with ThreadPoolExecutor(WRITES_AT_ONCE) as pool:
        failures = list(pool.map(_add_unless_stopped, repeat(bucket), objects, repeat(stopped)))
    sources = [record for record, (each, _) in zip(records, found, strict=True) if each is not None]
    missing = [record for record, failure in zip(sources, failures, strict=True) if failure is not None]
    return BatchResult(
        written=len(objects) - len(missing),
        guards=len(records) - len(objects),
        unreadable=sum(unreadable for _, unreadable in found),
        failed_at=sequence_number(missing[0]) if missing else None,
        failure=next((failure for failure in failures if failure not in (None, _NOT_BEGUN)), None),
    )


_NOT_BEGUN = Unavailable("not_begun")


def _add_unless_stopped(bucket: AuditBucket, found: AuditObject, stopped: Event) -> Unavailable | None:
    """What kept the object from being written."""
    if stopped.is_set():
        return _NOT_BEGUN
    try:
        bucket.add(found.key, found.content)
    except Unavailable as error:
        stopped.set()
        return error
    return None


def _object_or_unreadable(record: Any) -> tuple[AuditObject | None, bool]:
    """What to write of a record (None for a guard), and whether it could not be read."""
    try:
        return audit_object(record), False
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError) as error:
        return unreadable_object(record, error), True
