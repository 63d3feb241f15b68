"""What became of a payment: rows and what they changed, events, notifications, the archive of rows. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.domain.corrections import is_correction
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.sentences import sentence
from payment_webhooks.domain.told import dedupe_id, notification_types
from payment_webhooks.ledger.archived_rows import ArchivedPart
from payment_webhooks.money import amount_text
from payment_webhooks.timestamps import utc_timestamp
from scripts.operations.redrive.letters import Letter
from scripts.operations.trace.facts import LogLine
from scripts.operations.trace.moment import Moment, details_of
from stacks.messaging.stack import NOTIFICATION_RECEIVES, NOTIFICATION_VISIBILITY_SECONDS

LEDGER: Final = "ledger"
BUS: Final = "event bus"
NOTIFICATIONS: Final = "notifications"
ARCHIVE: Final = "archive"
_CLAIMED: Final = "claimed"


def row_moments(
    rows: Iterable[LedgerRow], effects: Mapping[str, Effect], untold: Collection[str]
) -> Iterator[Moment]:
    """Each row, and the event that it was told as."""
    for row in rows:
        effect = effects.get(row.event_id)
        yield _written(row, effect)
        if effect is not None:
            yield _told(row, effect, untold)


def _written(row: LedgerRow, effect: Effect | None) -> Moment:
    is_persons = is_correction(row) and row.reason is not None
    details = details_of(
        payment=row.transaction_id,
        event=row.event_id,
        object=f"{row.object_kind} {row.object_id}",
        occurred=row.occurred_at,
        by=row.object_id if is_persons else None,
        reason=row.reason,
        changed=sentence(row, effect) if effect else "nothing that is told",
        confirmed=None if row.confirmed else "no: nobody but the webhook itself vouches for it",
    )
    amount = "" if row.amount_minor is None else f" {amount_text(row.amount_minor, row.currency)}"
    return Moment(row.recorded_at, f"ledger row: {row.status}{amount}", LEDGER, row.webhook_id, details)


def _told(row: LedgerRow, effect: Effect, untold: Collection[str]) -> Moment:
    waits = [each for each in notification_types(row, effect) if f"{each}#{row.event_id}" in untold]
    details = details_of(
        event=contract.EVENT_DETAIL_TYPE,
        deduplication=dedupe_id(row.transaction_id, row.event_id),
        notifications=", ".join(notification_types(row, effect)) or "none",
        not_told_yet=", ".join(waits),
    )
    return Moment(row.recorded_at, "event told to the bus", BUS, row.webhook_id, details)


def notification_moments(
    markers: Iterable[Mapping[str, Any]], rows: Iterable[LedgerRow], given_up_of: Collection[str]
) -> Iterator[Moment]:
    """What subscribers were told, by the markers; one that is claimed and not published was begun: the queue tries it
    again, but where dead letters are of its payment, one of `given_up_of`. A marker's second, which is rounded down,
    never comes before its row.
    """
    recorded = {row.event_id: row.recorded_at for row in rows}
    for marker in markers:
        notification = str(marker[contract.NOTIFICATION_ID])
        kind, _, event_id = notification.partition("#")
        transaction_id = str(marker[contract.TRANSACTION_ID])
        is_open = marker.get("state") == _CLAIMED
        at = max(str(marker.get("published_at") or marker.get("claimed_at")), recorded.get(event_id, ""))
        is_tried = is_open and transaction_id not in given_up_of
        details = details_of(
            payment=transaction_id,
            event=event_id,
            message=marker.get("message_id"),
            tried_again=f"by itself, until {_tried_until(at)} at the latest" if is_tried else None,
        )
        what = f"notification begun: {kind}" if is_open else f"notification told: {kind}"
        yield Moment(at, what, NOTIFICATIONS, transaction_id, details, is_open)


def _tried_until(claimed_at: str) -> str:
    """When it is received for the last time, had that been the first; then it is a dead letter."""
    last = datetime.fromisoformat(claimed_at) + timedelta(
        seconds=NOTIFICATION_RECEIVES * NOTIFICATION_VISIBILITY_SECONDS
    )
    return f"{last:%Y-%m-%d %H:%M}"


def failed_notification(line: LogLine) -> Moment:
    """An attempt to tell that failed, by its line; the queue delivers its message again."""
    fields = line.fields
    details = details_of(
        attempt=fields.get("receive_count"),
        reason=fields.get("reason"),
        error=fields.get("error_type"),
        place=fields.get("error_location"),
        message=fields.get("message_id"),
    )
    transaction_id = str(fields.get(contract.TRANSACTION_ID))
    return Moment(line.at, "notification failed", NOTIFICATIONS, transaction_id, details, True)


def given_up(letter: Letter, look: str) -> Moment:
    """A message that no attempt could tell. `look`: the command that shows these, and moves them back."""
    at = utc_timestamp(letter.since.timestamp())
    details = details_of(message=letter.ident, reason=letter.reason, run=look)
    return Moment(at, "notification sent, and given up since", NOTIFICATIONS, letter.subject, details, True)


def part_moments(parts: Iterable[ArchivedPart], transaction_id: str) -> Iterator[Moment]:
    for part in parts:
        details = details_of(object=part.location, rows=part.rows, generation=part.generation)
        yield Moment(part.archived_at, "rows archived", ARCHIVE, transaction_id, details)
