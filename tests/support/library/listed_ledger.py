"""Payments in memory with their indexes, as the lists of the transaction API read them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from random import Random
from typing import Any

from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.deadline import Deadline
from payment_webhooks.ledger.indexes import Entry, PaymentIndex
from payment_webhooks.ledger.payment_items import Payment, to_item
from payment_webhooks.transaction_api.list_transactions import TransactionLists
from payment_webhooks.transaction_api.operations import OPERATIONS
from payment_webhooks.transaction_api.request import ApiRequest
from payment_webhooks.transaction_api.transaction_operations import LIST_TRANSACTIONS

(OPERATION,) = (each for each in OPERATIONS if each.name == LIST_TRANSACTIONS)
NOW = 1_763_726_400.0  # 2025-11-21T12:00:00Z


class ListedLedger:
    """`random` decides the order of entries of one time, which an index leaves open. `moved`: payments as they are by
    now, where the indexes are behind. `reads` has the number of payments in each reading of states, `queries` counts
    readings of partitions.
    """

    def __init__(
        self, payments: Iterable[Payment], random: Random | None = None, moved: Iterable[Payment] = ()
    ) -> None:
        self._indexed = [plain(to_item(each)) for each in payments]
        self._payments = {each.transaction_id: each for each in (*payments, *moved)}
        self._random = random or Random(0)
        self.reads: list[int] = []
        self.queries = 0

    def entries(self, index: PaymentIndex, partition: str, low: str, high: str) -> Iterator[Entry]:
        assert low <= high  # DynamoDB refuses it otherwise
        self.queries += 1
        found = [
            Entry(item[index.sort], item["transaction_id"], partition)
            for item in self._indexed
            if item.get(index.partition) == partition and low <= item[index.sort] <= high
        ]
        self._random.shuffle(found)
        yield from sorted(found, key=lambda entry: entry.since, reverse=True)

    def current(self, index: PaymentIndex, entries: Collection[Entry]) -> list[Payment]:
        assert len(entries) <= 100
        if entries:
            self.reads.append(len(entries))
        found = [(each, self._payments[each.transaction_id]) for each in entries]
        items = [(each, payment, plain(to_item(payment))) for each, payment in found]
        return [
            payment
            for each, payment, item in items
            if (item.get(index.partition), item.get(index.sort)) == (each.partition, each.since)
        ]

    def lists(self, deadline: Deadline | None = None, now: float = NOW) -> TransactionLists:
        return TransactionLists(self, deadline or Deadline(), lambda: now)


def asked(values: Mapping[str, Any]) -> ApiRequest:
    return ApiRequest(OPERATION, values, {})


def all_pages(lists: TransactionLists, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every page of a list, following its cursors."""
    pages = [lists.list(asked(values))]
    while pages[-1]["next_cursor"] is not None:
        assert len(pages) < 500, "the pages do not end"
        pages.append(lists.list(asked({**values, "cursor": pages[-1]["next_cursor"]})))
    return pages
