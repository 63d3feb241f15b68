"""What of a payment's state is told, and the money that moved between two states. Pure."""

from operator import attrgetter
from typing import Final, NamedTuple

from payment_webhooks.domain.payment_state import PaymentState

CAPTURED: Final = "captured"
REFUNDED: Final = "refunded"
DISPUTED: Final = "disputed"
HELD: Final = "held"
RETOLD: Final = "retold"  # what disputes had taken, and refunds tell now; less than 0: the other way round


class Facts(NamedTuple):
    """What of a payment's state is told when it changes. The names are those of `PaymentState`.

    Amounts are in minor units of `currency`. The defaults are those of a payment of which nothing is known; stored
    effects leave them out.
    """

    status: str = "unknown"
    dispute_status: str | None = None
    currency: str | None = None
    authorized_minor: int = 0
    captured_minor: int = 0
    captured_unconfirmed_minor: int = 0
    refunded_minor: int = 0
    refunded_unconfirmed_minor: int = 0
    disputed_minor: int = 0
    disputed_unconfirmed_minor: int = 0
    held_minor: int = 0
    held_unconfirmed_minor: int = 0
    fee_minor: int | None = None
    declined_attempts: int = 0
    confirmed: bool = True
    flags: tuple[str, ...] = ()


_NOTHING: Final = Facts()
_OF_STATE: Final = attrgetter(*Facts._fields)


class Movement(NamedTuple):
    """`what` is one of the words above; minor: units of `currency`, less than 0 for what came back."""

    what: str
    currency: str
    minor: int

    @property
    def is_money(self) -> bool:
        """Whether it is another amount now that was captured, or that has gone: refunds and disputes together."""
        return self.what in (CAPTURED, REFUNDED, DISPUTED)


def facts_of(state: PaymentState) -> Facts:
    return Facts._make(_OF_STATE(state))


def movements(before: Facts | None, after: Facts | None, *, vouched_for: bool) -> list[Movement]:
    """What moved: of all money, or of that alone which confirmed events vouch for.

    A loss may be told twice, by a dispute and by its refund. What the one tells in place of the other has gone before,
    and is `RETOLD`. Where the payment has changed its currency, all of the one has gone, and all of the other has come.
    """
    first, last = before or _NOTHING, after or _NOTHING
    if first.currency == last.currency:
        return _between(first, last, last.currency, vouched_for)
    return [
        *_between(first, _NOTHING, first.currency, vouched_for),
        *_between(_NOTHING, last, last.currency, vouched_for),
    ]


def _between(first: Facts, last: Facts, currency: str | None, vouched_for: bool) -> list[Movement]:
    before, after = _minors(first, vouched_for), _minors(last, vouched_for)
    if currency is None or before == after:
        return []
    captured, refunded, disputed, held = (now - then for now, then in zip(after, before, strict=True))
    # Where the one rises and the other falls: by the smaller of the two.
    retold = sorted((0, refunded, -disputed))[1]
    rises = (
        (CAPTURED, captured),
        (REFUNDED, refunded - retold),
        (DISPUTED, disputed + retold),
        (HELD, held),
        (RETOLD, retold),
    )
    return [Movement(what, currency, minor) for what, minor in rises if minor]


def _minors(facts: Facts, vouched_for: bool) -> tuple[int, int, int, int]:
    if not vouched_for:
        return facts.captured_minor, facts.refunded_minor, facts.disputed_minor, facts.held_minor
    return (
        facts.captured_minor - facts.captured_unconfirmed_minor,
        facts.refunded_minor - facts.refunded_unconfirmed_minor,
        facts.disputed_minor - facts.disputed_unconfirmed_minor,
        facts.held_minor - facts.held_unconfirmed_minor,
    )
