"""Effects of ledger rows: what a row changed, told alike however often it is asked for."""

from itertools import pairwise

from hypothesis import given

from payment_webhooks.domain import effect as effects
from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import Effect, effect_of, object_of
from payment_webhooks.domain.facts import Facts, facts_of, movements
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
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
