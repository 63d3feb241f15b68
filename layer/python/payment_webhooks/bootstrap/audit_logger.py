"""Wires the audit logger from its environment variables, once for each container."""

import os
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.tampering import LedgerWatch
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket
from payment_webhooks.deadline import Deadline

if TYPE_CHECKING:
    from payment_webhooks.aws.dynamodb_table import DynamoDbTable


class Audit(NamedTuple):
    """`deadline` is started by each invocation."""

    bucket: WriteOnceBucket
    watch: LedgerWatch
    deadline: Deadline


@cache
def audit() -> Audit:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    bucket = WriteOnceBucket(s3_client(), os.environ[contract.ENV_AUDIT_BUCKET], "audit_bucket_unavailable")
    table = cache(lambda: _transactions(deadline))
    return Audit(bucket, LedgerWatch(lambda *key: _item(table(), deadline, *key), _holds), deadline)


def _transactions(deadline: Deadline) -> "DynamoDbTable":
    # The first archived row of a container loads these; most batches have none.
    from payment_webhooks.aws.clients import json_api
    from payment_webhooks.aws.dynamodb_table import DynamoDbTable
    from payment_webhooks.aws.json_client import DYNAMODB

    api = json_api(DYNAMODB, deadline, os.environ)
    return DynamoDbTable(api, os.environ[contract.ENV_TRANSACTIONS_TABLE])


def _item(table: "DynamoDbTable", deadline: Deadline, transaction_id: str, sort_key: str) -> Item | None:
    key = {contract.TRANSACTION_ID: transaction_id, contract.TRANSACTION_TIMESTAMP: sort_key}
    found = table.items([item_of(key)], lambda attempts: deadline.pause(attempts, 0.1, 2.0))
    return found[0] if found else None


def _holds(summary: Item, item: Item) -> bool:
    from payment_webhooks.ledger.archived_rows import holds

    return holds(summary, item)
