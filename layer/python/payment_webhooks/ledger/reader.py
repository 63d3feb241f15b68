"""Reads everything that the ledger holds of one transaction, archived rows too."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, plain
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.transitions import is_marker
from payment_webhooks.ledger import archived_rows as summaries
from payment_webhooks.ledger.archived_rows import ArchivedPart
from payment_webhooks.ledger.items import from_item


class LedgerEntries(NamedTuple):
    """`rows`: those in the table, and those that are archived. `transitions`: the markers' facts by their sort key.
    `archived`: where the archive has rows of it, oldest first.
    """

    rows: tuple[LedgerRow, ...]
    transitions: dict[str, dict[str, Any]]
    archived: tuple[ArchivedPart, ...] = ()


class LedgerReader:
    def __init__(self, dynamodb: Api, table: str) -> None:
        self._table = DynamoDbTable(dynamodb, table)

    def read(self, transaction_id: str) -> LedgerEntries:
        """Strongly consistent; both empty for a transaction that is not known. Raises Unavailable."""
        return entries_of(self.items(transaction_id))

    def items(self, transaction_id: str) -> list[Item]:
        """All items of a transaction, as DynamoDB gives them. Strongly consistent. Raises Unavailable."""
        names, values = {"#id": contract.TRANSACTION_ID}, {":id": {"S": transaction_id}}
        return list(self._table.query("#id = :id", names, values, ConsistentRead=True))


def entries_of(items: Iterable[Item]) -> LedgerEntries:
    """From all items of one transaction. A row that is archived and in the table, too, counts once."""
    rows: dict[str, LedgerRow] = {}
    transitions: dict[str, dict[str, Any]] = {}
    archived: tuple[ArchivedPart, ...] = ()
    for item in items:
        sort_key = item[contract.TRANSACTION_TIMESTAMP]["S"]
        if is_marker(sort_key):
            transitions[sort_key] = plain(item)
        elif summaries.is_summary(sort_key):
            summary = summaries.from_item(item)
            rows = {**{row.sort_key: row for row in summary.rows}, **rows}
            archived = summary.parts
        elif not sort_key.startswith(contract.ARCHIVE_PREFIX):
            rows[sort_key] = from_item(item)
    return LedgerEntries(tuple(rows[key] for key in sorted(rows)), transitions, archived)
