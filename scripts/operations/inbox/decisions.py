"""Webhooks that wait for a person: listed, shown, and what the person decided.

A decision is one conditional update of the item, so that two people can't decide differently, and the item says
who decided: the audit trail is made of its changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.aws.dynamodb_table import MOST_KEYS, DynamoDbTable
from payment_webhooks.inbox.items import FINGERPRINT
from payment_webhooks.inbox.sparse_indexes import archive_shard, attention, pending_shard
from payment_webhooks.inbox.verdict import TAKEN, Verdict
from payment_webhooks.masking.mask import mask
from scripts.command_line.boto3_api import client_api
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.errors import NotFound, Refused, RolledBack, ToolError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

LONGEST_NOTE: Final = 200
# What may go to the processor again. What was ignored is judged again: reconsider.py.
REPLAYED_STATUSES: Final = (*contract.ATTENTION_STATUSES, contract.STATUS_PROCESSED)
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """`by`: the ARN of who decides. `at`: UTC, six fractional digits. `note`: why, for the auditor. `ticket`: under
    which something is replayed; empty for other decisions.
    """

    by: str
    at: str
    note: str
    ticket: str = ""


def check_note(text: str) -> str:
    """The note, if it may be stored. Raises UsageError for none, a long one, and one with a card number."""
    note = text.strip()
    if not 0 < len(note) <= LONGEST_NOTE or not note.isprintable():
        raise UsageError(f"say why, in 1 to {LONGEST_NOTE} characters on one line")
    if mask(note.encode()).counts:
        raise UsageError(
            "the note holds what looks like card data; it would be kept in the audit trail",
            "say it without the number: the webhook's id names it",
        )
    return note


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
        archived = (
            f"from the day on which it was done: {copyable('find', '--event', webhook_id, '--from', 'DAY')}"
        )
        is_canary = webhook_id.startswith(f"{contract.CANARY}:")  # which find does not know
        raise NotFound(
            f"the inbox has no webhook {webhook_id}: it never came, or has expired",
            copyable("trace", webhook_id) if is_canary else archived,
        )
    return found


def matching(items: Sequence[Item], statuses: Sequence[str], timestamp: str | None) -> list[Item]:
    """Those of one of these statuses (none given: of any) and of this time. Raises NotFound when there is none."""
    found = [
        item
        for item in items
        if (not statuses or item[contract.STATUS] in statuses)
        and timestamp in (None, item[contract.WEBHOOK_TIMESTAMP])
    ]
    if not found:
        there = ", ".join(f"{item[contract.WEBHOOK_TIMESTAMP]} {item[contract.STATUS]}" for item in items)
        wanted = " or ".join(statuses) or f"of {timestamp}"
        by_itself = any(item[contract.STATUS] == contract.STATUS_RECEIVED for item in items)
        comes = f"; what is {contract.STATUS_RECEIVED} comes by itself" if by_itself else ""
        raise NotFound(f"none of its items is {wanted}", f"there are: {there}{comes}")
    return found


def choose(items: Sequence[Item], statuses: Sequence[str], timestamp: str | None) -> Item:
    """The one item that is decided about. Raises NotFound for none, UsageError for several where no `timestamp` says
    which.
    """
    waits = matching(items, statuses, timestamp)
    if len(waits) > 1:
        several = (
            f"--timestamp {item[contract.WEBHOOK_TIMESTAMP]} ({item[contract.STATUS]})" for item in waits
        )
        raise UsageError(
            f"{waits[0][contract.WEBHOOK_ID]} has {counted(len(waits), 'item')}: say which one",
            f"the same command with {', or '.join(several)}",
        )
    return waits[0]


class BodyGone(ToolError):
    """The payload bucket has no object of a body; `next_step` brings it back, where it was deleted since a day."""

    def __init__(self, bucket: str, key: str, since: str) -> None:
        step = copyable("restore", "objects", "--bucket", "payload", "--prefix", key, "--since", since)
        super().__init__(f"its body is gone: s3://{bucket}/{key}", f"within 30 days: {step}")


def payload_of(s3: S3Client, bucket: str, item: Item) -> bytes:
    """The stored, masked copy, from the item or, for a long one, from the payload bucket. Raises BodyGone, which S3
    tells only to who may list the bucket, and ClientError for every other refusal.
    """
    if item.get("payload_key"):
        key = str(item["payload_key"])
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey as error:
            raise BodyGone(bucket, key, str(item["received_at"])[:10]) from error
    payload = item.get("payload", b"")
    return payload.encode() if isinstance(payload, str) else bytes(payload)


def erasure_of(item: Item) -> str:
    """When personal data was taken out of its body, and under which ticket; empty where none was."""
    if contract.ERASED_AT not in item:
        return ""
    return f"personal data erased on {str(item[contract.ERASED_AT])[:10]}, ticket {item.get(contract.ERASURE_TICKET)}"


def read_items(
    dynamodb: DynamoDBClient, table: str, found: Sequence[Item], pause: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    """The whole items, strongly consistent, of those that an index has shown; not those that are gone. `pause` before
    DynamoDB is asked again for what it left unread.
    """
    inbox = DynamoDbTable(client_api(dynamodb), table)
    names = (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)
    keys = [{name: {"S": str(item[name])} for name in names} for item in found]
    for start in range(0, len(keys), MOST_KEYS):
        yield from map(plain, inbox.items(keys[start : start + MOST_KEYS], pause))


def accept(dynamodb: DynamoDBClient, table: str, item: Item, decision: Decision) -> None:
    """Make it pending, as if it had just come: the stream of this change brings it to the processor. Raises RolledBack
    when its status has changed meanwhile, Refused for a copy that is masked where it matters. One that is processed is
    replayed: once under a ticket, and not once it is archived.
    """
    if item.get(contract.STATUS_REASON) in contract.NEVER_APPLIED_REASONS:
        raise Refused(
            f"{item[contract.WEBHOOK_ID]} can't be applied: card data is masked where an id or an amount may be",
            "discard it, and let the sender send the event again without card data, under another id",
        )
    store_verdict(dynamodb, table, item, TAKEN, contract.DECISION_ACCEPT, decision)


def discard(dynamodb: DynamoDBClient, table: str, item: Item, decision: Decision) -> None:
    """Never apply it; it is archived in its turn. Raises RolledBack when its status has changed meanwhile."""
    verdict = Verdict(contract.STATUS_DISCARDED, item.get(contract.STATUS_REASON))
    store_verdict(dynamodb, table, item, verdict, contract.DECISION_DISCARD, decision)


def store_verdict(
    dynamodb: DynamoDBClient, table: str, item: Item, verdict: Verdict, what: str, decision: Decision
) -> None:
    """Give the item the verdict's status, and the indexes of that; `what` is the decision's name. Raises RolledBack
    when its status has changed meanwhile.
    """
    webhook_id, at = str(item[contract.WEBHOOK_ID]), decision.at
    pending = verdict == TAKEN
    attributes = {
        contract.STATUS: verdict.status,
        contract.STATUS_REASON: verdict.reason,
        contract.PENDING_SHARD: pending_shard(str(item[FINGERPRINT])) if pending else None,
        contract.PENDING_SINCE: at if pending else None,
        **attention(verdict.status, webhook_id, at),
        contract.ARCHIVE_SHARD: archive_shard(verdict.status, webhook_id, at),
        contract.DECISION: what,
        contract.DECIDED_FROM: _decided_from(item),
        contract.DECIDED_BY: decision.by,
        contract.DECIDED_AT: at,
        contract.DECISION_NOTE: decision.note,
        contract.DECISION_TICKET: decision.ticket or None,
    }
    condition, names = f"#{contract.STATUS} = :expected", [*attributes]
    if item[contract.STATUS] == contract.STATUS_PROCESSED:
        ticket = contract.DECISION_TICKET
        condition += (
            f" AND attribute_not_exists(#{contract.ARCHIVED_IN})"
            f" AND (attribute_not_exists(#{ticket}) OR #{ticket} <> :{ticket})"
        )
        names.append(contract.ARCHIVED_IN)
    changes = {name: value for name, value in attributes.items() if value is not None}
    removed = [name for name, value in attributes.items() if value is None]
    try:
        dynamodb.update_item(
            TableName=table,
            Key={name: {"S": str(item[name])} for name in (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)},
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in changes)}"
            f" REMOVE {', '.join(f'#{name}' for name in removed)}",
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues={
                ":expected": {"S": str(item[contract.STATUS])},
                **{f":{name}": {"S": value} for name, value in changes.items()},
            },
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        raise RolledBack(
            f"{webhook_id} is not {item[contract.STATUS]} any more"
            + (", is archived, or was replayed under this ticket" if contract.ARCHIVED_IN in names else ""),
            f"look at it again: {copyable('inbox', 'show', webhook_id)}",
        ) from error


def _decided_from(item: Item) -> str:
    """Its status; of a conflict that was accepted it stays `conflict`, as it counts by itself whatever comes after."""
    before = item.get(contract.DECIDED_FROM)
    if before == contract.STATUS_CONFLICT and item.get(contract.DECISION) == contract.DECISION_ACCEPT:
        return contract.STATUS_CONFLICT
    return str(item[contract.STATUS])
