"""Reads rows of the ledger by status, provider or customer. Indexes follow the table within a second, as a rule."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.items import from_item

# Read ahead of what is shown: the rows of a partition that a page does not come to are read in vain.
ROWS_PER_QUERY: Final = 50


class LedgerIndexes:
    def __init__(self, dynamodb: Api, table: str) -> None:
        self._table = DynamoDbTable(dynamodb, table)

    def rows(self, index: str, attribute: str, partition: str, low: str, high: str) -> Iterator[LedgerRow]:
        """Those of a partition of the index with sort keys from `low` to `high`, newest first. Raises Unavailable."""
        items = self._table.query(
            "#partition = :partition AND #sort BETWEEN :low AND :high",
            {"#partition": attribute, "#sort": contract.TRANSACTION_TIMESTAMP},
            {":partition": {"S": partition}, ":low": {"S": low}, ":high": {"S": high}},
            IndexName=index,
            ScanIndexForward=False,
            Limit=ROWS_PER_QUERY,
        )
        return map(from_item, items)
