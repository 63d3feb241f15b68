"""Units and bytes that DynamoDB counts for reads, writes and items of the tables in the templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from payment_webhooks.aws.dynamodb_items import Item
from scripts.planning.aws_limits import READ_UNIT_BYTES, TRANSACTION_FACTOR, WRITE_UNIT_BYTES
from scripts.planning.recorded_calls import Read, Write
from stacks.evaluation.resolved_stack import Resource

# Bytes of each item, and of its entry in each index, beside its content:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
# and https://aws.amazon.com/dynamodb/pricing/on-demand/ (storage)
ITEM_OVERHEAD_BYTES: Final = 100


@dataclass(frozen=True)
class TableUnits:
    """Units for one webhook. `indexes` by name; an index's units count against its own partitions."""

    table: float = 0.0
    indexes: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return self.table + sum(self.indexes.values())


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size that DynamoDB counts: names and values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html: a text by its
    UTF-8 bytes, a number by about one byte for two digits and one more, a boolean one byte.
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return ceil(len(str(content).strip("-0.")) / 2) + 1
    if kind == "BOOL":
        return 1
    return len(content.encode() if isinstance(content, str) else content)


def write_units(table: Resource, writes: Sequence[Write]) -> TableUnits:
    """Write units of these writes to `table` and to each of its indexes. A transaction doubles the table's."""
    indexes: dict[str, float] = {}
    units = 0
    for write in writes:
        size = max(item_bytes(item) for item in (write.before, write.after) if item)
        units += _units(size) * (TRANSACTION_FACTOR if write.in_transaction else 1)
        for index in table.get("GlobalSecondaryIndexes") or ():
            name = index["IndexName"]
            indexes[name] = indexes.get(name, 0) + _index_units(table, index, write)
    return TableUnits(units, indexes)


def read_units(reads: Sequence[Read]) -> int:
    """Read units of strongly consistent queries: the sizes of a query's items are added, then rounded up."""
    return sum(max(1, ceil(sum(map(item_bytes, read.items)) / READ_UNIT_BYTES)) for read in reads)


def stored_bytes(table: Resource, item: Item) -> int:
    """Bytes of an item in the table and in each index that it is in."""
    entries = [_entry(table, index, item) for index in table.get("GlobalSecondaryIndexes") or ()]
    return sum(item_bytes(entry) + ITEM_OVERHEAD_BYTES for entry in (item, *entries) if entry)


def _index_units(table: Resource, index: Mapping[str, Any], write: Write) -> int:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, "Write units": one write for an
    entry that comes, goes or changes, two where its key changes, none where it stays as it is.
    """
    before = _entry(table, index, write.before)
    after = _entry(table, index, write.after)
    if before == after:
        return 0
    keys = _key_names(index)
    if before and after and all(before[name] == after[name] for name in keys):
        return max(_units(item_bytes(before)), _units(item_bytes(after)))
    return sum(_units(item_bytes(entry)) for entry in (before, after) if entry)


def _entry(table: Resource, index: Mapping[str, Any], item: Item | None) -> Item | None:
    """The entry of `item` in the index; None when the item lacks one of its keys."""
    if item is None or not _key_names(index) <= item.keys():
        return None
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    names = _key_names(index) | _key_names(table.properties) | set(projection.get("NonKeyAttributes", ()))
    return {name: value for name, value in item.items() if name in names}


def _key_names(described: Mapping[str, Any]) -> set[str]:
    return {part["AttributeName"] for part in described["KeySchema"]}


def _units(size: int) -> int:
    return max(1, ceil(size / WRITE_UNIT_BYTES))
