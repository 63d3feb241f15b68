"""A payment of several legs: order, authorizations and captures add up to one state."""

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of

DAY = 86_400
ORDER = payment_event("pending", 1000)._replace(amount_meaning="ordered")


def of(leg: str, event: NormalisedEvent) -> LedgerRow:
    told = event._replace(transaction_id=leg, event_id=f"{leg}_{event.event_id}")
    return row_of(told, "stripe:ORDER")


def authorized(leg: str, amount: int, second: int) -> LedgerRow:
    return of(leg, payment_event("authorized", amount, second))


def captured(leg: str, amount: int, second: int) -> LedgerRow:
    return of(leg, payment_event("succeeded", amount, second))


def ended(leg: str, status: str, amount: int, second: int, began: int) -> LedgerRow:
    began_at = payment_event("pending", 1, began).occurred_at
    return of(leg, payment_event(status, amount, second)._replace(object_created_at=began_at))


def last(row: LedgerRow) -> LedgerRow:
    return row._replace(authorized_minor=0)


def state(*rows: LedgerRow) -> PaymentState:
    assert fold(rows) == fold(rows[::-1])
    return fold(rows)


@pytest.mark.parametrize(
    ("rows", "status", "left"),
    [
        ([authorized("A", 1000, 5), captured("C-1", 600, 9)], "succeeded", 400),
        ([authorized("A", 1000, 5), last(captured("C-1", 600, 9))], "succeeded", 0),
        ([authorized("A", 1000, 5), captured("C-1", 600, 9), captured("C-2", 400, 9)], "succeeded", 0),
        # under way it can't be captured again, but once it is declined
        ([authorized("A", 1000, 5), of("C-1", payment_event("pending", 600, 9))], "authorized", 400),
        ([authorized("A", 1000, 5), of("C-1", payment_event("pending", 1000, 9))], "pending", 0),
        ([authorized("A", 1000, 5), last(of("C-1", payment_event("failed", 1000, 9)))], "authorized", 1000),
        # two units of an order: each has an authorization
        ([authorized("A", 1000, 5), authorized("B", 500, 5)], "authorized", 1500),
        (
            [authorized("A", 1000, 5), authorized("B", 500, 5), last(captured("C-1", 300, 9))],
            "succeeded",
            1200,
        ),
        # a reauthorization replaces that of its amount, and what was captured before is not taken from it
        ([authorized("A", 1000, 5), authorized("A-2", 1100, 3 * DAY)], "authorized", 1100),
        (
            [authorized("A", 1000, 5), authorized("B", 500, 5), authorized("B-2", 510, 3 * DAY)],
            "authorized",
            1510,
        ),
        (
            [authorized("A", 1000, 5), captured("C-1", 300, 9), authorized("A-2", 700, 3 * DAY)],
            "succeeded",
            700,
        ),
        # it ends with the original, which is what can be voided, if not by the reauthorization itself
        (
            [
                authorized("A", 1000, 5),
                authorized("A-2", 1000, 3 * DAY),
                ended("A", "canceled", 1000, 4 * DAY, 5),
            ],
            "canceled",
            0,
        ),
        ([authorized("A-2", 1000, 3 * DAY), ended("A", "canceled", 1000, 4 * DAY, 5)], "canceled", 0),
        (
            [authorized("A-2", 1000, 3 * DAY), ended("A", "canceled", 1000, 3 * DAY + 60, 5)],
            "authorized",
            1000,
        ),
        ([ended("A", "canceled", 1000, 2 * DAY, 5), authorized("B", 1000, 3 * DAY)], "authorized", 1000),
        (
            [authorized("A-2", 1000, 3 * DAY), ended("A", "canceled", 1000, 3 * DAY + 3600, 5)],
            "authorized",
            1000,
        ),
        ([authorized("A-2", 1000, 3 * DAY), ended("A", "canceled", 1000, 3 * DAY + 3601, 5)], "canceled", 0),
        # it is that of the nearest amount, a day later at the earliest, whether that has just ended or not
        ([authorized("A", 1000, 5), authorized("A-2", 1100, 5 + DAY)], "authorized", 1100),
        ([authorized("A", 1000, 5), authorized("A-2", 1100, 4 + DAY)], "authorized", 2100),
        (
            [authorized("A", 1000, 5), authorized("B", 500, 5), authorized("A-2", 1000, 3 * DAY)],
            "authorized",
            1500,
        ),
        (
            [
                ended("A", "canceled", 1000, 3 * DAY, 5),
                authorized("B", 500, 5),
                authorized("A-2", 1000, 3 * DAY),
            ],
            "authorized",
            1500,
        ),
        # an authorization began when it was told first, and one that says no amount any more leaves nothing
        (
            [authorized("A", 1000, 5), authorized("A", 1000, 3 * DAY), authorized("A-2", 1100, 2 * DAY)],
            "authorized",
            1100,
        ),
        (
            [
                authorized("A", 1000, 5),
                of("A", payment_event("authorized", None, 6)),
                authorized("B", 500, 5),
            ],
            "authorized",
            500,
        ),
        # what a capture takes: at once, more than was authorized, by its newest row, and nothing if it does not say
        ([authorized("A", 1000, 5), captured("C-1", 600, 5)], "succeeded", 400),
        ([authorized("A", 1000, 5), captured("C-1", 1100, 9)], "succeeded", 0),
        (
            [
                authorized("A", 1000, 5),
                of("C-1", payment_event("pending", 500, 9)),
                of("C-1", payment_event("pending", 600, 10)),
            ],
            "authorized",
            400,
        ),
        ([authorized("A", 1000, 5), of("C-1", payment_event("pending", None, 9))], "authorized", 1000),
        ([authorized("A", 1000, 5), of("C-1", payment_event("failed", 600, 2 * DAY))], "authorized", 1000),
        ([of("ORDER", ORDER), captured("C-1", 600, 9)], "succeeded", 0),
        ([of("ORDER", ORDER._replace(status="canceled")), authorized("A", 1000, 5)], "canceled", 0),
        ([of("ORDER", ORDER._replace(status="closed")), authorized("A", 1000, 5)], "authorized", 1000),
        ([of("ORDER", ORDER), of("C-1", payment_event("failed", 600, 9))], "failed", 0),
        (
            [of("C-1", payment_event("failed", 600, 9)), of("C-2", payment_event("pending", 600, 20))],
            "pending",
            0,
        ),
        ([of("ORDER", ORDER), of("A", payment_event("closed", 600, 9))], "closed", 0),
        ([of("ORDER", ORDER), of("C-1", refund_event("re", "refunded", 600, 9))], "unknown", 0),
    ],
)
def test_status_and_what_may_still_be_captured(rows: list[LedgerRow], status: str, left: int) -> None:
    found = state(*rows)
    assert (found.status, found.authorized_minor) == (status, left)


