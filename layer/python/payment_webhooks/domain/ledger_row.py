"""A row of the ledger: one event that concerns one transaction, and the key that sorts it."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from payment_webhooks.contract import EVENT_PREFIX
from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent

# Of two rows of one instant the higher comes later, and wins. Within a kind the
# order is that of the object's life: a refund may fail after it was done, but is not done after it failed; a
# payment that took money was never just canceled.
RANKS: Final = {
    (words.KIND_PAYMENT, words.PENDING): 10,
    (words.KIND_PAYMENT, words.FAILED): 15,
    (words.KIND_PAYMENT, words.AUTHORIZED): 20,
    (words.KIND_PAYMENT, words.CLOSED): 25,
    (words.KIND_PAYMENT, words.CANCELED): 30,
    (words.KIND_PAYMENT, words.SUCCEEDED): 40,
    (words.KIND_PAYMENT, words.PARTIALLY_REFUNDED): 45,
    (words.KIND_PAYMENT, words.REFUNDED): 49,
    (words.KIND_REFUND, words.PENDING): 50,
    (words.KIND_REFUND, words.REFUNDED): 55,
    (words.KIND_REFUND, words.CANCELED): 58,
    (words.KIND_REFUND, words.FAILED): 59,
    (words.KIND_DISPUTE, words.INQUIRY): 65,
    (words.KIND_DISPUTE, words.DISPUTED): 70,
    (words.KIND_DISPUTE, words.DISPUTE_WON): 75,
    (words.KIND_DISPUTE, words.DISPUTE_LOST): 79,
    (words.KIND_PAYOUT, words.PENDING): 80,
    (words.KIND_PAYOUT, words.IN_TRANSIT): 83,
    (words.KIND_PAYOUT, words.PAID): 85,
    (words.KIND_PAYOUT, words.CANCELED): 87,
    (words.KIND_PAYOUT, words.FAILED): 89,
}

_LAST_RANK: Final = 99  # of corrections


class LedgerRow(NamedTuple):
    """Fields of `NormalisedEvent`, with keys.

    transaction_id: "{endpoint}:{the provider's id of the payment}". provider_transaction_id: the provider's id of what
    the amounts are of, such as one capture of an order; None where that is the payment's. sort_key: see `row_key`.
    amount_provider_raw: JSON text. confirmed: False while only a signature that is no MAC vouches for the event.
    answers: of a correction, the event id of the row that it speaks of; reason: what a person gave for it.
    """

    transaction_id: str
    sort_key: str
    endpoint: str
    provider: str
    event_id: str
    event_type: str
    occurred_at: str
    object_kind: str
    object_id: str
    status: str
    amount_minor: int | None
    amount_meaning: str | None
    currency: str | None
    amount_provider_raw: str
    captured_minor: int | None
    refunded_total_minor: int | None
    customer_id: str | None
    livemode: bool | None
    confirmed: bool
    webhook_id: str
    webhook_timestamp: str
    recorded_at: str
    account: str | None
    object_created_at: str | None
    authorized_minor: int | None
    released_minor: int | None
    withdrawn_minor: int | None
    fee_minor: int | None
    provider_status: str | None
    occasion: str | None
    outside_provider: bool | None
    arrival_date: str | None
    invoice_id: str | None
    subscription_id: str | None
    order_id: str | None
    provider_transaction_id: str | None
    answers: str | None
    reason: str | None

    @classmethod
    def from_stored(cls, values: Mapping[str, Any]) -> "LedgerRow":
        """The row of stored values by field, whichever release stored them: a field that may be None may be missing,
        and values of other names are left out. Raises ValueError when any other field is missing.
        """
        row = {name: values.get(name) for name in cls._fields}
        missing = [name for name, value in row.items() if value is None and name not in _OPTIONAL]
        if missing:
            raise ValueError(f"not a ledger row: no {', '.join(missing)}")
        return cls(**cast(Any, row))

    @property
    def order(self) -> tuple[str, int, str]:
        """By time, then by rank; the event id only makes it a total order."""
        return self.occurred_at, _rank(self.object_kind, self.status), self.event_id

    def of_payment(self, transaction_id: str) -> "LedgerRow":
        """The row as one of the payment with this id, which may not be the one that its event names."""
        leg = self.leg
        is_own = transaction_id.partition(":")[2] == leg
        return self._replace(transaction_id=transaction_id, provider_transaction_id=None if is_own else leg)

    @property
    def leg(self) -> str:
        """The provider's id of what the amounts are of."""
        return self.provider_transaction_id or self.transaction_id.partition(":")[2]


_OPTIONAL: Final = frozenset(
    name for name, kind in LedgerRow.__annotations__.items() if isinstance(None, kind)
)


def _rank(object_kind: str, status: str) -> int:
    return _LAST_RANK if object_kind == words.KIND_CORRECTION else RANKS[object_kind, status]


def row_key(event_id: str) -> str:
    """The sort key of an event's row: of one event id a payment has one row, whatever else the event says."""
    return f"{EVENT_PREFIX}{event_id}"


def ledger_row(
    event: NormalisedEvent,
    *,
    endpoint: str,
    webhook_id: str,
    webhook_timestamp: str,
    recorded_at: str,
    confirmed: bool,
    transaction_id: str | None = None,
) -> LedgerRow:
    """The row of an event that concerns a transaction, by default the one that it names first.

    Raises ValueError for an event that concerns none ("ignored").
    """
    if event.transaction_id is None or event.object_id is None:
        raise ValueError(f"event of status {event.status} concerns no transaction")
    own = f"{endpoint}:{event.transaction_id}"
    return LedgerRow(
        transaction_id=transaction_id or own,
        sort_key=row_key(event.event_id),
        endpoint=endpoint,
        provider=event.provider,
        event_id=event.event_id,
        event_type=event.event_type,
        occurred_at=event.occurred_at,
        object_kind=event.object_kind,
        object_id=event.object_id,
        status=event.status,
        amount_minor=event.amount_minor,
        amount_meaning=event.amount_meaning,
        currency=event.currency,
        amount_provider_raw=json.dumps(event.amount_provider_raw),
        captured_minor=event.captured_minor,
        refunded_total_minor=event.refunded_total_minor,
        customer_id=event.customer_id,
        livemode=event.livemode,
        confirmed=confirmed,
        webhook_id=webhook_id,
        webhook_timestamp=webhook_timestamp,
        recorded_at=recorded_at,
        account=event.account,
        object_created_at=event.object_created_at,
        authorized_minor=event.authorized_minor,
        released_minor=event.released_minor,
        withdrawn_minor=event.withdrawn_minor,
        fee_minor=event.fee_minor,
        provider_status=event.provider_status,
        occasion=event.occasion,
        outside_provider=event.outside_provider,
        arrival_date=event.arrival_date,
        invoice_id=event.invoice_id,
        subscription_id=event.subscription_id,
        order_id=event.order_id,
        provider_transaction_id=None if transaction_id in (None, own) else event.transaction_id,
        answers=None,
        reason=None,
    )
