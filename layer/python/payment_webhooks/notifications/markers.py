"""Marks each notification with one item: its holder may publish, and once it says published, nobody does again.

    free        no item, or a claim whose lease has run out
    claimed     somebody is publishing: `lease_until` (Unix seconds) is there
    published   `lease_until` is gone

A topic has no transaction with a table. So a crash after the topic took the message and before the marker says
so repeats it, with the same dedupe id, once the lease has run out; a crash before it loses nothing. In every
other case a notification is published once.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.timestamps import utc_timestamp

# Longer than an invocation, so that nobody publishes beside one that is at work; shorter than the queue's
# visibility time-out, so that the message of a crashed one finds the way free.
LEASE_SECONDS: Final = 60

_STATE: Final = "state"
_CLAIMED: Final = "claimed"
_PUBLISHED: Final = "published"
_LEASE: Final = "lease_until"
_OWNER: Final = "owner"


class NotificationKey(NamedTuple):
    """`notification`: "{type}#{event id, or the id of the request}"."""

    transaction_id: str
    notification: str


class Claim(Enum):
    OURS = "ours"
    PUBLISHED = "published"
    BUSY = "busy"


class NotificationMarkers:
    """The table Notifications. `clock` gives Unix seconds. Every method raises Unavailable."""

    def __init__(self, dynamodb: Api, table: str, clock: Callable[[], float]) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._clock = clock

    def claim(self, key: NotificationKey, owner: str) -> Claim:
        """`owner` is any text that no other attempt has."""
        now = int(self._clock())
        item = item_of(
            {
                **_keys(key),
                _STATE: _CLAIMED,
                _OWNER: owner,
                _LEASE: now + LEASE_SECONDS,
                "claimed_at": utc_timestamp(now),
                contract.NOTIFICATION_EXPIRES_AT: now + contract.NOTIFICATION_MARKER_DAYS * 86_400,
            }
        )
        write = self._table.put_if(
            item,
            "attribute_not_exists(#id) OR #lease < :now OR #owner = :owner",
            {"#id": contract.TRANSACTION_ID, "#lease": _LEASE, "#owner": _OWNER},
            {":now": {"N": str(now)}, ":owner": {"S": owner}},
        )
        if write.done:
            return Claim.OURS
        return Claim.BUSY if _LEASE in write.item else Claim.PUBLISHED

    def set_published(self, key: NotificationKey, message_id: str) -> None:
        """`message_id` is the topic's. An item that is gone is an error, too."""
        write = self._table.update_if(
            item_of(_keys(key)),
            "SET #state = :published, #at = :at, #message = :message REMOVE #lease, #owner",
            "attribute_exists(#id)",
            {
                "#id": contract.TRANSACTION_ID,
                "#state": _STATE,
                "#at": "published_at",
                "#message": "message_id",
                "#lease": _LEASE,
                "#owner": _OWNER,
            },
            {
                ":published": {"S": _PUBLISHED},
                ":at": {"S": utc_timestamp(self._clock())},
                ":message": {"S": message_id},
            },
        )
        if write.refusal is not None:
            raise write.refusal

    def release(self, key: NotificationKey, owner: str) -> None:
        """Give back a claim that came to nothing, so that the next attempt need not wait for its lease. Does nothing
        to a claim that is another's by now.
        """
        self._table.update_if(
            item_of(_keys(key)),
            "SET #lease = :over",
            "#owner = :owner",
            {"#lease": _LEASE, "#owner": _OWNER},
            {":over": {"N": "0"}, ":owner": {"S": owner}},
        )


def _keys(key: NotificationKey) -> dict[str, Any]:
    return {
        contract.TRANSACTION_ID: key.transaction_id,
        contract.NOTIFICATION_ID: key.notification,
    }
