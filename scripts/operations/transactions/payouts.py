"""The payouts of some days, read from the ledger itself: the transaction API tells payments alone."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import days
from payment_webhooks.domain.payout import as_json
from payment_webhooks.ledger.payment_items import Payment, from_item

# BatchGetItem's most: its API reference.
KEYS_AT_ONCE: Final = 100


def payouts_of(dynamodb: Api, table: str, first: date, last: date) -> list[dict[str, Any]]:
    """Those that were first told of on one of these days, newest first, each with what it has come to."""
    keys = [
        key
        for day in days(first.isoformat(), last.isoformat())
        for number in range(contract.LEDGER_SHARD_COUNT)
        for key in _keys(DynamoDbTable(dynamodb, table), f"{contract.PAYOUT_SHARD}#{day}#{number}")
    ]
    chunks = (keys[start : start + KEYS_AT_ONCE] for start in range(0, len(keys), KEYS_AT_ONCE))
    found = [head for chunk in chunks for head in _heads(dynamodb, table, chunk)]
    found.sort(key=lambda head: (head.began_at, head.transaction_id), reverse=True)
    return [payout_view(head) for head in found]


def payout_view(head: Payment) -> dict[str, Any]:
    assert head.payout is not None  # it is in an index of payouts
    return {
        "transaction_id": head.transaction_id,
        "endpoint": head.endpoint,
        "provider": head.provider,
        "began_at": head.began_at,
        **as_json(head.payout),
    }


def _keys(table: DynamoDbTable, partition: str) -> Iterator[Item]:
    items = table.query(
        "#partition = :partition",
        {"#partition": contract.PROVIDER_SHARD},
        {":partition": {"S": partition}},
        IndexName=contract.PROVIDER_INDEX,
    )
    for item in items:
        yield {name: item[name] for name in (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)}


def _heads(dynamodb: Api, table: str, keys: Sequence[Item]) -> Iterator[Payment]:
    asked: Any = {table: {"Keys": keys, "ConsistentRead": True}}
    while asked:  # what DynamoDB left unread is asked for again
        answer = dynamodb("BatchGetItem", {"RequestItems": asked})
        heads = (from_item(item) for item in answer["Responses"].get(table, ()))
        yield from (head for head in heads if isinstance(head, Payment))
        asked = answer.get("UnprocessedKeys")
