"""What DynamoDB's tables and their streams sustain, for the writes that one webhook makes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.analytics.counters import HOURS_PREFIX
from scripts.planning import aws_limits as aws
from scripts.planning.capacity.stage import Limit, Load
from scripts.planning.consumers import System
from scripts.planning.dynamodb_units import write_units
from scripts.planning.recorded_calls import ANALYTICS, Work
from scripts.planning.workload import Workload
from stacks.evaluation.resolved_stack import Resource

# How many values an index's partition key has at once, at worst: all webhooks of one status, provider and day.
INDEX_KEY_VALUES: Final = {
    contract.PENDING_INDEX: contract.PENDING_SHARD_COUNT,
    contract.STATUS_INDEX: contract.LEDGER_SHARD_COUNT,
    contract.PROVIDER_INDEX: contract.LEDGER_SHARD_COUNT,
    contract.ARCHIVE_INDEX: contract.ARCHIVE_SHARD_COUNT,
}


@dataclass(frozen=True)
class Tables:
    """`shards`: of each stream, where it is known (DescribeStream tells how many there are now)."""

    system: System
    workload: Workload
    load: Load
    shards: int | None = None

    def limits(self, role: str) -> Iterator[Limit]:
        """Of the table and of each index that a webhook writes to; a full index holds up the table's writes."""
        table = self.system.table(role)
        yield self._limit(f"{role} table", self._units(role), table.properties, inf)
        for index in table.get("GlobalSecondaryIndexes") or ():
            name = index["IndexName"]
            units = self._units(role, name)
            if units:
                yield self._limit(name, units, index, INDEX_KEY_VALUES.get(name, inf))

    def shards_of(self, table: Resource) -> int:
        """At least so many: one for each partition, and a partition takes 1,000 write units a second."""
        if self.shards is not None:
            return self.shards
        role = self.system.role_of(table)
        written = self._units(role) * self.load.baseline if role else 0.0
        served = max(_from_the_start(table.properties), written)
        return ceil(served / aws.PARTITION_WRITE_UNITS_PER_SECOND)

    def counters_limit(self) -> Limit:
        """The counters of the current day are one partition key for each shard, at worst with a batch of their own for
        each transition."""
        keys, partition = contract.ANALYTICS_SHARD_COUNT, aws.PARTITION_WRITE_UNITS_PER_SECOND
        additions = self.workload.mean(_additions)
        units = additions * aws.TRANSACTION_FACTOR
        how = f"{keys} key values x {partition:,} units/s, {units:.3g} units each"
        return Limit("day's counters", keys * partition / units if units else inf, how)

    def _units(self, role: str, index: str | None = None) -> float:
        """Write units of one webhook, to the table or to an index of it."""
        table = self.system.table(role)

        def units(work: Work) -> float:
            written = write_units(table, work.writes_to(role))
            return written.table if index is None else written.indexes[index]

        return self.workload.mean(units)

    def _limit(self, name: str, units: float, described: Mapping[str, Any], key_values: float) -> Limit:
        served = self._served(units, described)
        by_keys = key_values * aws.PARTITION_WRITE_UNITS_PER_SECOND
        how = f"{key_values:g} key values x 1,000 units/s" if by_keys < served else f"{served:,.0f} units/s"
        return Limit(name, min(served, by_keys) / units, f"{how}, {units:.3g} units each")

    def _served(self, units: float, described: Mapping[str, Any]) -> float:
        """Write units a second: in a steady load all that the quota allows; in a spike what there is at once."""
        if self.load.is_steady:
            return aws.TABLE_WRITE_UNITS_PER_SECOND
        grown = aws.TABLE_GROWTH_AT_ONCE * self.load.baseline * units
        return min(aws.TABLE_WRITE_UNITS_PER_SECOND, max(_from_the_start(described), grown))


def _additions(work: Work) -> int:
    return sum(
        write.after[contract.ANALYTICS_KEY]["S"].startswith(HOURS_PREFIX)
        for write in work.writes_to(ANALYTICS)
    )


def _from_the_start(described: Mapping[str, Any]) -> float:
    """Write units a second that a table or an index serves from its first second on."""
    warm = described.get("WarmThroughput") or {}
    return max(aws.NEW_TABLE_WRITE_UNITS_PER_SECOND, float(warm.get("WriteUnitsPerSecond", 0)))
