"""Counters against states: equal sums, each difference by its place, and a second reading before anything is said."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Bucket, Counted, Sums, Tally, sums_of
from payment_webhooks.analytics.counters import AnalyticsTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.facts import Facts
from payment_webhooks.domain.payment_state import PaymentState
from payment_webhooks.domain.payout import PayoutState
from payment_webhooks.ledger.payment_items import Payment, Pointer, pointer_item, to_item
from scripts.operations.analytics import command
from scripts.operations.analytics.reconciliation import (
    Difference,
    Outcome,
    Reading,
    Tables,
    as_document,
    cost_of_reading,
    reconcile,
)
from tests.support.library.analytics_records import NOW, PAID, TABLE, effect
from tests.support.library.receiving import LEDGER, TABLES
from tests.support.second_engine.dynamodb import second_dynamodb

REFUNDED = PAID._replace(status="refunded", refunded_minor=1099)
DIFFERENCES = (
    Difference("stripe", "EUR", "refunded", "payments", 0, 1),
    Difference("stripe", "EUR", "refunded", "captured_minor", 0, 1099),
    Difference("stripe", "EUR", "refunded", "refunded_minor", 0, 1099),
    Difference("stripe", "EUR", "succeeded", "payments", 1, 0),
    Difference("stripe", "EUR", "succeeded", "captured_minor", 1099, 0),
)


def payment(facts: Facts, number: int = 1) -> Payment:
    state = PaymentState.from_stored({**facts._asdict(), "row_count": 1})
    told_at = "2026-11-20T18:30:00.000000Z"
    return Payment(f"stripe:pi_{number}", 1, "stripe", "stripe", state, told_at, told_at, told_at)


PAYOUT = PayoutState(
    "po_1", "paid", 5000, "paid_out", "EUR", None, None, None, None, True, "2026-11-20T18:30:00.000000Z"
)


class Environment:
    """Both tables, with what was counted and what payments are. `pauses`: seconds; each counts `late` effects."""

    def __init__(self) -> None:
        keys = (contract.ANALYTICS_KEY, contract.ANALYTICS_ENTRY)
        self.dynamodb: Api = second_dynamodb({TABLE: keys, LEDGER: TABLES[LEDGER]})
        self.tables = Tables(self.dynamodb, TABLE, LEDGER)
        self.pauses: list[float] = []
        self.late: list[Sums] = []

    def count(self, number: int, found: Sums, shard: int = 0) -> None:
        def never(_: int) -> None:
            raise AssertionError

        table = AnalyticsTable(self.dynamodb, TABLE, lambda: NOW, lambda: shard, never)
        assert table.count([Counted(f"stripe:pi_{number}", f"event#{number}", found)]) == 1

    def put(self, item: Mapping[str, Any]) -> None:
        self.dynamodb("PutItem", {"TableName": LEDGER, "Item": item})

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        for number, found in enumerate(self.late):
            self.count(100 + number, found)

    def reconcile(self) -> Outcome:
        return reconcile(self.tables, self.pause)


def counted_in(hour: str, after: Facts, before: Facts | None = None) -> Sums:
    return sums_of(effect(after, before, hour), "stripe")


def test_counters_of_all_hours_and_shards_are_the_states_of_all_payments() -> None:
    there = Environment()
    there.count(1, counted_in("2026-11-20T18", PAID))
    there.count(2, counted_in("2026-11-20T18", PAID), shard=5)
    there.count(3, counted_in("2027-01-01T00", REFUNDED, PAID))
    there.put(to_item(payment(REFUNDED)))
    there.put(to_item(payment(PAID, 2)))
    there.put(pointer_item(Pointer("stripe:ch_1", "stripe:pi_1")))
    there.put(to_item(payment(Facts(), 3)._replace(payout=PAYOUT)))
    found = there.reconcile()
    assert (found.reading.counters, found.reading.payments, found.readings) == (4, 2, 1)
    assert found.differences == ()
    assert there.pauses == []


def test_a_difference_is_told_by_its_sum_and_its_measure_after_a_second_reading() -> None:
    there = Environment()
    there.count(1, counted_in("2026-11-20T18", PAID))
    there.put(to_item(payment(REFUNDED)))
    found = there.reconcile()
    assert found.differences == DIFFERENCES
    assert (found.readings, there.pauses) == (2, [10])
    assert as_document(found)["differences"][0] == {
        "provider": "stripe",
        "currency": "EUR",
        "status": "refunded",
        "measure": "payments",
        "counted": 0,
        "states": 1,
    }


def test_what_is_counted_while_it_waits_is_no_difference() -> None:
    there = Environment()
    there.count(1, counted_in("2026-11-20T18", PAID))
    there.put(to_item(payment(REFUNDED)))
    there.late = [counted_in("2026-11-20T18", REFUNDED, PAID)]
    found = there.reconcile()
    assert (found.readings, found.differences) == (2, ())
    assert as_document(found)["equal"] is True


def test_a_payment_without_a_currency_is_compared_too() -> None:
    there = Environment()
    there.put(to_item(payment(Facts())))
    assert there.reconcile().differences == (Difference("stripe", None, "unknown", "payments", 0, 1),)


def test_counters_of_another_form_and_markers_are_left_out() -> None:
    there = Environment()
    there.dynamodb(
        "PutItem",
        {
            "TableName": TABLE,
            "Item": {
                contract.ANALYTICS_KEY: {"S": "hours#2026-11-20#3"},
                contract.ANALYTICS_ENTRY: {"S": "06#stripe#USD#succeeded#captured"},
                "transitions": {"N": "2"},
            },
        },
    )
    assert there.reconcile().reading.counters == 0


def test_tables_are_read_page_by_page() -> None:
    there = Environment()
    for number in range(3):
        there.put(to_item(payment(PAID, number)))
        there.count(number, counted_in(f"2026-11-20T{number:02}", PAID))

    def one_at_a_time(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return there.dynamodb(operation, {**parameters, "Limit": 1})

    found = reconcile(there.tables._replace(dynamodb=one_at_a_time), there.pause)
    assert (found.reading.payments, found.reading.counters, found.differences) == (3, 3, ())


def test_the_cost_of_reading_is_that_of_both_tables_whole() -> None:
    described = {"analytics": (10, 4097), "ledger": (5, 4096)}

    def describe(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        items, size_bytes = described[parameters["TableName"]]
        return {"Table": {"ItemCount": items, "TableSizeBytes": size_bytes}}

    assert cost_of_reading(Tables(describe, "analytics", "ledger")) == (15, 3)


def test_differences_are_shown_with_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    command.show_differences(Outcome(Reading(1_200, 3, {}, {}), 2, DIFFERENCES))
    text = capsys.readouterr().out
    assert "1,200 counters and 3 payments, read twice: 5 sums differ" in text
    lines = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if "│" in line
    ]
    assert lines[:2] == [
        ["stripe EUR refunded", "payments", "0", "1"],
        ["stripe EUR refunded", "captured", "0.00 EUR", "10.99 EUR"],
    ]
    command.show_differences(Outcome(Reading(1_200, 3, {}, {}), 1, ()))
    assert "1,200 counters and 3 payments: all sums are equal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("counted", "there", "said"),
    [
        (2, 1, "1 counted and not there: deleted, unless"),
        (1, 2, "read again later"),
        (1, 1, "read again later"),
    ],
)
def test_a_payment_that_is_counted_and_not_there_is_not_late(counted: int, there: int, said: str) -> None:
    sums = [{Bucket("", "stripe", "EUR", "succeeded"): Tally(payments=each)} for each in (counted, there)]
    assert said in Outcome(Reading(1, there, *sums), 2, DIFFERENCES).cause
