"""What becomes of an authentic webhook whose body may hold card data: masked as far as it is needed, or set aside.

Nearly no webhook comes here: the rest of the system relies on ids, which masking leaves alone. So a card number where
an id belongs is no id: such a webhook is quarantined under its fingerprint, and nothing is named by the number.
"""

from collections.abc import Iterator

from payment_webhooks import contract
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.inbox.items import UNREADABLE_PREFIX, UNREADABLE_TIMESTAMP, Webhook
from payment_webhooks.masking.mask import MaskedBody, mask
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.provider import Provider


def set_aside(
    webhook: Webhook, provider: Provider, envelope: Envelope | None, body: bytes, masked: MaskedBody
) -> tuple[Webhook, MaskedBody]:
    """The webhook with its status, and the copy of `body` that may be stored; `masked` is its first."""
    if envelope is not None and any(_is_card_number(text) for text in _ids(provider, envelope)):
        webhook = webhook._replace(
            event_id=f"{UNREADABLE_PREFIX}{webhook.fingerprint[:32]}",
            event_type=None,
            timestamp=UNREADABLE_TIMESTAMP,
            livemode=None,
            status=contract.STATUS_QUARANTINED,
            status_reason=contract.REASON_CARD_NUMBER_AS_ID,
        )
    elif masked.is_coarse and webhook.status != contract.STATUS_QUARANTINED:
        webhook = webhook._replace(
            status=contract.STATUS_QUARANTINED, status_reason=contract.REASON_MASKED_COARSELY
        )
    # What nobody will read has no ids to spare.
    if webhook.status == contract.STATUS_QUARANTINED and not masked.is_coarse:
        masked = mask(body, spare_ids=False)
    return webhook, masked


def _ids(provider: Provider, envelope: Envelope) -> Iterator[str | None]:
    """All that would name something: a key, an index, an object, a field of a log line."""
    yield from (envelope.event_id, envelope.event_type, envelope.account)
    try:
        facts = provider.read(envelope)
        yield from (facts.transaction_id, facts.object_id, facts.customer_id, facts.account)
    except UnreadableEvent:  # the processor finds out the same
        return


def _is_card_number(text: str | None) -> bool:
    return text is not None and bool(mask(text.encode(), spare_ids=False).counts)
