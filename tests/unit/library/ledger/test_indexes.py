"""What is asked of the indexes of payments, and which of their entries count by the payments' states."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger.indexes import (
    BY_CUSTOMER,
    BY_DISPUTE,
    BY_PROVIDER,
    BY_STATUS,
    Entry,
    LedgerIndexes,
    PaymentIndex,
)
from payment_webhooks.ledger.payment_items import Pointer, index_keys, pointer_item, to_item
from tests.support.library.ledger import dispute_event, payment_event, payment_of, row_of

SUCCEEDED = payment_event(words.SUCCEEDED, 900, 1)._replace(customer_id="cus_1")
PAID = payment_of([row_of(SUCCEEDED), row_of(dispute_event("du_1", words.DISPUTED, 900, 5))])
OTHER = payment_of([row_of(payment_event(words.SUCCEEDED, 500, 2), "stripe:pi_2")])
GONE = Pointer("stripe:pi_3", "stripe:pi_1")
HEADS = [to_item(PAID), to_item(OTHER), pointer_item(GONE)]


class Table:
    """Answers with all of the heads; `throttled`: with none at first."""

    def __init__(self, *, throttled: bool = False) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.pauses: list[int] = []
        self._throttled = throttled
        self.indexes = LedgerIndexes(self._call, "Ledger", self._pause)

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, parameters))
        if operation == "Query":
            return {"Items": HEADS[:1]}
        if self._throttled:
            return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}
        return {"Responses": {"Ledger": HEADS}}

    def _pause(self, attempts: int) -> None:
        self.pauses.append(attempts)
        raise Unavailable("deadline_exceeded")


@pytest.mark.parametrize(
    ("index", "name", "partition", "sort"),
    [
        (BY_STATUS, "status-index", "status_shard", "status_since"),
        (BY_DISPUTE, "dispute-index", "dispute_shard", "dispute_since"),
        (BY_PROVIDER, "provider-index", "provider_shard", "began_at"),
        (BY_CUSTOMER, "customer-index", "customer_key", "began_at"),
    ],
)
def test_entries_of_an_index_are_asked_for_newest_first_fifty_at_a_time(
    index: PaymentIndex, name: str, partition: str, sort: str
) -> None:
    table = Table()
    entries = table.indexes.entries(index, "succeeded#2025-10-09#1", "2025-10-09", "2025-10-10")
    assert list(entries) == [Entry(HEADS[0][sort]["S"], "stripe:pi_1", "succeeded#2025-10-09#1")]
    assert table.asked == [
        (
            "Query",
            {
                "TableName": "Ledger",
                "KeyConditionExpression": "#partition = :partition AND #sort BETWEEN :low AND :high",
                "ExpressionAttributeNames": {"#partition": partition, "#sort": sort},
                "ExpressionAttributeValues": {
                    ":partition": {"S": "succeeded#2025-10-09#1"},
                    ":low": {"S": "2025-10-09"},
                    ":high": {"S": "2025-10-10"},
                },
                "IndexName": name,
                "ScanIndexForward": False,
                "Limit": 50,
            },
        )
    ]


def entry(
    since: str | None = None, transaction_id: str = "stripe:pi_1", partition: str | None = None
) -> Entry:
    status = index_keys(OTHER if transaction_id == "stripe:pi_2" else PAID)["status_shard"]
    at = OTHER.status_since if transaction_id == "stripe:pi_2" else PAID.status_since
    return Entry(since or at, transaction_id, partition or str(status))


def test_only_payments_that_are_where_the_index_has_them_are_given_in_its_order() -> None:
    table = Table()
    told = [
        entry(transaction_id="stripe:pi_2"),
        entry("2025-10-08"),
        entry(),
        entry(partition="pending#2025-10-09#1"),
        entry(transaction_id="stripe:pi_3"),
        entry(transaction_id="stripe:unknown"),
    ]
    assert table.indexes.current(BY_STATUS, told) == [OTHER, PAID]
    keys = [
        {"transaction_id": {"S": name}, "timestamp": {"S": "payment"}}
        for name in ("stripe:pi_2", "stripe:pi_1", "stripe:pi_3", "stripe:unknown")
    ]
    request = {"RequestItems": {"Ledger": {"Keys": keys, "ConsistentRead": True}}}
    assert table.asked == [("BatchGetItem", request)]
    assert table.indexes.current(BY_STATUS, []) == []


def test_what_the_table_leaves_unread_is_asked_for_after_a_pause() -> None:
    table = Table(throttled=True)
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        table.indexes.current(BY_STATUS, [entry()])
    assert table.pauses == [1]
