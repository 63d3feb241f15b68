"""Stream records of rows with effects, and counters over the fake table."""

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Sums
from payment_webhooks.analytics.counters import AnalyticsTable
from payment_webhooks.analytics.query import AnalyticsQuery, analytics_query
from payment_webhooks.analytics.reader import AnalyticsReader
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.domain.effect import Effect, to_text
from payment_webhooks.domain.facts import Facts
from tests.support.library.fake_dynamodb import FakeDynamoDB

TABLE = "analytics"
NOW = 1_795_200_000.0  # 2026-11-20T18:40:00Z
HOUR = "2026-11-20T18"
QUERY = analytics_query("2026-11-20", "2026-11-22", None, NOW)
PAID = Facts("succeeded", currency="EUR", captured_minor=1099)


def effect(after: Facts | None = PAID, before: Facts | None = None, hour: str = HOUR) -> Effect:
    return Effect(1, hour, before, after)


def row(number: int = 1, told: Effect | None = None, **changes: Any) -> dict[str, Any]:
    """Values of a row, as far as they matter here."""
    return {
        "transaction_id": f"stripe:pi_{number}",
        "timestamp": f"event#evt_{number}",
        "event_id": f"evt_{number}",
        "object_kind": "payment",
        "provider": "stripe",
        "endpoint": "stripe",
        "version": 1,
        "effect": to_text(told or effect()),
        **changes,
    }


def record(
    number: int = 1, event_name: str = "INSERT", told: Effect | None = None, **changes: Any
) -> dict[str, Any]:
    return record_of(item_of(row(number, told, **changes)), number, event_name)


def record_of(item: Item, number: int = 1, event_name: str = "INSERT") -> dict[str, Any]:
    """The record of the ledger's stream."""
    keys = {name: item[name] for name in (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)}
    images = {"OldImage": item} if event_name == "REMOVE" else {"NewImage": item}
    return {
        "eventID": f"{number:032x}",
        "eventName": event_name,
        "dynamodb": {"Keys": keys, "SequenceNumber": f"{number:025}", **images},
    }


class Analytics:
    """The table, in memory, with its writer and its reader."""

    def __init__(
        self, shards: Iterable[int] = range(contract.ANALYTICS_SHARD_COUNT), compared: bool = True
    ) -> None:
        self.dynamodb = FakeDynamoDB({TABLE: (contract.ANALYTICS_KEY, contract.ANALYTICS_ENTRY)}, compared)
        self.pauses: list[int] = []
        self.kept: dict[str, bytes] = {}
        turns: Iterator[int] = cycle(shards)
        self.table = AnalyticsTable(
            self.dynamodb, TABLE, lambda: NOW, lambda: next(turns), self.pauses.append
        )

    def keep(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    def counters(self, query: AnalyticsQuery = QUERY) -> Sums:
        return AnalyticsReader(self.dynamodb, TABLE).counters(query)

    def markers(self) -> list[dict[str, Any]]:
        return [item for item in self.dynamodb.items(TABLE) if contract.ANALYTICS_EXPIRES_AT in item]
