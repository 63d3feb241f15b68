"""Where one webhook is: inbox items, attempts, ledger rows, its payment, who was told of it, audit records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.domain.effect import Effect, from_text
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, as_json
from payment_webhooks.domain.payout import PayoutState
from payment_webhooks.domain.payout import as_json as payout_as_json
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.money import optional_decimal_string
from scripts.command_line.boto3_api import client_api
from scripts.operations.trace.audit_trail import audit_records

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from stacks.names import Names

# The stored copy of the body is for the processor alone: a trace is pasted into tickets and chats.
NOT_SHOWN = ("payload", "payload_key", "fingerprint")


@dataclass(frozen=True)
class Trace:
    """What is known of one webhook. All fields are empty for one that never arrived."""

    webhook_id: str
    inbox: tuple[dict[str, Any], ...]
    ledger: tuple[LedgerRow, ...]
    effects: dict[
        str, Effect
    ]  # what rows changed, by their event id; those of archived rows are in the archive
    state: PaymentState | None
    audit: tuple[dict[str, Any], ...]
    payout: PayoutState | None = None  # where the ledger has a payout, and no payment
    notifications: tuple[dict[str, Any], ...] = ()  # markers of the payment: what its subscribers were told

    @property
    def found(self) -> bool:
        return bool(self.inbox)

    @property
    def inbox_statuses(self) -> tuple[str, ...]:
        return tuple(str(item.get(contract.STATUS)) for item in self.inbox)

    def as_document(self) -> dict[str, Any]:
        """The fields as values of JSON, by their names."""
        return {
            **asdict(self),
            "ledger": [
                {**row._asdict(), "amount": optional_decimal_string(row.amount_minor, row.currency)}
                for row in self.ledger
            ],
            "effects": {event_id: effect.changes for event_id, effect in self.effects.items()},
            "state": None if self.state is None else as_json(self.state),
            "payout": None if self.payout is None else payout_as_json(self.payout),
        }


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a DynamoDB item, without what is not shown."""
    return {name: value for name, value in plain(item).items() if name not in NOT_SHOWN}


def trace(names: Names, dynamodb: DynamoDBClient, s3: S3Client, webhook_id: str) -> Trace:
    """Reads (strongly consistent) everything that is stored of `webhook_id` ("{endpoint}:{event id}").

    `names` has account and region, which the audit bucket's name holds. Raises ClientError or ServiceError when
    not allowed.
    """
    inbox = _query(dynamodb, names.inbox_table, contract.WEBHOOK_ID, webhook_id)
    transaction_ids = sorted({item["transaction_id"]["S"] for item in inbox if "transaction_id" in item})

    ledger = LedgerReader(client_api(dynamodb), names.transactions_table)
    found = ledger.find(transaction_ids).payments
    rows = [row for entries in found for row in entries.rows]
    state = next((entries.payment.told for entries in found if entries.payment), None)
    return Trace(
        webhook_id=webhook_id,
        inbox=tuple(plain_item(item) for item in inbox),
        ledger=tuple(rows),
        effects={
            event_id: from_text(text) for entries in found for event_id, text in entries.effects.items()
        },
        state=state if isinstance(state, PaymentState) else None,
        payout=state if isinstance(state, PayoutState) else None,
        audit=tuple(audit_records(s3, names.audit_bucket, webhook_id, map(plain, inbox))),
        notifications=tuple(
            plain_item(item)
            for each in transaction_ids
            for item in _query(dynamodb, names.notifications_table, contract.TRANSACTION_ID, each)
        ),
    )


def _query(dynamodb: DynamoDBClient, table: str, key: str, value: str) -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": key},
        ExpressionAttributeValues={":value": {"S": value}},
    )
    return [dict(item) for page in pages for item in page["Items"]]
