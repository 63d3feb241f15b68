"""Webhooks that wait for a person: conflicts, what could not be read, what was given up.

A sparse index lists them by status and by age, without a scan of everything that ever came. It is sharded as
the index of what is pending is: an index with a hot partition slows down the writes of its table.
"""

import zlib

from payment_webhooks import contract


def attention(status: str, webhook_id: str, since: str) -> dict[str, str | None]:
    """The attributes that put an item of this status into the index; None for those that it must not have.

    `since`: UTC with six fractional digits.
    """
    if status not in contract.ATTENTION_STATUSES:
        return {contract.ATTENTION_SHARD: None, contract.ATTENTION_SINCE: None}
    shard = zlib.crc32(webhook_id.encode()) % contract.ATTENTION_SHARD_COUNT
    return {contract.ATTENTION_SHARD: f"{status}#{shard}", contract.ATTENTION_SINCE: since}


def attention_shards(status: str) -> list[str]:
    """Every partition of the index that holds items of this status."""
    return [f"{status}#{shard}" for shard in range(contract.ATTENTION_SHARD_COUNT)]
