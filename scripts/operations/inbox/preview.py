"""What accepting a webhook would do: how it differs from the one that counts, and what becomes of its payment.

It goes the way of the processor as far as the write: the same reader, the same rows, the same fold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.domain.events import IGNORED, NormalisedEvent, parts_of
from payment_webhooks.domain.ledger_row import ledger_row
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.changes import changes_of
from payment_webhooks.ledger.reader import Found
from payment_webhooks.processing.processor import as_decided, first_of, is_proven
from payment_webhooks.providers.provider import normalise
from payment_webhooks.providers.registry import PROVIDERS
from scripts.operations.inbox.decisions import BodyGone
from scripts.operations.payment_change import FieldChange, payment_change, shown

# Of an event, by which two bodies under one id are told apart.
COMPARED: Final = (
    "event_type",
    "created",
    "status",
    "transaction_id",
    "object_id",
    "customer_id",
    "account",
    "amount_minor",
    "captured_minor",
    "refunded_total_minor",
)
BodyOf = Callable[[StoredWebhook], bytes]
Find = Callable[[Sequence[str]], Found]  # LedgerReader.find


class Preview(NamedTuple):
    """`differs`: from the one that counts, empty for what is no conflict. `payment`: its id; `change`: what becomes of
    it. `asks`: the provider that is asked then whether it is true, and may not confirm it. `nothing`: why accepting it
    would not write to the ledger; empty where it would.
    """

    differs: tuple[FieldChange, ...] = ()
    payment: str = ""
    change: tuple[FieldChange, ...] = ()
    nothing: str = ""
    asks: str = ""

    def document(self) -> dict[str, Any]:
        """As values of JSON: only what differs or changes."""
        return {
            "differs_from_the_one_that_counts": _changed(self.differs),
            "payment": self.payment or None,
            "changes": _changed(self.change),
            "changes_nothing_as": self.nothing or None,
            "asks_to_confirm": self.asks or None,
        }

    @property
    def lines(self) -> list[str]:
        """For people: only what differs or changes."""
        differs = [f"  {each.line}" for each in self.differs if each.was != each.becomes]
        changed = [f"  {each.line}" for each in self.change if each.was != each.becomes]
        return [
            *(
                ["against the one that counts:", *(differs or ["  nothing that the ledger reads"])]
                if self.differs
                else []
            ),
            *(
                [f"accepting it would change payment {self.payment}:", *(changed or ["  nothing"])]
                if self.payment
                else []
            ),
            *([f"it is confirmed only if {self.asks}, asked then, confirms it"] if self.asks else []),
            *([f"accepting it would change no payment: {self.nothing}"] if self.nothing else []),
        ]


def _changed(fields: Sequence[FieldChange]) -> dict[str, list[str]]:
    return {each.name: [each.was, each.becomes] for each in fields if each.was != each.becomes}


def preview(
    webhook: StoredWebhook, siblings: Sequence[StoredWebhook], body_of: BodyOf, find: Find
) -> Preview:
    """`siblings`: all items of its webhook id. Reads bodies and the ledger; writes nothing. Raises Unavailable."""
    provider = PROVIDERS.get(webhook.provider)
    try:
        event = normalise(provider, body_of(webhook))
    except UnreadableEvent as error:
        return Preview(nothing=f"it can't be read: {error.reason}")
    except BodyGone as gone:
        return Preview(nothing=f"{gone.message}; {gone.next_step}")
    differs: tuple[FieldChange, ...] = ()
    if webhook.status == contract.STATUS_CONFLICT:
        try:
            counting = normalise(provider, body_of(first_of(siblings)))
            differs = tuple(differences(counting, event))
        except (UnreadableEvent, BodyGone):
            pass  # then there is nothing to compare with
    if event.status == IGNORED or event.transaction_id is None:
        return Preview(differs, nothing=f"it would be ignored: {event.ignored_for}")
    proven = is_proven(webhook, provider)
    event = as_decided(replace(webhook, accepted_from=webhook.status), event)
    rows = [
        ledger_row(
            part,
            endpoint=webhook.endpoint,
            webhook_id=webhook.keys.webhook_id,
            webhook_timestamp=webhook.keys.timestamp,
            recorded_at=webhook.received_at,
            confirmed=proven,
        )
        for part in parts_of(event)
        if part.payment_ids == event.payment_ids  # of its first payment; shares may be of others
    ]
    found = find([f"{webhook.endpoint}:{each}" for each in event.payment_ids])
    if any(entries.of_event(event.event_id) for entries in found.payments):
        return Preview(differs, nothing="the ledger has its row already")
    changes = changes_of(list(reversed(rows)), found, lambda *_: False)
    before = changes.before.state if changes.before else None
    return Preview(
        differs,
        changes.after.transaction_id,
        tuple(payment_change(before, changes.after.state)),
        asks="" if proven else provider.name,
    )


def differences(counting: NormalisedEvent, other: NormalisedEvent) -> list[FieldChange]:
    """Every field that is compared, as the one that counts has it and as the other."""
    return [
        FieldChange(
            name.removesuffix("_minor"),
            shown(getattr(counting, name), name, counting.currency),
            shown(getattr(other, name), name, other.currency),
        )
        for name in COMPARED
    ]
