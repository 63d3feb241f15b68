"""Payouts in the ledger: rows and a head of their own, in no list and no sum of payments."""

import json
from typing import Any, Final

import pytest

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import counted_of
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.payment_state import ObjectState
from payment_webhooks.ledger.payment_items import Payment, from_item, to_item
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader
from payment_webhooks.notifications.content import Request, notifications_for
from payment_webhooks.publishing.publisher import event_detail
from tests.support.library.events import changed
from tests.support.library.processing import Processing
from tests.support.library.receiving import LEDGER

PAYOUT: Final = "stripe:po_3SGA001"
LISTS: Final = (
    contract.STATUS_SHARD,
    contract.DISPUTE_SHARD,
    contract.PROVIDER_SHARD,
    contract.CUSTOMER_KEY,
)


def told(run: Processing, event_type: str, status: str, second: int, **changes: Any) -> None:
    event = {
        "type": f"payout.{event_type}",
        "data.object.status": status,
        "id": f"evt_po_{event_type}",
        "livemode": False,
    }
    fields = {f"data.object.{name}": value for name, value in changes.items()}
    body = changed("stripe/payout_paid", {**event, **fields, "created": 1_759_990_060 + second})
    assert run.process(run.store("stripe", body)).status == "processed"


def entries(run: Processing) -> LedgerEntries:
    return LedgerReader(run.dynamodb, LEDGER).read(PAYOUT)


def head(run: Processing) -> Payment:
    found = entries(run).payment
    assert found is not None
    return found


def effects(run: Processing) -> list[Effect | None]:
    found = entries(run)
    return [found.effect_of(row) for row in sorted(found.rows, key=lambda row: row.recorded_at)]


def test_the_head_says_what_the_payout_has_come_to_however_late_its_events_come() -> None:
    run = Processing()
    told(run, "failed", "failed", 3, failure_code="account_closed")
    told(run, "created", "pending", 0)
    told(run, "paid", "paid", 2)
    payout = head(run).payout
    assert payout is not None
    assert (payout.status, payout.provider_status) == ("failed", "account_closed")
    assert (payout.amount_minor, payout.currency, payout.arrival_date) == (123400, "EUR", "2025-10-10")
    assert head(run).version == 3


def test_a_payout_has_no_money_of_a_payment() -> None:
    run = Processing()
    told(run, "paid", "paid", 0)
    state = head(run).state
    assert (state.status, state.captured_minor, state.refunded_minor, state.net_minor) == ("unknown", 0, 0, 0)
    assert state.flags == ()


def test_its_effects_add_nothing_to_any_sum_and_tell_the_payout() -> None:
    run = Processing()
    told(run, "created", "pending", 0)
    told(run, "paid", "paid", 1)
    first, second = effects(run)
    assert first is not None
    assert second is not None
    assert [each for effect in (first, second) for each in (effect.before, effect.after)] == [None] * 4
    assert [each.moves_money or each.high_value for each in (first, second)] == [False, False]
    at = "2025-10-09T06:07:40.000000Z"
    pending = ObjectState("payout", "po_3SGA001", "pending", 123400, "EUR", at)
    assert (first.object_before, first.object_after) == (None, pending)
    assert second.object_after is not None
    assert (second.object_before, second.object_after.status) == (pending, "paid")


def test_it_is_in_a_list_of_payouts_and_in_none_of_payments() -> None:
    run = Processing()
    told(run, "created", "pending", 0)
    told(run, "failed", "failed", 1)
    for row in run.rows():
        assert not set(LISTS) & row.keys()
    (item,) = run.heads()
    shards = {name: item[name]["S"] for name in LISTS if name in item}
    day_and_shard = shards.pop(contract.PROVIDER_SHARD).split("#", 1)
    assert day_and_shard[0] == "payout"
    assert day_and_shard[1].startswith("2025-10-09#")
    assert shards == {}


def test_analytics_count_no_payout() -> None:
    run = Processing()
    told(run, "paid", "paid", 0)
    items = run.dynamodb.items(LEDGER)
    for item in items:
        keys = {name: item[name] for name in (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)}
        assert counted_of({"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": item}}) is None


def test_the_bus_is_told_of_a_payout_once_for_each_state() -> None:
    run = Processing()
    told(run, "created", "pending", 0)
    told(run, "updated", "in_transit", 1)
    told(run, "paid", "paid", 2)
    told(run, "reconciliation_completed", "paid", 3)
    assert [each.row.status for each in run.published] == ["pending", "in_transit", "paid"]


def test_a_head_is_read_as_it_was_stored() -> None:
    run = Processing()
    told(run, "paid", "paid", 0)
    assert from_item(to_item(head(run))) == head(run)


@pytest.mark.parametrize(("amount", "high"), [(900_000, False), (900_001, True), (-900_001, True)])
def test_a_large_payout_that_failed_is_of_high_value_and_one_that_arrived_is_not(
    amount: int, high: bool
) -> None:
    run = Processing()
    told(run, "paid", "paid", 0, amount=amount)
    told(run, "failed", "failed", 1, amount=amount)
    assert [each.effect.high_value for each in run.published] == [False, high]


def test_a_payout_that_failed_is_told_to_people_and_no_other() -> None:
    run = Processing()
    told(run, "created", "pending", 0)
    told(run, "paid", "paid", 1)
    told(run, "failed", "failed", 2, failure_code="account_closed")
    events = [event_detail(*each) for each in run.published]
    assert [each["notification_types"] for each in events] == [[], [], ["payout_failed"]]
    assert [each["moves_money"] for each in events] == [False, False, False]
    (failed,) = notifications_for(Request(PAYOUT, "evt_po_failed", None), entries(run))
    body = json.loads(failed.body)
    assert (body["payment"], body["event"]["state"], body["event"]["changes"]) == (None, "failed", {})
    assert body["payout"] | {"updated_at": ""} == {
        "payout_id": "po_3SGA001",
        "status": "failed",
        "amount_minor": 123400,
        "amount": "1234.00",
        "amount_meaning": "paid_out",
        "currency": "EUR",
        "account": None,
        "arrival_date": "2025-10-10",
        "provider_status": "account_closed",
        "livemode": False,
        "confirmed": True,
        "updated_at": "",
    }
    assert (failed.attributes["state"], failed.attributes["currency"]) == ("failed", "EUR")


def test_a_person_may_have_a_payout_told() -> None:
    run = Processing()
    told(run, "paid", "paid", 0)
    (manual,) = notifications_for(Request(PAYOUT, None, "ticket-1"), entries(run))
    body = json.loads(manual.body)
    assert (body["payment"], body["payout"]["status"]) == (None, "paid")


def test_what_was_told_of_a_payout_before_is_not_told_again() -> None:
    """However late it comes: it has failed by now."""
    run = Processing()
    told(run, "failed", "failed", 2)
    told(run, "paid", "paid", 1)
    assert [each.row.status for each in run.published] == ["failed"]
