"""Payments and ledger rows as the transaction API shows them: ids, states and amounts, nothing of a payload."""

from typing import Any, Final

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import as_json
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.money import optional_decimal_string

_SHOWN: Final = (
    "transaction_id",
    "endpoint",
    "provider",
    "event_id",
    "event_type",
    "webhook_id",
    "occurred_at",
    "recorded_at",
    "object_kind",
    "object_id",
    "status",
    "amount_minor",
    "amount_meaning",
    "currency",
    "account",
    "invoice_id",
    "subscription_id",
    "order_id",
    "livemode",
    "confirmed",
    "answers",
    "reason",
)
_OF_PAYMENT: Final = (
    "transaction_id",
    "endpoint",
    "provider",
    "version",
    "members",
    "began_at",
    "status_since",
    "dispute_since",
    "objects_left_out",
)


def state_view(payment: Payment) -> dict[str, Any]:
    """The schema TransactionState."""
    state = as_json(payment.state)
    event_count = state.pop("row_count")
    return {
        **{name: getattr(payment, name) for name in _OF_PAYMENT},
        **state,
        "customer_id": customer_key(payment.endpoint, state["customer_id"]),
        "amounts": state.get("amounts", {}),
        "event_count": event_count,
    }


def event_view(row: LedgerRow) -> dict[str, Any]:
    """The schema TransactionEvent."""
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "amount": optional_decimal_string(row.amount_minor, row.currency),
        "customer_id": customer_key(row.endpoint, row.customer_id),
    }


def customer_key(endpoint: str, customer_id: str | None) -> str | None:
    """As the index of customers has it: two endpoints may know different customers by one id."""
    return None if customer_id is None else f"{endpoint}:{customer_id}"
