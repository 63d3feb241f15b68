"""Transitions: an object of a transaction reaches a state. Several events may report one; only one of them claims it.

Effects (a published event, a count, a notification) belong to the transition, so a payment that succeeds is
announced once, whether its intent, its charge or its checkout session reports it.
"""

from typing import NamedTuple

from payment_webhooks.contract import TRANSITION_PREFIX
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow


class Transition(NamedTuple):
    """One object of a transaction reaching one state with one amount.

    sort_key: of the marker item that claims it. claimed_by: the event id; only that event publishes it again.
    object: "payment", or the id of the refund or dispute. amount_minor: cumulative for a payment, the object's
    own for a refund or dispute; amount_meaning says which.
    """

    transaction_id: str
    sort_key: str
    claimed_by: str
    object: str
    object_kind: str
    state: str
    amount_minor: int | None
    amount_meaning: str | None
    currency: str | None
    customer_id: str | None
    provider: str
    endpoint: str
    event_type: str
    occurred_at: str
    confirmed: bool


def marker_sort_key(
    object_key: str, state: str, amount_minor: int | None, occasion: str | None = None
) -> str:
    """`transition#{object}#{state}#{amount}`, with "none" for an amount that the provider does not tell, and
    `#{occasion}` after it where the object reaches one state with one amount again.
    """
    first = f"{TRANSITION_PREFIX}{object_key}#{state}#{'none' if amount_minor is None else amount_minor}"
    return first if occasion is None else f"{first}#{occasion}"


def is_marker(sort_key: str) -> bool:
    """Whether an item of the Transactions table is a transition's marker, so not a row of the ledger."""
    return sort_key.startswith(TRANSITION_PREFIX)


def transition_of(row: LedgerRow) -> Transition:
    """The transition that the event recorded as `row` tells."""
    object_key = words.KIND_PAYMENT if row.object_kind == words.KIND_PAYMENT else row.object_id
    return Transition(
        transaction_id=row.transaction_id,
        sort_key=marker_sort_key(object_key, row.status, row.amount_minor, row.occasion),
        claimed_by=row.event_id,
        object=object_key,
        object_kind=row.object_kind,
        state=row.status,
        amount_minor=row.amount_minor,
        amount_meaning=row.amount_meaning,
        currency=row.currency,
        customer_id=row.customer_id,
        provider=row.provider,
        endpoint=row.endpoint,
        event_type=row.event_type,
        occurred_at=row.occurred_at,
        confirmed=row.confirmed,
    )
