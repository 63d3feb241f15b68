"""Finds webhooks of one status in the inbox's indexes: those that wait, and those that are processed, by their days.

What is in no index, because it is archived, is not found. An index has neither the type of a processed webhook nor its
time of day: these are looked up in the items, and what that costs is told first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.day_shards import days, shards_of
from payment_webhooks.inbox.sparse_indexes import attention_shards

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from scripts.operations.inbox.decisions import Item

READ_UNIT_BYTES: Final = 4096  # of a strongly consistent read; DynamoDB's guide, "Read consistency"
_FORM: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


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

    def takes(self, item: Item) -> bool:
        """Whether a whole item of a processed webhook is meant."""
        done = datetime.fromisoformat(str(item["processed_at"]))
        return (
            self.event_type in (None, item.get("event_type"))
            and (self.since is None or self.since <= done)
            and (self.until is None or done < self.until)
        )


def find(dynamodb: DynamoDBClient, table: str, wanted: Filter) -> list[dict[str, Any]]:
    """What the indexes have of them: keys, status, reason and, of those that wait, type and since when; these by age.

    Of processed ones `since` must be there.
    """
    is_done = wanted.status == contract.STATUS_PROCESSED
    items = (_done if is_done else _waiting)(dynamodb, table, wanted)
    found = [plain(item) for item in items]
    return found if is_done else sorted(found, key=lambda item: str(item[contract.ATTENTION_SINCE]))


def read_units(dynamodb: DynamoDBClient, table: str, items: int) -> int:
    """About how many read units so many items take, by the mean size that DynamoDB counts every six hours."""
    told = dynamodb.describe_table(TableName=table)["Table"]
    mean = told.get("TableSizeBytes", 0) / max(1, told.get("ItemCount", 0))
    return items * max(1, math.ceil(mean / READ_UNIT_BYTES))


def _waiting(dynamodb: DynamoDBClient, table: str, wanted: Filter) -> Iterator[dict[str, Any]]:
    values = {
        ":since": wanted.since.strftime(_FORM) if wanted.since else "0",
        ":until": wanted.until.strftime(_FORM) if wanted.until else "9",
    }
    equal = {contract.STATUS_REASON: wanted.reason, "event_type": wanted.event_type}
    tests = [f"#{name} = :{name}" for name, value in equal.items() if value is not None]
    names = {f"#{name}": name for name, value in equal.items() if value is not None}
    values |= {f":{name}": value for name, value in equal.items() if value is not None}
    if wanted.endpoints:
        names["#id"] = contract.WEBHOOK_ID
        begins = {f":endpoint{n}": f"{each}:" for n, each in enumerate(wanted.endpoints)}
        tests.append(f"({' OR '.join(f'begins_with(#id, {name})' for name in begins)})")
        values |= begins
    for shard in attention_shards(wanted.status):
        yield from query_index(
            dynamodb,
            table,
            contract.ATTENTION_INDEX,
            "#shard = :shard AND #since BETWEEN :since AND :until",
            " AND ".join(tests),
            {**names, "#shard": contract.ATTENTION_SHARD, "#since": contract.ATTENTION_SINCE},
            {**values, ":shard": shard},
        )


def _done(dynamodb: DynamoDBClient, table: str, wanted: Filter) -> Iterator[dict[str, Any]]:
    last = (wanted.until or datetime.now(UTC)) - timedelta(microseconds=1)
    names = {"#shard": contract.ARCHIVE_SHARD, "#status": contract.STATUS}
    values = {":status": wanted.status}
    begins = ""
    if wanted.endpoints:
        begins, names["#id"] = " AND begins_with(#id, :endpoint)", contract.WEBHOOK_ID
    by_endpoint = [{":endpoint": f"{each}:"} for each in wanted.endpoints] or [{}]
    first = wanted.since or last
    for day in days(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"):
        for shard, endpoint in product(shards_of(day), by_endpoint):
            yield from query_index(
                dynamodb,
                table,
                contract.ARCHIVE_INDEX,
                f"#shard = :shard{begins}",
                "#status = :status",
                names,
                {**values, **endpoint, ":shard": shard},
            )


def query_index(
    dynamodb: DynamoDBClient,
    table: str,
    index: str,
    condition: str,
    filtered: str,
    names: Mapping[str, str],
    values: Mapping[str, str],
) -> Iterable[dict[str, Any]]:
    """Every item of a query, as DynamoDB gives it. `filtered`: a filter; empty for none."""
    more: Any = {"FilterExpression": filtered} if filtered else {}
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        IndexName=index,
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
        **more,
    )
    for page in pages:
        yield from page["Items"]
