"""Lives of a Stripe payment, drawn at random: the steps that it takes, in Stripe's own order."""

from typing import Final

from hypothesis import strategies as st

from tests.support.money.stripe_payment import Step, StripePayment

TELLERS: Final = (
    ("intent",),
    ("charge",),
    ("intent", "charge"),
    ("intent", "session"),
    ("charge", "session"),
    ("intent", "charge", "session"),
)
FEATURES: Final = (
    "declines",
    "slow payments",
    "manual capture",
    "partial capture",
    "several captures",
    "overcapture",
    "letting go",
    "releases as refunds",
    "refunds",
    "pending refunds",
    "failing refunds",
    "inquiries",
    "disputes",
    "reopened disputes",
)
# How the money is taken; of several that a life may have, one is drawn.
_WAYS: Final = (
    "slow payments",
    "manual capture",
    "partial capture",
    "several captures",
    "overcapture",
    "letting go",
)


@st.composite
def lives(
    draw: st.DrawFn, features: frozenset[str], tellers: tuple[tuple[str, ...], ...] = TELLERS
) -> list[Step]:
    """The steps of one payment that may have each of `features` (FEATURES), and has at least what they say.
    `tellers`: each a set of objects whose events may tell it.
    """
    told = {*draw(st.sampled_from(tellers)), "dispute"}
    # A charge tells how much was refunded, but not that a refund failed later.
    if "charge" not in told or features & {"failing refunds", "releases as refunds"} or draw(st.booleans()):
        told.add("refund")
    payment = StripePayment(draw, frozenset(told), draw(st.integers(4, 1000)))
    payment.create()
    if "declines" in features:
        for number in range(draw(st.integers(1, 3))):
            payment.decline(number)
        if "intent" in told and draw(st.integers(0, 3)) == 0:
            payment.give_up()
            return payment.steps
    _take_money(draw, payment, features)
    if payment.captured and payment.base == "succeeded":
        _give_back(draw, payment, features)
        _dispute(draw, payment, features)
    return payment.steps


def _take_money(draw: st.DrawFn, payment: StripePayment, features: frozenset[str]) -> None:
    ways = [way for way in _WAYS if way in features]
    way = draw(st.sampled_from(ways)) if ways else "at once"
    as_refund = "releases as refunds" in features and draw(st.booleans())
    if way == "at once":
        return payment.pay()
    if way == "slow payments":
        return payment.pay_slowly(draw(st.booleans()))
    payment.authorize()
    if way == "letting go":
        return payment.let_go(draw(st.booleans()), as_refund)
    if way == "several captures":
        return _capture_in_parts(draw, payment, features)
    most = {"partial capture": payment.amount - 1, "overcapture": payment.amount + 200}.get(
        way, payment.amount
    )
    least = {"partial capture": 1, "overcapture": payment.amount + 1}.get(way, payment.amount)
    return payment.capture(draw(st.integers(least, most)), as_refund)


def _capture_in_parts(draw: st.DrawFn, payment: StripePayment, features: frozenset[str]) -> None:
    for _ in range(draw(st.integers(1, 3))):
        if payment.left > 1:
            payment.capture_a_part(draw(st.integers(1, payment.left - 1)))
        if "refunds" in features and payment.refunded < payment.captured and draw(st.booleans()):
            name = payment.refund(draw(st.integers(1, payment.captured - payment.refunded)), "succeeded")
            if "failing refunds" in features and draw(st.booleans()):
                payment.settle(name, "failed")
    if draw(st.integers(0, 3)):
        payment.capture_the_last(draw(st.integers(0, payment.left)))
    elif "letting go" in features and "charge" not in payment.told:
        payment.cancel_the_rest("releases as refunds" in features)


def _give_back(draw: st.DrawFn, payment: StripePayment, features: frozenset[str]) -> None:
    kinds = [kind for kind in ("refunds", "pending refunds", "failing refunds") if kind in features]
    open_refunds: list[str] = []
    for _ in range(draw(st.integers(1, 3)) if kinds else 0):
        left = payment.captured - payment.given_back
        if left <= 0:
            break
        amount = draw(st.sampled_from([left, draw(st.integers(1, left))]))
        kind = draw(st.sampled_from(kinds))
        name = payment.refund(
            amount, draw(st.sampled_from(["pending", "succeeded"])) if kind != "refunds" else "succeeded"
        )
        if kind == "failing refunds":
            open_refunds.append(name)
            if draw(st.booleans()):
                payment.settle(open_refunds.pop(0), draw(st.sampled_from(["failed", "canceled"])))
        elif payment.refunds[name]["status"] == "pending" and draw(st.booleans()):
            payment.settle(name, "succeeded")
    for name in open_refunds:
        payment.settle(name, "failed")


def _dispute(draw: st.DrawFn, payment: StripePayment, features: frozenset[str]) -> None:
    kinds = features & {"inquiries", "disputes", "reopened disputes"}
    left = payment.captured - payment.given_back
    if not kinds or left <= 0:
        return
    amount = draw(st.integers(1, left))
    if "inquiries" in kinds:
        payment.argue("warning_needs_response", "created", amount=amount)
        if draw(st.booleans()):
            payment.argue("warning_under_review", "updated")
        if kinds == {"inquiries"} or draw(st.booleans()):
            payment.argue("warning_closed", "closed")
            return
        payment.argue("needs_response", "updated", "funds_withdrawn")
    else:
        payment.argue("needs_response", "created", "funds_withdrawn", amount=amount)
    if draw(st.booleans()):
        payment.argue("under_review", "updated")
    for _ in range(draw(st.integers(1, 2)) if "reopened disputes" in kinds else 0):
        _decide(draw, payment)
        payment.argue(
            draw(st.sampled_from(["needs_response", "appeal_under_review"])), "updated", "funds_withdrawn"
        )
    if draw(st.integers(0, 3)):
        _decide(draw, payment)


def _decide(draw: st.DrawFn, payment: StripePayment) -> None:
    won = draw(st.booleans())
    payment.argue("won" if won else "lost", "closed", *(("funds_reinstated",) if won else ()))
