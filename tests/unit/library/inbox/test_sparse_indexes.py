"""What waits for a person is in the index of it, from the moment it does until it is decided."""

from collections import Counter
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.inbox.progress import Result
from payment_webhooks.inbox.sparse_indexes import attention, attention_shards
from tests.support.library.processing import Processing
from tests.support.library.receiving import event

INDEX_KEYS = {contract.ATTENTION_SHARD, contract.ATTENTION_SINCE}


def in_index(item: dict[str, Any]) -> bool:
    """Whether the item is in the index, under the status that it has."""
    present = item.keys() & INDEX_KEYS
    assert present in (set(), INDEX_KEYS)
    if present:
        assert item[contract.ATTENTION_SHARD] in attention_shards(item[contract.STATUS])
    return bool(present)


@pytest.mark.parametrize("status", contract.ATTENTION_STATUSES)
def test_an_item_of_such_a_status_has_both_keys(status: str) -> None:
    keys = attention(status, "stripe:evt_1", "2026-01-01T00:00:00.000000Z")
    assert keys[contract.ATTENTION_SHARD] in attention_shards(status)
    assert keys[contract.ATTENTION_SINCE] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    "status", [contract.STATUS_RECEIVED, contract.STATUS_PROCESSED, contract.STATUS_DISCARDED]
)
def test_an_item_of_another_status_has_none(status: str) -> None:
    assert set(attention(status, "stripe:evt_1", "t").values()) == {None}


def test_they_are_spread_over_all_shards() -> None:
    shards = Counter(attention("conflict", f"stripe:evt_{n}", "t")["attention_shard"] for n in range(4_000))
    assert shards.keys() == set(attention_shards("conflict"))
    assert max(shards.values()) < 2 * min(shards.values())


def test_what_the_receiver_puts_aside_waits_from_when_it_came() -> None:
    processing = Processing()
    keys = processing.store("internal", b"not an event")
    item = processing.item(keys)
    assert item["status"] == "quarantined"
    assert in_index(item)
    assert item[contract.ATTENTION_SINCE] == item["received_at"]


def test_a_conflict_waits_and_the_first_one_does_not() -> None:
    processing = Processing()
    first = processing.store("internal", event())
    conflict = processing.store("internal", event(amount_minor=1))
    assert in_index(processing.item(conflict))
    assert not in_index(processing.item(first))


def test_what_the_processor_finds_waits_from_then_on() -> None:
    processing = Processing()
    keys = [processing.store("internal", event(created_at=f"2025-10-09T0{hour}:00:00Z")) for hour in (8, 7)]
    for each in keys:
        processing.process(each)
    assert [in_index(processing.item(each)) for each in keys] == [False, True]


def test_what_was_given_up_waits_until_it_is_done_after_all() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.progress.give_up(keys, "dynamodb_timeout")
    assert in_index(processing.item(keys))
    processing.process(keys)
    item = processing.item(keys)
    assert (item["status"], in_index(item)) == ("processed", False)


def test_what_is_done_does_not_wait() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.progress.finish(keys, Result(contract.STATUS_IGNORED, "type"))
    assert not in_index(processing.item(keys))
