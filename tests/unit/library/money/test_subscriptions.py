"""The types that docs/providers.md calls needed are enough for the truth, none of them can be left out, and each moves
only the money that it is said to move.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from payment_webhooks.domain.payment_state import PaymentState, fold
from payment_webhooks.providers.registry import PROVIDERS
from stacks.documents.provider_manual import read_manual
from tests.support.library.ledger import row_of
from tests.support.library.providers import normalise
from tests.support.money.paypal_life import FEATURES as PAYPAL_FEATURES
from tests.support.money.paypal_life import paypal_lives
from tests.support.money.paypal_states import states
from tests.support.money.square_life import DISPUTES, square_lives
from tests.support.money.square_life import FEATURES as SQUARE_FEATURES
from tests.support.money.stripe_life import FEATURES as STRIPE_FEATURES
from tests.support.money.stripe_life import lives as stripe_lives

MOVED: Final = {"captured_minor": "in", "refunded_minor": "back", "disputed_minor": "disputed"}
NOTHING: Final = {
    "status": "unknown",
    "dispute_status": None,
    "authorized_minor": 0,
    **dict.fromkeys(MOVED, 0),
}


class Life(NamedTuple):
    """What a provider tells of a payment, and what is true at its end, by the provider's id."""

    bodies: tuple[bytes, ...]
    truths: dict[str, dict[str, Any]]

    def __repr__(self) -> str:
        return f"{[type_of(body) for body in self.bodies]}: {self.truths}"


def facts(told: Any) -> dict[str, Any]:
    return {name: getattr(told, name) for name in NOTHING}


def stripe_life(steps: list[Any]) -> Life:
    bodies = tuple(body for step in steps for body in step.bodies)
    return Life(bodies, {"pi_1": facts(steps[-1].truth)})


def paypal_life(told: list[Any]) -> Life:
    """The truth by each id of the payment but its order's, which is not needed; none where a person is asked."""
    bodies = tuple(each.body for each in told)
    names = states(bodies).keys() - {"ORDER"} if told and not told[-1].truth.flags else ()
    return Life(bodies, {name: facts(told[-1].truth) for name in names})


def square_life(told: list[Any]) -> Life:
    return Life(tuple(each.body for each in told), {"payment": facts(told[-1].truth)})


def some(features: Iterable[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(features)), min_size=1)


LIVES: Final = {
    "stripe": some(STRIPE_FEATURES).flatmap(
        lambda features: stripe_lives(features, (("intent", "session"),)).map(stripe_life)
    ),
    "paypal": some(PAYPAL_FEATURES).flatmap(lambda features: paypal_lives(features).map(paypal_life)),
    "square": some({*SQUARE_FEATURES, *DISPUTES} - {"ach", "outside"}).flatmap(
        lambda features: square_lives(features).map(square_life)
    ),
}
MANUALS: Final = {name: read_manual(PROVIDERS.get(name)) for name in LIVES}
# Needed for what the simulated lives do not have: charges without intents, invoices, sales of PayPal's first API, and
# payouts (test_payout_life.py).
NOT_LIVED: Final = (
    "if you charge without payment intents",
    "if you bill by invoices or subscriptions",
    "if you sell by subscriptions, or by PayPal's first API",
    "if you follow what reaches your bank account",
    "if you pay others by PayPal's payouts",
)
# They tell what is still open, and another type how it ended: without them nobody can act in time.
OPEN: Final = (
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "PAYMENT.CAPTURE.DECLINED",  # never at the end of a life that ends in a payment
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.REFUND.PENDING",
    "payment.created",
    "refund.created",
)
NEEDED: Final = {
    name: {
        each.name
        for group in manual.sets
        if group.needed and group.title not in NOT_LIVED
        for each in group.types
    }
    for name, manual in MANUALS.items()
}


def type_of(body: bytes) -> str:
    document = json.loads(body)
    return str(document.get("event_type") or document["type"])


def states_of(provider: str, bodies: Iterable[bytes]) -> dict[str, PaymentState]:
    if provider == "paypal":
        return states(bodies)
    rows = [row_of(normalise(provider, body)) for body in bodies]
    return {"pi_1" if provider == "stripe" else "payment": fold(rows)} if rows else {}


def is_told(provider: str, life: Life, types: set[str]) -> bool:
    """Whether an endpoint that is subscribed to `types` knows the truth at the end."""
    kept = states_of(provider, (body for body in life.bodies if type_of(body) in types))
    return life.truths == {name: facts(kept[name]) if name in kept else NOTHING for name in life.truths}


def is_missed(provider: str, types: set[str]) -> bool:
    """Whether there is a life whose truth such an endpoint does not know."""
    thorough = settings(
        max_examples=400,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return (
        find(LIVES[provider], lambda life: not is_told(provider, life, types), settings=thorough) is not None
    )


@pytest.mark.parametrize("provider", LIVES)
@given(data=st.data())
def test_the_needed_types_are_enough(provider: str, data: st.DataObject) -> None:
    assert is_told(provider, data.draw(LIVES[provider]), NEEDED[provider])


@pytest.mark.no_cover  # it is 400 examples, too
@pytest.mark.parametrize(
    ("provider", "left_out"),
    [
        (name, each)
        for name, types in NEEDED.items()
        for each in sorted(types)
        if name == "stripe" or each not in OPEN
    ],
)
def test_none_of_them_can_be_left_out(provider: str, left_out: str) -> None:
    assert is_missed(provider, NEEDED[provider] - {left_out})


def test_a_charge_does_not_tell_that_its_refund_failed() -> None:
    """What the page warns of: the success and the charge's total of refunds alone."""
    life = stripe_lives(frozenset({"failing refunds"}), (("intent", "charge"),)).map(stripe_life)
    few = {"payment_intent.succeeded", "charge.refunded"}
    assert not is_told("stripe", find(life, lambda each: not is_told("stripe", each, few)), few)


@pytest.mark.parametrize("provider", LIVES)
@given(data=st.data())
def test_a_type_moves_no_other_money_than_is_said(provider: str, data: st.DataObject) -> None:
    life = data.draw(LIVES[provider])
    said = {each.name: each.money for group in MANUALS[provider].sets for each in group.types}
    for count, body in enumerate(life.bodies):
        before, after = (states_of(provider, life.bodies[:end]) for end in (count, count + 1))
        for state in after.values():
            was = {before[name] for name, each in after.items() if each is state and name in before}
            moved = {
                word
                for field, word in MOVED.items()
                if getattr(state, field) != sum(getattr(each, field) for each in was)
            }
            assert moved <= set(said[type_of(body)].split(", ")), type_of(body)
