"""Which transition is told as what; the same by the rule of the bus and by the handler."""

import itertools
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import RANKS
from payment_webhooks.domain.transitions import moves_money
from payment_webhooks.notifications.content import notification_types
from stacks.messaging.event_bus import NOTIFICATION_DETAIL

EVERY = [
    (kind, state, confirmed, high)
    for (kind, state), confirmed, high in itertools.product(RANKS, (True, False), (True, False))
]


def rule_takes(detail: dict[str, Any]) -> bool:
    """The rule's pattern is an `$or` of names with the values that they may have."""
    return any(
        all(detail[name] in values for name, values in each.items()) for each in NOTIFICATION_DETAIL["$or"]
    )


@pytest.mark.parametrize(
    ("kind", "state", "high", "types"),
    [
        (words.KIND_PAYMENT, words.SUCCEEDED, False, ["payment_confirmation"]),
        (words.KIND_PAYMENT, words.SUCCEEDED, True, ["high_value_alert", "payment_confirmation"]),
        (words.KIND_PAYMENT, words.FAILED, False, ["payment_failed"]),
        (words.KIND_PAYMENT, words.PENDING, False, []),
        (words.KIND_PAYMENT, words.AUTHORIZED, True, ["high_value_alert"]),
        (words.KIND_PAYMENT, words.REFUNDED, False, []),  # its refunds tell it
        (words.KIND_REFUND, words.PENDING, False, []),
        (words.KIND_REFUND, words.REFUNDED, False, ["payment_refunded"]),
        (words.KIND_REFUND, words.REFUNDED, True, ["high_value_alert", "payment_refunded"]),
        (words.KIND_REFUND, words.FAILED, False, ["refund_failed"]),  # no failed payment
        (words.KIND_DISPUTE, words.INQUIRY, False, ["payment_disputed"]),
        (words.KIND_DISPUTE, words.DISPUTED, False, ["payment_disputed"]),
        (words.KIND_DISPUTE, words.DISPUTE_LOST, False, ["payment_disputed"]),
    ],
)
def test_what_a_confirmed_transition_is_told_as(kind: str, state: str, high: bool, types: list[str]) -> None:
    assert notification_types(kind, state, True, high) == types


def test_the_rule_lets_through_what_there_is_to_tell_and_no_more() -> None:
    for kind, state, confirmed, high in EVERY:
        detail = {
            contract.EVENT_OBJECT_KIND: kind,
            contract.EVENT_STATE: state,
            contract.EVENT_CONFIRMED: confirmed,
            contract.EVENT_HIGH_VALUE: high,
            contract.EVENT_MOVES_MONEY: moves_money(kind, state),
        }
        assert rule_takes(detail) == bool(notification_types(kind, state, confirmed, high)), detail


def test_nothing_unconfirmed_is_told_as_money_that_moved() -> None:
    told = [each for each in EVERY if not each[2] and notification_types(*each)]
    assert told  # failures are told
    assert not [each for each in told if moves_money(*each[:2])]
