"""Transitions: an object of a transaction reaches a state. Several events may report one; only one of them claims it.

Effects (a published event, a count, a notification) belong to the transition, so a payment that succeeds is
announced once, whether its intent, its charge or its checkout session reports it.
"""

import hashlib
from typing import Final, NamedTuple

from payment_webhooks.contract import TRANSITION_PREFIX
from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow

# (object kind, state) of which no money has gone anywhere. All else is taken to move money.
_AT_REST: Final = frozenset(
    {
        (words.KIND_PAYMENT, words.PENDING),
        (words.KIND_PAYMENT, words.AUTHORIZED),
        (words.KIND_PAYMENT, words.FAILED),
        (words.KIND_PAYMENT, words.CANCELED),
        (words.KIND_PAYMENT, words.CLOSED),
        (words.KIND_REFUND, words.PENDING),
        (words.KIND_DISPUTE, words.INQUIRY),
    }
)
# (object kind, state) that tells a movement of money, each movement once. Refunds tell themselves what the payment's
# total sums up, and a dispute that is lost keeps what it took when it was opened.
_MOVEMENTS: Final = frozenset(
    {
        (words.KIND_PAYMENT, words.SUCCEEDED),
        (words.KIND_REFUND, words.REFUNDED),
        (words.KIND_DISPUTE, words.DISPUTED),
    }
)


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


def transition_of(event: NormalisedEvent, row: LedgerRow | None) -> Transition | None:
    """The transition that `event`, recorded as `row`, tells; None for an event without a row ("ignored")."""
    if row is None or event.status == words.IGNORED:
        return None
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


def moves_money(object_kind: str, state: str) -> bool:
    """Whether an object that reaches `state` means that money went from one to the other."""
    return (object_kind, state) not in _AT_REST


def is_movement(object_kind: str, state: str) -> bool:
    """Whether money has moved just now, and no other transition tells the same money: what people are alerted of."""
    return (object_kind, state) in _MOVEMENTS


def dedupe_id(transaction_id: str, transition: str) -> str:
    """64 hex digits, the same for every publication of one transition (its marker's sort key)."""
    return hashlib.sha256(f"{transaction_id}\n{transition}".encode()).hexdigest()
