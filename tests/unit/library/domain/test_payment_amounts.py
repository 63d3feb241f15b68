"""What the rows of one payment prove, where the provider tells one thing in several ways: instant by instant."""

from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_amounts import PaymentAmounts, payment_amounts
from payment_webhooks.timestamps import utc_timestamp
from tests.support.library.ledger import FIRST_SECOND, dispute_event, payment_event, refund_event, row_of


def payment(status: str, amount: int | None, second: int, **told: Any) -> LedgerRow:
    event_id = f"evt_{status}_{second}_{sorted(told.items())}"
    return row_of(payment_event(status, amount, second, event_id)._replace(**told))


def refund(second: int, amount: int | None = 400, name: str = "re_1", **told: Any) -> LedgerRow:
    """Done, if `told` says nothing else; created: the second in which it was made."""
    created = told.pop("created", None)
    told["object_created_at"] = None if created is None else utc_timestamp(FIRST_SECOND + created)
    return row_of(refund_event(name, words.REFUNDED, 0, second)._replace(amount_minor=amount, **told))


def dispute(second: int, **told: Any) -> LedgerRow:
    return row_of(dispute_event("du_1", words.DISPUTED, 600, second)._replace(**told))


def amounts(*rows: LedgerRow) -> PaymentAmounts:
    return payment_amounts(sorted(rows, key=lambda row: row.order), "USD")


HELD = payment(words.AUTHORIZED, 1000, 1)
PART = payment(words.SUCCEEDED, 600, 10, captured_minor=600, released_minor=400)
PAID = payment(words.SUCCEEDED, 1000, 10)
LATER = payment(words.SUCCEEDED, 600, 20, captured_minor=600, released_minor=400)
SEVERAL = payment(words.AUTHORIZED, 1000, 5, captured_minor=300)
TOTAL = payment(words.PARTIALLY_REFUNDED, 300, 20)
UNKNOWN = dispute(12, amount_meaning=words.MEANING_CLAIMED, occasion=words.STAGE_UNKNOWN)
SMALLER, LARGER = (
    payment(words.PARTIALLY_REFUNDED, amount, second, event_type=str(amount))
    for amount, second in ((300, 30), (500, 20))
)


@pytest.mark.parametrize(
    ("rows", "refunded", "unsure"),
    [
        # the release of what a capture has left is told as a refund, made with the capture at the latest
        ([HELD, PART, refund(9)], 0, False),
        ([HELD, PART, refund(10)], 0, False),
        ([HELD, PART, refund(11)], 400, False),
        ([HELD, PART, LATER, refund(15)], 400, False),
        ([HELD, SEVERAL, PART, refund(9)], 400, False),
        # or, where the provider says that nothing left the balance, within ten seconds of it: then it may be one
        ([HELD, PART, refund(20, withdrawn_minor=0)], 0, True),
        ([HELD, PART, refund(21, withdrawn_minor=0)], 400, False),
        ([HELD, PART, refund(12, withdrawn_minor=0, status=words.FAILED)], 0, False),
        ([HELD, PART, refund(12, withdrawn_minor=1)], 400, False),
        # a refund that says no amount gives nothing back
        ([PAID, refund(20, None), refund(20, 100, "re_2")], 100, False),
        # a total has what was made until its second, and none that was made later; but those count, too
        ([PAID, TOTAL, refund(21, 200, created=20)], 300, False),
        ([PAID, TOTAL, refund(21, 200, created=21)], 500, False),
        ([PAID, TOTAL, refund(21, 200), refund(22, 200, created=21)], 500, False),
        ([PAID, TOTAL, refund(21, 200)], 300, False),
        ([PAID, TOTAL, refund(21, 200, created=21, status=words.PENDING)], 300, False),
        # of the payment's totals the latest, of one instant the larger; of others' the largest
        ([PAID, LARGER, SMALLER, refund(5, None, refunded_total_minor=200)], 300, False),
        ([PAID, payment(words.PARTIALLY_REFUNDED, 1, 20), payment(words.PARTIALLY_REFUNDED, 0, 20)], 1, False),
        ([PAID, LARGER, payment(words.PARTIALLY_REFUNDED, 300, 20, event_type="9")], 500, False),
        (
            [
                PAID,
                refund(5, None, refunded_total_minor=500),
                refund(20, None, "re_2", refunded_total_minor=300),
            ],
            500,
            False,
        ),
    ],
)  # fmt: skip
def test_what_was_refunded(rows: list[LedgerRow], refunded: int, unsure: bool) -> None:
    found = amounts(*rows)
    assert (found.refunded_minor, found.unsure) == (refunded, unsure)


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([payment(words.PENDING, 1000, 1)], 0),
        # of one instant the end is the latest, but a decline is no end; then the row that has captured more
        ([HELD, payment(words.CANCELED, 1000, 1)], 0),
        ([HELD, payment(words.FAILED, 1000, 1)], 1000),
        ([HELD, payment(words.AUTHORIZED, 700, 1, captured_minor=300)], 700),
        ([HELD, payment(words.AUTHORIZED, 999, 1, captured_minor=1)], 999),
    ],
)
def test_what_is_left_to_capture(rows: list[LedgerRow], left: int) -> None:
    assert amounts(*rows).authorized_minor == left


@pytest.mark.parametrize(
    ("rows", "disputed", "held"),
    [
        ([dispute(20)], 600, 0),
        ([dispute(20, withdrawn_minor=615)], 615, 0),
        ([dispute(20, amount_minor=None)], 0, 0),
        ([dispute(20), dispute(21, amount_meaning=words.MEANING_CLAIMED)], 0, 600),
        # an event of an unknown stage says nothing beside others; alone, all of them do
        ([dispute(20, amount_minor=700), dispute(21, occasion=words.STAGE_UNKNOWN)], 700, 0),
        ([UNKNOWN, UNKNOWN._replace(occurred_at=LATER.occurred_at), refund(15)], 0, 200),
    ],
)
def test_what_disputes_take(rows: list[LedgerRow], disputed: int, held: int) -> None:
    found = amounts(PAID, *rows)
    assert (found.disputed_minor, found.claims.held_minor) == (disputed, held)
