"""Square: what a ledger gets wrong that takes the largest total ever, or a refund's first event for its beginning."""

from typing import Any

import pytest

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from tests.support.library.events import changed
from tests.support.library.ledger import row_of
from tests.support.library.providers import normalise

PAYMENT_ID = "KkAkhdMsgzn59SM8A89WgKwekxLZY"
DAY = "2020-02-06T"


def told(name: str, kind: str, event_id: str, **fields: Any) -> LedgerRow:
    changes = {f"data.object.{kind}.{field}": value for field, value in fields.items()}
    return row_of(normalise("square", changed(f"square/{name}", changes | {"event_id": event_id})))


def payment(event_id: str, updated_at: str, refunded: int | None) -> LedgerRow:
    money = None if refunded is None else {"amount": refunded, "currency": "USD"}
    return told(
        "payment_updated_completed",
        "payment",
        event_id,
        id=PAYMENT_ID,
        updated_at=DAY + updated_at,
        total_money={"amount": 1000, "currency": "USD"},
        refunded_money=money,
    )


def refund(event_id: str, updated_at: str, status: str, created_at: str) -> LedgerRow:
    times = {"created_at": DAY + created_at, "updated_at": DAY + updated_at}
    return told("refund_created_pending", "refund", event_id, status=status, **times)


@pytest.mark.parametrize("created_at", ["21:27:41.104Z", "21:27:41.109Z"], ids=["before", "after"])
def test_a_failed_refund_is_not_counted_though_the_payment_told_it_some_milliseconds_apart(
    created_at: str,
) -> None:
    rows = [
        payment("1", "21:20:00.000Z", None),
        payment("2", "21:27:41.108Z", 1000),
        refund("3", "21:27:41.110Z", "PENDING", created_at),
        refund("4", "22:14:16.381Z", "FAILED", created_at),
    ]
    state = fold(rows)
    assert (state.status, state.refunded_minor, state.net_minor) == ("succeeded", 0, 1000)


@pytest.mark.parametrize(("now", "net"), [(None, 1000), (0, 1000), (400, 600)])
def test_the_latest_total_counts_though_it_is_smaller(now: int | None, net: int) -> None:
    rows = [payment("1", "21:27:41.108Z", 900), payment("2", "22:14:16.381Z", now)]
    assert fold(rows).net_minor == net
    assert fold(rows[::-1]).net_minor == net


def test_a_completed_refund_counts_once_though_the_payment_told_it_first() -> None:
    rows = [
        payment("1", "21:27:41.108Z", 1000),
        refund("2", "21:27:41.110Z", "COMPLETED", "21:27:41.109Z"),
    ]
    assert (fold(rows).refunded_minor, fold(rows).flags) == (1000, ())


def test_the_fee_is_what_the_payment_told_last_and_its_refund_gives_back() -> None:
    rows = [
        told(
            "payment_updated_completed",
            "payment",
            str(number),
            id=PAYMENT_ID,
            updated_at=f"{DAY}21:2{number}:00Z",
        )
        for number in range(2)
    ]
    assert fold(rows).fee_minor is None
    fees = [{"amount_money": {"amount": amount, "currency": "USD"}} for amount in (59, 5)]
    at = [f"{DAY}21:2{number}:00Z" for number in (2, 3)]
    rows += [
        told(
            "payment_updated_completed",
            "payment",
            "2",
            id=PAYMENT_ID,
            updated_at=at[0],
            processing_fee=fees[:1],
        ),
        told(
            "payment_updated_completed", "payment", "3", id=PAYMENT_ID, updated_at=at[1], processing_fee=fees
        ),
        told("refund_updated_failed", "refund", "4", status="COMPLETED"),  # with a fee of -59
    ]
    assert fold(rows).fee_minor == 59 + 5 - 59


def test_fees_of_a_refund_count_when_it_is_done() -> None:
    def money(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "USD"}

    paid = told(
        "payment_updated_completed",
        "payment",
        "1",
        id=PAYMENT_ID,
        app_fee_money=money(200),
        processing_fee=[{"amount_money": money(88)}],
    )

    def fee(status: str, *fees: dict[str, Any]) -> int | None:
        of_app = {"app_fee_money": money(200), "processing_fee": list(fees)}
        return fold([paid, told("refund_created_pending", "refund", "2", status=status, **of_app)]).fee_minor

    assert fee("COMPLETED") == 288 - 200  # Square gives nothing back
    assert fee("COMPLETED", {"amount_money": money(-88)}) == 0
    assert fee("FAILED", {"amount_money": money(-88)}) == fee("PENDING") == 288
