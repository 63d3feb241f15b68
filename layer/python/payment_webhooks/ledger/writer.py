"""Writes the row of an event to the ledger, together with its claim on the transition that the event reports.

Both go in one transaction, so a row never stands without its claim being settled:

    row new,    transition free             row and marker written; the event owns the transition
    row new,    transition another event's  only the row is written
    row new,    transition the event's own  nothing is written: its row was there once, and has been archived
    row there,  a retry                     the row stays; the event owns the transition if its marker is there
    row there,  long since                  nothing is written: a replay of a webhook that the inbox has forgotten

Both replays do nothing. A marker is never removed, so it proves that its effect has happened; and an event is retried
while its webhook is pending, never after the inbox has let go of it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import REASON_CONDITION_FAILED
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow, ledger_row
from payment_webhooks.domain.transitions import Transition, transition_of
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.items import to_item, transition_item

CLAIMED_BY = "claimed_by"
# A retry's webhook was received before its row was recorded; a replay's is received a month later at least
# (InboxRetentionDays). A day is far from both, and from what clocks differ by.
REPLAY_SECONDS = 86_400
_NAMES = {"#id": contract.TRANSACTION_ID}
_IS_NEW = "attribute_not_exists(#id)"
_FREE_OR_OURS = f"attribute_not_exists(#id) OR {CLAIMED_BY} = :event"


class Recorded(NamedTuple):
    """`owned`: the transition, when this event is the one that may publish it."""

    row: LedgerRow
    owned: Transition | None


class LedgerWriter:
    """The table Transactions. `now` gives a UTC time with six digits."""

    def __init__(self, dynamodb: Api, table: str, now: Callable[[], str]) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._now = now

    def record(self, webhook: StoredWebhook, event: NormalisedEvent, confirmed: bool) -> Recorded:
        """Write the event's row once, and claim its transition. Repeating it gives the same result.

        `event` concerns a transaction (ValueError otherwise). Raises Unavailable when the table does not
        answer.
        """
        row = ledger_row(
            event,
            endpoint=webhook.endpoint,
            webhook_id=webhook.keys.webhook_id,
            webhook_timestamp=webhook.keys.timestamp,
            recorded_at=self._now(),
            confirmed=confirmed,
        )
        transition = transition_of(event, row)
        assert transition is not None  # there is a row, so the event tells one
        return Recorded(row, transition if self._write(webhook, row, transition) else None)

    def _write(self, webhook: StoredWebhook, row: LedgerRow, transition: Transition) -> bool:
        """Whether the event owns the transition."""
        items = (to_item(row), transition_item(transition))
        reasons = self._table.transact_if([{"Put": self._table.put(item, _IS_NEW, _NAMES)} for item in items])
        if not reasons:
            return True
        stored_row, marker = map(_in_the_way, reasons)
        if stored_row is not None:
            # The row of an earlier attempt brought the marker along, unless another event had it by then.
            return not _is_replay(webhook, stored_row) and self._claim(transition)
        if marker is not None and marker[CLAIMED_BY]["S"] != transition.claimed_by:
            self._table.put_if(to_item(row), _IS_NEW, _NAMES)
        return False

    def _claim(self, transition: Transition) -> bool:
        """Claim a transition whose row is there already. Writing our own marker again changes nothing."""
        values = {":event": {"S": transition.claimed_by}}
        return self._table.put_if(transition_item(transition), _FREE_OR_OURS, _NAMES, values).done


def _in_the_way(reason: Mapping[str, Any]) -> Item | None:
    """The item that was there already. Raises Unavailable when the answer does not have it."""
    if reason.get("Code") != REASON_CONDITION_FAILED:
        return None
    item: Item | None = reason.get("Item")
    if not item:
        raise Unavailable("ledger_answer_incomplete")
    return item


def _is_replay(webhook: StoredWebhook, stored_row: Item) -> bool:
    received, recorded = webhook.received_at, stored_row["recorded_at"]["S"]
    return (
        datetime.fromisoformat(received) - datetime.fromisoformat(recorded)
    ).total_seconds() > REPLAY_SECONDS
