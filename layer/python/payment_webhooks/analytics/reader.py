"""Reads the counters, and adds up the partitions of each day."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Sums, add, without_zeros
from payment_webhooks.analytics.counters import counter_of, day_partition
from payment_webhooks.analytics.query import AnalyticsQuery
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api

_NAMES: Final = {"#key": contract.ANALYTICS_KEY, "#entry": contract.ANALYTICS_ENTRY}
# After every entry of its hour: "~" sorts after letters, digits, "#" and "-".
_LAST: Final = "~"


class AnalyticsReader:
    def __init__(self, dynamodb: Api, table: str) -> None:
        self._table = DynamoDbTable(dynamodb, table)

    def counters(self, query: AnalyticsQuery) -> Sums:
        """All counters of the query's hours. Raises Unavailable."""
        found: Sums = {}
        for day, first, last in query.days():
            for shard in range(contract.ANALYTICS_SHARD_COUNT):
                for item in self._items(day_partition(day, shard), f"{first}#", f"{last}#{_LAST}"):
                    add(found, *counter_of(item))
        return without_zeros(found)

    def _items(self, partition: str, first: str, last: str) -> Iterator[Item]:
        return self._table.query(
            "#key = :id AND #entry BETWEEN :first AND :last",
            _NAMES,
            {":id": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
            ConsistentRead=True,
        )
