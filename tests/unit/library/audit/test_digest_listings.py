"""What the digest of an hour asks of S3 at a thousand webhooks a second: docs/audit.md has the numbers."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.audit.digest_store import BucketVersions, Copy
from payment_webhooks.audit.digester import Digester, SigningKey
from payment_webhooks.deadline import Deadline

HOUR_START = datetime(2026, 11, 21, 8, tzinfo=UTC)
NOW = HOUR_START + timedelta(minutes=90)
FIRST = HOUR_START - timedelta(days=1)  # of the objects that the bucket has
OBJECTS_A_MINUTE = 2700  # 162,000 an hour
ALL = (NOW - FIRST) // timedelta(minutes=1) * OBJECTS_A_MINUTE


@cache
def minute_of(number: int) -> tuple[str, datetime]:
    minute = FIRST + timedelta(minutes=number)
    return minute_prefix(minute.isoformat()), minute


def version(number: int) -> dict[str, Any]:
    prefix, minute = minute_of(number // OBJECTS_A_MINUTE)
    key = f"{prefix}{number % OBJECTS_A_MINUTE:04}.jsonl.gz"
    return {"Key": key, "LastModified": minute, "IsLatest": True}


class Listed:
    """S3's listing of a bucket that gets as many objects each minute: a thousand versions a call."""

    def __init__(self) -> None:
        self.calls = 0

    def list_object_versions(self, **asked: str) -> dict[str, Any]:
        self.calls += 1
        if asked["Prefix"] != "changes/":
            return {"IsTruncated": False}
        first = (
            int(asked["VersionIdMarker"]) + 1
            if "VersionIdMarker" in asked
            else self.after(asked["KeyMarker"])
        )
        last = min(first + 1000, ALL)
        versions = [version(number) for number in range(first, last)]
        end = {"NextKeyMarker": versions[-1]["Key"], "NextVersionIdMarker": str(last - 1)}
        return {"IsTruncated": last < ALL, "Versions": versions, **end}

    @staticmethod
    def after(marker: str) -> int:
        minute = datetime.strptime(marker, "changes/date=%Y-%m-%d/minute=%H%M/").replace(tzinfo=UTC)
        return (minute - FIRST) // timedelta(minutes=1) * OBJECTS_A_MINUTE


class Nothing:
    def newest_first(self) -> list[Copy]:
        return []

    def add(self, what: Any, content: Any) -> Any:
        return what


def test_an_hour_at_a_thousand_webhooks_a_second_takes_569_listings() -> None:
    s3 = Listed()
    deadline = Deadline(lambda: 0.0)
    deadline.start(800)
    key = SigningKey("key", lambda _: b"signature", lambda *_: True)
    versions = BucketVersions(s3, "audit", deadline)
    run = Digester("audit", key, versions, Nothing(), Nothing(), deadline, NOW.timestamp).run()
    assert [(digest.hour, digest.objects) for digest in run.made] == [("2026-11-21T08", 162_000)]
    assert s3.calls == 569
