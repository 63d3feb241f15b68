"""Builds notifications from a message of the notification queue and the ledger. Pure.

A message is the detail of an event of the bus, or what a person asked for:

    {"notification_type": "manual_notification", "transaction_id": "stripe:pi_1", "request_id": "..."}
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.payment_state import PaymentState, as_json, fold
from payment_webhooks.domain.transitions import dedupe_id, moves_money
from payment_webhooks.errors import WebhookError
from payment_webhooks.ledger.reader import LedgerEntries
from payment_webhooks.money import optional_decimal_string
from payment_webhooks.notifications.markers import NotificationKey

MAX_ID_CHARACTERS: Final = 1024
# What is told of a transition, of its marker's facts.
_TOLD: Final = (
    "event_type",
    "object",
    "object_kind",
    "state",
    "amount_minor",
    "amount_meaning",
    "currency",
    "occurred_at",
    "confirmed",
)
# (object kind, state) -> notification type; a dispute is told in every state.
_TOLD_AS: Final = {
    (words.KIND_PAYMENT, words.SUCCEEDED): contract.NOTIFY_CONFIRMATION,
    (words.KIND_PAYMENT, words.FAILED): contract.NOTIFY_FAILED,
    (words.KIND_REFUND, words.REFUNDED): contract.NOTIFY_REFUNDED,
    (words.KIND_REFUND, words.FAILED): contract.NOTIFY_REFUND_FAILED,
}


class BadMessage(WebhookError):
    """Another attempt can't help: the message is not of its form, or speaks of what the ledger does not know."""


class Request(NamedTuple):
    """One message: of a transition (its sort key), or a person's (`request_id`); the other is None."""

    transaction_id: str
    transition: str | None
    request_id: str | None
    high_value: bool


class Notification(NamedTuple):
    """One message to the topic. `attributes`: texts by name, which subscribers filter by."""

    key: NotificationKey
    body: str
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
        return Request(transaction_id, None, _text(document, contract.NOTIFICATION_REQUEST), False)
    if asked_for is not None:
        raise BadMessage("message_malformed")
    transition = _text(document, contract.NOTIFICATION_TRANSITION)
    return Request(transaction_id, transition, None, document.get(contract.EVENT_HIGH_VALUE) is True)


def notification_types(object_kind: str, state: str, confirmed: bool, high_value: bool) -> list[str]:
    """Notification types for a transition: none, one, or a type plus `high_value_alert`.

    None for a transition that moves money while only an unconfirmed event reports it, whoever sent the message.
    """
    if moves_money(object_kind, state) and not confirmed:
        return []
    types = [contract.NOTIFY_HIGH_VALUE] if high_value else []
    if object_kind == words.KIND_DISPUTE:
        return [*types, contract.NOTIFY_DISPUTED]
    told_as = _TOLD_AS.get((object_kind, state))
    return types if told_as is None else [*types, told_as]


def notifications_for(request: Request, entries: LedgerEntries) -> list[Notification]:
    """Raises BadMessage for a transaction or a transition that the ledger does not know: what the ledger
    says is told, never what the message says.
    """
    if not entries.rows:
        raise BadMessage("transaction_unknown")
    payment = fold(entries.rows)
    if request.transition is None:
        return [_notification(request, contract.NOTIFY_MANUAL, entries, payment, None)]
    marker = entries.transitions.get(request.transition)
    if marker is None:
        raise BadMessage("transition_unknown")
    types = notification_types(
        marker["object_kind"], marker["state"], marker["confirmed"], request.high_value
    )
    return [_notification(request, each, entries, payment, marker) for each in types]


def _notification(
    request: Request,
    notification_type: str,
    entries: LedgerEntries,
    payment: PaymentState,
    marker: Mapping[str, Any] | None,
) -> Notification:
    subject = request.transition or request.request_id or ""
    key = NotificationKey(request.transaction_id, f"{notification_type}#{subject}")
    row = entries.rows[0]
    deduplication = dedupe_id(request.transaction_id, key.notification)
    told = None
    if marker is not None:
        told = {name: marker.get(name) for name in _TOLD}
        told["amount"] = optional_decimal_string(told["amount_minor"], told["currency"])
    body = {
        contract.NOTIFICATION_TYPE: notification_type,
        "dedupe_id": deduplication,
        "transaction_id": request.transaction_id,
        "endpoint": row.endpoint,
        "provider": row.provider,
        "high_value": request.high_value,
        "transition": told,
        "payment": as_json(payment),
    }
    attributes = {
        contract.NOTIFICATION_TYPE: notification_type,
        "dedupe_id": deduplication,
        "endpoint": row.endpoint,
        "provider": row.provider,
        "state": payment.status if marker is None else marker["state"],
        "confirmed": json.dumps(payment.confirmed if marker is None else marker["confirmed"]),
        "high_value": json.dumps(request.high_value),
    }
    currency = payment.currency if marker is None else marker.get("currency")
    if currency is not None:
        attributes["currency"] = currency
    return Notification(key, json.dumps(body, separators=(",", ":")), attributes)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS:
        raise BadMessage("message_malformed")
    return value
