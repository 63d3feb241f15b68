"""Effects of ledger rows: what a row changed, told alike however often it is asked for."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from payment_webhooks.domain import effect as effects
from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import (
    Effect,
    effect_of,
    from_text,
    is_left_out,
    object_of,
    to_text,
    told_amount_minor,
    vouched_for,
)
from payment_webhooks.domain.facts import Facts, Movement, facts_of, movements
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import ObjectState, PaymentState, fold
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of
from tests.support.library.ledger_strategies import ledgers

THRESHOLD_MINOR = 100_000


def is_high(amount_minor: int, currency: str) -> bool:
    return currency == "USD" and amount_minor > THRESHOLD_MINOR


def chain(rows: list[LedgerRow]) -> list[Effect | None]:
    """The effect of each row, in the order in which they come."""
    found: list[Effect | None] = []
    before: PaymentState | None = None
    for version, row in enumerate(rows, 1):
        after = fold(rows[:version])
        facts = (before and facts_of(before), facts_of(after))
        objects = (before and object_of(before, row), object_of(after, row))
        found.append(effect_of(row, version, facts, objects, is_high))
        before = after
    return found


def told(*rows: LedgerRow) -> list[Effect]:
    return [each for each in chain(list(rows)) if each is not None]


def test_a_success_told_twice_has_one_effect() -> None:
    rows = [row_of(payment_event(words.SUCCEEDED, 1099, 1)), row_of(payment_event(words.SUCCEEDED, 1099, 2))]
    first, second = chain(rows)
    assert first == Effect(
        version=1,
        hour="2025-10-09T06",
        before=None,
        after=Facts(status="succeeded", currency="USD", captured_minor=1099),
    )
    assert second is None


def test_a_refund_is_told_by_what_it_changes_of_the_payment_and_of_itself() -> None:
    effect = told(
        row_of(payment_event(words.SUCCEEDED, 1000, 1)), row_of(refund_event("re_1", words.REFUNDED, 400, 2))
    )[-1]
    assert effect.changes == {"status": ("succeeded", "partially_refunded"), "refunded_minor": (0, 400)}
    assert effect.object_before is None
    assert effect.object_after is not None
    assert (effect.object_after.object_id, effect.object_after.status) == ("re_1", "refunded")
    assert effect.moves_money


def test_a_refund_that_fails_gives_the_money_back() -> None:
    effect = told(
        row_of(payment_event(words.SUCCEEDED, 1000, 1)),
        row_of(refund_event("re_1", words.REFUNDED, 1000, 2)),
        row_of(refund_event("re_1", words.FAILED, 1000, 3)),
    )[-1]
    assert effect.rise("refunded_minor") == -1000
    assert movements(effect.before, effect.after, vouched_for=False) == [("refunded", "USD", -1000)]


def test_a_dispute_at_another_stage_is_told_though_no_amount_changes() -> None:
    opened = row_of(dispute_event("du_1", words.DISPUTED, 500, 2))
    appealed = row_of(dispute_event("du_1", words.DISPUTED, 500, 3)._replace(occasion="PRE_ARBITRATION"))
    effect = told(row_of(payment_event(words.SUCCEEDED, 1000, 1)), opened, appealed)[-1]
    assert effect.changes == {}
    assert effect.object_after is not None
    assert effect.object_after.occasion == "PRE_ARBITRATION"
    assert not effect.moves_money


def test_a_movement_is_high_only_over_the_threshold_and_once() -> None:
    effects_told = told(
        row_of(payment_event(words.PENDING, 100_001, 1)),
        row_of(payment_event(words.SUCCEEDED, 100_001, 2)),
        row_of(payment_event(words.SUCCEEDED, 100_001, 3)),
        row_of(refund_event("re_1", words.REFUNDED, 100_000, 4)),
    )
    assert [(each.after and each.after.status, each.high_value) for each in effects_told] == [
        ("pending", False),
        ("succeeded", True),
        ("partially_refunded", False),
    ]


def test_money_of_another_currency_goes_and_comes() -> None:
    before, after = Facts(currency="JPY", captured_minor=700), Facts(currency="USD", captured_minor=900)
    moved = movements(before, after, vouched_for=False)
    assert moved == [("captured", "JPY", -700), ("captured", "USD", 900)]


def test_a_payment_that_is_taken_over_loses_all_and_alarms_nobody() -> None:
    facts = Facts(status="succeeded", currency="USD", captured_minor=900_000)
    row = row_of(payment_event(words.SUCCEEDED, 900_000, 1))
    effect = effect_of(row, 4, (facts, None), (None, None), is_high)
    assert effect is not None
    assert effect.rise("captured_minor") == -900_000
    assert not effect.high_value


@given(rows=ledgers())
def test_effects_are_a_chain_that_ends_in_the_state(rows: list[LedgerRow]) -> None:
    found = [each for each in chain(rows) if each is not None]
    for first, second in pairwise(found):
        assert second.before == first.after
    captured = sum(each.rise("captured_minor") for each in found)
    assert captured == fold(rows).captured_minor
    assert [effects.from_text(effects.to_text(each)) for each in found] == found


def test_facts_by_default_are_those_of_a_payment_of_which_nothing_is_known() -> None:
    assert facts_of(fold([])) == Facts()


HOUR, AT = "2025-10-09T06", "2025-10-09T06:06:42.000000Z"
OPENED = ObjectState("dispute", "du_1", "disputed", 500, "USD", AT, "CHARGEBACK")
STORED = (
    '{"version":2,"hour":"2025-10-09T06","before":{},"after":{"status":"succeeded","currency":"USD",'
    '"captured_minor":1000,"flags":["mixed_currency"]},"object_before":{"object_kind":"dispute",'
    '"object_id":"du_1","status":"disputed","amount_minor":500,"currency":"USD",'
    '"occurred_at":"2025-10-09T06:06:42.000000Z","occasion":"CHARGEBACK"},"object_after":'
    '{"object_kind":"dispute","object_id":"du_1","status":"dispute_won","amount_minor":500,'
    '"currency":"USD","occurred_at":"2025-10-09T06:06:42.000000Z","occasion":"CHARGEBACK"},'
    '"amount_minor":700,"refund_pending":true,"high_value":true}'
)


def test_the_stored_form_is_that_of_every_release() -> None:
    after = Facts(status="succeeded", currency="USD", captured_minor=1000, flags=("mixed_currency",))
    won = OPENED._replace(status="dispute_won")
    effect = Effect(2, HOUR, Facts(), after, OPENED, won, 700, refund_pending=True, high_value=True)
    assert to_text(effect) == STORED
    assert from_text(STORED) == effect
    shortest = '{"version":1,"hour":"2025-10-09T06"}'
    assert to_text(Effect(1, HOUR, None, None)) == shortest
    assert from_text(shortest) == Effect(1, HOUR, None, None, None, None, None, False, False)
    assert from_text(STORED.replace('"before":{}', '"before":{"later":1}')) == effect


@pytest.mark.parametrize("text", ["[]", '{"hour":"2025-10-09T06"}', '{"version":1}', '["version","hour"]'])
def test_a_text_that_is_no_effect_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an effect"):
        from_text(text)


def test_only_money_that_was_captured_or_has_gone_moves() -> None:
    before = Facts(currency="USD", captured_minor=1000)
    held = Effect(2, HOUR, before, before._replace(held_minor=500))
    assert (held.moves_money, held.rise("held_minor"), held.rise("fee_minor")) == (False, 500, 0)
    retold = Effect(
        3, HOUR, before._replace(disputed_minor=500, fee_minor=30), before._replace(refunded_minor=500)
    )
    assert (retold.moves_money, retold.rise("disputed_minor"), retold.rise("fee_minor")) == (False, -500, -30)
    assert movements(retold.before, retold.after, vouched_for=False) == [("retold", "USD", 500)]
    assert movements(retold.after, retold.before, vouched_for=False) == [("retold", "USD", -500)]
    assert Effect(2, HOUR, before, before._replace(refunded_minor=1)).moves_money


def test_a_claim_that_holds_one_unit_may_be_of_high_value() -> None:
    row = row_of(dispute_event("du_1", words.DISPUTED, 1, 2))
    opens = (Facts(currency="USD"), Facts(currency="USD", held_minor=1))
    for facts, high in ((opens, True), (opens[::-1], False)):
        effect = effect_of(row, 2, facts, (None, None), lambda *_: True)
        assert effect is not None
        assert effect.high_value is high


def test_a_part_of_a_loss_that_is_told_again_has_moved_once() -> None:
    before = Facts(currency="USD", captured_minor=1000, disputed_minor=500)
    after = before._replace(disputed_minor=300, refunded_minor=600)
    assert movements(before, after, vouched_for=False) == [("refunded", "USD", 400), ("retold", "USD", 200)]
    assert movements(after, before, vouched_for=False) == [("refunded", "USD", -400), ("retold", "USD", -200)]
    both = Facts(currency="USD", disputed_minor=300, refunded_minor=600)
    assert movements(None, both, vouched_for=False) == [("refunded", "USD", 600), ("disputed", "USD", 300)]
    assert movements(both, None, vouched_for=False) == [("refunded", "USD", -600), ("disputed", "USD", -300)]


def test_what_is_not_vouched_for_has_not_moved() -> None:
    told = Facts("succeeded", "disputed", "USD", 0, 1000, 100, 200, 20, 300, 30, 400, 40)
    expected = [("captured", 900), ("refunded", 180), ("disputed", 270), ("held", 360)]
    found = movements(None, told, vouched_for=True)
    assert found == [(what, "USD", minor) for what, minor in expected]
    assert movements(None, told._replace(currency=None), vouched_for=True) == []
    assert movements(told, None, vouched_for=False)[0] == ("captured", "USD", -1000)


@pytest.mark.parametrize(
    ("before", "changed"), [(None, True), (OPENED._replace(occurred_at=HOUR), False), (OPENED, False)]
)
def test_the_same_told_later_is_nothing_new(before: ObjectState | None, changed: bool) -> None:
    effect = Effect(2, HOUR, None, None, before, OPENED)
    assert (effect.changes_object("dispute"), effect.changes_object("refund")) == (changed, False)
    assert not Effect(2, HOUR, None, None, OPENED, None).changes_object("dispute")
    row = row_of(dispute_event("du_1", words.DISPUTED, 500, 2))
    assert (effect_of(row, 2, (Facts(), Facts()), (before, OPENED), is_high) is None) is not changed


def test_the_amount_of_several_rows_is_told_in_place_of_the_rows_own() -> None:
    row = row_of(dispute_event("du_1", words.DISPUTED, 500, 2))
    effect = Effect(2, HOUR, None, None)
    assert told_amount_minor(row, effect) == 500
    assert told_amount_minor(row, effect._replace(amount_minor=0)) == 0


def test_nothing_is_vouched_for_by_an_event_that_is_not_confirmed_or_of_a_payment_that_is_gone() -> None:
    row, told = row_of(payment_event(words.SUCCEEDED, 1000, 1)), Facts(currency="USD", captured_minor=1000)
    assert vouched_for(row, Effect(1, HOUR, None, told)) == [("captured", "USD", 1000)]
    assert vouched_for(row._replace(confirmed=False), Effect(1, HOUR, None, told)) == []
    assert vouched_for(row, Effect(2, HOUR, told, None)) == []


@pytest.mark.parametrize(
    ("currency", "minor", "left_out"), [("EUR", -1, True), ("EUR", 5, False), ("USD", -5, False)]
)
def test_only_money_of_another_currency_is_left_out(currency: str, minor: int, left_out: bool) -> None:
    effect = Effect(2, HOUR, None, Facts(currency="USD"))
    assert is_left_out(Movement("captured", currency, minor), effect) is left_out
    assert not is_left_out(Movement("captured", currency, minor), Effect(2, HOUR, Facts(), None))


@pytest.mark.parametrize(
    ("changes", "high"),
    [
        ({}, True),
        ({"amount_minor": -100_001}, True),
        ({"amount_minor": 100_000}, False),
        ({"amount_minor": None}, False),
        ({"currency": None}, False),
        ({"status": "paid"}, False),
        ({"object_kind": "refund"}, False),
    ],
)
def test_a_payout_that_failed_is_of_high_value_over_the_threshold(
    changes: dict[str, Any], high: bool
) -> None:
    event = payment_event(words.FAILED, 100_001, 1)._replace(
        **{"object_kind": "payout", "object_id": "po_1", **changes}
    )
    row = row_of(event)
    state = ObjectState(row.object_kind, "po_1", row.status, row.amount_minor, row.currency, AT)
    effect = effect_of(row, 1, (None, None), (None, state), is_high)
    assert effect is not None
    assert effect.high_value is high
