"""Computes the state of a payout from its ledger rows. Pure.

A payout is money that leaves the balance at the provider: to the seller's own bank (Stripe, Square) or to somebody whom
the seller pays (PayPal). It is a ledger object of its own and never part of a payment: what it moves, payments have
told before.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.money import optional_decimal_string

# In the order of its life.
STATUSES: Final = (words.PENDING, words.IN_TRANSIT, words.PAID, words.CANCELED, words.FAILED)
# Nothing more is expected; but the bank may send one back that was paid, within days (docs.stripe.com/api/payouts).
ENDED: Final = frozenset({words.PAID, words.FAILED, words.CANCELED})


class PayoutState(NamedTuple):
    """A payout as its latest row tells it.

    amount_minor: minor units of `currency`; less than 0 where the provider takes it from the bank.
    amount_meaning: "paid_out" to the seller's own bank, or "sent" to somebody else.
    account: whose payout it is; None: our own. arrival_date: YYYY-MM-DD, as far as the provider tells it.
    confirmed: False while only a signature that is no MAC vouches for the latest row.
    """

    payout_id: str
    status: str
    amount_minor: int | None
    amount_meaning: str | None
    currency: str | None
    account: str | None
    arrival_date: str | None
    provider_status: str | None
    livemode: bool | None
    confirmed: bool
    updated_at: str

    @classmethod
    def from_stored(cls, values: Mapping[str, Any]) -> "PayoutState":
        """The state of stored values by field, whichever release stored them; names that this one does not know are
        left out. Raises KeyError without an id, a status, a time, or whether it is confirmed."""
        known = {name: values.get(name) for name in cls._fields}
        return cls(**{**known, **{name: values[name] for name in _REQUIRED}})


_REQUIRED: Final = ("payout_id", "status", "confirmed", "updated_at")


def is_payout(row: LedgerRow) -> bool:
    return row.object_kind == words.KIND_PAYOUT


def fold_payout(rows: Iterable[LedgerRow]) -> PayoutState:
    """The state that the rows of one payout, one at least, add up to: in any order, however often each came."""
    ordered = sorted(filter(is_payout, rows), key=lambda row: row.order)
    last = ordered[-1]
    told = {
        name: [getattr(row, name) for row in ordered if getattr(row, name) is not None] for name in _LATEST
    }
    return PayoutState(
        payout_id=last.object_id,
        status=last.status,
        amount_minor=last.amount_minor,
        amount_meaning=last.amount_meaning,
        currency=last.currency,
        provider_status=last.provider_status,
        confirmed=last.confirmed,
        updated_at=last.occurred_at,
        **{name: values[-1] if values else None for name, values in told.items()},
    )


# What one row may leave out that another has told.
_LATEST: Final = ("account", "arrival_date", "livemode")


def as_json(payout: PayoutState) -> dict[str, Any]:
    """The state as JSON values, with the amount in major units as text, too."""
    return {**payout._asdict(), "amount": optional_decimal_string(payout.amount_minor, payout.currency)}
