"""Is what a PayPal event tells true? PayPal's signature covers a CRC32 of the body, which is no MAC: whoever has seen
one signed delivery can put another body under it. So the resource is read again, and the event must agree.

    agrees                                        confirmed
    PayPal is further on (refunded since)         confirmed: what the event tells did happen
    PayPal is not as far                          not yet: tried again, as its own reads may lag its events
    other ids, another amount, no such resource   not confirmed, kept for a person: "not_as_paypal_tells"
    PayPal does not answer                        tried again until it does; never trusted, never dropped
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol
from urllib.parse import quote

from payment_webhooks.domain import events as words
from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Environment
from payment_webhooks.errors import ProviderUnavailable, UnreadableEvent
from payment_webhooks.providers.paypal.rest_api import SOURCE, PayPalApi
from payment_webhooks.providers.registry import NormalisedEvent, normalise

CONTRADICTED: Final = "not_as_paypal_tells"
# What must be the same; the status may be a later one.
_COMPARED: Final = (
    "transaction_id",
    "object_kind",
    "object_id",
    "amount_minor",
    "currency",
    "captured_minor",
)
_OLD_FAMILY: Final = "PAYMENT.SALE"  # v1, still used for subscriptions
_OLD_REFUND_PATH: Final = "/v1/payments/refund/"
_REFUND_PATH: Final = "/v2/payments/refunds/"
_PAYMENT_PATHS: Final = {
    _OLD_FAMILY: "/v1/payments/sale/",
    "PAYMENT.AUTHORIZATION": "/v2/payments/authorizations/",
    "CHECKOUT.ORDER": "/v2/checkout/orders/",
    "CHECKOUT.PAYMENT-APPROVAL": "/v2/checkout/orders/",
    "PAYMENT.CAPTURE": "/v2/payments/captures/",
}

# What may have become of an object since: a status that is not named here is an end at PayPal.
_LATER: Final = {
    words.PENDING: {
        words.AUTHORIZED,
        words.SUCCEEDED,
        words.PARTIALLY_REFUNDED,
        words.REFUNDED,
        words.CANCELED,
        words.FAILED,
    },
    words.AUTHORIZED: {words.CANCELED},
    words.SUCCEEDED: {words.PARTIALLY_REFUNDED, words.REFUNDED},
    words.PARTIALLY_REFUNDED: {words.REFUNDED},
    words.DISPUTED: {words.DISPUTE_WON, words.DISPUTE_LOST},
}


class Api(Protocol):
    """Reads one resource by its path; None when there is none. Raises ProviderUnavailable."""

    def read(self, path: str) -> dict[str, Any] | None: ...


class Confirmation:
    """For every endpoint of PayPal's. `secrets` gives an endpoint's secret, fresh enough, by its name."""

    def __init__(
        self,
        secrets: Mapping[str, Callable[[], EndpointSecret]],
        make_api: Callable[[ApiCredentials, Environment], Api] = PayPalApi,
    ) -> None:
        self._secrets = secrets
        self._make_api = make_api
        self._apis: dict[tuple[ApiCredentials, Environment], Api] = {}

    def confirmed(self, endpoint: str, body: bytes, event: NormalisedEvent) -> NormalisedEvent | None:
        """The event when PayPal has confirmed it, without what PayPal does not tell itself; None when the endpoint has
        no API credentials.

        Raises UnreadableEvent("not_as_paypal_tells") when PayPal tells otherwise, Unavailable when it can't be asked.
        """
        secret = self._secrets[endpoint]()
        if secret.api is None:
            return None
        told = self._api(secret.api, secret.environment).read(path_of(event, body))
        if told is None:
            raise UnreadableEvent(CONTRADICTED)
        return compared(event, as_told(event, body, told))

    def _api(self, credentials: ApiCredentials, environment: Environment) -> Api:
        """One for each pair of credentials, so that a token is asked for once."""
        key = (credentials, environment)
        if key not in self._apis:
            self._apis = {key: self._make_api(*key)}  # those of rolled credentials go
        return self._apis[key]


def path_of(event: NormalisedEvent, body: bytes) -> str:
    """Where PayPal tells the event's object."""
    object_id = quote(str(event.object_id), safe="")
    if event.object_kind == words.KIND_DISPUTE:
        return f"/v1/customer/disputes/{object_id}"
    family = event.event_type.rpartition(".")[0]
    if event.object_kind == words.KIND_REFUND:
        return _OLD_REFUND_PATH + object_id if family == _OLD_FAMILY else _REFUND_PATH + object_id
    # An order that names its only capture is told as that capture; it is still the order that is read again.
    named = json.loads(body)["resource"].get("id", event.object_id)
    return _PAYMENT_PATHS[family] + quote(str(named), safe="")


def as_told(event: NormalisedEvent, body: bytes, resource: Mapping[str, Any]) -> NormalisedEvent:
    """The event with PayPal's present resource in place of the one that was delivered, read by the same rules."""
    document = {**json.loads(body), "resource": resource}
    try:
        return normalise(event.provider, json.dumps(document).encode())
    except UnreadableEvent:
        raise UnreadableEvent(CONTRADICTED) from None


def compared(event: NormalisedEvent, told: NormalisedEvent) -> NormalisedEvent:
    """The event, confirmed. Raises as `Confirmation.confirmed`."""
    if any(getattr(event, name) != getattr(told, name) for name in _comparable(event)):
        raise UnreadableEvent(CONTRADICTED)
    if told.status != event.status and told.status not in _LATER.get(event.status, ()):
        if event.status in _LATER.get(told.status, ()):
            raise ProviderUnavailable(SOURCE, "not_yet")
        raise UnreadableEvent(CONTRADICTED)
    refunded = event.refunded_total_minor if event.refunded_total_minor == told.refunded_total_minor else None
    return replace(event, customer_id=told.customer_id, refunded_total_minor=refunded)


def _comparable(event: NormalisedEvent) -> tuple[str, ...]:
    """What the event says nothing of can't be contradicted."""
    return tuple(name for name in _COMPARED if getattr(event, name) is not None)
