"""Wires the audit logger from its environment variables, once for each container."""

import os
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.tampering import LedgerWatch
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket
from payment_webhooks.deadline import Deadline

if TYPE_CHECKING:
    from payment_webhooks.domain.ledger_row import LedgerRow
    from payment_webhooks.ledger.reader import LedgerReader


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
    reader = cache(lambda: _reader(deadline))
    watch = LedgerWatch(
        lambda transaction_id: reader().items(transaction_id),
        _rows,
        lambda looks: deadline.pause(looks, 0.1, 2.0),
    )
    return Audit(bucket, watch, deadline)


def _reader(deadline: Deadline) -> "LedgerReader":
    # The first change of a head loads these; most containers see none for a while.
    from payment_webhooks.aws.clients import json_api
    from payment_webhooks.aws.json_client import DYNAMODB
    from payment_webhooks.ledger.reader import LedgerReader

    api = json_api(DYNAMODB, deadline, os.environ)
    return LedgerReader(api, os.environ[contract.ENV_TRANSACTIONS_TABLE])


def _rows(item: Item) -> "tuple[LedgerRow, ...]":
    from payment_webhooks.ledger.archived_rows import rows_of

    return rows_of(item)
