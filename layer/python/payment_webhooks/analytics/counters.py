"""The table of counters: an effect's marker and its share of the counters are written together, or not at all.

    sums#{day}#{shard}    {hour}#{provider}#{currency}#{status}    counters, added to
    {transaction id}      event#{event id}                         marker: counted; expires

The marker's keys are those of the effect's row in the ledger, so that no redelivery, in whatever batch, counts an
effect twice.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Bucket, Counted, Tally, sums
from payment_webhooks.aws import service_errors
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable

_DAY_SECONDS: Final = 24 * 60 * 60
# Of one transaction. With a tenth of a second at first and two at most, all pauses are some seconds: contention and
# throttling pass, and the rest is for the stream to bring again.
ATTEMPTS: Final = 8
# Of counters alone: the markers stand in the same table.
SUMS_PREFIX: Final = "sums#"
_NONE: Final = "-"


class Keys(NamedTuple):
    partition: str
    entry: str


def counter_keys(bucket: Bucket, shard: int) -> Keys:
    day, _, hour = bucket.hour.partition("T")
    words = (hour, bucket.provider, bucket.currency or _NONE, bucket.status)
    return Keys(day_partition(day, shard), "#".join(words))


def day_partition(day: str, shard: int) -> str:
    return f"{SUMS_PREFIX}{day}#{shard}"


def counter_of(item: Item) -> tuple[Bucket, Tally]:
    """A counter as DynamoDB gives it, whatever its shard."""
    values = plain(item)
    day = values[contract.ANALYTICS_KEY].removeprefix(SUMS_PREFIX).partition("#")[0]
    hour, provider, currency, status = values[contract.ANALYTICS_ENTRY].split("#")
    bucket = Bucket(f"{day}T{hour}", provider, None if currency == _NONE else currency, status)
    return bucket, Tally(*(values.get(name, 0) for name in Tally._fields))


class AnalyticsTable:
    """Writes counters. `now` gives Unix seconds; `pick_shard` a number under contract.ANALYTICS_SHARD_COUNT, another
    at each call; `pause` waits before the attempt with that number, or raises Unavailable when no time is left;
    `new_token` gives up to 36 characters that no other call has.

    `dynamodb` should not retry by itself: what contended for one shard is tried on another.
    """

    def __init__(
        self,
        dynamodb: Api,
        table: str,
        now: Callable[[], float],
        pick_shard: Callable[[], int],
        pause: Callable[[int], None],
        new_token: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._now = now
        self._pick_shard = pick_shard
        self._pause = pause
        self._new_token = new_token

    def count(self, chunk: Sequence[Counted]) -> int:
        """Count those that are not counted yet, in one transaction; how many that were.

        `chunk` is one of `counted_effects.chunks`. Raises Unavailable: then some call may have been carried out, and
        the same chunk, or any other with these effects, may be given again.
        """
        left, attempt = list(chunk), 1
        request: dict[str, Any] = {}
        while left:
            request = request or self._request(left)
            try:
                self._dynamodb("TransactWriteItems", request)
                return len(left)
            except Unavailable as error:
                counted = _counted_before(error, len(left))
                left = [each for number, each in enumerate(left) if number not in counted]
                if not counted or not _only_conditions_failed(error):
                    if attempt == ATTEMPTS or not _may_pass(error):
                        raise
                    attempt += 1
                    self._pause(attempt)
                if not _may_be_done(error):
                    request = {}
        return 0

    def _request(self, effects: Sequence[Counted]) -> dict[str, Any]:
        """Adds a ClientRequestToken, so that a retry within ten minutes after a lost response succeeds instead of
        reporting the effects as already counted."""
        return {"TransactItems": self._actions(effects), "ClientRequestToken": self._new_token()}

    def _actions(self, effects: Sequence[Counted]) -> list[dict[str, Any]]:
        """Markers first, in the order of the effects: reasons of a cancellation come in the order of the actions."""
        expires_at = int(self._now()) + contract.ANALYTICS_MARKER_DAYS * _DAY_SECONDS
        shard = self._pick_shard()
        markers = [{"Put": self._marker(each, expires_at)} for each in effects]
        updates = [{"Update": self._update(*each, shard)} for each in sums(effects).items()]
        return [*markers, *updates]

    def _marker(self, effect: Counted, expires_at: int) -> dict[str, Any]:
        keys = _key_item(Keys(*effect.keys))
        return {
            "TableName": self._table,
            "Item": keys | item_of({contract.ANALYTICS_EXPIRES_AT: expires_at}),
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": contract.ANALYTICS_KEY},
        }

    def _update(self, bucket: Bucket, tally: Tally, shard: int) -> dict[str, Any]:
        changes = {name: value for name, value in tally._asdict().items() if value}
        return {
            "TableName": self._table,
            "Key": _key_item(counter_keys(bucket, shard)),
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in changes),
            "ExpressionAttributeNames": {f"#{name}": name for name in changes},
            "ExpressionAttributeValues": item_of({f":{name}": value for name, value in changes.items()}),
        }


def _key_item(keys: Keys) -> Item:
    return item_of({contract.ANALYTICS_KEY: keys.partition, contract.ANALYTICS_ENTRY: keys.entry})


def _counted_before(error: Unavailable, effects: int) -> set[int]:
    """Which of the effects have their marker already."""
    reasons = error.cancellation_reasons if isinstance(error, ServiceError) else []
    failed = service_errors.REASON_CONDITION_FAILED
    return {number for number, reason in enumerate(reasons[:effects]) if reason.get("Code") == failed}


def _only_conditions_failed(error: Unavailable) -> bool:
    return isinstance(error, ServiceError) and error.only_conditions_failed


def _may_be_done(error: Unavailable) -> bool:
    """Whether the transaction may have been carried out, or still is: then only the very same request may follow."""
    if not isinstance(error, ServiceError):
        return True
    return error.http_status >= 500 or error.code == service_errors.TRANSACTION_IN_PROGRESS


def _may_pass(error: Unavailable) -> bool:
    """Contention, throttling, an outage; not a call that is refused for what it is."""
    return not isinstance(error, ServiceError) or error.transient
