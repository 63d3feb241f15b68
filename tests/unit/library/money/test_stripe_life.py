"""The state of a Stripe payment is what is true of it: at the end in any order, and at each step in Stripe's own."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import ObjectState, PaymentState, fold
from tests.support.library.ledger import row_of
from tests.support.library.providers import normalise
from tests.support.money.stripe_life import FEATURES, lives
from tests.support.money.stripe_payment import Step, Truth

ALL = frozenset(FEATURES)
SETS = [frozenset(), *(frozenset({feature}) for feature in FEATURES)]
# Each refund in words: what a dispute or a failure meets is a payment that was refunded.
COMBINATIONS = [
    frozenset({"partial capture", "releases as refunds", "refunds", "failing refunds"}),
    frozenset({"letting go", "releases as refunds"}),
    frozenset({"several captures", "refunds", "failing refunds"}),
    frozenset({"several captures", "refunds", "letting go", "releases as refunds"}),
    frozenset({"refunds", "pending refunds", "failing refunds", "disputes"}),
    frozenset({"inquiries", "disputes", "reopened disputes"}),
    frozenset({"declines", "slow payments", "manual capture"}),
    ALL,
]


NOTHING = Truth("unknown", None, 0, 0, 0, 0, 0, None, 0)


def named(features: frozenset[str]) -> str:
    return "everything" if features == ALL else ", ".join(sorted(features)) or "at once"


def rows_of(step: Step) -> list[LedgerRow]:
    events = [normalise("stripe", body) for body in step.bodies]
    return [row_of(event) for event in events if event.transaction_id is not None]


def told(state: PaymentState) -> Truth:
    return Truth(*(getattr(state, name) for name in Truth._fields))


def disputes_of(rows: list[LedgerRow]) -> list[ObjectState]:
    """As they are told: the same, later, is nothing new."""
    return [each._replace(occurred_at="") for each in fold(rows).objects if each.object_kind == "dispute"]


@pytest.mark.parametrize("features", [*SETS, *COMBINATIONS], ids=named)
@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_a_state_is_the_truth(features: frozenset[str], data: st.DataObject, random: Random) -> None:
    steps = data.draw(lives(features))
    rows: list[LedgerRow] = []
    before = NOTHING
    for step in steps:
        disputes = [disputes_of(rows)]
        for row in rows_of(step):
            rows.append(row)
            disputes.append(disputes_of(rows))
            within = told(fold(rows))
            for name in (
                "authorized_minor",
                "captured_minor",
                "refunded_minor",
                "disputed_minor",
                "declined_attempts",
            ):
                least, most = sorted((getattr(before, name), getattr(step.truth, name)))
                assert least <= getattr(within, name) <= most, name
        assert sum(one != other for one, other in pairwise(disputes)) <= 1  # people are told of each
        state = fold(rows)
        assert told(state) == step.truth
        assert state.flags == ()
        before = step.truth
    again = rows + random.choices(rows, k=3)
    random.shuffle(again)
    assert fold(again) == fold(rows)
    for count in range(len(again)):
        within = told(fold(again[:count]))
        # That a refund failed may not have arrived yet.
        refunded = () if "failing refunds" in features else ("refunded_minor",)
        for name in ("captured_minor", *refunded, "disputed_minor", "declined_attempts"):
            assert getattr(within, name) <= max([getattr(step.truth, name) for step in steps], default=0)
