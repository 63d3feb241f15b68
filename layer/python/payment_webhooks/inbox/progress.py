"""Reads webhooks from the inbox for the processor, and records how far each has come.

received ──► processed | ignored | quarantined | conflict        done: no longer pending
         └─► failed                                              given up; a redrive starts it again
quarantined | conflict | failed | unexpected ──► received | discarded    a person's decision (scripts/inbox.py)
unexpected | ignored ──► received | unexpected | ignored         judged again: it came again, or a person asked
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import attribute, plain
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.sparse_indexes import archive_shard, attention

OPEN_STATUSES = (contract.STATUS_RECEIVED, contract.STATUS_FAILED)


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """One item. The body is `payload` (text, or bytes when it is not UTF-8) or the object `payload_key`."""

    keys: InboxKeys
    endpoint: str
    provider: str
    event_id: str
    status: str
    received_at: str
    trace_id: str | None
    payload: str | bytes | None = field(repr=False)
    payload_key: str | None
    payload_sha256: str
    accepted_from: str | None = None  # the status from which a person has accepted it
    attempts: int = 0

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended. `reason` explains a status other than processed."""

    status: str
    reason: str | None = None
    transaction_id: str | None = None


class InboxProgress:
    """Every method raises Unavailable when the table does not answer. `now` gives a UTC time, six digits."""

    def __init__(self, dynamodb: Api, table: str, now: Callable[[], str]) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._now = now

    def load(self, webhook_id: str) -> list[StoredWebhook]:
        """Every item of one webhook id, strongly consistent, in the order of their timestamps."""
        items = self._table.query(
            "#id = :id", {"#id": contract.WEBHOOK_ID}, {":id": {"S": webhook_id}}, ConsistentRead=True
        )
        return [_stored(plain(item)) for item in items]

    def finish(self, keys: InboxKeys, result: Result) -> bool:
        """Mark a webhook as done; False when it was not open any more (another attempt was faster)."""
        now = self._now()
        waits = attention(result.status, keys.webhook_id, now)
        changes = {
            contract.STATUS: result.status,
            "processed_at": now,
            "transaction_id": result.transaction_id,
            contract.ARCHIVE_SHARD: archive_shard(result.status, keys.webhook_id, now),
        }
        cleared = {contract.STATUS_REASON: result.reason, **waits}
        removed = [name for name, value in cleared.items() if value is None]
        return self._update(
            keys, {**changes, **cleared}, [contract.PENDING_SHARD, contract.PENDING_SINCE, *removed]
        )

    def record_failure(self, keys: InboxKeys, error: str) -> bool:
        """Count an attempt that failed and will be repeated. `error` is a reason code."""
        return self._update(keys, {"last_error": error}, [])

    def give_up(self, keys: InboxKeys, reason: str, attempts: int = 1) -> bool:
        """Mark a webhook as failed: it is in the dead-letter queue, and nothing else picks it up.

        `attempts` are those that have not been counted: 0 when each has been recorded.
        """
        changes = {
            contract.STATUS: contract.STATUS_FAILED,
            contract.STATUS_REASON: reason,
            "last_error": reason,
            **attention(contract.STATUS_FAILED, keys.webhook_id, self._now()),
        }
        return self._update(keys, changes, [contract.PENDING_SHARD, contract.PENDING_SINCE], attempts)

    def _update(
        self, keys: InboxKeys, changes: Mapping[str, str | None], removed: list[str], attempts: int = 1
    ) -> bool:
        """Apply `changes`, remove the attributes `removed` and add `attempts`, if the webhook's status is received or
        failed. A value of None leaves the attribute unchanged. False if the item does not exist or has another status.
        """
        values = {name: value for name, value in changes.items() if value is not None}
        names = [*values, *removed]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in removed)
        return self._table.update_if(
            {
                contract.WEBHOOK_ID: {"S": keys.webhook_id},
                contract.WEBHOOK_TIMESTAMP: {"S": keys.timestamp},
            },
            f"{expression} ADD #attempts :more",
            # an item that is not there has no status, so this never creates one
            f"#{contract.STATUS} IN (:open_received, :open_failed)",
            {f"#{name}": name for name in {*names, "attempts", contract.STATUS}},
            {
                **{f":{name}": attribute(value) for name, value in values.items()},
                ":more": {"N": str(attempts)},
                ":open_received": {"S": contract.STATUS_RECEIVED},
                ":open_failed": {"S": contract.STATUS_FAILED},
            },
        ).done


def _stored(item: Mapping[str, Any]) -> StoredWebhook:
    return StoredWebhook(
        keys=InboxKeys(item[contract.WEBHOOK_ID], item[contract.WEBHOOK_TIMESTAMP]),
        endpoint=item["endpoint"],
        provider=item["provider"],
        event_id=item["event_id"],
        status=item[contract.STATUS],
        received_at=item["received_at"],
        trace_id=item.get("trace_id"),
        payload=item.get("payload"),
        payload_key=item.get("payload_key"),
        payload_sha256=item["payload_sha256"],
        accepted_from=(
            item.get(contract.DECIDED_FROM)
            if item.get(contract.DECISION) == contract.DECISION_ACCEPT
            else None
        ),
        attempts=int(item.get("attempts", 0)),
    )
