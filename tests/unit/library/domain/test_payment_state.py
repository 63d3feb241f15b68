"""The state of a payment: what its events add up to."""

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import ledger_row
from payment_webhooks.domain.payment_state import fold
from tests.support.library.events import event_body
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of, rows_of
from tests.support.library.providers import normalise

SUCCEEDED = payment_event("succeeded", 1000, 10)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "unknown"),
        ([payment_event("pending", 1000)], "pending"),
        # not final: the latest wins
        ([payment_event("failed", 1000, 1), payment_event("pending", 1000, 2)], "pending"),
        ([payment_event("pending", 1000, 1), payment_event("failed", 1000, 2)], "failed"),
        ([payment_event("authorized", 1000, 1), payment_event("failed", 1000, 2)], "failed"),
        # of one second, the higher rank: an intent is created, then fails
        ([payment_event("failed", 1000, 1), payment_event("pending", 1000, 1)], "failed"),
        ([payment_event("failed", 1000, 1), payment_event("authorized", 1000, 1)], "authorized"),
        # final beats not final, whenever it came
        ([SUCCEEDED, payment_event("pending", 1000, 99)], "succeeded"),
        ([SUCCEEDED, payment_event("failed", 1000, 99)], "succeeded"),
        ([payment_event("canceled", 1000, 1), payment_event("pending", 1000, 99)], "canceled"),
        # among final ones the rank
        ([SUCCEEDED, payment_event("canceled", 1000, 99)], "succeeded"),
        ([payment_event("refunded", 1000, 1), SUCCEEDED], "refunded"),
    ],
)
def test_the_status_of_a_payment(events: list[NormalisedEvent], status: str) -> None:
    assert fold(rows_of(*events)).status == status


@pytest.mark.parametrize(
    ("events", "refunded_minor", "status"),
    [
        ([refund_event("re_1", "pending", 400, 20)], 0, "succeeded"),
        ([refund_event("re_1", "refunded", 400, 20)], 400, "partially_refunded"),
        ([refund_event("re_1", "refunded", 1000, 20)], 1000, "refunded"),
        # distinct refunds add up, the events of one do not
        (
            [
                refund_event("re_1", "refunded", 400, 20),
                refund_event("re_1", "refunded", 400, 21),
                refund_event("re_2", "refunded", 600, 22),
            ],
            1000,
            "refunded",
        ),
        # a failed refund never undoes a payment
        ([refund_event("re_1", "failed", 400, 20)], 0, "succeeded"),
        (
            [refund_event("re_1", "refunded", 400, 20), refund_event("re_1", "failed", 400, 30)],
            0,
            "succeeded",
        ),
        # a refund may fail in the second in which it was done
        (
            [refund_event("re_1", "failed", 400, 20), refund_event("re_1", "refunded", 400, 20)],
            0,
            "succeeded",
        ),
        # the cumulative total and the refunds' own amounts say one thing twice
        (
            [payment_event("partially_refunded", 400, 20), refund_event("re_1", "refunded", 400, 20)],
            400,
            "partially_refunded",
        ),
        # a total proves refunds whose own events never came
        (
            [payment_event("partially_refunded", 900, 25), refund_event("re_2", "refunded", 500, 25)],
            900,
            "partially_refunded",
        ),
        # and what failed after it was told is no longer in it
        (
            [
                payment_event("refunded", 1000, 25),
                refund_event("re_2", "pending", 300, 25),
                refund_event("re_2", "failed", 300, 40),
            ],
            700,
            "partially_refunded",
        ),
        ([payment_event("refunded", 1000, 25), refund_event("re_2", "failed", 1000, 40)], 0, "succeeded"),
        # a failure of the second in which a total was told comes after it
        (
            [payment_event("refunded", 1000, 25), refund_event("re_2", "failed", 300, 25)],
            700,
            "partially_refunded",
        ),
        # a refund that began after the total was told was never in it
        (
            [
                payment_event("partially_refunded", 300, 20),
                refund_event("re_2", "pending", 300, 30),
                refund_event("re_2", "failed", 300, 40),
            ],
            300,
            "partially_refunded",
        ),
        # a total that was told after the failure does not have it
        (
            [refund_event("re_1", "failed", 300, 20), payment_event("partially_refunded", 300, 30)],
            300,
            "partially_refunded",
        ),
        ([refund_event("re_1", "canceled", 400, 20)], 0, "succeeded"),
    ],
)
def test_refunds(events: list[NormalisedEvent], refunded_minor: int, status: str) -> None:
    state = fold(rows_of(SUCCEEDED, *events))
    assert (state.refunded_minor, state.status) == (refunded_minor, status)
    assert (state.captured_minor, state.net_minor) == (1000, 1000 - refunded_minor)
    assert state.flags == ()


