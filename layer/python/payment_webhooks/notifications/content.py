"""Builds notifications from a message of the notification queue and the ledger. Pure.

A message is the detail of an event of the bus, or what a person asked for:

    {"notification_type": "manual_notification", "transaction_id": "stripe:pi_1", "request_id": "..."}
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.domain.effect import Effect, told_amount_minor
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, as_json
from payment_webhooks.domain.payout import PayoutState
from payment_webhooks.domain.payout import as_json as payout_as_json
from payment_webhooks.domain.sentences import sentence
from payment_webhooks.domain.told import dedupe_id, notification_types, told_object_id
from payment_webhooks.errors import WebhookError
from payment_webhooks.ledger.reader import LedgerEntries
from payment_webhooks.money import optional_decimal_string
from payment_webhooks.notifications.markers import NotificationKey

MAX_ID_CHARACTERS: Final = 1024
# What is told of an event, of its row.
_TOLD: Final = (
    "event_id",
    "event_type",
    "object_kind",
    "amount_meaning",
    "currency",
    "occurred_at",
    "confirmed",
)


class BadMessage(WebhookError):
    """Another attempt can't help: the message is not of its form, or speaks of what the ledger does not know."""


class Request(NamedTuple):
    """One message: of an event, or a person's (`request_id`); the other is None."""

    transaction_id: str
    event_id: str | None
    request_id: str | None


class Notification(NamedTuple):
    """One message to the topic. body: JSON. subject, text: what e-mail has in place of it, of ASCII characters.

    attributes: texts by name, which subscribers filter by.
    """

    key: NotificationKey
    body: str
    subject: str
    text: str
    attributes: dict[str, str]


def parse_message(body: str) -> Request:
    """Raises BadMessage("message_malformed")."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise BadMessage("message_malformed")
    transaction_id = _text(document, contract.NOTIFICATION_TRANSACTION)
    asked_for = document.get(contract.NOTIFICATION_TYPE)
    if asked_for == contract.NOTIFY_MANUAL:
        return Request(transaction_id, None, _text(document, contract.NOTIFICATION_REQUEST))
    if asked_for is not None:
        raise BadMessage("message_malformed")
    return Request(transaction_id, _text(document, contract.NOTIFICATION_EVENT), None)


def notifications_for(request: Request, entries: LedgerEntries) -> list[Notification]:
    """Raises BadMessage for a transaction or an event that the ledger does not know, or an event that changed nothing:
    what the ledger says is told, never what the message says.
    """
    if not entries.rows or entries.payment is None:
        raise BadMessage("transaction_unknown")
    state = entries.payment.told
    if request.event_id is None:
        return [_notification(request, contract.NOTIFY_MANUAL, entries.rows[0], None, state)]
    row = entries.of_event(request.event_id)
    effect = None if row is None else entries.effect_of(row)
    if row is None or effect is None:
        raise BadMessage("event_unknown")
    return [_notification(request, each, row, effect, state) for each in notification_types(row, effect)]


def _notification(
    request: Request,
    notification_type: str,
    row: LedgerRow,
    effect: Effect | None,
    state: PaymentState | PayoutState,
) -> Notification:
    """`row` is the event's; of a person's request any of the payment, whose `effect` is None."""
    subject = request.event_id or request.request_id or ""
    key = NotificationKey(request.transaction_id, f"{notification_type}#{subject}")
    high_value = effect is not None and effect.high_value
    deduplication = dedupe_id(request.transaction_id, key.notification)
    body = {
        contract.NOTIFICATION_TYPE: notification_type,
        "dedupe_id": deduplication,
        "transaction_id": request.transaction_id,
        "endpoint": row.endpoint,
        "provider": row.provider,
        "high_value": high_value,
        "event": None if effect is None else _told(row, effect),
        "payment": as_json(state) if isinstance(state, PaymentState) else None,
        "payout": payout_as_json(state) if isinstance(state, PayoutState) else None,
    }
    attributes = {
        contract.NOTIFICATION_TYPE: notification_type,
        "dedupe_id": deduplication,
        "endpoint": row.endpoint,
        "provider": row.provider,
        "state": state.status if effect is None else row.status,
        "confirmed": json.dumps(state.confirmed if effect is None else row.confirmed),
        "high_value": json.dumps(high_value),
    }
    currency = state.currency if effect is None else row.currency
    if currency is not None:
        attributes["currency"] = currency
    text = _asked_for(row, state) if effect is None else sentence(row, effect)
    subject = f"{notification_type.replace('_', ' ').capitalize()}: {row.provider}"
    return Notification(key, json.dumps(body, separators=(",", ":")), subject, text, attributes)


def _asked_for(row: LedgerRow, state: PaymentState | PayoutState) -> str:
    kind = "Payout" if isinstance(state, PayoutState) else "Payment"
    return f"Somebody asked to be told again: {kind.lower()} {row.transaction_id} is {state.status.replace('_', ' ')}."


def _told(row: LedgerRow, effect: Effect) -> dict[str, Any]:
    amount_minor = told_amount_minor(row, effect)
    return {
        **{name: getattr(row, name) for name in _TOLD},
        "object_id": told_object_id(row),
        "state": row.status,
        "amount_minor": amount_minor,
        "amount": optional_decimal_string(amount_minor, row.currency),
        "changes": effect.changes,
    }


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS:
        raise BadMessage("message_malformed")
    return value
