"""Items of the inbox: their keys and attributes, the guards that claim an id, and conflicts. Pure."""

from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.inbox.payloads import StoredBody
from payment_webhooks.inbox.sparse_indexes import archive_shard, attention, pending_shard

FINGERPRINT = "fingerprint"
GUARD_TIMESTAMP = contract.GUARD_PREFIX
# A body without a readable id or time still gets a key, the same for each redelivery.
UNREADABLE_PREFIX = "unreadable-"
UNREADABLE_TIMESTAMP = "1970-01-01T00:00:00.000000Z"
CONFLICT_MARK = "#conflict#"
REASON_EVENT_ID_REUSED = "event_id_reused"
REASON_TRANSMISSION_ID_REUSED = "transmission_id_reused"
_DIGITS = 32  # of a fingerprint, where it is part of a key: 128 bits

DELIVERY_ATTRIBUTES = ("received_at", "trace_id")  # together they name one delivery
_NOT_OF_A_CONFLICT = (contract.PENDING_SHARD, contract.PENDING_SINCE, contract.ARCHIVE_SHARD)


class InboxKeys(NamedTuple):
    webhook_id: str
    timestamp: str


class Webhook(NamedTuple):
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


class Delivery(NamedTuple):
    """How it came. `received_at`: UTC with six fractional digits. `money`: of one that was fetched from the provider
    instead, what it says of money.
    """

    verified_by: str
    source_ip: str
    trace_id: str
    received_at: str
    size_bytes: int
    money: str | None = None


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
            contract.SOURCE: None if delivery.money is None else contract.SOURCE_RECONCILED,
            contract.MONEY: delivery.money,
            contract.PENDING_SHARD: pending_shard(webhook.fingerprint) if pending else None,
            contract.PENDING_SINCE: delivery.received_at if pending else None,
            **attention(webhook.status, webhook.webhook_id, delivery.received_at),
            contract.ARCHIVE_SHARD: archive_shard(webhook.status, webhook.webhook_id, delivery.received_at),
        }
    )


def guard_item(kind: str, claimed_id: str, item: Item) -> Item:
    """An item that claims an event id or a transmission id (`kind`) of this endpoint for one body."""
    return {
        contract.WEBHOOK_ID: {"S": f"{contract.GUARD_PREFIX}#{kind}#{item['endpoint']['S']}:{claimed_id}"},
        contract.WEBHOOK_TIMESTAMP: {"S": GUARD_TIMESTAMP},
        contract.STATUS: {"S": contract.STATUS_GUARD},
        "guarded_webhook_id": item[contract.WEBHOOK_ID],
        "guarded_timestamp": item[contract.WEBHOOK_TIMESTAMP],
        **{name: item[name] for name in (FINGERPRINT, contract.MONEY, *DELIVERY_ATTRIBUTES) if name in item},
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
