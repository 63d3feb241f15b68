"""The inbox: one item for each authentic webhook, written before it is acknowledged.

Pure parts first (keys, items), then `Inbox`, the receiver's one conditional write. What is in the way of that
write decides what the webhook is:

    nothing                                 new        the item is stored
    an item or guard, same fingerprint      duplicate  nothing is stored
    an item or guard, other fingerprint     conflict   stored beside the first one, never applied by itself
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws import service_errors
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.archive_index import archive_shard
from payment_webhooks.inbox.payloads import StoredBody
from payment_webhooks.inbox.sparse_indexes import attention

Stored = Literal["new", "duplicate", "conflict"]

FINGERPRINT = "fingerprint"
GUARD_TIMESTAMP = contract.GUARD_PREFIX
# A body without a readable id or time still gets a key, the same for each redelivery.
UNREADABLE_PREFIX = "unreadable-"
UNREADABLE_TIMESTAMP = "1970-01-01T00:00:00.000000Z"
CONFLICT_MARK = "#conflict#"
REASON_EVENT_ID_REUSED = "event_id_reused"
REASON_TRANSMISSION_ID_REUSED = "transmission_id_reused"
_DIGITS = 32  # of a fingerprint, where it is part of a key: 128 bits

_DELIVERY_ATTRIBUTES = ("received_at", "trace_id")  # together they name one delivery
_NOT_OF_A_CONFLICT = (contract.PENDING_SHARD, contract.PENDING_SINCE, contract.ARCHIVE_SHARD)
_ABSENT = "attribute_not_exists(#id)"
_ID_NAME = {"#id": contract.WEBHOOK_ID}


class InboxKeys(NamedTuple):
    webhook_id: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """What the receiver found out about one delivery. `event_type` is None for a body that can't be read."""

    endpoint: str
    provider: str
    event_id: str
    event_type: str | None
    timestamp: str
    livemode: bool | None
    status: str
    status_reason: str | None
    fingerprint: str

    @property
    def webhook_id(self) -> str:
        return f"{self.endpoint}:{self.event_id}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it came. `received_at`: UTC with six fractional digits. `transmission_id`: PayPal's only."""

    verified_by: str
    source_ip: str
    trace_id: str
    received_at: str
    size_bytes: int
    transmission_id: str | None = None


def build_item(webhook: Webhook, delivery: Delivery, body: StoredBody) -> Item:
    pending = webhook.status == contract.STATUS_RECEIVED
    return item_of(
        {
            contract.WEBHOOK_ID: webhook.webhook_id,
            contract.WEBHOOK_TIMESTAMP: webhook.timestamp,
            "endpoint": webhook.endpoint,
            "provider": webhook.provider,
            "event_id": webhook.event_id,
            "event_type": webhook.event_type,
            contract.STATUS: webhook.status,
            contract.STATUS_REASON: webhook.status_reason,
            "livemode": webhook.livemode,
            FINGERPRINT: webhook.fingerprint,
            "payload": body.payload,
            "payload_key": body.payload_key,
            "payload_sha256": body.sha256,
            "size_bytes": delivery.size_bytes,
            "received_at": delivery.received_at,
            "verified_by": delivery.verified_by,
            "source_ip": delivery.source_ip or None,
            "trace_id": delivery.trace_id or None,
            "attempts": 0,
            contract.PENDING_SHARD: pending_shard(webhook.fingerprint) if pending else None,
            contract.PENDING_SINCE: delivery.received_at if pending else None,
            **attention(webhook.status, webhook.webhook_id, delivery.received_at),
            contract.ARCHIVE_SHARD: archive_shard(webhook.status, webhook.webhook_id, delivery.received_at),
        }
    )


def pending_shard(fingerprint: str) -> str:
    """One of PENDING_SHARD_COUNT, evenly: the fingerprint is as good as random."""
    return str(int(fingerprint[:8], 16) % contract.PENDING_SHARD_COUNT)


def guard_item(kind: str, claimed_id: str, item: Item) -> Item:
    """An item that claims an event id or a transmission id (`kind`) of this endpoint for one body."""
    return {
        contract.WEBHOOK_ID: {"S": f"{contract.GUARD_PREFIX}#{kind}#{item['endpoint']['S']}:{claimed_id}"},
        contract.WEBHOOK_TIMESTAMP: {"S": GUARD_TIMESTAMP},
        contract.STATUS: {"S": contract.STATUS_GUARD},
        "guarded_webhook_id": item[contract.WEBHOOK_ID],
        "guarded_timestamp": item[contract.WEBHOOK_TIMESTAMP],
        **{name: item[name] for name in (FINGERPRINT, *_DELIVERY_ATTRIBUTES) if name in item},
    }


