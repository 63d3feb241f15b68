"""Confirms an event with its provider.

Whoever has seen one signed delivery can put another body under a signature that does not cover the whole body. So the
provider is asked, and the event must agree with its answer.

    agrees                                            confirmed
    the provider is further on (refunded since)       confirmed: what the event tells did happen
    the provider is not as far                        not yet: tried again, as its own reads may lag its events
    other ids, another amount, no such object         not confirmed, kept for a person: "not_as_{provider}_tells"
    the provider does not answer                      tried again until it does; never trusted, never dropped
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Mode
from payment_webhooks.errors import Unavailable, UnreadableEvent
from payment_webhooks.providers.registry import PROVIDERS, Providers

# What must be the same; the status may be a later one.
_COMPARED: Final = ("transaction_id", "object_kind", "object_id", "amount_minor", "currency")
# What may have become of an object since: a status that is not named here is an end.
_LATER_PAYMENT: Final = {
    words.PENDING: {
        words.AUTHORIZED,
        words.CLOSED,
        words.SUCCEEDED,
        words.PARTIALLY_REFUNDED,
        words.REFUNDED,
        words.CANCELED,
        words.FAILED,
    },
    words.AUTHORIZED: {words.CLOSED, words.CANCELED},
    words.SUCCEEDED: {words.PARTIALLY_REFUNDED, words.REFUNDED},
    words.PARTIALLY_REFUNDED: {words.REFUNDED, words.SUCCEEDED},  # a claim that was won in the end
}
_LATER_REFUND: Final = {
    words.PENDING: {words.REFUNDED, words.CANCELED, words.FAILED},
    words.REFUNDED: {words.FAILED},  # such as an eCheck that did not clear
}
_LATER_DISPUTE: Final = {
    words.INQUIRY: {words.DISPUTED, words.DISPUTE_WON, words.DISPUTE_LOST},
    words.DISPUTED: {words.DISPUTE_WON, words.DISPUTE_LOST},
}
_LATER_PAYOUT: Final = {
    words.PENDING: {words.IN_TRANSIT, words.PAID, words.CANCELED, words.FAILED},
    words.IN_TRANSIT: {words.PAID, words.CANCELED, words.FAILED},
    words.PAID: {words.FAILED},  # it was sent back
}
_LATER: Final = {
    words.KIND_PAYMENT: _LATER_PAYMENT,
    words.KIND_REFUND: _LATER_REFUND,
    words.KIND_DISPUTE: _LATER_DISPUTE,
    words.KIND_PAYOUT: _LATER_PAYOUT,
}


class ProviderApi(Protocol):
    """A provider's own API, with one application's credentials."""

    def look_up(self, event: NormalisedEvent, body: bytes) -> NormalisedEvent | None:
        """The event with what the provider tells of its object now; None when the provider knows no such object.

        Raises UnreadableEvent for an object that makes no sense, Unavailable when there is no answer.
        """


class Confirmation:
    """Asks the providers. `secrets` gives an endpoint's secret, fresh enough, by the endpoint's name."""

    def __init__(
        self, secrets: Mapping[str, Callable[[], EndpointSecret]], providers: Providers = PROVIDERS
    ) -> None:
        self._secrets = secrets
        self._providers = providers
        self._apis: dict[str, tuple[ApiCredentials, Mode, ProviderApi]] = {}

    def confirmed(self, endpoint: str, body: bytes, event: NormalisedEvent) -> NormalisedEvent | None:
        """The event when its provider has confirmed it, without what the provider does not tell itself; None when the
        provider can't be asked, or the endpoint has no API credentials.

        Raises UnreadableEvent("not_as_{provider}_tells") when it tells otherwise, Unavailable when it does not answer.
        """
        connect = self._providers.get(event.provider).connect
        if connect is None:
            return None
        secret = self._secrets[endpoint]()
        if secret.api is None:
            return None
        known = self._apis.get(endpoint)
        # rolled credentials are used at once
        if known is None or known[:2] != (secret.api, secret.mode):
            known = (secret.api, secret.mode, connect(secret.api, secret.mode))
            self._apis[endpoint] = known
        try:
            current = known[2].look_up(event, body)
        except UnreadableEvent:
            current = None
        if current is None:
            raise _contradicted(event)
        return compared(event, current)


def compared(event: NormalisedEvent, current: NormalisedEvent) -> NormalisedEvent:
    """The event, confirmed by its `current` form at the provider. Raises as `Confirmation.confirmed`."""
    if event.object_kind == words.KIND_DISPUTE and event.transaction_id == event.object_id:
        event = event._replace(transaction_id=current.transaction_id)  # it names no payment; the provider may
    if event.occasion == words.STAGE_UNKNOWN:  # the provider may know it
        is_open = current.status in _LATER_DISPUTE
        event = event._replace(occasion=current.occasion, status=current.status if is_open else event.status)
    if _shared(event) != _shared(current) or any(
        getattr(event, name) != getattr(current, name) for name in _comparable(event, current)
    ):
        raise _contradicted(event)
    same = (event.status, event.occasion) == (current.status, current.occasion)
    if not same and not _became(event, current):
        if _became(current, event):
            raise Unavailable(f"{event.provider}_not_yet")
        raise _contradicted(event)
    refunded = (
        event.refunded_total_minor if event.refunded_total_minor == current.refunded_total_minor else None
    )
    return event._replace(
        customer_id=current.customer_id,
        refunded_total_minor=refunded,
        object_created_at=current.object_created_at,
        account=current.account,
        invoice_id=current.invoice_id,
        subscription_id=current.subscription_id,
        payment_ids=current.payment_ids,
        fee_minor=current.fee_minor,
        withdrawn_minor=current.withdrawn_minor if same else None,
        shares=current.shares
        if same
        else tuple(share._replace(withdrawn_minor=None) for share in event.shares),
    )


def _became(earlier: NormalisedEvent, later: NormalisedEvent) -> bool:
    """Whether `later` may follow `earlier`. On another occasion, such as an appeal, all is open again."""
    if earlier.occasion != later.occasion:
        return later.occasion is not None
    return later.status in _LATER[earlier.object_kind].get(earlier.status, ())


def _shared(event: NormalisedEvent) -> list[tuple[str, int]]:
    return [(share.transaction_id, share.amount_minor) for share in event.shares]


def _contradicted(event: NormalisedEvent) -> UnreadableEvent:
    return UnreadableEvent(f"not_as_{event.provider}_tells")


def _comparable(event: NormalisedEvent, current: NormalisedEvent) -> tuple[str, ...]:
    """What the event says nothing of can't be contradicted, nor a capture by the provider's not being as far."""
    names = _COMPARED if current.captured_minor is None else (*_COMPARED, "captured_minor")
    return tuple(name for name in names if getattr(event, name) is not None)
