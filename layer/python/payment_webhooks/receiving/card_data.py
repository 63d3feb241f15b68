"""What becomes of an authentic webhook whose body may hold card data: masked as far as it is needed, or set aside.

Few webhooks come here: the rest of the system relies on ids, which masking leaves alone. So an id with a card number in
it is no id: such a webhook is quarantined under its fingerprint, and nothing is named by the number. An invoice's
number is no id but a note: merchants choose theirs, and about 4 of 100 that are 16 digits alone have the form of a card
number by chance. It is masked in the body and left out (`provider.normalise`), and no payment waits for it.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from payment_webhooks import contract
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.inbox.items import UNREADABLE_PREFIX, UNREADABLE_TIMESTAMP, Webhook
from payment_webhooks.masking.mask import MaskedBody, mask
from payment_webhooks.masking.numbers_in_ids import holds_card_number
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.provider import Provider

if TYPE_CHECKING:
    from payment_webhooks.domain.events import EventFacts


def set_aside(
    webhook: Webhook, provider: Provider, envelope: Envelope | None, body: bytes, masked: MaskedBody
) -> tuple[Webhook, MaskedBody]:
    """The webhook with its status, and the copy of `body` that may be stored; `masked` is its first."""
    facts = None if envelope is None else _facts(provider, envelope)
    names_invoice = facts is not None and facts.invoice_id is not None and holds_card_number(facts.invoice_id)
    if envelope is not None and any(map(holds_card_number, _stored_texts(envelope, facts))):
        webhook = webhook._replace(
            event_id=f"{UNREADABLE_PREFIX}{webhook.fingerprint[:32]}",
            event_type=None,
            timestamp=UNREADABLE_TIMESTAMP,
            livemode=None,
            status=contract.STATUS_QUARANTINED,
            status_reason=contract.REASON_CARD_NUMBER_AS_ID,
        )
    # What nobody will read has no ids to spare; and beside an invoice's number no id holds one.
    if (webhook.status == contract.STATUS_QUARANTINED or names_invoice) and not masked.is_coarse:
        masked = mask(body, spare_ids=False)
    if masked.is_coarse and webhook.status != contract.STATUS_QUARANTINED:
        webhook = webhook._replace(
            status=contract.STATUS_QUARANTINED, status_reason=contract.REASON_MASKED_COARSELY
        )
    return webhook, masked


def _facts(provider: Provider, envelope: Envelope) -> "EventFacts | None":
    try:
        return provider.read(envelope)
    except UnreadableEvent:  # the processor finds out the same
        return None


def _stored_texts(envelope: Envelope, facts: "EventFacts | None") -> Iterator[str]:
    """Every text that would be a key, an index, an object's name, a field of a row or of a log line: those of a fact
    that readers learn tomorrow, too.
    """
    yield from _texts_in((envelope.event_id, envelope.event_type, envelope.account))
    if facts is not None:
        yield from _texts_in(facts._replace(invoice_id=None))


def _texts_in(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from _texts_in(value)
