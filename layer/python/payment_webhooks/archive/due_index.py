"""The sparse index of both tables that says what is to be looked at on a day."""

from collections.abc import Iterator
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api


def indexed(dynamodb: Api, table: str, shard: str) -> Iterator[dict[str, Any]]:
    """The keys of all items in a partition of the index, by the table's partition key. Raises Unavailable."""
    parameters: dict[str, Any] = {
        "TableName": table,
        "IndexName": contract.ARCHIVE_INDEX,
        "KeyConditionExpression": "#shard = :shard",
        "ExpressionAttributeNames": {"#shard": contract.ARCHIVE_SHARD},
        "ExpressionAttributeValues": {":shard": {"S": shard}},
    }
    while True:
        answer = dynamodb("Query", parameters)
        yield from answer.get("Items", ())
        if not answer.get("LastEvaluatedKey"):
            return
        parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
