"""When a webhook of the inbox is due for the archive: those that are done, by the day on which that was. Pure."""

from typing import Final

from payment_webhooks import contract
from payment_webhooks.day_shards import day_of, shard_of

# Not those that wait for a person, nor those that are pending: they stay until somebody has decided, or they are done.
DONE: Final = (contract.STATUS_PROCESSED, contract.STATUS_IGNORED, contract.STATUS_DISCARDED)


def archive_shard(status: str, webhook_id: str, since: str) -> str | None:
    """The attribute that puts an item of this status into the archive's index; None for one that is not done.

    `since`: when it was done, UTC with six digits.
    """
    return shard_of(day_of(since), webhook_id) if status in DONE else None
