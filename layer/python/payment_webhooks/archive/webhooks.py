"""Archives webhooks of the inbox; only an archived one gets a time to expire.

The archive gets what the inbox has: the masked copy, also of a body that was too long for its item. PayPal's guards
are not archived and never expire: its signature has no end of validity, so a replay may come at any time.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.archive.eligibility import LOOK_AGAIN_AFTER_DAYS
from payment_webhooks.archive.parts import Line, Part
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import day_of, day_of_shard, later, shard_of
from payment_webhooks.inbox.items import FINGERPRINT
from payment_webhooks.inbox.payloads import PayloadMissing, PayloadStore
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES

# Neither ids nor timestamps have blanks.
_SEPARATOR: Final = " "
# "timestamp" is a reserved word in a query; the id is spelled as the other columns are.
_RENAMED: Final = {
    contract.WEBHOOK_ID: "webhook_id",
    contract.WEBHOOK_TIMESTAMP: "webhook_timestamp",
}
_LEFT_OUT: Final = (contract.ARCHIVE_SHARD, FINGERPRINT, "payload")


class WebhookSource:
    """`quiet_days`: how long a webhook has been done before it is archived."""

    name = contract.ARCHIVE_WEBHOOKS

    def __init__(self, dynamodb: Api, table: str, payloads: PayloadStore, quiet_days: int) -> None:
        self._dynamodb = dynamodb
        self._table = DynamoDbTable(dynamodb, table)
        self._payloads = payloads
        self.quiet_days = quiet_days

    def due(self, shard: str) -> Iterator[str]:
        names, values = {"#shard": contract.ARCHIVE_SHARD}, {":shard": {"S": shard}}
        for item in self._table.query("#shard = :shard", names, values, IndexName=contract.ARCHIVE_INDEX):
            yield _SEPARATOR.join((item[contract.WEBHOOK_ID]["S"], item[contract.WEBHOOK_TIMESTAMP]["S"]))

    def look(self, name: str, cutoff: str) -> Line | None:
        """A body that is gone, or not the one that its item vouches for, is looked at again in a month: the item stays
        for a person, and nothing else waits for it.
        """
        key = _key(*name.split(_SEPARATOR))
        answer = self._dynamodb(
            "GetItem", {"TableName": self._table.name, "Key": key, "ConsistentRead": True}
        )
        item = plain(answer.get("Item") or {})
        shard = item.get(contract.ARCHIVE_SHARD)
        if shard is None or day_of_shard(shard) > cutoff:
            return None  # the index is a moment behind
        body = self._body(item) if item[contract.STATUS] in DONE_STATUSES else None
        if body is None:
            day = later(cutoff, LOOK_AGAIN_AFTER_DAYS)
            self._update(key, "SET #shard = :shard", {":shard": shard_of(day, item[contract.WEBHOOK_ID])})
            return None
        return Line(name, _document(item, body))

    def provider_of(self, line: Line) -> str:
        provider: str = line.document["provider"]
        return provider

    def counts(self, lines: list[Line]) -> dict[str, int]:
        return {"webhooks": len(lines)}

    def release(self, document: dict[str, Any], part: Part, location: str) -> None:
        """From now on it may expire. The same each time, so repeating it changes nothing. One that was judged again and
        applied, or erased, since it was read is archived once more, as it is now.
        """
        key = _key(document["webhook_id"], document["webhook_timestamp"])
        left = document.get(contract.ERASED_SHA256)
        is_as_read = "attribute_not_exists(#left)" if left is None else "#left = :left"
        is_released = self._update(
            key,
            "SET #expires = :now, #archived = :location REMOVE #shard",
            {
                ":now": int(datetime.fromisoformat(part.opened_at).timestamp()),
                ":location": location,
                ":status": document[contract.STATUS],
                **({} if left is None else {":left": left}),
            },
            {
                "#expires": contract.INBOX_EXPIRES_AT,
                "#archived": contract.ARCHIVED_IN,
                "#status": contract.STATUS,
                "#left": contract.ERASED_SHA256,
            },
            f" AND #status = :status AND {is_as_read}",
        )
        if not is_released:  # its day is worked through
            shard = shard_of(day_of(part.opened_at), document["webhook_id"])
            self._update(key, "SET #shard = :shard", {":shard": shard})

    def _body(self, item: dict[str, Any]) -> bytes | None:
        if "payload_key" not in item:
            payload = item.get("payload", b"")
            return payload.encode() if isinstance(payload, str) else bytes(payload)
        try:
            body = self._payloads.get(item["payload_key"])
        except PayloadMissing:
            return None
        return body if hashlib.sha256(body).hexdigest() == item["payload_sha256"] else None

    def _update(
        self,
        key: Item,
        expression: str,
        values: dict[str, str | int | bool | bytes | None],
        names: dict[str, str] | None = None,
        condition: str = "",
    ) -> bool:
        """Does nothing to an item that has left the index, or is gone: that is how it is after an earlier attempt."""
        used = {"#shard": contract.ARCHIVE_SHARD, **(names or {})}
        exists = f"attribute_exists(#shard){condition}"
        return self._table.update_if(key, expression, exists, used, item_of(values)).done


def _document(item: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The line: what the item says, without what finds it, and the body as text, or in base64 when it is none."""
    document = {_RENAMED.get(name, name): value for name, value in item.items() if name not in _LEFT_OUT}
    try:
        document["payload"] = body.decode()
    except UnicodeDecodeError:
        document["payload_base64"] = base64.b64encode(body).decode()
    return document


def as_inbox_item(document: Mapping[str, Any], location: str) -> dict[str, Any]:
    """The line as values of the item that it was made of. `location`: s3://bucket/key of its part."""
    item_names = {line_name: name for name, line_name in _RENAMED.items()}
    item = {item_names.get(name, name): value for name, value in document.items()}
    return {**item, contract.ARCHIVED_IN: location}


def _key(webhook_id: str, timestamp: str) -> Item:
    return item_of({contract.WEBHOOK_ID: webhook_id, contract.WEBHOOK_TIMESTAMP: timestamp})
