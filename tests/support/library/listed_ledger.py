"""A ledger in memory with its indexes, as the lists of the transaction API read them."""

from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any

from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.contract import CUSTOMER_KEY, PROVIDER_SHARD, STATUS_SHARD
from payment_webhooks.deadline import Deadline
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.items import to_item
from payment_webhooks.ledger.reader import LedgerEntries
from payment_webhooks.transaction_api.list_transactions import TransactionLists
from payment_webhooks.transaction_api.operations import OPERATIONS
from payment_webhooks.transaction_api.request import ApiRequest
from payment_webhooks.transaction_api.transaction_operations import LIST_TRANSACTIONS

(OPERATION,) = (each for each in OPERATIONS if each.name == LIST_TRANSACTIONS)
NOW = 1_763_726_400.0  # 2025-11-21T12:00:00Z


class ListedLedger:
    """`random` decides the order of rows of one sort key, which an index leaves open. `reads` counts readings of
    transactions, `queries` those of partitions.
    """

    def __init__(self, rows: Iterable[LedgerRow], random: Random | None = None) -> None:
        self._rows = list(rows)
        self._random = random or Random(0)
        self._partitions: dict[tuple[str, str], list[LedgerRow]] = {}
        for row in self._rows:
            item = plain(to_item(row))
            for attribute in (STATUS_SHARD, PROVIDER_SHARD, CUSTOMER_KEY):
                if attribute in item:
                    self._partitions.setdefault((attribute, item[attribute]), []).append(row)
        self.reads = 0
        self.queries = 0

    def read(self, transaction_id: str) -> LedgerEntries:
        self.reads += 1
        return LedgerEntries(tuple(row for row in self._rows if row.transaction_id == transaction_id), {})

    def rows(self, index: str, attribute: str, partition: str, low: str, high: str) -> Iterator[LedgerRow]:
        assert low <= high  # DynamoDB refuses it otherwise
        self.queries += 1
        found = list(self._partitions.get((attribute, partition), ()))
        self._random.shuffle(found)
        yield from sorted(
            (row for row in found if low <= row.sort_key <= high), key=lambda row: row.sort_key, reverse=True
        )

    def lists(
        self, examined_rows: int = 500, deadline: Deadline | None = None, now: float = NOW
    ) -> TransactionLists:
        return TransactionLists(self, self, deadline or Deadline(), lambda: now, examined_rows)


def asked(values: Mapping[str, Any]) -> ApiRequest:
    return ApiRequest(OPERATION, values, {})


def all_pages(lists: TransactionLists, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every page of a list, following its cursors."""
    pages = [lists.list(asked(values))]
    while pages[-1]["next_cursor"] is not None:
        assert len(pages) < 500, "the pages do not end"
        pages.append(lists.list(asked({**values, "cursor": pages[-1]["next_cursor"]})))
    return pages
