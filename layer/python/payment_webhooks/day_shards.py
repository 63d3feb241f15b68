"""Days of the archive's index: under which day an item is looked at. Pure.

Every item that may be archived one day is in the index under a day; what is looked at and not archived yet moves to a
later one, or leaves the index where a newer item stands for the same transaction. So a day that has been worked
through is empty, and no day is read for ever.
"""

import zlib
from collections.abc import Iterator
from datetime import date, timedelta

from payment_webhooks.contract import ARCHIVE_SHARD_COUNT
from payment_webhooks.timestamps import utc_timestamp

DAY_SECONDS = 86_400


def day_of(instant: str) -> str:
    """The UTC day, `YYYY-MM-DD`, of a UTC time with six digits."""
    return instant[:10]


def shard_of(day: str, name: str) -> str:
    """The index's partition of what is looked at on `day`. `name` spreads a day's items evenly."""
    return f"{day}#{zlib.crc32(name.encode()) % ARCHIVE_SHARD_COUNT}"


def shards_of(day: str) -> list[str]:
    """Every partition of the index for a day."""
    return [f"{day}#{shard}" for shard in range(ARCHIVE_SHARD_COUNT)]


def day_of_shard(shard: str) -> str:
    return shard.partition("#")[0]


def cutoff_day(now_seconds: float, quiet_days: int) -> str:
    """The last day that is `quiet_days` whole days ago: what was recorded on it, or before, is due."""
    return day_of(utc_timestamp(now_seconds - (quiet_days + 1) * DAY_SECONDS))


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> int:
    """How many days `last` is after `first`; 0 when it is not."""
    return max(0, (date.fromisoformat(last) - date.fromisoformat(first)).days)


def days(first: str, last: str) -> Iterator[str]:
    """Both ends included; nothing when `last` is before `first`."""
    for number in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1):
        yield later(first, number)
