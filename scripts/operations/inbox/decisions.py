"""Webhooks that wait for a person: listed, shown, and what the person decided.

A decision is one conditional update of the item, so that two people can't decide differently, and the item says
who decided: the audit trail is made of its changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.sparse_indexes import archive_shard, attention_shards, pending_shard
from payment_webhooks.masking.mask import mask
from scripts.command_line.errors import NotFound, Refused, UsageError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

LONGEST_NOTE: Final = 200
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """`by`: the ARN of who decides. `at`: UTC, six fractional digits. `note`: why, for the auditor."""

    by: str
    at: str
    note: str


def check_note(text: str) -> str:
    """The note, if it may be stored. Raises UsageError for none, a long one, and one with a card number."""
    note = text.strip()
    if not 0 < len(note) <= LONGEST_NOTE or not note.isprintable():
        raise UsageError(f"say why, in 1 to {LONGEST_NOTE} characters on one line")
    if mask(note.encode()).counts:
        raise UsageError("the note holds what looks like card data; it would be kept in the audit trail")
    return note


def waiting(
    dynamodb: DynamoDBClient, table: str, statuses: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """The oldest `limit` of each status, oldest first, without their bodies."""
    found: list[dict[str, Any]] = []
    for status in statuses:
        of_status = [
            plain(item)
            for shard in attention_shards(status)
            for item in _oldest(dynamodb, table, shard, limit)
        ]
        found += sorted(of_status, key=lambda item: str(item[contract.ATTENTION_SINCE]))[:limit]
    return found


def _oldest(dynamodb: DynamoDBClient, table: str, shard: str, limit: int) -> Iterable[Any]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        IndexName=contract.ATTENTION_INDEX,
        KeyConditionExpression="#shard = :shard",
        ExpressionAttributeNames={"#shard": contract.ATTENTION_SHARD},
        ExpressionAttributeValues={":shard": {"S": shard}},
        PaginationConfig={"MaxItems": limit},
    )
    return [item for page in pages for item in page["Items"]]


def items_of(dynamodb: DynamoDBClient, table: str, webhook_id: str) -> list[dict[str, Any]]:
    """Every item of one webhook id, strongly consistent. Raises NotFound when there is none."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#id = :id",
        ExpressionAttributeNames={"#id": contract.WEBHOOK_ID},
        ExpressionAttributeValues={":id": {"S": webhook_id}},
    )
    items: list[Any] = [item for page in pages for item in page["Items"]]
    found = [plain(item) for item in items]
    if not found:
        raise NotFound(f"no webhook {webhook_id} has arrived", "`list` shows those that wait for a decision")
    return found


def choose(items: Sequence[Item], statuses: Sequence[str], timestamp: str | None) -> Item:
    """The one item that waits for a decision. Raises UsageError when none does, or when several do and no
    `timestamp` says which.
    """
    waits = [
        item
        for item in items
        if item[contract.STATUS] in statuses and timestamp in (None, item[contract.WEBHOOK_TIMESTAMP])
    ]
    if not waits:
        there = ", ".join(f"{item[contract.WEBHOOK_TIMESTAMP]} {item[contract.STATUS]}" for item in items)
        raise UsageError(f"none of its items is {' or '.join(statuses)}", f"there are: {there}")
    if len(waits) > 1:
        several = ", ".join(str(item[contract.WEBHOOK_TIMESTAMP]) for item in waits)
        raise UsageError("several of its items wait for a decision", f"give --timestamp: {several}")
    return waits[0]


def keys_of(item: Item) -> InboxKeys:
    return InboxKeys(str(item[contract.WEBHOOK_ID]), str(item[contract.WEBHOOK_TIMESTAMP]))


def payload_of(s3: S3Client, bucket: str, item: Item) -> bytes:
    """The stored, masked copy, from the item or, for a long one, from the payload bucket."""
    if item.get("payload_key"):
        return s3.get_object(Bucket=bucket, Key=str(item["payload_key"]))["Body"].read()
    payload = item.get("payload", b"")
    return payload.encode() if isinstance(payload, str) else bytes(payload)


def accept(dynamodb: DynamoDBClient, table: str, item: Item, decision: Decision) -> None:
    """Make it pending, as if it had just come; whoever sends its keys to the processor, or the sweeper, has it
    applied. Raises Refused when its status has changed meanwhile.
    """
    changes = {
        contract.STATUS: contract.STATUS_RECEIVED,
        contract.PENDING_SHARD: pending_shard(str(item["fingerprint"])),
        contract.PENDING_SINCE: decision.at,
        **_said(item, contract.DECISION_ACCEPT, decision),
    }
    removed = [contract.STATUS_REASON, contract.ATTENTION_SHARD, contract.ATTENTION_SINCE]
    _decide(dynamodb, table, item, changes, removed)


def discard(dynamodb: DynamoDBClient, table: str, item: Item, decision: Decision) -> None:
    """Never apply it; it is archived in its turn. Raises Refused when its status has changed meanwhile."""
    shard = archive_shard(contract.STATUS_DISCARDED, str(item[contract.WEBHOOK_ID]), decision.at)
    changes = {
        contract.STATUS: contract.STATUS_DISCARDED,
        contract.ARCHIVE_SHARD: str(shard),
        **_said(item, contract.DECISION_DISCARD, decision),
    }
    _decide(dynamodb, table, item, changes, [contract.ATTENTION_SHARD, contract.ATTENTION_SINCE])


def _said(item: Item, what: str, decision: Decision) -> dict[str, str]:
    return {
        contract.DECISION: what,
        contract.DECIDED_FROM: str(item[contract.STATUS]),
        contract.DECIDED_BY: decision.by,
        contract.DECIDED_AT: decision.at,
        contract.DECISION_NOTE: decision.note,
    }


def _decide(
    dynamodb: DynamoDBClient, table: str, item: Item, changes: Mapping[str, str], removed: Sequence[str]
) -> None:
    keys = keys_of(item)
    sets = ", ".join(f"#{name} = :{name}" for name in changes)
    removes = ", ".join(f"#{name}" for name in removed)
    try:
        dynamodb.update_item(
            TableName=table,
            Key={
                contract.WEBHOOK_ID: {"S": keys.webhook_id},
                contract.WEBHOOK_TIMESTAMP: {"S": keys.timestamp},
            },
            UpdateExpression=f"SET {sets} REMOVE {removes}",
            ConditionExpression=f"#{contract.STATUS} = :expected",
            ExpressionAttributeNames={f"#{name}": name for name in (*changes, *removed)},
            ExpressionAttributeValues={
                ":expected": {"S": str(item[contract.STATUS])},
                **{f":{name}": {"S": value} for name, value in changes.items()},
            },
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        raise Refused(
            f"{keys.webhook_id} is not {item[contract.STATUS]} any more", "look at it again: `show`"
        ) from error
