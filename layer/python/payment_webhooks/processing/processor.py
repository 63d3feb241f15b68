"""Applies one stored webhook to the ledger, as often as it takes.

`Processor.process` is the whole way of one webhook, whoever asks for it (a queue, a state machine, a person). Each
step may be repeated, and the last one marks the webhook as done; so a crash anywhere repeats and never skips.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.events import IGNORED, NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.inbox.items import CONFLICT_MARK, REASON_EVENT_ID_REUSED, InboxKeys
from payment_webhooks.inbox.payloads import PayloadStore
from payment_webhooks.inbox.progress import InboxProgress, Result, StoredWebhook
from payment_webhooks.ledger.writer import LedgerWriter, Recorded
from payment_webhooks.processing.messages import PermanentFailure
from payment_webhooks.providers.provider import Provider, normalise
from payment_webhooks.providers.registry import PROVIDERS, Providers

_OUT_OF_THE_CONTEST = (contract.STATUS_CONFLICT, contract.STATUS_DISCARDED)
_COPY = (contract.STATUS_IGNORED, contract.REASON_COPY)
# Given a row and what it changed; raises Unavailable to have it all repeated.
Publish = Callable[[LedgerRow, Effect], None]
# Given endpoint, body and event; see Confirmation.confirmed.
Confirm = Callable[[str, bytes, NormalisedEvent], NormalisedEvent | None]


class Processed(NamedTuple):
    """`status` is the inbox's; `repeated`: it was done before, and nothing was changed."""

    status: str
    reason: str | None
    transaction_id: str | None = None
    event_type: str | None = None
    published: bool = False
    repeated: bool = False


class Processor:
    """`publish` is called between the write to the ledger and the mark in the inbox, so an event is never skipped."""

    def __init__(
        self,
        inbox: InboxProgress,
        ledger: LedgerWriter,
        payloads: PayloadStore,
        publish: Publish | None = None,
        confirm: Confirm | None = None,
        providers: Providers = PROVIDERS,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._payloads = payloads
        self._publish = publish
        self._confirm = confirm
        self._providers = providers

    def process(self, keys: InboxKeys, found: Callable[[StoredWebhook], None] = lambda _: None) -> Processed:
        """Apply one webhook, or find that it was applied. `found` is told of it as soon as it is read.

        Raises PermanentFailure("webhook_not_found"), or Unavailable when something does not answer.
        """
        siblings = self._inbox.load(keys.webhook_id)
        webhook = next((item for item in siblings if item.keys == keys), None)
        if webhook is None:
            raise PermanentFailure("webhook_not_found")
        found(webhook)
        if not webhook.is_open:
            return Processed(webhook.status, None, repeated=True)
        first = webhook if _counts_by_itself(webhook) else first_of(siblings)
        try:
            if first.keys != keys:
                return self._finish(webhook, self._of_second(webhook, first))
            body = self._body(webhook)
            event = normalise(self._providers.get(webhook.provider), body)
            if event.status == IGNORED or event.transaction_id is None:
                return self._finish(webhook, Result(contract.STATUS_IGNORED, event.ignored_for), event)
            event, confirmed = self._confirmed(webhook, body, event)
        except UnreadableEvent as error:
            return self._finish(webhook, Result(contract.STATUS_QUARANTINED, error.reason))
        return self._apply(webhook, as_decided(webhook, event), confirmed)

    def _of_second(self, webhook: StoredWebhook, first: StoredWebhook) -> Result:
        """A list may give another time of creation than the delivery, such as a finer one."""
        from payment_webhooks.providers import told_money  # only after a reconciliation

        fetched, other = (webhook, first) if first.money is None else (first, webhook)
        if fetched.money is not None:
            told = told_money.money_in(self._providers.get(webhook.provider), self._body(other))
            if told_money.tell_the_same(fetched.money, told):
                return Result(*_COPY)
        return Result(contract.STATUS_CONFLICT, REASON_EVENT_ID_REUSED)

    def _confirmed(
        self, webhook: StoredWebhook, body: bytes, event: NormalisedEvent
    ) -> tuple[NormalisedEvent, bool]:
        """The event, and whether it is proven: as it came, or once its provider has confirmed it."""
        if is_proven(webhook, self._providers.get(webhook.provider)):
            return event, True
        confirmed = self._confirm(webhook.endpoint, body, event) if self._confirm else None
        return (event, False) if confirmed is None else (confirmed, True)

    def _apply(self, webhook: StoredWebhook, event: NormalisedEvent, confirmed: bool) -> Processed:
        recorded = self._ledger.record(webhook, event, confirmed)
        published = [self._announce(each) for each in recorded]
        own = next(each.row for each in recorded if each.row.event_id == event.event_id)
        result = Result(contract.STATUS_PROCESSED, transaction_id=own.transaction_id)
        return self._finish(webhook, result, event, any(published))

    def _announce(self, recorded: Recorded) -> bool:
        if self._publish is None or recorded.effect is None:
            return False
        self._publish(recorded.row, recorded.effect)
        return True

    def _finish(
        self,
        webhook: StoredWebhook,
        result: Result,
        event: NormalisedEvent | None = None,
        published: bool = False,
    ) -> Processed:
        changed = self._inbox.finish(webhook.keys, result)
        return Processed(
            status=result.status,
            reason=result.reason,
            transaction_id=result.transaction_id,
            event_type=event.event_type if event else None,
            published=published,
            repeated=not changed,
        )

    def _body(self, webhook: StoredWebhook) -> bytes:
        """Raises UnreadableEvent("payload_altered") for a body that is not the one that the row vouches for."""
        if webhook.payload_key is None:
            payload = webhook.payload or b""
            body = payload.encode() if isinstance(payload, str) else payload
        else:
            body = self._payloads.get(webhook.payload_key)
        if hashlib.sha256(body).hexdigest() != (webhook.erased_sha256 or webhook.payload_sha256):
            raise UnreadableEvent("payload_altered")
        return body


def first_of(siblings: Sequence[StoredWebhook]) -> StoredWebhook:
    """Which of several items with one event id counts: one that is done already, else the one that came first.

    They differ in the event's creation time, which no provider changes but where its list writes it otherwise; the
    others are conflicts, or copies. An item that was found to be a conflict is not among them: once a person has
    accepted it, it counts by itself.
    """
    candidates = [
        item
        for item in siblings
        if item.status not in _OUT_OF_THE_CONTEST
        and (item.status, item.reason) != _COPY
        and not _counts_by_itself(item)
    ]
    return min(candidates, key=lambda item: (item.is_open, item.received_at, item.keys.timestamp))


def is_proven(webhook: StoredWebhook, provider: Provider) -> bool:
    """Whether nobody need be asked: by a signature over the whole body, or as its provider has given it."""
    return webhook.money is not None or provider.signs_whole_body


def as_decided(webhook: StoredWebhook, event: NormalisedEvent) -> NormalisedEvent:
    """The event under an id of its own when it is a conflict that a person has accepted.

    It tells something else under an id that is in the ledger already: with that id its row would not be
    written, for a row is never replaced.
    """
    if not _counts_by_itself(webhook):
        return event
    return event._replace(event_id=f"{event.event_id}#accepted#{webhook.payload_sha256[:16]}")


def _counts_by_itself(webhook: StoredWebhook) -> bool:
    """Whether it was stored as a conflict, by the receiver or by the processor, which a person has accepted."""
    return CONFLICT_MARK in webhook.keys.timestamp or webhook.accepted_from == contract.STATUS_CONFLICT
