"""Reads which payments have a status, a provider or a customer, and the states of many payments at once.

An index follows the table within a second, as a rule, and holds keys alone; the states are strongly consistent.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.ledger.payment_items import Payment, from_item

# Read ahead of what is shown: the entries of a partition that a page does not come to are read in vain. Some 150 bytes
# each: together they are one read unit.
ENTRIES_PER_QUERY: Final = 50


class PaymentIndex(NamedTuple):
    """One of contract's indexes of payments, with its two key attributes."""

    name: str
    partition: str
    sort: str


BY_STATUS: Final = PaymentIndex(contract.STATUS_INDEX, contract.STATUS_SHARD, contract.STATUS_SINCE)
BY_DISPUTE: Final = PaymentIndex(contract.DISPUTE_INDEX, contract.DISPUTE_SHARD, contract.DISPUTE_SINCE)
BY_PROVIDER: Final = PaymentIndex(contract.PROVIDER_INDEX, contract.PROVIDER_SHARD, contract.BEGAN_AT)
BY_CUSTOMER: Final = PaymentIndex(contract.CUSTOMER_INDEX, contract.CUSTOMER_KEY, contract.BEGAN_AT)


class Entry(NamedTuple):
    """A payment's place in an index: `since` is its sort key there."""

    since: str
    transaction_id: str
    partition: str


class LedgerIndexes:
    """`pause` waits before an attempt, given how many there were, or raises Unavailable when no time is left."""

    def __init__(self, dynamodb: Api, table: str, pause: Callable[[int], None]) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._pause = pause

    def entries(self, index: PaymentIndex, partition: str, low: str, high: str) -> Iterator[Entry]:
        """Those of a partition with sort keys from `low` to `high`, newest first. Raises Unavailable."""
        items = self._table.query(
            "#partition = :partition AND #sort BETWEEN :low AND :high",
            {"#partition": index.partition, "#sort": index.sort},
            {":partition": {"S": partition}, ":low": {"S": low}, ":high": {"S": high}},
            IndexName=index.name,
            ScanIndexForward=False,
            Limit=ENTRIES_PER_QUERY,
        )
        return (Entry(item[index.sort]["S"], item[contract.TRANSACTION_ID]["S"], partition) for item in items)

    def current(self, index: PaymentIndex, entries: Collection[Entry]) -> list[Payment]:
        """The payments, in the order of their entries, without those that are elsewhere in the index by now, or no
        longer in it. Strongly consistent. Raises Unavailable.
        """
        # A payment that is moving may have two entries; a key may be asked for once.
        keys = [_key_of(each) for each in dict.fromkeys(entry.transaction_id for entry in entries)]
        heads = {item[contract.TRANSACTION_ID]["S"]: item for item in self._table.items(keys, self._pause)}
        found = ((heads.get(each.transaction_id, {}), each) for each in entries)
        payments = (from_item(head) for head, entry in found if _is_at(head, index, entry))
        return [each for each in payments if isinstance(each, Payment)]


def _key_of(transaction_id: str) -> Item:
    key = {contract.TRANSACTION_ID: transaction_id, contract.TRANSACTION_TIMESTAMP: contract.PAYMENT_ENTRY}
    return {name: {"S": value} for name, value in key.items()}


def _is_at(head: Item, index: PaymentIndex, entry: Entry) -> bool:
    place: tuple[Any, Any] = (head.get(index.partition), head.get(index.sort))
    return place == ({"S": entry.partition}, {"S": entry.since})
