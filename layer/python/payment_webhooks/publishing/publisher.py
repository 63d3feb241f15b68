"""Publishes the event "Payment Processed" for a ledger row that changed its payment to the event bus.

An event carries ids, amounts and states, never the provider's payload. It follows from the row and its stored effect
alone, so that whoever repeats it tells the same. Delivery is at least once; two deliveries of one event have the same
`dedupe_id`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.effect import Effect, told_amount_minor
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.sentences import sentence
from payment_webhooks.domain.told import dedupe_id, moves_money, notification_types, told_object_id
from payment_webhooks.errors import Unavailable
from payment_webhooks.money import optional_decimal_string

_OF_THE_ROW: Final = (
    "transaction_id",
    "event_id",
    "webhook_id",
    "endpoint",
    "provider",
    "event_type",
    "object_kind",
    "amount_meaning",
    "currency",
    "customer_id",
    "account",
    "invoice_id",
    "subscription_id",
    "order_id",
    "arrival_date",
    "occurred_at",
    "livemode",
)


def event_detail(row: LedgerRow, effect: Effect) -> dict[str, Any]:
    """The event's detail. Every name is always there; what the provider does not tell is None.

    amount_minor: minor units of `currency`, counted as `amount_meaning` says; amount: the same in major units,
    as text with all decimals of the currency. version: of the payment's state that the row made. changes: the payment's
    facts that are others now, [before, after]; before is None where the payment is new. payment: all its facts now;
    None where another payment has taken this one over, and of a payout. summary: what changed, in a sentence.
    """
    amount_minor = told_amount_minor(row, effect)
    return {
        "dedupe_id": dedupe_id(row.transaction_id, row.event_id),
        **{name: getattr(row, name) for name in _OF_THE_ROW},
        "object_id": told_object_id(row),
        "amount_minor": amount_minor,
        "amount": optional_decimal_string(amount_minor, row.currency),
        "state": row.status,
        contract.EVENT_SUMMARY: sentence(row, effect),
        "version": effect.version,
        "changes": effect.changes,
        "payment": effect.after and effect.after._asdict(),
        contract.EVENT_CONFIRMED: row.confirmed,
        contract.EVENT_HIGH_VALUE: effect.high_value,
        contract.EVENT_MOVES_MONEY: moves_money(row, effect),
        contract.EVENT_NOTIFICATION_TYPES: notification_types(row, effect),
    }


class EventPublisher:
    """Puts one event on the bus for each call. `trace_header` gives the X-Ray trace that the event goes on with."""

    def __init__(
        self, events: Api, bus_name: str, trace_header: Callable[[], str | None] = lambda: None
    ) -> None:
        self._events = events
        self._bus_name = bus_name
        self._trace_header = trace_header

    def __call__(self, row: LedgerRow, effect: Effect) -> None:
        """Raises Unavailable when the bus did not take the event: PutEvents answers 200 all the same."""
        entry = {
            "EventBusName": self._bus_name,
            "Source": contract.EVENT_SOURCE,
            "DetailType": contract.EVENT_DETAIL_TYPE,
            "Detail": json.dumps(event_detail(row, effect), separators=(",", ":")),
        }
        header = self._trace_header()
        if header is not None:
            entry["TraceHeader"] = header
        answer = self._events("PutEvents", {"Entries": [entry]})
        if answer.get("FailedEntryCount") != 0:
            raise Unavailable(f"events_{_error_code(answer)}")


def _error_code(answer: Mapping[str, Any]) -> str:
    entries = answer.get("Entries") or [{}]
    return str(entries[0].get("ErrorCode") or "entry_failed")
