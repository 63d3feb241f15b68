"""The ledger's rows by status, provider or customer. Indexes follow the table within a second or so, as a rule."""

from collections.abc import Iterator
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.items import from_item

# Read ahead of what is shown: the rows of a partition that a page does not come to are read in vain.
ROWS_PER_QUERY: Final = 50


class LedgerIndexes:
    def __init__(self, dynamodb: Api, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def rows(self, index: str, attribute: str, partition: str, low: str, high: str) -> Iterator[LedgerRow]:
        """Those of a partition of the index with sort keys from `low` to `high`, newest first. Raises Unavailable."""
        parameters: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": "#partition = :partition AND #sort BETWEEN :low AND :high",
            "ExpressionAttributeNames": {"#partition": attribute, "#sort": contract.TRANSACTION_TIMESTAMP},
            "ExpressionAttributeValues": {
                ":partition": {"S": partition},
                ":low": {"S": low},
                ":high": {"S": high},
            },
            "ScanIndexForward": False,
            "Limit": ROWS_PER_QUERY,
        }
        while True:
            answer = self._dynamodb("Query", parameters)
            for item in answer.get("Items", ()):
                yield from_item(item)
            if not answer.get("LastEvaluatedKey"):
                return
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
