"""What people are told of a ledger row, by its effect, and the id by which a repetition is known. Pure."""

import hashlib
from typing import Final

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.ledger_row import LedgerRow

# In this order. High value is told beside the others, as a message of its own.
NOTIFICATION_TYPES: Final = (
    contract.NOTIFY_HIGH_VALUE,
    contract.NOTIFY_CONFIRMATION,
    contract.NOTIFY_FAILED,
    contract.NOTIFY_REFUNDED,
    contract.NOTIFY_REFUND_FAILED,
    contract.NOTIFY_DISPUTED,
    contract.NOTIFY_PAYOUT_FAILED,
)


def notification_types(row: LedgerRow, effect: Effect) -> list[str]:
    """The notifications that a row with this effect is told in, in their order; mostly one or none.

    None of money that has moved while only a signature that is no MAC vouches for it: it is told once it is confirmed.
    None of a merge: all of it has been told of one of the two payments.
    """
    if row.status == words.MERGED or (effect.moves_money and not row.confirmed):
        return []
    refunded, dispute = effect.rise("refunded_minor"), effect.changes_object(words.KIND_DISPUTE)
    refund_failed = effect.changes_object(words.KIND_REFUND) and row.status == words.FAILED
    told = {
        contract.NOTIFY_HIGH_VALUE: effect.high_value,
        contract.NOTIFY_CONFIRMATION: effect.rise("captured_minor")
        > effect.rise("captured_unconfirmed_minor"),
        contract.NOTIFY_FAILED: effect.rise("declined_attempts") > 0,
        contract.NOTIFY_REFUNDED: refunded > 0,
        contract.NOTIFY_REFUND_FAILED: refund_failed or refunded < 0,
        contract.NOTIFY_DISPUTED: dispute,
        contract.NOTIFY_PAYOUT_FAILED: effect.changes_object(words.KIND_PAYOUT)
        and row.status == words.FAILED,
    }
    types = [each for each in NOTIFICATION_TYPES if told[each]]
    # What was never true is taken back with a word to people, not as if it had happened.
    return (
        types
        if row.status != words.RETRACTED
        else [each for each in types if each == contract.NOTIFY_HIGH_VALUE]
    )


def dedupe_id(transaction_id: str, told: str) -> str:
    """64 hex digits, the same for every publication of one thing that is told: an event (its id) or a notification."""
    return hashlib.sha256(f"{transaction_id}\n{told}".encode()).hexdigest()
