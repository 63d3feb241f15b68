"""Writes a batch of the inbox's stream to the audit bucket: one object for each minute in it, which is one as a rule.

    changes/date=2026-11-21/minute=0853/085320-085321-{SHA-256 of the object}.jsonl.gz

The times are those of the first and the last change in it. The same batch, delivered again, writes the same object
under the same key, and what has been written is never replaced (PCI DSS 4.0.1, 10.3.2). In other groups its records
come twice: see `records.distinct`.
"""

import gzip
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from payment_webhooks import contract
from payment_webhooks.audit.records import CHANGED_AT, audit_record, json_line, unreadable_record
from payment_webhooks.aws.batch_response import BatchResponse, batch_response, sequence_number
from payment_webhooks.errors import Unavailable

# Of a record that has no readable time.
_NO_TIME = "1970-01-01T00:00:00.000000Z"


class AuditObject(NamedTuple):
    key: str
    content: bytes


class AuditBucket(Protocol):
    def add(self, key: str, content: bytes) -> None:
        """Write, unless it is there already. Raises Unavailable."""
        ...


class BatchResult(NamedTuple):
    """`written`: records. `failed_at`: the sequence number from which the stream must deliver again, which is that of
    the first record; "" means the whole batch, too.
    """

    written: int
    guards: int
    unreadable: int
    failed_at: str | None
    failure: Unavailable | None

    @property
    def answer(self) -> BatchResponse:
        return batch_response([] if self.failed_at is None else [self.failed_at])


def write_batch(records: Sequence[Any], bucket: AuditBucket) -> BatchResult:
    """Write what the records tell, or have all of them delivered again: to write them twice changes nothing.

    A record that can't be read is written as such; it never stops the others.
    """
    found = [_record_or_unreadable(record) for record in records]
    kept = [record for record, _ in found if record is not None]
    guards, unreadable = len(found) - len(kept), sum(unreadable for _, unreadable in found)
    try:
        for each in audit_objects(kept):
            bucket.add(each.key, each.content)
    except Unavailable as error:
        return BatchResult(0, guards, unreadable, sequence_number(records[0]), error)
    return BatchResult(len(kept), guards, unreadable, None, None)


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
        yield AuditObject(f"{minute_prefix(minute)}{name}", content)


def minute_prefix(instant: str) -> str:
    """Where the objects of a minute are: `instant` is UTC such as 2026-11-21T08:53, or longer."""
    return f"{contract.AUDIT_PREFIX}date={instant[:10]}/minute={instant[11:13]}{instant[14:16]}/"


def _record_or_unreadable(record: Any) -> tuple[dict[str, Any] | None, bool]:
    """What to keep of a record (None for a guard), and whether it could not be read."""
    try:
        return audit_record(record), False
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError) as error:
        return unreadable_record(record, error), True