BOTH = [captured("C-1", 600, 9), captured("C-2", 400, 9)]


@pytest.mark.parametrize(
    ("refunds", "status", "net"),
    [
        ({"C-1": 600}, "partially_refunded", 400),
        ({"C-1": 600, "C-2": 400}, "refunded", 0),
        ({"C-2": 100}, "partially_refunded", 900),
    ],
)
def test_refunds_are_of_their_capture(refunds: dict[str, int], status: str, net: int) -> None:
    given = [of(leg, refund_event(f"re_{leg}", "refunded", each, 20)) for leg, each in refunds.items()]
    found = state(*BOTH, *given)
    assert (found.status, found.captured_minor, found.net_minor, found.flags) == (status, 1000, net, ())


def test_a_dispute_over_several_captures_is_one_and_their_sum() -> None:
    lost = [
        of(leg, dispute_event("dp", "dispute_lost", each, 30)) for leg, each in (("C-1", 600), ("C-2", 400))
    ]
    found = state(*BOTH, *lost)
    assert (found.disputed_minor, found.dispute_status, found.net_minor) == (1000, "dispute_lost", 0)
    assert [(each.object_id, each.amount_minor) for each in found.objects] == [("dp", 1000)]


def test_a_flag_of_one_leg_stands_for_all() -> None:
    found = state(*BOTH, of("C-1", refund_event("re", "refunded", 700, 20)))
    assert (found.flags, found.net_minor) == (("exceeds_captured",), 300)


def test_what_one_leg_has_unconfirmed_is_not_confirmed_by_another() -> None:
    found = state(BOTH[0], BOTH[1]._replace(confirmed=False))
    assert (found.confirmed, found.captured_minor, found.captured_unconfirmed_minor) == (False, 1000, 400)


def test_each_capture_that_is_declined_is_an_attempt_and_their_order_none() -> None:
    failed = payment_event("failed", 600, 9)
    order = of("ORDER", ORDER._replace(status="failed"))
    assert state(of("C-1", failed), of("C-2", failed), order).declined_attempts == 2
    assert state(of("C-1", payment_event("pending", 600)), order).declined_attempts == 1


def test_rows_that_came_under_another_id_of_the_payment_are_of_their_leg() -> None:
    alone = row_of(refund_event("re", "refunded", 600, 20)._replace(transaction_id="C-1"))
    assert (alone.transaction_id, alone.provider_transaction_id) == ("stripe:C-1", None)
    found = state(*BOTH, alone)
    assert (found.refunded_minor, found.status, found.flags) == (600, "partially_refunded", ())
