"""Corrections: rows that speak of other rows. No row is ever changed: what is wrong with one is said beside it."""

from collections.abc import Iterable
from typing import Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow, row_key

_OF_THE_PAYMENT: Final = (
    "transaction_id",
    "endpoint",
    "provider",
    "webhook_id",
    "webhook_timestamp",
    "customer_id",
    "account",
    "livemode",
)


def counted(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """The rows that a payment's state is the sum of: without corrections and what they retract, and confirmed where
    they say so. Of several corrections of one row the one that was recorded last decides.
    """
    found = list(rows)
    said = {
        row.answers: row.status
        for row in sorted(filter(is_correction, found), key=lambda row: (row.recorded_at, row.event_id))
        if row.status != words.MERGED
    }
    if not said:
        return [row for row in found if not is_correction(row)]
    return [
        row._replace(confirmed=True) if said.get(row.event_id) == words.CONFIRMED else row
        for row in found
        if not is_correction(row) and said.get(row.event_id) != words.RETRACTED
    ]


def is_correction(row: LedgerRow) -> bool:
    return row.object_kind == words.KIND_CORRECTION


def correction(row: LedgerRow, status: str, event_id: str, recorded_at: str, object_id: str) -> LedgerRow:
    """What `status` says of `row`, as a row of the same payment. object_id: of what it is about."""
    kept = {name: getattr(row, name) for name in _OF_THE_PAYMENT}
    return LedgerRow.from_stored(
        {
            **kept,
            "sort_key": row_key(event_id),
            "event_id": event_id,
            "event_type": f"{words.KIND_CORRECTION}.{status}",
            "occurred_at": recorded_at,
            "object_kind": words.KIND_CORRECTION,
            "object_id": object_id,
            "status": status,
            "amount_provider_raw": "null",
            "confirmed": True,
            "recorded_at": recorded_at,
            "answers": row.event_id,
        }
    )
