"""Every provider's events in the same words.

`read_envelope` is what the receiver needs and costs one parse; `normalise` is the processor's and imports a
provider's reader only when it is used.
"""

from payment_webhooks.contract import PROVIDER_PAYPAL, PROVIDER_SQUARE, PROVIDER_STRIPE
from payment_webhooks.domain.events import Facts, NormalisedEvent
from payment_webhooks.providers.envelope import Envelope, read_envelope

__all__ = ["Envelope", "NormalisedEvent", "normalise", "read_envelope"]


def normalise(provider: str, body: bytes) -> NormalisedEvent:
    """The event in `body`; a type that says nothing of a payment has status "ignored" and kind "other".

    `provider` is one of contract.PROVIDERS. Raises UnreadableEvent, and nothing else, whatever the body is
    (KeyError for another provider).
    """
    envelope = read_envelope(provider, body)
    facts = _read(provider, envelope)
    return NormalisedEvent(
        provider=provider,
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        created=envelope.created,
        occurred_at=facts.occurred_at or envelope.created,
        transaction_id=facts.transaction_id,
        object_kind=facts.object_kind,
        object_id=facts.object_id,
        status=facts.status,
        amount_minor=facts.money.amount_minor if facts.money else None,
        amount_meaning=facts.amount_meaning,
        currency=facts.money.currency if facts.money else None,
        amount_provider_raw=facts.amount_provider_raw,
        captured_minor=facts.captured_minor,
        refunded_total_minor=facts.refunded_total_minor,
        customer_id=facts.customer_id,
        livemode=envelope.livemode,
        account=envelope.account,
    )


def _read(provider: str, envelope: Envelope) -> Facts:
    if provider == PROVIDER_STRIPE:
        from payment_webhooks.providers.stripe.events import read
    elif provider == PROVIDER_PAYPAL:
        from payment_webhooks.providers.paypal.events import read
    elif provider == PROVIDER_SQUARE:
        from payment_webhooks.providers.square.events import read
    else:  # PROVIDER_INTERNAL: read_envelope knows no other
        from payment_webhooks.providers.internal.events import read
    return read(envelope)
