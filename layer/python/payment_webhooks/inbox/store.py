"""Stores a webhook in the inbox with one conditional write, before it is acknowledged.

What is in the way of that write decides what the webhook is:

    nothing                                 new        the item is stored
    an item or guard, same fingerprint      duplicate  nothing is stored
      that was ignored or not expected      new        it takes that item's place, if it is judged otherwise now
    an item or guard, other fingerprint     conflict   stored beside the first one, never applied by itself
      that was fetched, and tells the same  duplicate  nothing is stored: a list may write an event otherwise
"""

from collections.abc import Callable, Sequence
from typing import Literal

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import REASON_CONDITION_FAILED
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import (
    DELIVERY_ATTRIBUTES,
    FINGERPRINT,
    REASON_EVENT_ID_REUSED,
    REASON_TRANSMISSION_ID_REUSED,
    conflict_item,
    guard_item,
)
from payment_webhooks.inbox.verdict import verdict_of

Stored = Literal["new", "duplicate", "conflict"]

_ABSENT = "attribute_not_exists(#id)"
_ID_NAME = {"#id": contract.WEBHOOK_ID}


class Inbox:
    """The receiver's side of the table. Every method raises Unavailable when the table does not answer."""

    def __init__(self, dynamodb: Api, table: str) -> None:
        self._table = DynamoDbTable(dynamodb, table)

    def store(
        self, item: Item, transmission_id: str | None, tells: Callable[[str], bool] = lambda money: False
    ) -> Stored:
        """Store a webhook with one atomic write. A `transmission_id`, where the provider has one, is claimed along with
        the event id. `tells`: whether the webhook says of money what one with its id does that was fetched.
        """
        if transmission_id is None:
            return self._settle(item, self._put_new(item), None, tells)
        transmission = guard_item("transmission", transmission_id, item)
        in_the_way = self._put_guarded([item, guard_item("event", item["event_id"]["S"], item), transmission])
        return self._settle(item, in_the_way, transmission, tells)

    def _settle(
        self,
        item: Item,
        in_the_way: Sequence[Item],
        transmission: Item | None,
        tells: Callable[[str], bool],
    ) -> Stored:
        if not in_the_way or any(_same_delivery(item, other) for other in in_the_way):
            return "new"  # the second case: our own attempt, whose answer was lost
        others = [
            other
            for other in in_the_way
            if other[FINGERPRINT] != item[FINGERPRINT]
            and not (contract.MONEY in other and tells(other[contract.MONEY]["S"]))
        ]
        if not others and (transmission is None or self._claim(transmission)):
            return "new" if self._replace_verdict(item, in_the_way) else "duplicate"
        if transmission is not None:
            self._claim(transmission)  # this transmission has been used, whatever becomes of its body
        self._put_new(conflict_item(item, _conflict_reason(others, transmission)))
        return "conflict"

    def _replace_verdict(self, item: Item, in_the_way: Sequence[Item]) -> bool:
        """Put the item in the place of the same webhook that was ignored, or waits as not expected, if the endpoint's
        settings, or a reader, judge it otherwise now. False when they do not, when another delivery was faster, and
        for one that was applied once: it stays as it came.
        """
        now = verdict_of(item)
        waiting = (other for other in in_the_way if contract.TRANSACTION_ID not in other)
        other = next((other for other in waiting if verdict_of(other).turns_into(now)), None)
        if other is None:
            return False
        first = other.get(contract.FIRST_RECEIVED_AT, other["received_at"])
        return self._table.put_if(
            {**item, contract.FIRST_RECEIVED_AT: first},
            "#status = :status",
            {"#status": contract.STATUS},
            {":status": other[contract.STATUS]},
        ).done

    def _put_new(self, item: Item) -> list[Item]:
        """Put unless the key is taken; the item that was there."""
        write = self._table.put_if(item, _ABSENT, _ID_NAME)
        return [] if write.done else [_with_fingerprint(write.item)]

    def _put_guarded(self, items: Sequence[Item]) -> list[Item]:
        """Put all, unless any key is taken; the items that were there."""
        reasons = self._table.transact_if(
            [{"Put": self._table.put(item, _ABSENT, _ID_NAME)} for item in items]
        )
        return [
            _with_fingerprint(reason.get("Item"))
            for reason in reasons
            if reason.get("Code") == REASON_CONDITION_FAILED
        ]

    def _claim(self, guard: Item) -> bool:
        """Whether the guard is now held for this body: a redelivery may come under a new transmission id."""
        return self._table.put_if(
            guard,
            f"{_ABSENT} OR #fingerprint = :fingerprint",
            {**_ID_NAME, "#fingerprint": FINGERPRINT},
            {":fingerprint": guard[FINGERPRINT]},
        ).done


def _with_fingerprint(item: Item | None) -> Item:
    """The item that was in the way. Raises Unavailable when the answer does not have it."""
    if not item or FINGERPRINT not in item:
        raise Unavailable("inbox_answer_incomplete")  # without it, duplicate and conflict look alike
    return item


def _same_delivery(item: Item, other: Item) -> bool:
    return all(item.get(name) == other.get(name) for name in (FINGERPRINT, *DELIVERY_ATTRIBUTES))


def _conflict_reason(others: Sequence[Item], transmission: Item | None) -> str:
    """The event id counts more: it says that a known webhook came again with other content."""
    by_transmission = transmission is not None and all(
        other[contract.WEBHOOK_ID] == transmission[contract.WEBHOOK_ID] for other in others
    )
    return REASON_TRANSMISSION_ID_REUSED if by_transmission else REASON_EVENT_ID_REUSED
