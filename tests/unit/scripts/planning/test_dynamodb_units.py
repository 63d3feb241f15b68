"""Units and bytes that DynamoDB counts for the items that the code writes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of
from scripts.planning.dynamodb_units import item_bytes, read_units, stored_bytes, write_units
from scripts.planning.recorded_calls import ANALYTICS, INBOX, LEDGER, Read, Work, Write, record_webhook
from scripts.planning.workload import Workload, matches
from stacks.evaluation.resolved_stack import Resource
from tests.support.library.processing import Processing
from tests.support.library.receiving import event

KEYS_ONLY = {
    "IndexName": "pending",
    "KeySchema": [
        {"AttributeName": "shard", "KeyType": "HASH"},
        {"AttributeName": "since", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
NAMED = {
    "IndexName": "named",
    "KeySchema": [{"AttributeName": "shard", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]},
}
ALL = {
    "IndexName": "all",
    "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def table(*indexes: dict[str, Any]) -> Resource:
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    return Resource(("Data",), "Table", "T", {"KeySchema": keys, "GlobalSecondaryIndexes": list(indexes)})


def item(**values: Any) -> Item:
    return item_of({"id": "1", **values})


def write(before: Item | None, after: Item, in_transaction: bool = False) -> list[Write]:
    return [Write("t", before, after, in_transaction)]


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert item_bytes(item_of({"name": "äö", "n": -1234, "flag": True, "b": b"abc"})) == (
        4 + 4 + 1 + 3 + 4 + 1 + 1 + 3
    )


@given(st.integers(1, 10_000))
def test_a_write_counts_each_begun_kilobyte_and_a_transaction_counts_twice(size: int) -> None:
    stored = item(body="x" * size)
    units = write_units(table(), write(None, stored)).table
    assert units * 1024 >= item_bytes(stored) > (units - 1) * 1024
    assert write_units(table(), write(None, stored, in_transaction=True)).table == 2 * units


def test_an_update_counts_the_larger_of_both_items() -> None:
    assert write_units(table(), write(item(body="x" * 3000), item())).table == 3


@pytest.mark.parametrize(
    ("before", "after", "keys_only", "named", "all_"),
    [
        (None, item(), 0, 0, 0),  # not in a sparse index
        (None, item(shard="1", since="2"), 1, 1, 0),
        (item(shard="1", since="2"), item(), 1, 1, 0),  # leaves it
        (item(shard="1", since="2"), item(shard="1", since="3"), 2, 0, 0),  # another key: out and in
        (item(shard="1", since="2", state="a"), item(shard="1", since="2", state="b"), 0, 1, 2),
        (item(shard="1", since="2", state="a"), item(shard="1", since="2", state="a"), 0, 0, 0),
        (item(state="a"), item(state="a", body="x" * 1500), 0, 0, 2),
    ],
)
def test_an_index_counts_entries_that_come_go_or_change(
    before: Item | None, after: Item, keys_only: int, named: int, all_: int
) -> None:
    units = write_units(table(KEYS_ONLY, NAMED, ALL), write(before, after, in_transaction=True))
    assert units.indexes == {"pending": keys_only, "named": named, "all": all_}
    assert units.total == units.table + keys_only + named + all_


def test_a_read_counts_each_begun_four_kilobytes_of_all_that_it_finds() -> None:
    assert read_units([Read("t", ())]) == 1
    assert read_units([Read("t", (item(body="x" * 4000), item(body="x" * 4000)))]) == 2


def test_storage_counts_overhead_for_the_item_and_each_entry() -> None:
    stored = item(shard="1", since="2", body="x" * 100)
    assert stored_bytes(table(), stored) == item_bytes(stored) + 100
    entry = item(shard="1", since="2")
    assert stored_bytes(table(KEYS_ONLY), stored) == item_bytes(stored) + 100 + item_bytes(entry) + 100


def test_the_recorded_calls_leave_what_the_code_leaves() -> None:
    """The same body through the receiver and the processor of the other tests: the same items, attribute by
    attribute, but for their values.
    """
    processing = Processing()
    keys = processing.store("internal", event(type="payment", padding="x"))
    processing.process(keys)
    work = record_webhook(1000, claims_transmission=False)
    (stored,) = processing.receiving.inbox()
    last = work.calls.writes_to(INBOX)[-1]
    assert last.after.keys() - {"livemode"} == stored.keys() - {"livemode"}
    rows = [write.after.keys() for write in work.calls.writes_to(LEDGER)]
    items = (processing.rows(), processing.heads())
    assert rows == [item.keys() for (item,) in items]


def test_a_paypal_webhook_has_two_guards_in_one_transaction() -> None:
    plain, paypal = (record_webhook(1000, claims_transmission=entry) for entry in (False, True))
    assert [write.in_transaction for write in plain.receiver if isinstance(write, Write)] == [False]
    assert [write.in_transaction for write in paypal.receiver if isinstance(write, Write)] == [True] * 3
    assert plain.processor == paypal.processor


def test_analytics_write_a_marker_and_a_counter_for_each_new_payment() -> None:
    work = record_webhook(1000, claims_transmission=False)
    marker, counter = work.calls.writes_to(ANALYTICS)
    assert contract.ANALYTICS_EXPIRES_AT in marker.after
    assert counter.after["payments"] == {"N": "1"}
    assert marker.in_transaction
    assert counter.in_transaction
    (row,) = [entry for entry in work.calls.writes_to(LEDGER) if contract.EFFECT in entry.after]
    assert list(marker.after.values())[:2] == [row.after[name] for name in ("transaction_id", "timestamp")]


def test_the_size_of_the_body_is_that_of_the_item() -> None:
    small, large = (record_webhook(size, claims_transmission=False) for size in (1000, 3000))

    def stored(work: Work) -> int:
        return item_bytes(work.calls.writes_to(INBOX)[0].after)

    assert stored(large) - stored(small) == pytest.approx(2000, abs=1)  # a shard has one digit or two


def test_a_body_that_is_not_kept_in_its_row_is_refused() -> None:
    with pytest.raises(ValueError, match="payload bucket"):
        record_webhook(400_000, claims_transmission=False)


def test_the_mix_weighs_both_kinds() -> None:
    workload = Workload(body_bytes=1000, paypal_share=0.25)
    assert workload.mean(lambda work: len(work.receiver)) == 0.75 * 1 + 0.25 * 3
    assert workload.records(INBOX) == 2 + 0.25 * 2
    assert workload.audit_records == 2 + workload.records(LEDGER)


def test_filters_count_what_passes() -> None:
    workload = Workload(body_bytes=1000, paypal_share=0.5)
    received = '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["received"]}}}}'
    assert workload.records(INBOX, [received]) == 1
    assert workload.records(INBOX, ['{"eventName": ["MODIFY"]}', received]) == 2
    assert workload.records(INBOX, ['{"eventName": ["REMOVE"]}']) == 0


def test_a_value_may_be_told_by_how_it_begins() -> None:
    pattern = {"eventName": [{"prefix": "IN"}]}
    assert matches(pattern, {"eventName": "INSERT"})
    assert not matches(pattern, {"eventName": "REMOVE"})
    assert not matches(pattern, {"eventName": None})


def test_a_value_may_have_to_be_there() -> None:
    assert matches({"effect": {"S": [{"exists": True}]}}, {"effect": {"S": "{}"}})
    assert not matches({"effect": {"S": [{"exists": True}]}}, {"version": {"N": "1"}})


def test_an_operator_that_planning_does_not_know_is_an_error() -> None:
    assert not matches({"missing": {"S": ["a"]}}, {"other": 1})
    with pytest.raises(ValueError, match="suffix"):
        matches({"eventName": [{"suffix": "RT"}]}, {"eventName": "INSERT"})


def test_the_contract_names_the_tables_keys() -> None:
    work = record_webhook(1000, claims_transmission=True)
    for entry in work.calls.writes_to(INBOX):
        assert {contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP} <= entry.after.keys()
