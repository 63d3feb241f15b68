"""Writes a batch of the stream of inbox or ledger to the audit bucket: an object for each minute, mostly one.

    changes/date=2026-11-21/minute=0853/085320-085321-{SHA-256 of the object}.jsonl.gz

The times are those of the first and the last change in it. A record with `webhook_id` is of the inbox, one with
`entry` of the ledger. The same batch, delivered again, writes the same object under the same key, and
what has been written is never replaced (PCI DSS 4.0.1, 10.3.2). In other groups its records come twice: see
`records.distinct`.
"""

import gzip
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from payment_webhooks import contract
from payment_webhooks.audit.records import CHANGED_AT, ERASURE, audit_record, json_line, unreadable_record
from payment_webhooks.audit.tampering import LedgerWatch, tampering
from payment_webhooks.aws.batch_response import BatchResponse, batch_response, sequence_number
from payment_webhooks.errors import Unavailable

TAMPERING = "tampering"  # in a record: what is wrong with the change
# Of a record that has no readable time.
_NO_TIME = "1970-01-01T00:00:00.000000Z"
# An object that comes later than this after its minute has a marker, by which its digest finds it: to list every hour
# that has ever been would take longer each time.
LATE_AFTER: Final = timedelta(hours=1)


class AuditObject(NamedTuple):
    minute: datetime
    key: str
    content: bytes


class AuditBucket(Protocol):
    def add(self, key: str, content: bytes) -> None:
        """Write, unless it is there already. Raises Unavailable."""
        ...


class BatchResult(NamedTuple):
    """`written`: records; `tampered`: those of changes that no function of the system makes; `erased`: how many are of
    erasures. `failed_at`: the sequence number from which the stream must deliver again, which is that of the first
    record; "" means the whole batch, too.
    """

    written: int
    guards: int
    unreadable: int
    failed_at: str | None
    failure: Unavailable | None
    tampered: tuple[dict[str, Any], ...] = ()
    erased: int = 0

    @property
    def answer(self) -> BatchResponse:
        return batch_response([] if self.failed_at is None else [self.failed_at])


def write_batch(
    records: Sequence[Any], bucket: AuditBucket, watch: LedgerWatch, clock: Callable[[], float] = time.time
) -> BatchResult:
    """Write what the records tell, or have all of them delivered again: to write them twice changes nothing.

    A record that can't be read is written as such; it never stops the others. `clock` gives Unix seconds.
    """
    try:
        found = [_record_or_unreadable(record, watch) for record in records]
        kept = [record for record, _ in found if record is not None]
        for each in audit_objects(kept):
            bucket.add(each.key, each.content)
            came = datetime.fromtimestamp(clock(), UTC)
            if came - each.minute > LATE_AFTER:
                bucket.add(
                    f"{late_prefix(came)}{each.key}", b""
                )  # after it: a marker never names what is not there
    except Unavailable as error:
        return BatchResult(0, 0, 0, sequence_number(records[0]), error)
    unreadable = sum(unreadable for _, unreadable in found)
    tampered = tuple(record for record in kept if TAMPERING in record)
    erased = sum(record.get("kind") == ERASURE for record in kept)
    return BatchResult(len(kept), len(found) - len(kept), unreadable, None, None, tampered, erased)


def audit_objects(records: Sequence[dict[str, Any]]) -> Iterator[AuditObject]:
    """The objects of the records of a batch, one for each minute. After a pause of the stream a batch spans hours; by
    the minute, who looks for a change knows which objects may have it.
    """
    by_minute: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_minute.setdefault(str(record.get(CHANGED_AT, _NO_TIME))[:16], []).append(record)
    for minute, of_minute in by_minute.items():
        content = gzip.compress(b"".join(json_line(record) + b"\n" for record in of_minute), mtime=0)
        times = [re.sub("[^0-9]", "", record.get(CHANGED_AT, _NO_TIME)[11:19]) for record in of_minute]
        name = f"{min(times)}-{max(times)}-{hashlib.sha256(content).hexdigest()}.jsonl.gz"
        yield AuditObject(datetime.fromisoformat(f"{minute}Z"), f"{minute_prefix(minute)}{name}", content)


def minute_prefix(instant: str) -> str:
    """Where the objects of a minute are: `instant` is UTC such as 2026-11-21T08:53, or longer."""
    return f"{contract.AUDIT_PREFIX}date={instant[:10]}/minute={instant[11:13]}{instant[14:16]}/"


def late_prefix(hour: datetime) -> str:
    """Where the markers are of the objects that came late, in that hour."""
    return f"{contract.AUDIT_LATE_PREFIX}{hour:%Y-%m-%dT%H}/"


def _record_or_unreadable(record: Any, watch: LedgerWatch) -> tuple[dict[str, Any] | None, bool]:
    """What to keep of a record (None for a guard), and whether it could not be read. Raises Unavailable."""
    try:
        wrong = tampering(record, watch)
        kept = audit_record(record, of_guards=wrong is not None)
        return (kept if kept is None or wrong is None else {**kept, TAMPERING: wrong}), False
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError) as error:
        return unreadable_record(record, error), True
