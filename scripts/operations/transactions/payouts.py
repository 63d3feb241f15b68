"""The payouts of some days, read from the ledger itself: the transaction API tells payments alone."""

from datetime import date
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_table import MOST_KEYS
from payment_webhooks.domain.payout import as_json
from payment_webhooks.ledger.indexes import LedgerIndexes
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.transaction_api.listing import Days, by_provider, merged


def payouts_of(indexes: LedgerIndexes, first: date, last: date) -> list[dict[str, Any]]:
    """Those that were first told of on one of these days, newest first, each with what it has come to."""
    listing = by_provider(contract.PAYOUT_SHARD, Days(first, last))
    index, low, high = listing.payment_index, listing.low, listing.high
    entries = [
        entry
        for step in listing.steps
        for entry in merged(indexes.entries(index, each, low, high) for each in step.partitions)
    ]
    chunks = (entries[start : start + MOST_KEYS] for start in range(0, len(entries), MOST_KEYS))
    return [payout_view(head) for chunk in chunks for head in indexes.current(index, chunk)]


def payout_view(head: Payment) -> dict[str, Any]:
    assert head.payout is not None  # it is in an index of payouts
    return {
        "transaction_id": head.transaction_id,
        "endpoint": head.endpoint,
        "provider": head.provider,
        "began_at": head.began_at,
        **as_json(head.payout),
    }
