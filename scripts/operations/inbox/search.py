"""Finds webhooks in the inbox's indexes by their status: what waits by its time, what is done by its day.

What is in no index, because it is archived, is not found. An index has neither the type of a processed webhook nor its
time of day: these are looked up in the items, and what that costs is told first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.day_shards import days, shards_of
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES, attention_shards
from scripts.command_line.boto3_api import client_api

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from scripts.operations.inbox.decisions import Item

READ_UNIT_BYTES: Final = 4096  # of a strongly consistent read; DynamoDB's guide, "Read consistency"
_FORM: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
# Indexes of what waits, each with its keys.
_PENDING: Final = (contract.PENDING_INDEX, contract.PENDING_SHARD, contract.PENDING_SINCE)
_ATTENTION: Final = (contract.ATTENTION_INDEX, contract.ATTENTION_SHARD, contract.ATTENTION_SINCE)
ALWAYS: Final = ("0", "9")  # before and after each time


class Partition(NamedTuple):
    """A partition of an index of the inbox. sort: its sort key; begins: what that begins with, where it is no time."""

    index_name: str
    name: str
    value: str
    sort: str = contract.WEBHOOK_ID
    begins: str = ""


class Filter(NamedTuple):
    """Which webhooks: of this status, which they have had from `since` to before `until` (UTC); of a processed one that
    is when it was done. `reason` is also the error for which one was given up. None, or no endpoints: any.
    """

    status: str
    endpoints: Sequence[str] = ()
    reason: str | None = None
    event_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def needs_items(self) -> bool:
        """Whether an index does not have all that it asks for."""
        ends = [each for each in (self.since, self.until) if each is not None]
        of_whole_days = all(each.time() == time() for each in ends)
        return self.status == contract.STATUS_PROCESSED and not (of_whole_days and self.event_type is None)

    def fits(self, entry: Item) -> bool:
        """Whether what an index has of a webhook is of the status, endpoint, reason and type, as far as it says."""
        return (
            entry.get(contract.STATUS, self.status) == self.status
            and (not self.endpoints or str(entry[contract.WEBHOOK_ID]).partition(":")[0] in self.endpoints)
            and self.reason in (None, entry.get(contract.STATUS_REASON))
            and (self.event_type is None or entry.get("event_type", self.event_type) == self.event_type)
        )

    def takes(self, item: Item) -> bool:
        """Whether a whole item of a processed webhook is meant."""
        done = datetime.fromisoformat(str(item["processed_at"]))
        return (
            self.event_type in (None, item.get("event_type"))
            and (self.since is None or self.since <= done)
            and (self.until is None or done < self.until)
        )


def partitions(
    statuses: Collection[str], first: str, last: str, endpoints: Sequence[str] = ()
) -> Iterator[Partition]:
    """Those that have every webhook of these statuses: of what is done by day, of the rest by status and time."""
    for status in statuses:
        is_pending = status == contract.STATUS_RECEIVED
        name, shard, since = _PENDING if is_pending else _ATTENTION
        waits = attention_shards(status) if status in contract.ATTENTION_STATUSES else ()
        shards = map(str, range(contract.PENDING_SHARD_COUNT)) if is_pending else waits
        yield from (Partition(name, shard, each, since) for each in shards)
    is_done = not set(DONE_STATUSES).isdisjoint(statuses)
    begins = [f"{each}:" for each in endpoints] or [""]
    for day in days(first, last) if is_done else ():
        for each, prefix in product(shards_of(day), begins):
            yield Partition(contract.ARCHIVE_INDEX, contract.ARCHIVE_SHARD, each, begins=prefix)


def entries(
    inbox: DynamoDbTable, partition: Partition, low: str, high: str, **options: Any
) -> Iterator[dict[str, Any]]:
    """What an index has of the webhooks of a partition; of one by time, those from `low` to `high`."""
    condition, names = "#partition = :partition", {"#partition": partition.name}
    values = {":partition": partition.value}
    if partition.sort != contract.WEBHOOK_ID:
        condition, values = (
            f"{condition} AND #sort BETWEEN :low AND :high",
            {**values, ":low": low, ":high": high},
        )
    elif partition.begins:
        condition, values = (
            f"{condition} AND begins_with(#sort, :begins)",
            {**values, ":begins": partition.begins},
        )
    if "#sort" in condition:
        names["#sort"] = partition.sort
    texts = {name: {"S": value} for name, value in values.items()}
    yield from map(plain, inbox.query(condition, names, texts, IndexName=partition.index_name, **options))


def find(
    dynamodb: DynamoDBClient, table: str, wanted: Filter, most: int | None = None
) -> list[dict[str, Any]]:
    """What the indexes have of them: keys, status, reason and, of those that wait, type and since when; these by age,
    and no more than `most` of each partition. Of what is done `since` must be there.
    """
    inbox, options = DynamoDbTable(client_api(dynamodb), table), {"Limit": most} if most else {}
    low, high = (
        text if each is None else each.strftime(_FORM)
        for text, each in zip(ALWAYS, (wanted.since, wanted.until), strict=True)
    )
    last = (wanted.until or datetime.now(UTC)) - timedelta(microseconds=1)
    first = (wanted.since or last).date()
    found = [
        entry
        for each in partitions([wanted.status], str(first), str(last.date()), wanted.endpoints)
        for entry in islice(entries(inbox, each, low, high, **options), most)
        if wanted.fits(entry)
    ]
    return sorted(found, key=lambda entry: str(entry.get(contract.ATTENTION_SINCE)))


def waiting(
    dynamodb: DynamoDBClient, table: str, statuses: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """The oldest `limit` of these statuses, oldest first, without their bodies."""
    found = [each for status in statuses for each in find(dynamodb, table, Filter(status), limit)]
    return sorted(found, key=lambda item: str(item[contract.ATTENTION_SINCE]))[:limit]


def read_units(dynamodb: DynamoDBClient, table: str, items: int) -> int:
    """About how many read units so many items take, by the mean size that DynamoDB counts every six hours."""
    told = dynamodb.describe_table(TableName=table)["Table"]
    mean = told.get("TableSizeBytes", 0) / max(1, told.get("ItemCount", 0))
    return items * max(1, math.ceil(mean / READ_UNIT_BYTES))
