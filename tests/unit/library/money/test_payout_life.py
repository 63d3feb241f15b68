"""Payouts by their providers' bodies: the state is the truth, whatever the order and however often events come."""

import json
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.payout import PayoutState, fold_payout
from tests.support.library.events import changed
from tests.support.library.ledger import payment_event, row_of
from tests.support.library.providers import normalise

NOON: Final = 1_760_000_000
# What may follow what. A payout that was paid may still come back: docs.stripe.com/api/payouts/object, "status".
STRIPE: Final = {
    "pending": ("in_transit", "canceled", "failed"),
    "in_transit": ("paid", "failed"),
    "paid": ("failed", None),
    "failed": (None,),
    "canceled": (None,),
}
SQUARE: Final = {"SENT": ("PAID", "FAILED"), "PAID": ("FAILED", None), "FAILED": (None,)}
PAYPAL: Final = {
    "ONHOLD": ("UNCLAIMED", "SUCCESS", "BLOCKED"),
    "UNCLAIMED": ("SUCCESS", "RETURNED"),
    "SUCCESS": ("REFUNDED", None),
    "BLOCKED": (None,),
    "RETURNED": (None,),
    "REFUNDED": (None,),
}
WORDS: Final = {
    "SENT": "in_transit",
    "PAID": "paid",
    "ONHOLD": "pending",
    "UNCLAIMED": "in_transit",
    "SUCCESS": "paid",
    **dict.fromkeys(("FAILED", "BLOCKED", "RETURNED", "REFUNDED"), "failed"),
}
PAYPAL_TYPES: Final = {"ONHOLD": "HELD", "SUCCESS": "SUCCEEDED"}


class Told(NamedTuple):
    """An event's row, and what is true of the payout once it was sent."""

    row: LedgerRow
    status: str
    arrival_date: str | None


def body_of(provider: str, status: str, second: int, day: int, amount: int) -> bytes:
    at = f"2025-10-{9 + second // 86400:02d}T08:{second % 3600 // 60:02d}:{second % 60:02d}Z"
    if provider == "stripe":
        stripe_object = {"status": status, "amount": amount, "arrival_date": 1_760_054_400 + day * 86400}
        changes: dict[str, Any] = {f"data.object.{name}": value for name, value in stripe_object.items()}
        event_type = "updated" if status == "in_transit" else status.replace("pending", "created")
        changes |= {"type": f"payout.{event_type}", "created": NOON + second}
        return changed("stripe/payout_paid", {**changes, "id": f"evt_{second}_{status}"})
    if provider == "square":
        payout = {"status": status, "arrival_date": f"2025-10-{10 + day}", "updated_at": at}
        changes = {f"data.object.payout.{name}": value for name, value in payout.items()}
        changes |= {"data.object.payout.amount_money.amount": amount, "event_id": f"e-{second}-{status}"}
        return changed("square/payout_sent_published", {**changes, "type": f"payout.{status.lower()}"})
    event_type = f"PAYMENT.PAYOUTS-ITEM.{PAYPAL_TYPES.get(status, status)}"
    changes = {"resource.transaction_status": status, "event_type": event_type, "create_time": at}
    changes |= {"resource.payout_item.amount.value": f"{amount / 100:.2f}", "id": f"WH-{second}-{status}"}
    return changed("paypal/payouts_item_unclaimed", changes)


@st.composite
def lives(draw: st.DrawFn) -> list[Told]:
    """All events of one payout, in the order in which they were sent, some in one second."""
    provider, follows = draw(st.sampled_from([("stripe", STRIPE), ("square", SQUARE), ("paypal", PAYPAL)]))
    amount = draw(st.integers(1, 10**9)) * (1 if provider == "paypal" else draw(st.sampled_from([1, -1])))
    status: str | None = next(iter(follows))
    second, day, told = 0, 0, []
    while status is not None:
        row = row_of(normalise(provider, body_of(provider, status, second, day, amount)))
        told.append(Told(row, WORDS.get(status, status), row.arrival_date))
        later = draw(st.integers(0, 2))
        second, day = second + later, day + (draw(st.integers(0, 1)) if later else 0)
        status = draw(st.sampled_from(follows[status]))
    return told


@given(lives(), st.randoms(use_true_random=False), st.data())
def test_the_state_is_the_truth_in_any_order_however_often(
    life: list[Told], random: Any, data: st.DataObject
) -> None:
    rows = [told.row for told in life]
    rows += data.draw(st.lists(st.sampled_from(rows), max_size=4))
    random.shuffle(rows)
    state = fold_payout(rows)
    assert (state.status, state.arrival_date) == (life[-1].status, life[-1].arrival_date)
    assert (state.amount_minor, state.payout_id) == (life[0].row.amount_minor, life[0].row.object_id)


@given(lives())
def test_the_state_is_the_truth_after_each_event(life: list[Told]) -> None:
    for number, told in enumerate(life, 1):
        assert fold_payout(each.row for each in life[:number]).status == told.status


@given(lives())
def test_a_payout_is_no_money_of_a_payment(life: list[Told]) -> None:
    """Even where one id were that of both."""
    paid = row_of(payment_event("succeeded", 500))
    state = fold([paid, *(told.row for told in life)])
    alone = fold([paid])
    for name in ("status", "captured_minor", "refunded_minor", "disputed_minor", "held_minor", "net_minor"):
        assert getattr(state, name) == getattr(alone, name)
    assert state.flags == alone.flags


def test_a_payout_that_was_paid_may_fail() -> None:
    rows = [
        row_of(normalise("stripe", body_of("stripe", status, second, 0, 5000)))
        for second, status in enumerate(["pending", "in_transit", "paid", "failed"])
    ]
    assert [fold_payout(rows[:number]).status for number in (1, 2, 3, 4)] == [
        "pending",
        "in_transit",
        "paid",
        "failed",
    ]


@pytest.mark.parametrize("confirmed", [True, False])
def test_what_only_a_signature_without_a_mac_tells_is_not_confirmed(confirmed: bool) -> None:
    row = row_of(normalise("paypal", body_of("paypal", "SUCCESS", 0, 0, 100)), confirmed=confirmed)
    assert fold_payout([row]).confirmed is confirmed


def test_a_stored_state_of_any_release_reads() -> None:
    state = fold_payout([row_of(normalise("square", body_of("square", "SENT", 0, 0, 100)))])
    stored = json.loads(json.dumps(state._asdict()))
    assert PayoutState.from_stored(stored) == state
    later = {**stored, "field_of_tomorrow": 1}
    del later["arrival_date"]
    assert PayoutState.from_stored(later) == state._replace(arrival_date=None)
    with pytest.raises(KeyError):
        PayoutState.from_stored({"status": "paid"})
