"""Square: whatever happens to a payment, its state is the truth, in any order of arrival and with any repetition."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain.payment_state import fold
from tests.support.library.ledger import row_of
from tests.support.library.providers import normalise
from tests.support.money.square_life import DISPUTES, FEATURES, LOCATION, MERCHANT, Truth, square_lives

SETS = [
    *[{feature} for feature in (*FEATURES, "inquiry", "dispute")],
    {"inquiry", "dispute"},
    {"dispute", "reopened"},
    {"refunds", "dispute"},
    {"failed_refunds", "versions"},
    {"failed_refunds", "ach"},
    {"failed_refunds", "outside"},
    {*FEATURES, *DISPUTES} - {"ach", "outside"},
]


@pytest.mark.parametrize("features", SETS, ids=lambda features: ", ".join(sorted(features)))
@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_a_state_is_the_truth(features: set[str], data: st.DataObject, random: Random) -> None:
    told = data.draw(square_lives(frozenset(features)))
    rows = [row_of(normalise("square", each.body)) for each in told]
    for count, each in enumerate(told, start=1):
        state = fold(rows[:count])
        assert Truth(*(getattr(state, field) for field in Truth._fields)) == each.truth
    assert state.account == f"{MERCHANT}:{LOCATION}"
    arrived = rows + random.choices(rows, k=3)
    random.shuffle(arrived)
    assert fold(arrived) == state
