"""What people are told of a ledger row, by its effect, and the id by which a repetition is known. Pure."""

import hashlib
from typing import Final

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import is_correction
from payment_webhooks.domain.effect import Effect, is_left_out, vouched_for
from payment_webhooks.domain.facts import CAPTURED, DISPUTED, REFUNDED
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import FLAG_OUTSIDE_PROVIDER

# In this order. High value is told beside the others, as a message of its own.
NOTIFICATION_TYPES: Final = (
    contract.NOTIFY_HIGH_VALUE,
    contract.NOTIFY_CONFIRMATION,
    contract.NOTIFY_FAILED,
    contract.NOTIFY_REFUNDED,
    contract.NOTIFY_REFUND_FAILED,
    contract.NOTIFY_DISPUTED,
    contract.NOTIFY_PAYOUT_FAILED,
    contract.NOTIFY_CORRECTED,
    contract.NOTIFY_FLAGGED,
)


def notification_types(row: LedgerRow, effect: Effect) -> list[str]:
    """The notifications that a row with this effect is told in, in their order; mostly one or none.

    None of money that has moved while only a signature that is no MAC vouches for it: it is told once it is confirmed.
    None of a merge: all of it has been told of one of the two payments. What a person retracts was never true: it is
    taken back as that, not told as if money had come back. A flag that is raised is said in what is told, and told by
    itself where nothing else is.
    """
    if row.status == words.MERGED or (not row.confirmed and effect.moves_money):
        return []
    moved = {
        (each.what, each.minor > 0) for each in vouched_for(row, effect) if not is_left_out(each, effect)
    }
    failed = row.status == words.FAILED
    undone = failed or row.status == words.CANCELED
    is_told = {
        contract.NOTIFY_HIGH_VALUE: effect.high_value,
        contract.NOTIFY_CONFIRMATION: (CAPTURED, True) in moved,
        contract.NOTIFY_FAILED: effect.rise("declined_attempts") > 0,
        contract.NOTIFY_REFUNDED: (REFUNDED, True) in moved,
        contract.NOTIFY_REFUND_FAILED: ((REFUNDED, False) in moved and not effect.refund_pending)
        or (undone and effect.changes_object(words.KIND_REFUND)),
        contract.NOTIFY_DISPUTED: effect.changes_object(words.KIND_DISPUTE)
        or any(what == DISPUTED for what, _ in moved),
        contract.NOTIFY_PAYOUT_FAILED: failed and effect.changes_object(words.KIND_PAYOUT),
        contract.NOTIFY_CORRECTED: row.status == words.RETRACTED,
    }
    kept = (contract.NOTIFY_HIGH_VALUE, contract.NOTIFY_CORRECTED)
    types = kept if row.status == words.RETRACTED else NOTIFICATION_TYPES
    told = [each for each in types if is_told.get(each)]
    return told or ([contract.NOTIFY_FLAGGED] if _raises_flag(effect) else [])


def _raises_flag(effect: Effect) -> bool:
    before, after = (facts.flags if facts else () for facts in (effect.before, effect.after))
    return bool(set(after) - set(before) - {FLAG_OUTSIDE_PROVIDER})


def moves_money(row: LedgerRow, effect: Effect) -> bool:
    """A merge moves none: what the one payment has now, the other had."""
    return effect.moves_money and row.status != words.MERGED


def told_object_id(row: LedgerRow) -> str:
    """What the row is of. Of a person's correction the event that it answers: who made it, the ledger keeps."""
    is_persons = is_correction(row) and row.status != words.MERGED
    return row.answers or row.object_id if is_persons else row.object_id


def dedupe_id(transaction_id: str, told: str) -> str:
    """64 hex digits, the same for every publication of one thing that is told: an event (its id) or a notification."""
    return hashlib.sha256(f"{transaction_id}\n{told}".encode()).hexdigest()
