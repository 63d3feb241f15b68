"""Reads the inbox's sparse index of what is not done yet."""

from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.inbox.items import InboxKeys

PAGES_PER_SHARD = (
    4  # of 1 MB each, some 5 000 keys: as many as the sweeper queues, and small enough for the memory
)


class PendingRow(NamedTuple):
    """First the time (UTC, six digits), so that rows sort by age."""

    pending_since: str
    keys: InboxKeys


class PendingIndex:
    """The index, by shard and then by age."""

    def __init__(self, dynamodb: Api, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self) -> tuple[list[PendingRow], bool]:
        """The oldest rows of each shard, and whether these are all. Raises Unavailable."""
        shards = [self._read_shard(str(shard)) for shard in range(contract.PENDING_SHARD_COUNT)]
        return [row for rows, _ in shards for row in rows], all(complete for _, complete in shards)

    def _read_shard(self, shard: str) -> tuple[list[PendingRow], bool]:
        rows: list[PendingRow] = []
        parameters: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": contract.PENDING_INDEX,
            "KeyConditionExpression": "#shard = :shard",
            "ExpressionAttributeNames": {"#shard": contract.PENDING_SHARD},
            "ExpressionAttributeValues": {":shard": {"S": shard}},
        }
        for _ in range(PAGES_PER_SHARD):
            answer = self._dynamodb("Query", parameters)
            rows += [_pending_row(item) for item in answer.get("Items", ())]
            if not answer.get("LastEvaluatedKey"):
                return rows, True
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return rows, False


def _pending_row(item: dict[str, dict[str, str]]) -> PendingRow:
    keys = InboxKeys(item[contract.WEBHOOK_ID]["S"], item[contract.WEBHOOK_TIMESTAMP]["S"])
    return PendingRow(item[contract.PENDING_SINCE]["S"], keys)
