"""Finds the audit records of one webhook. They are filed by the minute, so the times in its inbox items say where."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.audit.records import CHANGED_AT, distinct
from scripts.command_line.copyable_command import copyable
from scripts.operations.cold_objects import InGlacier, read_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# DynamoDB gives a change its time, rounded down to the second, a moment after the function that made it took its own:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
BEFORE: Final = timedelta(seconds=5)
AFTER: Final = timedelta(seconds=15)
# Between the times that the items name there may be attempts, which they do not name; a longer pause is not read.
LONGEST_PAUSE: Final = timedelta(minutes=15)
READS_AT_ONCE: Final = 16
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
# The archiver opens a part, and then marks the items that are in it (payment_webhooks/archive/parts.py).
_PART: Final = re.compile(r"/part-(\d{8}T\d{6})-")
_KEY_SECONDS: Final = re.compile(r"/\d{4}(\d\d)-\d{4}(\d\d)-[0-9a-f]{64}\.jsonl\.gz$")


class Window(NamedTuple):
    """A time in which the webhook changed, both ends included."""

    first: datetime
    last: datetime


def audit_records(
    s3: S3Client, bucket: str, webhook_id: str, inbox: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The records of `webhook_id`, each with the `key` of its object, in the order of the stream; before them what
    can't be read and may hold others, as `_records` gives it.

    `inbox`: the plain values of its items. Raises ClientError when not allowed.
    """
    return _fitting(s3, bucket, windows_of(inbox), lambda record: record.get("webhook_id") == webhook_id)


def put_back(s3: S3Client, bucket: str, tampered: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same of what came into the ledger again within a quarter of an hour. `tampered`: what the audit logger told
    of entries that were removed.
    """
    removed = [(each.get(contract.TRANSACTION_ID), each.get("entry")) for each in tampered if "entry" in each]
    windows = [
        each._replace(last=each.last + LONGEST_PAUSE)
        for each in windows_of({CHANGED_AT: each[CHANGED_AT]} for each in tampered)
    ]
    return _fitting(
        s3,
        bucket,
        windows,
        lambda record: (
            record.get("change") == "INSERT"
            and (record.get(contract.TRANSACTION_ID), record.get("entry")) in removed
        ),
    )


def _fitting(
    s3: S3Client, bucket: str, windows: Sequence[Window], fits: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    keys = [key for minute, within in _minutes(windows) for key in _keys(s3, bucket, minute, within)]
    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        found = [
            record for records in pool.map(lambda key: _records(s3, bucket, key), keys) for record in records
        ]
    unread = [record for record in found if "unread" in record]
    return [*unread, *distinct(record for record in found if "unread" not in record and fits(record))]


def _records(s3: S3Client, bucket: str, key: str) -> list[dict[str, Any]]:
    """Of an object that can't be read one without a webhook: `unread` says why, `next_step` is what to do."""
    try:
        content = read_object(s3, bucket, key)
        return [{"key": key, **json.loads(line)} for line in gzip.decompress(content).splitlines()]
    except InGlacier as cold:
        return [{"key": key, "unread": "is in Glacier", "next_step": cold.command}]
    except (OSError, EOFError, zlib.error, ValueError):  # somebody has changed its bytes
        return [{"key": key, "unread": "is damaged", "next_step": copyable("audit", "verify")}]


def windows_of(inbox: Iterable[Mapping[str, Any]]) -> list[Window]:
    """When these items may have changed, by all times that they name but the provider's own; in order, apart."""
    windows: list[Window] = []
    for instant in sorted(set(_instants(inbox))):
        if windows and instant - windows[-1].last <= LONGEST_PAUSE:
            windows[-1] = Window(windows[-1].first, instant + AFTER)
        else:
            windows.append(Window(instant - BEFORE, instant + AFTER))
    return windows


def _instants(inbox: Iterable[Mapping[str, Any]]) -> Iterator[datetime]:
    for item in inbox:
        for name, value in item.items():
            if name != contract.WEBHOOK_TIMESTAMP and isinstance(value, str) and _INSTANT.fullmatch(value):
                yield datetime.fromisoformat(value)
        opened = opened_at(str(item.get(contract.ARCHIVED_IN, "")))
        if opened is not None:
            yield opened


def opened_at(location: str) -> datetime | None:
    """When a part of the archive was opened; None for what is none."""
    part = _PART.search(location)
    return None if part is None else datetime.fromisoformat(f"{part[1]}+00:00")


def _minutes(windows: Sequence[Window]) -> Iterator[tuple[datetime, list[Window]]]:
    """Each minute, with the windows that reach into it."""
    minutes: dict[datetime, list[Window]] = {}
    for window in windows:
        minute = window.first.replace(second=0, microsecond=0)
        while minute <= window.last:
            minutes.setdefault(minute, []).append(window)
            minute += _MINUTE
    yield from minutes.items()


def _keys(s3: S3Client, bucket: str, minute: datetime, windows: Sequence[Window]) -> Iterator[str]:
    """Those of the minute whose changes reach into a window."""
    prefix = minute_prefix(minute.isoformat())
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            seconds = _KEY_SECONDS.search(entry["Key"])
            if seconds is None:
                continue
            first, last = (minute.replace(second=int(text)) for text in seconds.groups())
            if any(window.first <= last + _SECOND and first <= window.last for window in windows):
                yield entry["Key"]
