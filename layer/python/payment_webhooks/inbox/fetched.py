"""The inbox of who fetches events that never came: what it has of them, what is added, how far the comparison is."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.aws.dynamodb_table import MOST_KEYS, DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.inbox.items import (
    GUARD_TIMESTAMP,
    REASON_EVENT_ID_REUSED,
    InboxKeys,
    conflict_item,
    guard_item,
)

_ABSENT = "attribute_not_exists(#id)"
_ID_NAME = {"#id": contract.WEBHOOK_ID}
_VERSION = "version"
_UNTIL = "reconciled_until"


class Progress(NamedTuple):
    """Every event up to `until`, in Unix seconds, has been compared. `version` rises with each write."""

    until: int
    version: int


class FetchedEvents:
    """Every method raises Unavailable when the table does not answer; `pause` as in DynamoDbTable.items."""

    def __init__(self, dynamodb: Api, table: str, pause: Callable[[int], None]) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._pause = pause

    def known(self, keys: Sequence[InboxKeys]) -> Mapping[str, Item]:
        """By webhook id, the item of each of these webhooks that there is: the one with these keys, else any with the
        id, as a list may give another time of creation.
        """
        by_keys = list(dict.fromkeys(keys))
        found: dict[str, Item] = {}
        for start in range(0, len(by_keys), MOST_KEYS):
            asked = [_key(each) for each in by_keys[start : start + MOST_KEYS]]
            items = self._table.items(asked, self._pause)
            found |= {item[contract.WEBHOOK_ID]["S"]: item for item in items}
        for webhook_id in dict.fromkeys(each.webhook_id for each in by_keys if each.webhook_id not in found):
            values = {":id": {"S": webhook_id}}
            for item in self._table.query("#id = :id", _ID_NAME, values, ConsistentRead=True):
                found.setdefault(webhook_id, item)
        return found

    def add(self, item: Item, claims_event: bool) -> Item | None:
        """Store a webhook that is not there; the item that is there after all. `claims_event`: with a guard, for a
        provider whose deliveries claim their event.
        """
        if claims_event:
            guard = guard_item("event", item["event_id"]["S"], item)
            puts = [{"Put": self._table.put(each, _ABSENT, _ID_NAME)} for each in (item, guard)]
            reasons = self._table.transact_if(puts)
            in_the_way = next((reason["Item"] for reason in reasons if reason.get("Item")), None)
            return in_the_way if reasons else None
        write = self._table.put_if(item, _ABSENT, _ID_NAME)
        return None if write.done else write.item

    def add_conflict(self, item: Item) -> bool:
        """Store a webhook beside another with its id, for a person to decide; False when it was there before."""
        conflict = conflict_item(item, REASON_EVENT_ID_REUSED)
        return self._table.put_if(conflict, _ABSENT, _ID_NAME).done

    def progress(self, endpoint: str) -> Progress | None:
        """How far the endpoint's events have been compared; None where nobody has begun."""
        items = self._table.items([_key(_of_progress(endpoint))], self._pause)
        if not items:
            return None
        stored = plain(items[0])
        return Progress(stored[_UNTIL], stored[_VERSION])

    def advance(self, endpoint: str, before: Progress | None, until: int) -> Progress | None:
        """Record that the comparison is further; None when somebody else has recorded something since `before`."""
        after = Progress(until, 1 if before is None else before.version + 1)
        numbers = item_of(
            {contract.STATUS: contract.STATUS_GUARD, _UNTIL: after.until, _VERSION: after.version}
        )
        item = {**_key(_of_progress(endpoint)), **numbers}
        if before is None:
            return after if self._table.put_if(item, _ABSENT, _ID_NAME).done else None
        names, values = {"#version": _VERSION}, {":version": {"N": str(before.version)}}
        return after if self._table.put_if(item, "#version = :version", names, values).done else None


def _of_progress(endpoint: str) -> InboxKeys:
    """A guard's keys, which are no webhook's."""
    return InboxKeys(f"{contract.GUARD_PREFIX}#{contract.RECONCILIATION_GUARD}#{endpoint}", GUARD_TIMESTAMP)


def _key(keys: InboxKeys) -> Item:
    return {
        contract.WEBHOOK_ID: {"S": keys.webhook_id},
        contract.WEBHOOK_TIMESTAMP: {"S": keys.timestamp},
    }