def conflict_item(item: Item, reason: str) -> Item:
    """The same webhook under a key of its own, for a person to decide; nothing picks it up by itself."""
    conflict = {name: value for name, value in item.items() if name not in _NOT_OF_A_CONFLICT}
    timestamp = f"{item[contract.WEBHOOK_TIMESTAMP]['S']}{CONFLICT_MARK}{item[FINGERPRINT]['S'][:_DIGITS]}"
    conflict[contract.WEBHOOK_TIMESTAMP] = {"S": timestamp}
    conflict[contract.STATUS] = {"S": contract.STATUS_CONFLICT}
    conflict[contract.STATUS_REASON] = {"S": reason}
    since = item["received_at"]["S"]
    return {
        **conflict,
        **item_of(attention(contract.STATUS_CONFLICT, item[contract.WEBHOOK_ID]["S"], since)),
    }


class Inbox:
    """The receiver's side of the table. Every method raises Unavailable when the table does not answer."""

    def __init__(self, dynamodb: Api, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def store(self, item: Item, transmission_id: str | None) -> Stored:
        """Store a webhook with one atomic write. A `transmission_id` (PayPal) is claimed along with the event
        id.
        """
        if transmission_id is None:
            return self._settle(item, self._put_new(item), None)
        transmission = guard_item("transmission", transmission_id, item)
        in_the_way = self._put_guarded([item, guard_item("event", item["event_id"]["S"], item), transmission])
        return self._settle(item, in_the_way, transmission)

    def _settle(self, item: Item, in_the_way: Sequence[Item], transmission: Item | None) -> Stored:
        if not in_the_way or any(_same_delivery(item, other) for other in in_the_way):
            return "new"  # the second case: our own attempt, whose answer was lost
        others = [other for other in in_the_way if other[FINGERPRINT] != item[FINGERPRINT]]
        if not others and (transmission is None or self._claim(transmission)):
            return "duplicate"
        if transmission is not None:
            self._claim(transmission)  # this transmission has been used, whatever becomes of its body
        self._put_new(conflict_item(item, _conflict_reason(others, transmission)))
        return "conflict"

    def _put_new(self, item: Item) -> list[Item]:
        """Put unless the key is taken; what was there."""
        try:
            self._dynamodb("PutItem", self._put(item))
        except ServiceError as error:
            if error.code != service_errors.CONDITION_FAILED:
                raise
            return [_item_in_the_way(error.details)]
        return []

    def _put_guarded(self, items: Sequence[Item]) -> list[Item]:
        """Put all, unless any key is taken; what was there."""
        try:
            self._dynamodb(
                "TransactWriteItems", {"TransactItems": [{"Put": self._put(item)} for item in items]}
            )
        except ServiceError as error:
            if not error.only_conditions_failed:
                raise
            return [
                _item_in_the_way(reason)
                for reason in error.cancellation_reasons
                if reason.get("Code") == service_errors.REASON_CONDITION_FAILED
            ]
        return []

    def _claim(self, guard: Item) -> bool:
        """Whether the guard is now held for this body: a redelivery may come under a new transmission id."""
        parameters = self._put(guard)
        parameters["ConditionExpression"] = f"{_ABSENT} OR #fingerprint = :fingerprint"
        parameters["ExpressionAttributeNames"] = {**_ID_NAME, "#fingerprint": FINGERPRINT}
        parameters["ExpressionAttributeValues"] = {":fingerprint": guard[FINGERPRINT]}
        try:
            self._dynamodb("PutItem", parameters)
        except ServiceError as error:
            if error.code != service_errors.CONDITION_FAILED:
                raise
            return False
        return True

    def _put(self, item: Item) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": _ABSENT,
            "ExpressionAttributeNames": _ID_NAME,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _item_in_the_way(answer: Mapping[str, Any]) -> Item:
    item: Item | None = answer.get("Item")
    if not item or FINGERPRINT not in item:
        raise Unavailable("inbox_answer_incomplete")  # without it, duplicate and conflict look alike
    return item


def _same_delivery(item: Item, other: Item) -> bool:
    return all(item.get(name) == other.get(name) for name in (FINGERPRINT, *_DELIVERY_ATTRIBUTES))


def _conflict_reason(others: Sequence[Item], transmission: Item | None) -> str:
    """The event id counts more: it says that a known webhook came again with other content."""
    by_transmission = transmission is not None and all(
        other[contract.WEBHOOK_ID] == transmission[contract.WEBHOOK_ID] for other in others
    )
    return REASON_TRANSMISSION_ID_REUSED if by_transmission else REASON_EVENT_ID_REUSED
