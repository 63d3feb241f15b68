"""Writes the row of an event to the ledger, together with the state of its payment that follows from it.

Both go in one transaction, on condition that the payment still has the state that was read. So each row has one place
in the order of the payment's rows, and its effect is the difference that it made there:

    row new                       row, effect and state are written
    row there, a retry            nothing is written: the row and its effect are given again, to be told again
    row there, long since         nothing is written or told: a replay of a webhook that the inbox has forgotten
    several parts of one payment  a row for each, all at once, and one effect: nobody reads or is told a half
    the payment has moved on      all of it again, from what the ledger has now

A row is never removed but into the summary of what is archived, so it proves that its effect has happened; and an event
is retried while its webhook is pending, never after the inbox has let go of it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import attribute
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import Effect, IsHighValue
from payment_webhooks.domain.events import NormalisedEvent, parts_of
from payment_webhooks.domain.ledger_row import LedgerRow, ledger_row
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger import payment_items
from payment_webhooks.ledger.changes import changes_of
from payment_webhooks.ledger.items import to_item
from payment_webhooks.ledger.payment_items import Payment, Pointer
from payment_webhooks.ledger.reader import Found, LedgerReader

# A retry's webhook was received before its row was recorded; a replay's is received a month later at least
# (InboxRetentionDays). A day is far from both, and from what clocks differ by.
REPLAY_SECONDS = 86_400
# Rows of one event in one transaction. DynamoDB takes 100 actions; heads, pointers and merges are some.
MOST_PARTS = 80
_NAMES = {"#id": contract.TRANSACTION_ID}
_IS_NEW = "attribute_not_exists(#id)"
_VERSION = {"#version": contract.VERSION}
_IS_AS_READ = "#version = :before"


class Recorded(NamedTuple):
    """`effect`: what is to be told of the row; None when nothing is."""

    row: LedgerRow
    effect: Effect | None


class _Part(NamedTuple):
    """One part of an event, with the ids that it has of its payment."""

    row: LedgerRow
    transaction_ids: Sequence[str]


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

    def record(self, webhook: StoredWebhook, event: NormalisedEvent, confirmed: bool) -> list[Recorded]:
        """Write the rows of the event once, and give them with those that join payments for it. Repeating it gives the
        same result.

        `event` concerns a transaction (ValueError otherwise). Raises Unavailable when the table does not answer, or
        when others write to the same payment until no time is left.
        """
        recorded_at = self._now()
        parts = [
            _Part(
                ledger_row(
                    part,
                    endpoint=webhook.endpoint,
                    webhook_id=webhook.keys.webhook_id,
                    webhook_timestamp=webhook.keys.timestamp,
                    recorded_at=recorded_at,
                    confirmed=confirmed,
                ),
                [f"{webhook.endpoint}:{each}" for each in part.payment_ids],
            )
            for part in parts_of(event)
        ]
        recorded = [
            each
            for of_one_payment in self._by_payment(parts)
            for start in range(0, len(of_one_payment), MOST_PARTS)
            for each in self._write(of_one_payment[start : start + MOST_PARTS])
        ]
        return [each._replace(effect=None) if _was_told(webhook, each.row) else each for each in recorded]

    def append(self, row: LedgerRow, transaction_ids: Sequence[str] = ()) -> list[Recorded]:
        """Write the row once, and with it what joins payments, where these are ids of several; of an event that has a
        row already, what was written with it is given again. The row is the last of those that are given. Raises
        Unavailable.
        """
        return self._write([_Part(row, transaction_ids or (row.transaction_id,))])

    def _by_payment(self, parts: Sequence[_Part]) -> Iterable[Sequence[_Part]]:
        """The parts of each payment. Should two payments become one meanwhile, each keeps its own, and what it told."""
        if len(parts) == 1:
            return [parts]
        found: dict[str, list[_Part]] = {}
        for part in parts:
            entries = self._reader.find(part.transaction_ids)
            known = [each.payment.transaction_id for each in entries.payments if each.payment]
            found.setdefault([*known, *entries.unknown][0], []).append(part)
        return found.values()

    def _write(self, parts: Sequence[_Part]) -> list[Recorded]:
        """Write the rows of parts that belong to one payment; that of the first is the last, by which all are told."""
        transaction_ids = list(dict.fromkeys(each for part in parts for each in part.transaction_ids))
        rows = [part.row for part in reversed(parts)]
        attempts = 0
        former: Found | None = None
        while True:
            found = self._reader.find(transaction_ids)
            # What is twice the same was not read half-way: rows have been taken away by hand.
            if found == former or all(each.is_whole for each in found.payments):
                known = {row.event_id: again for row in rows if (again := _again(row.event_id, found))}
                new = [row for row in rows if row.event_id not in known]
                written = self._append(new, found) if new else []
                if written or not new:
                    return [each for recorded in (*known.values(), written) for each in recorded]
            former = found
            attempts += 1
            self._pause(attempts)

    def _append(self, rows: Sequence[LedgerRow], found: Found) -> list[Recorded]:
        """Empty when the ledger is not as it was read any more."""
        changes = changes_of(rows, found, self._is_high_value)
        puts = [self._table.put(to_item(*each), _IS_NEW, _NAMES) for each in changes.written]
        puts.append(self._put(changes.after, changes.before))
        read = [*changes.merged, *(None for _ in changes.aliases)]
        puts += [self._put(*pair) for pair in zip(changes.pointers, read, strict=True)]
        try:
            reasons = self._table.transact_if([{"Put": put} for put in puts])
        except ServiceError as error:
            if not error.is_contention:
                raise
            return []
        return [] if reasons else [Recorded(each.row, each.effect) for each in changes.written]

    def _put(self, after: Payment | Pointer, before: Payment | None) -> dict[str, Any]:
        """The head, in place of that which was read."""
        item = payment_items.head_item(after)
        if before is None:
            return self._table.put(item, _IS_NEW, _NAMES)
        return self._table.put(item, _IS_AS_READ, _VERSION, {":before": attribute(before.version)})


def _again(event_id: str, found: Found) -> list[Recorded]:
    """What was written with an event: its row, after those that joined payments for it."""
    for entries in found.payments:
        row = entries.of_event(event_id)
        if row is not None:
            said = [each for each in entries.rows if (each.status, each.answers) == (words.MERGED, event_id)]
            return [Recorded(each, entries.effect_of(each)) for each in (*said, row)]
    return []


def _was_told(webhook: StoredWebhook, stored: LedgerRow) -> bool:
    """Whether the webhook was processed before, with this row: by its item, or because it comes so much later."""
    if webhook.told_until is not None and stored.recorded_at <= webhook.told_until:
        return True
    return is_replay(stored.recorded_at, webhook.received_at)


def is_replay(recorded_at: str, asked_at: str) -> bool:
    """Whether what was recorded then was told then, too, if somebody brings it anew at `asked_at`."""
    recorded, asked = map(datetime.fromisoformat, (recorded_at, asked_at))
    return (asked - recorded).total_seconds() > REPLAY_SECONDS
