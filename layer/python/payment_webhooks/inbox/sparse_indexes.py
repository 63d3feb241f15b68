"""Attributes that put an item of the inbox into one of its three sparse indexes. Pure.

    pending     webhooks that are not done yet, for the sweeper
    attention   webhooks that wait for a person: conflicts, what was not expected, could not be read, was given up
    archive     webhooks that are done, by the day on which they were, for the archiver

An item without the attribute is not in the index, so each is read without a scan of everything that ever came. All are
sharded: an index with a hot partition slows down the writes of its table.
"""

import zlib
from typing import Final

from payment_webhooks import contract
from payment_webhooks.day_shards import day_of, shard_of

# Not those that wait for a person, nor those that are pending: they stay until somebody has decided, or they are done.
DONE_STATUSES: Final = (contract.STATUS_PROCESSED, contract.STATUS_IGNORED, contract.STATUS_DISCARDED)


def pending_shard(fingerprint: str) -> str:
    """One of PENDING_SHARD_COUNT, evenly: the fingerprint is as good as random."""
    return str(int(fingerprint[:8], 16) % contract.PENDING_SHARD_COUNT)


def attention(status: str, webhook_id: str, since: str) -> dict[str, str | None]:
    """The attributes of the attention index for an item of this status; None for those that it must not have.

    `since`: when it got the status, UTC with six fractional digits.
    """
    if status not in contract.ATTENTION_STATUSES:
        return {contract.ATTENTION_SHARD: None, contract.ATTENTION_SINCE: None}
    shard = zlib.crc32(webhook_id.encode()) % contract.ATTENTION_SHARD_COUNT
    return {contract.ATTENTION_SHARD: f"{status}#{shard}", contract.ATTENTION_SINCE: since}


def attention_shards(status: str) -> list[str]:
    """Every partition of the attention index that holds items of this status."""
    return [f"{status}#{shard}" for shard in range(contract.ATTENTION_SHARD_COUNT)]


def archive_shard(status: str, webhook_id: str, since: str) -> str | None:
    """The partition of the archive index for an item of this status; None for one that is not done.

    `since`: when it was done, UTC with six fractional digits.
    """
    return shard_of(day_of(since), webhook_id) if status in DONE_STATUSES else None
