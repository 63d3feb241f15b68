"""Looks an event up at PayPal: its resource is read again from the REST API."""

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.endpoints.secret_document import ApiCredentials, Mode
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.fields import mapping_or_empty
from payment_webhooks.providers.paypal.provider import PROVIDER
from payment_webhooks.providers.paypal.rest_api import PayPalApi
from payment_webhooks.providers.provider import normalise

_OLD_FAMILY: Final = "PAYMENT.SALE"  # v1, still used for subscriptions
_OLD_REFUND_PATH: Final = "/v1/payments/refund/"
_REFUND_PATH: Final = "/v2/payments/refunds/"
_ORDERS: Final = "CHECKOUT.ORDER."
_PAYMENT_PATHS: Final = {
    _OLD_FAMILY: "/v1/payments/sale/",
    "PAYMENT.AUTHORIZATION": "/v2/payments/authorizations/",
    "CHECKOUT.ORDER": "/v2/checkout/orders/",
    "CHECKOUT.PAYMENT-APPROVAL": "/v2/checkout/orders/",
    "PAYMENT.CAPTURE": "/v2/payments/captures/",
}


class Resources(Protocol):
    """Reads one resource by its path; None when there is none. Raises Unavailable."""

    def read(self, path: str) -> dict[str, Any] | None: ...


class EventLookup:
    """A ProviderApi: looks an event up in PayPal's `resources` as they are now."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def look_up(self, event: NormalisedEvent, body: bytes) -> NormalisedEvent | None:
        """See confirmation.ProviderApi."""
        resource = self._resources.read(path_of(event, body))
        if resource is None:
            return None
        if event.object_kind == words.KIND_PAYMENT and event.event_type.startswith(_ORDERS):
            resource = _with_capture_alone(resource, event.object_id)
        return _with_resource(body, resource)


def connect(credentials: ApiCredentials, mode: Mode) -> EventLookup:
    """As Provider.connect."""
    return EventLookup(PayPalApi(credentials, mode))


def path_of(event: NormalisedEvent, body: bytes) -> str:
    """Where PayPal tells the event's object. Raises UnreadableEvent for an id that would be another path."""
    object_id = _segment(event.object_id)
    if event.object_kind == words.KIND_DISPUTE:
        return f"/v1/customer/disputes/{object_id}"
    if event.object_kind == words.KIND_PAYOUT:
        return f"/v1/payments/payouts-item/{object_id}"
    family = event.event_type.rpartition(".")[0]
    if event.object_kind == words.KIND_REFUND:
        return _OLD_REFUND_PATH + object_id if family == _OLD_FAMILY else _REFUND_PATH + object_id
    # An order that names its only capture is told as that capture; it is still the order that is read again.
    named = json.loads(body)["resource"].get("id", event.object_id)
    return _PAYMENT_PATHS[family] + _segment(named)


def _segment(object_id: object) -> str:
    """The id as one part of a path. Dots alone are none: HTTP clients fold them (RFC 3986, section 5.2.4)."""
    if object_id in (".", ".."):
        raise UnreadableEvent("invalid_object_id")
    return quote(str(object_id), safe="")


def _with_capture_alone(order: dict[str, Any], capture_id: str | None) -> dict[str, Any]:
    """The order with that one of its captures which the event was told as: others may have come since. An order without
    it, as it is.
    """
    units = order.get("purchase_units")
    for unit in units if isinstance(units, list) else ():
        captures = mapping_or_empty(mapping_or_empty(unit).get("payments")).get("captures")
        for capture in captures if isinstance(captures, list) else ():
            if mapping_or_empty(capture).get("id") == capture_id:
                return {**order, "purchase_units": [{**unit, "payments": {"captures": [capture]}}]}
    return order


def _with_resource(body: bytes, resource: Mapping[str, Any]) -> NormalisedEvent:
    """The event with PayPal's present resource in place of the one that was delivered, read by the same rules."""
    document = {**json.loads(body), "resource": resource}
    return normalise(PROVIDER, json.dumps(document).encode())
