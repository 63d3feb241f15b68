"""Stream records of transitions, and counters over the fake table."""

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

from payment_webhooks import contract
from payment_webhooks.analytics.counters import AnalyticsTable
from payment_webhooks.analytics.query import AnalyticsQuery, analytics_query
from payment_webhooks.analytics.reader import AnalyticsReader
from payment_webhooks.analytics.transitions import Bucket, Tally
from payment_webhooks.aws.dynamodb_items import item_of
from tests.support.library.fake_dynamodb import FakeDynamoDB

TABLE = "analytics"
NOW = 1_795_200_000.0  # 2026-11-20T18:40:00Z
HOUR = "2026-11-20T18"
QUERY = analytics_query("2026-11-20", "2026-11-22", None, NOW)


def facts(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A marker's values."""
    return {
        "transaction_id": f"stripe:pi_{number}",
        "timestamp": "transition#payment#succeeded#1099",
        "claimed_by": f"evt_{number}",
        "object": "payment",
        "object_kind": "payment",
        "state": "succeeded",
        "amount_minor": 1099,
        "amount_meaning": "captured",
        "currency": "EUR",
        "provider": "stripe",
        "endpoint": "stripe",
        "event_type": "payment_intent.succeeded",
        "occurred_at": f"{HOUR}:30:00.000000Z",
        "confirmed": True,
        **changes,
    }


def record(number: int = 1, event_name: str = "INSERT", **changes: Any) -> dict[str, Any]:
    item = item_of(facts(number, **changes))
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

    def counters(self, query: AnalyticsQuery = QUERY) -> dict[Bucket, Tally]:
        return AnalyticsReader(self.dynamodb, TABLE).counters(query)

    def markers(self) -> list[dict[str, Any]]:
        return [item for item in self.dynamodb.items(TABLE) if contract.ANALYTICS_EXPIRES_AT in item]
