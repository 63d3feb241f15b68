"""The stored form of a state, its JSON, and what becomes of rows that tell one thing twice."""

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.payment_state import ObjectState, PaymentState, as_json, fold
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of, rows_of

PAID = payment_event(words.SUCCEEDED, 1000, 10)
STORED_OBJECT = {
    "object_kind": "refund",
    "object_id": "re_1",
    "status": "refunded",
    "amount_minor": 400,
    "currency": "USD",
    "occurred_at": "2025-10-09T06:07:00.000000Z",
    "occasion": None,
}
STORED = {
    "status": "partially_refunded",
    "currency": "USD",
    "captured_minor": 1000,
    "refunded_minor": 400,
    "net_minor": 600,
    "fee_minor": 29,
    "livemode": True,
    "confirmed": True,
    "flags": ("outside_provider",),
    "objects": [STORED_OBJECT],
    "updated_at": "2025-10-09T06:07:00.000000Z",
    "row_count": 2,
}
STATE = fold(
    rows_of(PAID._replace(fee_minor=29, outside_provider=True), refund_event("re_1", words.REFUNDED, 400, 20))
)
NUMBERS = [
    *("authorized", "captured", "captured_unconfirmed", "refunded", "refunded_unconfirmed", "disputed"),
    *("disputed_unconfirmed", "held", "held_unconfirmed", "net"),
]


def test_the_stored_form_is_that_of_every_release() -> None:
    assert STATE.to_stored() == STORED
    assert (
        PaymentState.from_stored({**STORED, "later": 1, "objects": [{**STORED_OBJECT, "later": 1}]}) == STATE
    )
    before = {name: value for name, value in STORED_OBJECT.items() if name != "occasion"}
    assert ObjectState.from_stored(before) == STATE.objects[0]
    appealed = ObjectState.from_stored({**STORED_OBJECT, "occasion": "PRE_ARBITRATION"})
    assert appealed.occasion == "PRE_ARBITRATION"


def test_a_state_of_which_only_the_status_is_stored_has_no_amounts() -> None:
    state = PaymentState.from_stored({"status": "pending"})
    numbers = [f"{name}_minor" for name in NUMBERS] + ["declined_attempts", "row_count"]
    assert state._asdict() == {
        **dict.fromkeys(PaymentState._fields),
        **dict.fromkeys(numbers, 0),
        "status": "pending",
        "flags": (),
        "objects": (),
    }


def test_what_must_be_stored_is_missed() -> None:
    with pytest.raises(KeyError, match="status"):
        PaymentState.from_stored({"currency": "USD"})
    with pytest.raises(KeyError, match="object_id"):
        ObjectState.from_stored({"object_kind": "refund", "status": "refunded"})


def test_amounts_are_told_in_minor_units_and_as_text() -> None:
    view = as_json(STATE)
    assert view["objects"] == [{**STORED_OBJECT, "amount": "4.00"}]
    told = {"captured": "10.00", "refunded": "4.00", "net": "6.00", "fee": "0.29"}
    assert view["amounts"] == {**dict.fromkeys(NUMBERS, "0.00"), **told}
    assert "fee" not in as_json(STATE._replace(fee_minor=None))["amounts"]
    assert "amounts" not in as_json(fold([]))


@pytest.mark.parametrize(
    ("confirmed", "unconfirmed", "name"),
    [
        (
            refund_event("re_1", words.REFUNDED, 100, 20),
            refund_event("re_2", words.REFUNDED, 50, 20),
            "refunded",
        ),
        (
            dispute_event("du_1", words.DISPUTED, 100, 20),
            dispute_event("du_2", words.DISPUTED, 50, 20),
            "disputed",
        ),
        (
            dispute_event("du_1", words.DISPUTED, 100, 20)._replace(amount_meaning=words.MEANING_CLAIMED),
            dispute_event("du_2", words.DISPUTED, 50, 20)._replace(amount_meaning=words.MEANING_CLAIMED),
            "held",
        ),
    ],
)
def test_only_a_part_may_rest_on_unconfirmed_events(
    confirmed: NormalisedEvent, unconfirmed: NormalisedEvent, name: str
) -> None:
    state = fold([*rows_of(PAID, confirmed), row_of(unconfirmed, confirmed=False)])
    values = state._asdict()
    assert (values[f"{name}_minor"], values[f"{name}_unconfirmed_minor"]) == (150, 50)
    assert not state.confirmed


def test_of_two_rows_of_one_event_the_same_counts_in_whichever_order_they_come() -> None:
    less, more = rows_of(PAID._replace(event_id="evt"), PAID._replace(event_id="evt", amount_minor=900))
    assert less.sort_key == more.sort_key
    for rows in ([less, more], [more, less]):
        assert (fold(rows).captured_minor, fold(rows).row_count) == (900, 1)


@pytest.mark.parametrize("amounts", [(100, None), (None, 100)])
def test_of_a_dispute_over_two_captures_one_may_say_no_amount(amounts: tuple[int | None, int | None]) -> None:
    rows = []
    for leg, amount in zip(("C-1", "C-2"), amounts, strict=True):
        for event in (PAID, dispute_event("du_1", words.DISPUTED, 1, 20)._replace(amount_minor=amount)):
            told = event._replace(transaction_id=leg, event_id=f"{leg}_{event.event_id}")
            rows.append(row_of(told, "stripe:ORDER"))
    assert [each.amount_minor for each in fold(rows).objects] == [100]


OPEN, LOST = words.DISPUTED, words.DISPUTE_LOST


@pytest.mark.parametrize(
    ("told", "occasion"),
    [
        ([(OPEN, None)], None),
        ([(OPEN, None), (LOST, None), (LOST, None)], None),
        ([(OPEN, None), (LOST, None), (OPEN, None)], "reopened"),
        ([(OPEN, None), (LOST, None), (OPEN, "PRE_ARBITRATION"), (OPEN, None)], "PRE_ARBITRATION"),
        ([(OPEN, "PRE_ARBITRATION"), (LOST, None)], "PRE_ARBITRATION"),
        ([(OPEN, words.STAGE_UNKNOWN)], None),
    ],
)
def test_a_dispute_stays_in_its_stage_until_another_is_told(
    told: list[tuple[str, str | None]], occasion: str | None
) -> None:
    rows = [
        row_of(dispute_event("du_1", status, 100, second)._replace(occasion=each))
        for second, (status, each) in enumerate(told)
    ]
    assert fold(rows).objects[0].occasion == occasion