@pytest.mark.parametrize(
    ("events", "disputed_minor", "dispute_status"),
    [
        ([], 0, None),
        ([dispute_event("dp_1", "disputed", 600, 20)], 600, "disputed"),
        # an inquiry takes no money, until it becomes a chargeback; of one second the chargeback comes later
        ([dispute_event("dp_1", "inquiry", 600, 20)], 0, "inquiry"),
        (
            [dispute_event("dp_1", "disputed", 600, 20), dispute_event("dp_1", "inquiry", 600, 20)],
            600,
            "disputed",
        ),
        (
            [dispute_event("dp_1", "disputed", 600, 20), dispute_event("dp_1", "dispute_won", 600, 30)],
            0,
            "dispute_won",
        ),
        (
            [dispute_event("dp_1", "disputed", 600, 20), dispute_event("dp_1", "dispute_lost", 600, 20)],
            600,
            "dispute_lost",
        ),
        # an appeal opens it again
        (
            [dispute_event("dp_1", "dispute_lost", 600, 20), dispute_event("dp_1", "disputed", 600, 30)],
            600,
            "disputed",
        ),
        (
            [dispute_event("dp_1", "dispute_lost", 600, 20), dispute_event("dp_2", "dispute_won", 300, 30)],
            600,
            "dispute_lost",
        ),
        (
            [dispute_event("dp_1", "dispute_lost", 600, 20), dispute_event("dp_2", "disputed", 300, 30)],
            900,
            "disputed",
        ),
    ],
)
def test_disputes(events: list[NormalisedEvent], disputed_minor: int, dispute_status: str | None) -> None:
    state = fold(rows_of(SUCCEEDED, *events))
    assert (state.disputed_minor, state.dispute_status) == (disputed_minor, dispute_status)
    assert (state.status, state.net_minor) == ("succeeded", 1000 - disputed_minor)


def test_captured_is_the_largest_that_is_proven() -> None:
    refunded = payment_event("partially_refunded", 100, 30)._replace(captured_minor=1500)
    state = fold(rows_of(payment_event("authorized", 2000, 1), SUCCEEDED, refunded))
    assert (state.captured_minor, state.refunded_minor) == (1500, 100)


@pytest.mark.parametrize(
    ("events", "authorized_minor"),
    [
        ([], 2000),
        ([payment_event("authorized", 2500, 2)], 2500),  # an increment
        ([payment_event("authorized", 1300, 2)], 1300),  # a partial capture that is not the last
        ([payment_event("pending", 2000, 2)], 2000),
        ([SUCCEEDED], 0),
        ([SUCCEEDED._replace(authorized_minor=300)], 300),
        ([payment_event("canceled", 2000, 2)], 0),
        ([payment_event("failed", 2000, 2)], 0),
    ],
)
def test_what_may_still_be_captured(events: list[NormalisedEvent], authorized_minor: int) -> None:
    assert fold(rows_of(payment_event("authorized", 2000, 1), *events)).authorized_minor == authorized_minor


def test_the_release_of_an_authorisation_is_no_refund() -> None:
    state = fold(rows_of(payment_event("canceled", 1000, 5), refund_event("re_1", "refunded", 1000, 5)))
    assert (state.status, state.refunded_minor, state.net_minor, state.flags) == ("canceled", 0, 0, ())


def test_customer_and_environment_are_the_latest_told() -> None:
    guest = payment_event("pending", 1000, 1)._replace(customer_id="cus_0", account="acct_1", livemode=None)
    events = [SUCCEEDED._replace(customer_id="cus_1"), refund_event("re_1", "pending", 1, 20), guest]
    state = fold(rows_of(*events))
    assert (state.customer_id, state.account, state.livemode) == ("cus_1", "acct_1", True)
    assert (state.updated_at, state.row_count) == (events[1].occurred_at, 3)


def test_two_events_of_one_second_are_both_kept_and_folded() -> None:
    rows = rows_of(
        refund_event("re_1", "refunded", 300, 10), refund_event("re_2", "refunded", 500, 10), SUCCEEDED
    )
    assert len({row.sort_key for row in rows}) == 3
    assert len({row.occurred_at for row in rows}) == 1
    state = fold(rows)
    assert (state.row_count, state.refunded_minor, state.status) == (3, 800, "partially_refunded")


def test_an_ignored_event_has_no_row() -> None:
    event = normalise("stripe", event_body("stripe/customer_created_ignored"))
    with pytest.raises(ValueError, match="concerns no transaction"):
        row_of(event)


def test_the_keys_of_a_row_are_namespaced_by_its_endpoint() -> None:
    row = ledger_row(
        normalise("stripe", event_body("stripe/pi_succeeded")),
        endpoint="stripe-connect",
        webhook_id="stripe-connect:evt_3SGev0001Test",
        webhook_timestamp="2025-10-09T06:07:40.000000Z",
        recorded_at="2025-10-09T06:07:41.000000Z",
        confirmed=True,
    )
    assert row.transaction_id == "stripe-connect:pi_3SGA001"
    assert row.sort_key == "event#evt_3SGev0001Test"


@pytest.mark.parametrize(
    ("payment", "told"),
    [(None, None), ("stripe:pi_1", None), ("stripe:cs_1", "pi_1")],
)
def test_a_row_names_what_its_amounts_are_of_where_that_is_not_the_payment(
    payment: str | None, told: str | None
) -> None:
    row = ledger_row(
        SUCCEEDED,
        endpoint="stripe",
        webhook_id="stripe:evt_1",
        webhook_timestamp=SUCCEEDED.created,
        recorded_at=SUCCEEDED.created,
        confirmed=True,
        transaction_id=payment,
    )
    assert row.transaction_id == (payment or "stripe:pi_1")
    assert (row.provider_transaction_id, row.leg) == (told, "pi_1")
