"""States of PayPal's payments against simulated lives: in PayPal's own order at every event, at the end in any."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain.payment_state import PaymentState
from tests.support.money.paypal_life import FEATURES, paypal_lives
from tests.support.money.paypal_states import states
from tests.support.money.paypal_truth import Told, Truth

SETS = {
    "captured": frozenset[str](),
    "pending or denied": frozenset({"pending", "denied"}),
    "orders": frozenset({"order", "void", "several_captures"}),
    "authorized": frozenset(
        {"authorization", "reauthorization", "void", "partial_capture", "several_captures"}
    ),
    "several captures": frozenset({"several_captures", "pending", "denied"}),
    "refunds": frozenset({"refunds"}),
    "refunds that are pending or fail": frozenset({"refunds", "pending_refunds", "failed_refunds"}),
    "claims": frozenset({"claim"}),
    "claims that are won": frozenset({"claim", "won"}),
    "claims settled for a part": frozenset({"claim", "settled"}),
    "claims beside reversals": frozenset({"claim", "reversal", "won", "settled"}),
    "inquiries": frozenset({"inquiry", "won"}),
    "appeals": frozenset({"claim", "appeal", "reversal"}),
    "claims over several captures": frozenset({"claim_over_several", "reversal", "appeal"}),
    "captures told while a claim is open": frozenset({"claim", "told_while_open", "won", "refunds"}),
    "refunds before claims": frozenset({"refunds", "failed_refunds", "claim", "settled", "reversal"}),
    "refunds after claims": frozenset({"claim", "settled", "won", "reversal", "refunds_after_claims"}),
    "all": frozenset(FEATURES),
}


def check(found: dict[str, PaymentState], truth: Truth) -> None:
    (state,) = set(found.values())
    assert set(state.flags) <= truth.flags
    # where a flag stands a person is asked
    sure = ("captured_minor", "dispute_status") if state.flags else Truth._fields[:-1]
    assert {field: getattr(state, field) for field in sure} == {
        field: getattr(truth, field) for field in sure
    }


@pytest.mark.parametrize("features", SETS.values(), ids=SETS.keys())
@given(data=st.data())
def test_the_state_is_the_truth(features: frozenset[str], data: st.DataObject) -> None:
    life: list[Told] = data.draw(paypal_lives(features))
    for number, step in enumerate(life):
        check(states(each.body for each in life[: number + 1]), step.truth)
    random = data.draw(st.randoms(use_true_random=False))
    check(states(shuffled(life, random)), life[-1].truth)


def shuffled(life: list[Told], random: Random) -> list[bytes]:
    """In any order, and some twice."""
    bodies = [each.body for each in life]
    bodies += random.sample(bodies, random.randint(0, len(bodies)))
    random.shuffle(bodies)
    return bodies
