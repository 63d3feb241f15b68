"""Publishes the event "Payment Processed" for a transition to the event bus.

An event carries ids, amounts and states, never the provider's payload. Delivery is at least once; two
deliveries of one transition have the same `dedupe_id`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.transitions import Transition, dedupe_id, is_movement, moves_money
from payment_webhooks.errors import Unavailable
from payment_webhooks.money import optional_decimal_string
from payment_webhooks.publishing.configuration import Configuration


def event_detail(row: LedgerRow, transition: Transition, configuration: Configuration) -> dict[str, Any]:
    """The event's detail. Every name is always there; what the provider does not tell is None.

    amount_minor: minor units of `currency`, counted as `amount_meaning` says; amount: the same in major units,
    as text with all decimals of the currency.
    """
    amount_minor, currency = transition.amount_minor, transition.currency
    return {
        "dedupe_id": dedupe_id(transition.transaction_id, transition.sort_key),
        "transaction_id": transition.transaction_id,
        "transition": transition.sort_key,
        "event_id": transition.claimed_by,
        "webhook_id": row.webhook_id,
        "endpoint": transition.endpoint,
        "provider": transition.provider,
        "event_type": transition.event_type,
        contract.EVENT_OBJECT_KIND: transition.object_kind,
        "object_id": row.object_id,
        contract.EVENT_STATE: transition.state,
        "amount_minor": amount_minor,
        "amount": optional_decimal_string(amount_minor, currency),
        "amount_meaning": transition.amount_meaning,
        "currency": currency,
        "customer_id": transition.customer_id,
        "account": row.account,
        "invoice_id": row.invoice_id,
        "subscription_id": row.subscription_id,
        "order_id": row.order_id,
        "occurred_at": transition.occurred_at,
        "livemode": row.livemode,
        contract.EVENT_CONFIRMED: transition.confirmed,
        contract.EVENT_HIGH_VALUE: is_movement(transition.object_kind, transition.state)
        and configuration.is_high_value(amount_minor, currency),
        contract.EVENT_MOVES_MONEY: moves_money(transition.object_kind, transition.state),
    }


class EventPublisher:
    """Puts one event on the bus for each call. `configuration` is asked each time; `trace_header` gives the
    X-Ray trace that the event goes on with.
    """

    def __init__(
        self,
        events: Api,
        bus_name: str,
        configuration: Callable[[], Configuration],
        trace_header: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._events = events
        self._bus_name = bus_name
        self._configuration = configuration
        self._trace_header = trace_header

    def __call__(self, row: LedgerRow, transition: Transition) -> None:
        """Raises Unavailable when the bus did not take the event: PutEvents answers 200 all the same."""
        entry = {
            "EventBusName": self._bus_name,
            "Source": contract.EVENT_SOURCE,
            "DetailType": contract.EVENT_DETAIL_TYPE,
            "Detail": json.dumps(event_detail(row, transition, self._configuration()), separators=(",", ":")),
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
