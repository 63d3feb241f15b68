"""Read units of DynamoDB: how many a search will take, said before it, and how many it took.

A unit reads 4 KB consistently, or 8 KB a moment behind; a Query is charged for the sum of what it reads, an item of a
batch for itself: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks.aws.json_client import Api

_UNIT_BYTES: Final = 4096
_LEAST: Final = 0.5  # of a Query that finds nothing: of each partition
_READS: Final = ("Query", "BatchGetItem", "GetItem")


class Spent(Exception):
    """As many units are read as may be."""


class Sizes(NamedTuple):
    """Of a table or an index, as DynamoDB counts them every six hours or so; average: bytes of an item."""

    items: int
    bytes: int

    @property
    def average(self) -> float:
        return self.bytes / self.items if self.items else 0.0


class Reading(NamedTuple):
    """What a search reads: so many partitions of an index, `share` of all that it holds (0 to 1), and with `items` the
    table's items of its entries, consistently or a moment behind.
    """

    index_name: str
    partitions: int
    share: float
    items: bool = False
    is_consistent: bool = False


def sizes_of(table: Mapping[str, Any]) -> dict[str, Sizes]:
    """Of the answer of DescribeTable: by the index's name, and the table's own under ""."""
    found = {"": Sizes(table.get("ItemCount", 0), table.get("TableSizeBytes", 0))}
    for index in table.get("GlobalSecondaryIndexes", ()):
        found[index["IndexName"]] = Sizes(index.get("ItemCount", 0), index.get("IndexSizeBytes", 0))
    return found


def estimate(reading: Reading, sizes: Mapping[str, Sizes]) -> float:
    """The units that it takes, about: as if days were alike, and all items as long as the average."""
    index = sizes.get(reading.index_name, Sizes(0, 0))
    entries = max(reading.partitions * _LEAST, index.bytes * reading.share / _UNIT_BYTES / 2)
    if not reading.items:
        return entries
    units = math.ceil(sizes[""].average / _UNIT_BYTES) / (1 if reading.is_consistent else 2)
    return entries + index.items * reading.share * units


def share_of_days(asked: int, age_days: float) -> float:
    """Of a table that is so old, as if each day had as much."""
    return min(1.0, asked / max(1.0, age_days))


class Meter:
    """Counts what is read; `limit`: after which no more is, None for no limit."""

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.units = 0.0

    def measured(self, api: Api) -> Api:
        """The same calls, counted. Raises Spent in place of the next one when the limit is reached."""

        def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            if operation not in _READS:
                return api(operation, parameters)
            if self.limit is not None and self.units >= self.limit:
                raise Spent
            answer = api(operation, {**parameters, "ReturnConsumedCapacity": "TOTAL"})
            consumed = answer.get("ConsumedCapacity") or []
            each = consumed if isinstance(consumed, list) else [consumed]  # of a batch: by table
            self.units += sum(float(part.get("CapacityUnits", 0)) for part in each)
            return answer

        return call
