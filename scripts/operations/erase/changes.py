"""Erases bodies in the inbox, each by one conditional update."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from payment_webhooks import contract
from payment_webhooks.audit.erasure import erasure_of
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.timestamps import utc_timestamp


@dataclass
class Changes:
    """What has become of the items so far: how many were erased, and which were left, and why."""

    erased: int = 0
    left: list[str] = field(default_factory=list)


def erase_items(
    inbox: DynamoDbTable,
    items: Sequence[Item],
    by: str,
    ticket: str,
    clock: Callable[[], float],
    after_each: Callable[[int], None],
    changes: Changes,
) -> None:
    """`changes` is kept up to date, as any call may fail. One that somebody has changed since it was read, and one that
    DynamoDB refuses by itself, is left; raises Unavailable for what ends all. after_each: told of how many there were.
    """
    for number, item in enumerate(items, start=1):
        name = item[contract.WEBHOOK_ID]["S"]
        try:
            if _erase(inbox, item, erasure_of(item, by, utc_timestamp(clock()), ticket) or {}):
                changes.erased += 1
            else:
                changes.left.append(f"{name} (changed meanwhile)")
        except ServiceError as error:
            if error.passes:
                raise
            changes.left.append(f"{name} ({error.code})")
        after_each(number)


def _erase(inbox: DynamoDbTable, item: Item, changed: Item) -> bool:
    return inbox.update_if(
        {name: item[name] for name in (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)},
        f"SET {', '.join(f'#{name} = :{name}' for name in changed)}",
        "#status = :status AND #payload = :before",
        {f"#{name}": name for name in (*changed, contract.STATUS)},
        {
            ":status": item[contract.STATUS],
            ":before": item["payload"],
            **{f":{name}": value for name, value in changed.items()},
        },
    ).done
