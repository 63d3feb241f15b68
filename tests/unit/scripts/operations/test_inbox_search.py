"""Which webhooks a filter finds, by which index, and what it says of reading when no index has it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from payment_webhooks.aws.dynamodb_items import item_of
from scripts.operations.inbox.command import list_waiting
from scripts.operations.inbox.decisions import read_items
from scripts.operations.inbox.dialog import Dialog
from scripts.operations.inbox.search import Filter, find, read_units, waiting
from tests.support.scripts.stubs import function_of

TABLE = "table-payment-webhooks-dev"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, NEXT = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


class Table:
    """A client that answers each query with what `items` gives for its shard; keeps what it was asked."""

    def __init__(self, **items: list[dict[str, Any]]) -> None:
        self.items = items
        self.asked: list[dict[str, Any]] = []

    def query(self, **query: Any) -> dict[str, Any]:
        self.asked.append(query)
        shard = query["ExpressionAttributeValues"][":partition"]["S"]
        items, most = [item_of(item) for item in self.items.get(shard, [])], query.get("Limit", 100)
        is_last = "ExclusiveStartKey" in query or len(items) <= most
        return {"Items": items[:most], **({} if is_last else {"LastEvaluatedKey": {"webhookId": items[0]}})}

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


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("failed", "nothing is failed; what waits for another decision: "),
        ("conflict", "evt_1"),
        (None, "evt_1"),
    ],
)
def test_a_list_of_one_status_says_that_others_wait(
    status: str | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = {
        "webhookId": "stripe:evt_1",
        "attention_since": "2026-11-20T09:00:00.000000Z",
        "status": "conflict",
    }
    assert shown in told(Table(**{"conflict#0": [waits]}), status, capsys)
    assert told(Table(), status, capsys) == "nothing waits for a decision\n"


def told(table: Table, status: str | None, capsys: pytest.CaptureFixture[str]) -> str:
    target, names = SimpleNamespace(client=lambda _: table), SimpleNamespace(inbox_table=TABLE)
    environment = SimpleNamespace(suffix="dev", target=target, names=names)
    function_of(list_waiting)(environment, status, limit=50, as_json=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("as_json", [False, True])
def test_what_a_dry_run_shows_is_its_answer(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    target = SimpleNamespace(client=lambda _: Table(), caller_arn="arn:aws:iam::111111111111:user/ann")
    environment: Any = SimpleNamespace(target=target, names=SimpleNamespace(inbox_table=TABLE))
    item = {"webhookId": "stripe:evt_1", "attention_since": "2026-11-20T09:00:00.000000Z", "status": "failed"}
    dialog = Dialog(environment, "replay", "why", False, as_json, "OPS-1", dry_run=True)
    dialog.decide_all([item], "each is pending again", None, 50)
    shown = capsys.readouterr()
    first = "replay 1 failed webhook: each is pending again\n"
    assert "  1 without a reason\n" in shown.out + shown.err
    assert (first in shown.out, first in shown.err) == (not as_json, as_json)
    assert ('"found": 1' in shown.out) == as_json


def test_what_waits_is_asked_for_by_its_time() -> None:
    table = Table()
    found(table, Filter("failed", since=DAY, until=NOON))
    [query] = table.asked[:1]
    assert query["IndexName"] == "attention-index"
    assert query["KeyConditionExpression"] == "#partition = :partition AND #sort BETWEEN :low AND :high"
    assert query["ExpressionAttributeNames"] == {"#partition": "attention_shard", "#sort": "attention_since"}
    texts = {name: value["S"] for name, value in query["ExpressionAttributeValues"].items()}
    times = {":low": "2026-11-20T00:00:00.000000Z", ":high": "2026-11-20T12:00:00.000000Z"}
    assert texts == {":partition": "failed#0", **times}


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ({}, True),
        ({"endpoints": ["square", "stripe"]}, True),
        ({"endpoints": ["str"]}, False),
        ({"reason": "unexpected_KeyError"}, True),
        ({"reason": "mode"}, False),
        ({"event_type": "charge.refunded"}, True),
        ({"event_type": "charge.failed"}, False),
        ({"status": "conflict"}, False),
    ],
)
def test_an_entry_fits_by_each_part_of_a_filter(parts: dict[str, Any], fits: bool) -> None:
    entry = {"webhookId": "stripe:evt_1", "status": "failed", "status_reason": "unexpected_KeyError"}
    wanted = Filter(**{"status": "failed", **parts})
    assert wanted.fits({**entry, "event_type": "charge.refunded"}) is fits


def test_the_list_is_of_every_shard_oldest_first_and_reads_no_more_than_its_limit_of_each() -> None:
    shards = [f"{status}#{shard}" for status in ("conflict", "failed") for shard in range(8)]
    waits = [
        {"webhookId": f"w-{number}", "attention_since": f"{(number + 3) % 16:02}"} for number in range(16)
    ]
    table: Any = Table(**{shard: [item] * 9 for shard, item in zip(shards, waits, strict=True)})
    listed = waiting(table, TABLE, ["conflict", "failed"], 2)
    assert [item["webhookId"] for item in listed] == ["w-13", "w-13"]
    assert {query["Limit"] for query in table.asked} == {2}
    assert len(table.asked) == 16


def test_what_is_done_is_found_by_its_days_and_endpoint_which_its_key_begins_with() -> None:
    entry = {"webhookId": "stripe:evt_1", "status": "processed"}
    table = Table(**{"2026-11-20#3": [entry, {**entry, "status": "ignored"}]})
    wanted = Filter("processed", ["stripe"], since=DAY, until=NEXT)
    assert found(table, wanted) == ["stripe:evt_1"]
    assert len(table.asked) == 10  # one day, though it ends with the first second of the next
    [query] = table.asked[:1]
    assert query["IndexName"] == "archive-index"
    assert query["KeyConditionExpression"] == "#partition = :partition AND begins_with(#sort, :begins)"
    assert query["ExpressionAttributeNames"]["#sort"] == "webhookId"


def test_each_endpoint_of_a_provider_is_asked_for_by_itself_as_a_key_begins_in_one_way() -> None:
    table = Table()
    found(table, Filter("processed", ["stripe", "stripe-connect"], since=DAY, until=NEXT))
    begins = [query["ExpressionAttributeValues"][":begins"]["S"] for query in table.asked]
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
