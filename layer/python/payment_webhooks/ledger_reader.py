"""Everything that the ledger holds of one transaction."""

from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.attributes import plain
from payment_webhooks.aws_api import Api
from payment_webhooks.ledger_items import from_item
from payment_webhooks.ledger_rows import LedgerRow
from payment_webhooks.transitions import is_marker


class LedgerEntries(NamedTuple):
    """`transitions`: the markers' facts by their sort key."""

    rows: tuple[LedgerRow, ...]
    transitions: dict[str, dict[str, Any]]


class LedgerReader:
    def __init__(self, dynamodb: Api, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self, transaction_id: str) -> LedgerEntries:
        """Strongly consistent; both empty for a transaction that is not known. Raises Unavailable."""
        rows: list[LedgerRow] = []
        transitions: dict[str, dict[str, Any]] = {}
        for item in self._items(transaction_id):
            sort_key = item[contract.TRANSACTION_TIMESTAMP]["S"]
            if is_marker(sort_key):
                transitions[sort_key] = plain(item)
            else:
                rows.append(from_item(item))
        return LedgerEntries(tuple(rows), transitions)

    def _items(self, transaction_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        parameters: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "#id = :id",
            "ExpressionAttributeNames": {"#id": contract.TRANSACTION_ID},
            "ExpressionAttributeValues": {":id": {"S": transaction_id}},
        }
        while True:
            answer = self._dynamodb("Query", parameters)
            found += answer.get("Items", ())
            if not answer.get("LastEvaluatedKey"):
                return found
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
