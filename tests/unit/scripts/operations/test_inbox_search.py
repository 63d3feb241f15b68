"""Which webhooks a filter finds, by which index, and what it says of reading when no index has it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from payment_webhooks.aws.dynamodb_items import item_of
from scripts.operations.inbox.decisions import read_items
from scripts.operations.inbox.search import Filter, find, read_units

TABLE = "table-payment-webhooks-dev"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, NEXT = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


class Table:
    """A client that answers each query with what `items` gives for its shard; keeps what it was asked."""

    def __init__(self, **items: list[dict[str, Any]]) -> None:
        self.items = items
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, _: str) -> "Table":
        return self

    def paginate(self, **query: Any) -> list[dict[str, Any]]:
        self.asked.append(query)
        shard = query["ExpressionAttributeValues"][":shard"]["S"]
        return [{"Items": [item_of(item) for item in self.items.get(shard, [])]}]

    def describe_table(self, **_: str) -> dict[str, Any]:
        return {"Table": {"TableSizeBytes": 900_000, "ItemCount": 100}}

    def batch_get_item(self, RequestItems: Any) -> dict[str, Any]:
        keys = RequestItems[TABLE]["Keys"]
        self.asked.append({"keys": len(keys), "consistent": RequestItems[TABLE]["ConsistentRead"]})
        taken, left = keys[:60], keys[60:]
        unprocessed = {TABLE: {"Keys": left, "ConsistentRead": True}} if left else {}
        return {"Responses": {TABLE: taken}, "UnprocessedKeys": unprocessed}


def found(table: Any, wanted: Filter) -> list[str]:
    return [item["webhookId"] for item in find(table, TABLE, wanted)]


def test_what_waits_is_found_in_each_shard_and_is_oldest_first() -> None:
    table = Table(
        **{
            "failed#0": [{"webhookId": "stripe:evt_2", "attention_since": "2026-11-20T09:00:00.000000Z"}],
            "failed#7": [{"webhookId": "stripe:evt_1", "attention_since": "2026-11-20T08:00:00.000000Z"}],
        }
    )
    assert found(table, Filter("failed")) == ["stripe:evt_1", "stripe:evt_2"]
    assert len(table.asked) == 8
    assert "FilterExpression" not in table.asked[0]


def test_every_part_of_a_filter_is_asked_of_the_index() -> None:
    table = Table()
    found(table, Filter("failed", ["stripe", "square"], "unexpected_KeyError", "charge.refunded", DAY, NOON))
    [query] = table.asked[:1]
    assert query["IndexName"] == "attention-index"
    assert query["KeyConditionExpression"] == "#shard = :shard AND #since BETWEEN :since AND :until"
    assert query["FilterExpression"] == (
        "#status_reason = :status_reason AND #event_type = :event_type"
        " AND (begins_with(#id, :endpoint0) OR begins_with(#id, :endpoint1))"
    )
    texts = {name: value["S"] for name, value in query["ExpressionAttributeValues"].items()}
    assert texts == {
        ":shard": "failed#0",
        ":since": "2026-11-20T00:00:00.000000Z",
        ":until": "2026-11-20T12:00:00.000000Z",
        ":status_reason": "unexpected_KeyError",
        ":event_type": "charge.refunded",
        ":endpoint0": "stripe:",
        ":endpoint1": "square:",
    }


def test_what_is_processed_is_found_by_its_days_and_endpoint() -> None:
    table = Table(**{"2026-11-20#3": [{"webhookId": "stripe:evt_1", "status": "processed"}]})
    assert found(table, Filter("processed", ["stripe"], since=DAY, until=NEXT)) == ["stripe:evt_1"]
    assert len(table.asked) == 10  # one day, though it ends with the first second of the next
    [query] = table.asked[:1]
    assert query["IndexName"] == "archive-index"
    assert query["KeyConditionExpression"] == "#shard = :shard AND begins_with(#id, :endpoint)"
    assert query["FilterExpression"] == "#status = :status"


def test_each_endpoint_of_a_provider_is_asked_for_by_itself_as_a_key_begins_in_one_way() -> None:
    table = Table()
    found(table, Filter("processed", ["stripe", "stripe-connect"], since=DAY, until=NEXT))
    begins = [query["ExpressionAttributeValues"][":endpoint"]["S"] for query in table.asked]
    assert begins == ["stripe:", "stripe-connect:"] * 10


@pytest.mark.parametrize(
    ("wanted", "needs"),
    [
        (Filter("processed", since=DAY, until=NEXT), False),
        (Filter("processed", since=DAY), False),
        (Filter("processed", since=NOON), True),
        (Filter("processed", since=DAY, until=NOON), True),
        (Filter("processed", event_type="charge.refunded", since=DAY), True),
        (Filter("failed", event_type="charge.refunded", since=NOON), False),
    ],
)
def test_items_are_read_only_for_what_no_index_has(wanted: Filter, needs: bool) -> None:
    assert wanted.needs_items is needs


@pytest.mark.parametrize(
    ("at", "event_type", "takes"),
    [
        ("2026-11-20T11:59:59.999999Z", "charge.refunded", True),
        ("2026-11-20T12:00:00.000000Z", "charge.refunded", False),
        ("2026-11-19T23:59:59.999999Z", "charge.refunded", False),
        ("2026-11-20T00:00:00.000000Z", "charge.failed", False),
    ],
)
def test_a_whole_item_is_held_against_type_and_time(at: str, event_type: str, takes: bool) -> None:
    wanted = Filter("processed", event_type="charge.refunded", since=DAY, until=NOON)
    assert wanted.takes({"processed_at": at, "event_type": event_type}) is takes


def test_items_of_9_kilobytes_take_3_units_each() -> None:
    table: Any = Table()
    assert read_units(table, TABLE, 1000) == 3000


def test_every_item_is_read_though_a_call_leaves_some() -> None:
    table: Any = Table()
    pauses: list[int] = []
    keys = [
        {"webhookId": f"stripe:evt_{number}", "timestamp": "t", "status": "failed"} for number in range(130)
    ]
    assert len({item["webhookId"] for item in read_items(table, TABLE, keys, pauses.append)}) == 130
    assert table.asked == [
        {"keys": 100, "consistent": True},
        {"keys": 40, "consistent": True},
        {"keys": 30, "consistent": True},
    ]
    assert pauses == [1]  # before what DynamoDB left, mostly as it throttles, is asked for again
