"""Reads the inbox's sparse index of what is not done yet."""

from itertools import islice
from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.inbox.items import InboxKeys

# Of 1 MB each, some 5 000 keys: as many as the sweeper queues, and small enough for the memory.
PAGES_PER_SHARD = 4


class PendingRow(NamedTuple):
    """First the time (UTC, six digits), so that rows sort by age."""

    pending_since: str
    keys: InboxKeys


class PendingIndex:
    """The index, by shard and then by age."""

    def __init__(self, dynamodb: Api, table: str) -> None:
        self._table = DynamoDbTable(dynamodb, table)

    def read(self) -> tuple[list[PendingRow], bool]:
        """The oldest rows of each shard, and whether these are all. Raises Unavailable."""
        shards = [self._read_shard(str(shard)) for shard in range(contract.PENDING_SHARD_COUNT)]
        return [row for rows, _ in shards for row in rows], all(complete for _, complete in shards)

    def _read_shard(self, shard: str) -> tuple[list[PendingRow], bool]:
        names, values = {"#shard": contract.PENDING_SHARD}, {":shard": {"S": shard}}
        pages = self._table.query_pages("#shard = :shard", names, values, IndexName=contract.PENDING_INDEX)
        read = list(islice(pages, PAGES_PER_SHARD))
        return [_pending_row(item) for page in read for item in page.items], read[-1].is_last


def _pending_row(item: dict[str, dict[str, str]]) -> PendingRow:
    keys = InboxKeys(item[contract.WEBHOOK_ID]["S"], item[contract.WEBHOOK_TIMESTAMP]["S"])
    return PendingRow(item[contract.PENDING_SINCE]["S"], keys)
