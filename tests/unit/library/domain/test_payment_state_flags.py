"""When the amounts of a state need a person's eye, and when they rest on unconfirmed events alone."""

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.payment_state import as_json, fold
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of, rows_of

SUCCEEDED = payment_event("succeeded", 1000, 10)


def test_a_refund_before_its_payment_is_flagged() -> None:
    state = fold(rows_of(refund_event("re_1", "refunded", 400, 20)))
    assert (state.status, state.net_minor) == ("unknown", -400)
    assert state.flags == ("captured_unknown",)


def test_more_back_than_came_in_is_flagged() -> None:
    events = [refund_event("re_1", "refunded", 800, 20), dispute_event("dp_1", "dispute_lost", 800, 30)]
    state = fold(rows_of(SUCCEEDED, *events))
    assert state.net_minor == 1000 - 800 - 800
    assert state.flags == ("exceeds_captured",)


def test_a_partial_refund_and_a_dispute_of_the_rest_are_no_reason_to_look() -> None:
    events = [refund_event("re_1", "refunded", 300, 20), dispute_event("dp_1", "dispute_lost", 700, 30)]
    assert fold(rows_of(SUCCEEDED, *events)).flags == ()


def test_a_refund_without_an_amount_is_flagged() -> None:
    told = payment_event("partially_refunded", 1000, 20)._replace(
        amount_meaning="captured", refunded_total_minor=None
    )
    state = fold(rows_of(told))
    assert (state.status, state.captured_minor, state.refunded_minor) == ("partially_refunded", 1000, 0)
    assert state.flags == ("refund_amount_unknown",)


def test_currencies_are_never_added() -> None:
    other = refund_event("re_1", "refunded", 400, 20)._replace(currency="EUR")
    state = fold(rows_of(SUCCEEDED, other))
    assert (state.currency, state.captured_minor, state.refunded_minor, state.net_minor) == (
        "USD",
        1000,
        0,
        1000,
    )
    assert state.flags == ("mixed_currency",)
    assert state.objects[0].currency == "EUR"


def test_the_currency_is_that_of_what_was_captured() -> None:
    earlier = refund_event("re_1", "refunded", 400, 1)._replace(currency="EUR")
    assert fold(rows_of(earlier, SUCCEEDED)).currency == "USD"
    assert fold(rows_of(earlier, payment_event("pending", 1000, 5))).currency == "EUR"


def test_what_is_only_asked_for_in_another_currency_is_no_mix() -> None:
    asked = payment_event("pending", 900, 1)._replace(currency="EUR")
    assert fold(rows_of(asked, SUCCEEDED)).flags == ()
    assert fold(rows_of(asked)).currency == "EUR"


def test_a_status_alone_may_rest_on_an_unconfirmed_event() -> None:
    told = payment_event("partially_refunded", 1000, 20)._replace(
        amount_meaning="captured", refunded_total_minor=None
    )
    state = fold([row_of(SUCCEEDED), row_of(told, confirmed=False)])
    assert (state.status, state.refunded_minor, state.confirmed) == ("partially_refunded", 0, False)


@pytest.mark.parametrize(
    ("confirmed", "unconfirmed", "expected"),
    [
        ([SUCCEEDED], [], True),
        ([], [SUCCEEDED], False),
        ([], [payment_event("pending", 1000)], True),  # no money moved
        ([SUCCEEDED], [SUCCEEDED._replace(event_id="evt_other")], True),  # told by a confirmed one too
        ([SUCCEEDED], [payment_event("succeeded", 9999, 11)], False),
        ([SUCCEEDED], [refund_event("re_1", "refunded", 400, 20)], False),
        ([SUCCEEDED], [refund_event("re_1", "pending", 400, 20)], True),
        ([SUCCEEDED], [dispute_event("dp_1", "disputed", 400, 20)], False),
        (
            [SUCCEEDED, dispute_event("dp_1", "disputed", 400, 20)],
            [dispute_event("dp_1", "dispute_won", 400, 30)],
            False,
        ),
    ],
)
def test_confirmed(
    confirmed: list[NormalisedEvent], unconfirmed: list[NormalisedEvent], expected: bool
) -> None:
    rows = rows_of(*confirmed) + [row_of(event, confirmed=False) for event in unconfirmed]
    assert fold(rows).confirmed is expected


@pytest.mark.parametrize(
    ("confirmed", "unconfirmed", "expected"),
    [
        ([SUCCEEDED], [], 0),
        ([], [SUCCEEDED], 1000),
        ([], [payment_event("pending", 1000)], 0),
        ([SUCCEEDED], [SUCCEEDED._replace(event_id="evt_other")], 0),
        ([SUCCEEDED], [payment_event("succeeded", 1700, 11)], 700),
        ([SUCCEEDED], [payment_event("succeeded", 300, 11)], 0),
    ],
)
def test_what_was_captured_may_rest_in_part_on_unconfirmed_events(
    confirmed: list[NormalisedEvent], unconfirmed: list[NormalisedEvent], expected: int
) -> None:
    rows = rows_of(*confirmed) + [row_of(event, confirmed=False) for event in unconfirmed]
    assert fold(rows).captured_unconfirmed_minor == expected
    assert as_json(fold(rows))["amounts"]["captured_unconfirmed"] == f"{expected / 100:.2f}"


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([], 0),
        ([None], 1),
        ([None, None], 1),  # nobody says that these are two
        (["ch_1", "ch_1"], 2),  # an attempt that has made no charge names the one before
        (["ch_1", "ch_2"], 2),
        (["ch_1", None], 1),  # a checkout tells the same attempt
        (["ch_1", "ch_1 as charge"], 1),  # so does its charge
        (["ch_1", "ch_1 as charge", "ch_1"], 2),
    ],
)
def test_declined_attempts_are_told_apart_by_their_occasion(
    attempts: list[str | None], expected: int
) -> None:
    declines = [
        payment_event("failed", 1000, second)._replace(
            occasion=attempt and attempt.split()[0], object_id="ch_1" if "as" in str(attempt) else "pi_1"
        )
        for second, attempt in enumerate(attempts)
    ]
    failed_refund = refund_event("re_1", "failed", 400, 20)
    assert fold(rows_of(SUCCEEDED, failed_refund, *declines)).declined_attempts == expected
