"""Writes the row of an event to the ledger, together with the state of its payment that follows from it.

Both go in one transaction, on condition that the payment still has the state that was read. So each row has one place
in the order of the payment's rows, and its effect is the difference that it made there:

    row new                       row, effect and state are written
    row there, a retry            nothing is written: the row and its effect are given again, to be told again
    row there, long since         nothing is written or told: a replay of a webhook that the inbox has forgotten
    the payment has moved on      all of it again, from what the ledger has now

A row is never removed but into the summary of what is archived, so it proves that its effect has happened; and an event
is retried while its webhook is pending, never after the inbox has let go of it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import attribute
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.domain.effect import Effect, Facts, IsHighValue, effect_of, facts_of, object_of
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow, ledger_row
from payment_webhooks.domain.payment_state import ObjectState, PaymentState, fold
from payment_webhooks.domain.payout import fold_payout, is_payout
from payment_webhooks.domain.transitions import transition_of
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger import payment_items
from payment_webhooks.ledger.items import to_item, transition_item
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader

# A retry's webhook was received before its row was recorded; a replay's is received a month later at least
# (InboxRetentionDays). A day is far from both, and from what clocks differ by.
REPLAY_SECONDS = 86_400
_NAMES = {"#id": contract.TRANSACTION_ID}
_IS_NEW = "attribute_not_exists(#id)"
_VERSION = {"#version": contract.VERSION}
_IS_AS_READ = "#version = :before"


class Recorded(NamedTuple):
    """`effect`: what is to be told of the row; None when nothing is."""

    row: LedgerRow
    effect: Effect | None


class LedgerWriter:
    """The table Transactions. `now` gives a UTC time with six digits. `pause` waits before the next attempt, given how
    many there were, or raises Unavailable when no time is left.
    """

    def __init__(
        self,
        dynamodb: Api,
        table: str,
        now: Callable[[], str],
        pause: Callable[[int], None],
        is_high_value: IsHighValue,
    ) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._reader = LedgerReader(dynamodb, table)
        self._now = now
        self._pause = pause
        self._is_high_value = is_high_value

    def record(self, webhook: StoredWebhook, event: NormalisedEvent, confirmed: bool) -> Recorded:
        """Write the event's row once. Repeating it gives the same result.

        `event` concerns a transaction (ValueError otherwise). Raises Unavailable when the table does not answer, or
        when others write to the same payment until no time is left.
        """
        row = ledger_row(
            event,
            endpoint=webhook.endpoint,
            webhook_id=webhook.keys.webhook_id,
            webhook_timestamp=webhook.keys.timestamp,
            recorded_at=self._now(),
            confirmed=confirmed,
        )
        recorded = self.append(row)
        return recorded._replace(effect=None) if _is_replay(webhook, recorded.row) else recorded

    def append(self, row: LedgerRow) -> Recorded:
        """Write the row once; of an event that has one already, that one is given again. Raises Unavailable."""
        attempts = 0
        while True:
            entries = self._reader.read(row.transaction_id)
            stored = entries.of_event(row.event_id)
            if stored is not None:
                return Recorded(stored, entries.effect_of(stored))
            recorded = self._append(row, entries)
            if recorded is not None:
                return recorded
            attempts += 1
            self._pause(attempts)

    def _append(self, row: LedgerRow, entries: LedgerEntries) -> Recorded | None:
        """None when the payment is not as it was read any more."""
        before = entries.payment
        rows = [*entries.rows, row]
        state = fold(rows)
        after = payment_after(before, row, state)
        facts: tuple[Facts | None, Facts | None] = (before and facts_of(before.state), facts_of(state))
        if is_payout(row):
            after, facts = after._replace(payout=fold_payout(rows)), (None, None)
        effect = effect_of(
            row,
            after.version,
            facts,
            (_object_before(entries, row), object_of(state, row)),
            self._is_high_value,
        )
        transition = transition_of(row)
        items = [to_item(row, after.version, effect)]
        if transition.sort_key not in entries.transitions:
            items.append(transition_item(transition))
        actions = [{"Put": self._table.put(item, _IS_NEW, _NAMES)} for item in items]
        actions.append({"Put": self._put(after, before)})
        try:
            reasons = self._table.transact_if(actions)
        except ServiceError as error:
            if not error.is_contention:
                raise
            return None
        return None if reasons else Recorded(row, effect)

    def _put(self, after: Payment, before: Payment | None) -> dict[str, Any]:
        item = payment_items.to_item(after)
        if before is None:
            return self._table.put(item, _IS_NEW, _NAMES)
        return self._table.put(item, _IS_AS_READ, _VERSION, {":before": attribute(before.version)})


def payment_after(before: Payment | None, row: LedgerRow, state: PaymentState) -> Payment:
    """The head of the payment once `row` is written, of which `state` is the sum with all others."""
    shown, left_out = payment_items.bounded(state)
    dispute_since = None if state.dispute_status is None else row.occurred_at
    if before is None:
        return Payment(
            transaction_id=row.transaction_id,
            version=1,
            endpoint=row.endpoint,
            provider=row.provider,
            state=shown,
            began_at=row.occurred_at,
            status_since=row.occurred_at,
            recorded_at=row.recorded_at,
            dispute_since=dispute_since,
            objects_left_out=left_out,
        )
    same_status = before.state.status == state.status
    same_dispute = before.state.dispute_status == state.dispute_status
    return before._replace(
        version=before.version + 1,
        state=shown,
        status_since=before.status_since if same_status else row.occurred_at,
        recorded_at=row.recorded_at,
        dispute_since=before.dispute_since if same_dispute else dispute_since,
        objects_left_out=left_out,
    )


def _is_replay(webhook: StoredWebhook, stored: LedgerRow) -> bool:
    received, recorded = map(datetime.fromisoformat, (webhook.received_at, stored.recorded_at))
    return (received - recorded).total_seconds() > REPLAY_SECONDS


def _object_before(entries: LedgerEntries, row: LedgerRow) -> ObjectState | None:
    before = entries.payment
    if before is None:
        return None
    found = object_of(before.state, row)
    if found is None and before.objects_left_out:
        found = object_of(fold(entries.rows), row)
    return found
