"""What a person says of a row of the ledger: that it counts for nothing, or that it is confirmed.

The row stays as it is; the correction is a row beside it, which says who made it, when and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import correction, is_correction
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.payout import is_payout
from payment_webhooks.ledger.writer import is_replay
from scripts.command_line.errors import NotFound, RolledBack, UsageError

if TYPE_CHECKING:
    from payment_webhooks.domain.ledger_row import LedgerRow
    from payment_webhooks.domain.payment_state import PaymentState
    from payment_webhooks.ledger.reader import LedgerEntries
    from payment_webhooks.ledger.writer import LedgerWriter, Recorded


def correction_of(
    entries: LedgerEntries, event_id: str, status: str, by: str, at: str, reason: str
) -> LedgerRow:
    """The correction, not yet written. The same as the last one of the row is that again, so that a command which was
    cut off may be repeated. Raises NotFound without such a row, UsageError for a row that can't be corrected so.
    """
    row = entries.of_event(event_id)
    if row is None:
        there = ", ".join(each.event_id for each in entries.rows) or "none"
        raise NotFound(f"the payment has no event {event_id}", f"there are: {there}")
    if is_payout(row):
        raise UsageError("a payout is no payment: nothing adds it up")
    if is_correction(row):
        raise UsageError("a correction is not corrected", "say the opposite of the row that it answers")
    said = sorted(
        (each for each in entries.rows if is_correction(each) and each.answers == event_id),
        key=lambda each: each.recorded_at,
    )
    if said and said[-1].status == status:
        return said[-1]
    if status == words.CONFIRMED and row.confirmed and not said:
        raise UsageError("the event is confirmed already")
    made = correction(row, status, f"{event_id}#correction{len(said) + 1}", at, by)
    return made._replace(reason=reason)


def states(entries: LedgerEntries, made: LedgerRow) -> tuple[PaymentState, PaymentState]:
    """Of the payment before and after the correction."""
    return fold(entries.rows), fold([*entries.rows, made])


def write(writer: LedgerWriter, made: LedgerRow, now: str) -> Recorded:
    """What is to be told of it: of one that is repeated long after, nothing, as the markers of what was told expire.
    Raises RolledBack when somebody else has corrected the row in the meantime.
    """
    recorded = writer.append(made)[-1]
    if (recorded.row.status, recorded.row.answers) != (made.status, made.answers):
        raise RolledBack("somebody else has corrected this event just now", "look again, and decide again")
    return recorded._replace(effect=None) if is_replay(made.recorded_at, now) else recorded
