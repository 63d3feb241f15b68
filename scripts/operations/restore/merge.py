"""Compares a restored table with the live one, and writes into the live one what it has lost; never over what has been
written since.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import counted_of_row
from payment_webhooks.aws.dynamodb_items import AttributeValue, Item, item_of, plain
from payment_webhooks.aws.dynamodb_table import MOST_KEYS, DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import DAY_SECONDS
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.timestamps import utc_timestamp
from scripts.operations.restore.judgement import MISSING, Judge, as_processed, is_pending

Keys = tuple[str, str]  # names of the partition key and of the sort key
Pause = Callable[[int], None]
_OF_A_PAYMENT: Final = (contract.EVENT_PREFIX, contract.PAYMENT_ENTRY, contract.ARCHIVE_SUMMARY)


class Damage(NamedTuple):
    """An item to write. `now`: as the live table has it; None: not at all."""

    verdict: str
    write: Item
    now: Item | None

    def shown(self, keys: Keys) -> dict[str, str]:
        """The keys, and the names of the attributes that differ; no value of a payload."""
        now = self.now or {}
        names = sorted(name for name in {*self.write, *now} if self.write.get(name) != now.get(name))
        attributes = ", ".join(names) if self.now else "all"
        return {
            "verdict": self.verdict,
            **plain({key: self.write[key] for key in keys}),
            "attributes": attributes,
        }


class Comparison(NamedTuple):
    """`counts`: of items by verdict."""

    counts: Mapping[str, int]
    damage: Sequence[Damage]


def compare(dynamodb: Api, restored: str, live: str, keys: Keys, judge: Judge, pause: Pause) -> Comparison:
    """Look at every item of the table `restored`. Raises Unavailable."""
    counts: Counter[str] = Counter()
    damage: list[Damage] = []
    table = DynamoDbTable(dynamodb, live)
    for page in _pages(dynamodb, restored, Limit=MOST_KEYS):
        wanted = [{key: item[key] for key in keys} for item in page]
        there = {_values(item, keys): item for item in table.items(wanted, pause)}
        for then in page:
            now = there.get(_values(then, keys))
            verdict, write = judge(then, now)
            counts[verdict] += 1
            if write is not None:
                damage.append(Damage(verdict, write, now))
    return Comparison(counts, damage)


def without_telling_again(dynamodb: Api, transactions: str, damage: Iterable[Damage]) -> list[Damage]:
    """The damage of an inbox, where what was pending then, and has been applied since, comes back as processed.

    Whether it was, says the ledger's row of it. The ledger has no index by webhook and is read whole, once.
    """
    found = list(damage)
    pending = {
        each.write[contract.WEBHOOK_ID]["S"]
        for each in found
        if each.verdict == MISSING and is_pending(each.write)
    }
    rows = {row["webhook_id"]["S"]: row for row in _rows_of(dynamodb, transactions, pending)}
    return [
        each._replace(write=as_processed(each.write, rows[each.write[contract.WEBHOOK_ID]["S"]]))
        if is_pending(each.write) and each.write[contract.WEBHOOK_ID]["S"] in rows
        else each
        for each in found
    ]


def _rows_of(dynamodb: Api, transactions: str, webhook_ids: Collection[str]) -> Iterator[Item]:
    if not webhook_ids:
        return
    names = {"#id": contract.TRANSACTION_ID, "#webhook": "webhook_id", "#at": "recorded_at"}
    shown = {"ProjectionExpression": "#id, #webhook, #at", "ExpressionAttributeNames": names}
    for page in _pages(dynamodb, transactions, ConsistentRead=True, **shown):
        yield from (item for item in page if item.get("webhook_id", {}).get("S") in webhook_ids)


def put_back(
    dynamodb: Api, table: str, keys: Keys, damage: Iterable[Damage], written: Callable[[], None]
) -> list[Damage]:
    """Write each, if the live table is still as it was compared; those that were not written, as it is another now.

    `written` is called after each. Raises Unavailable; the same call again goes on.
    """
    live = DynamoDbTable(dynamodb, table)
    refused = []
    for each in damage:
        if each.now is None:
            write = live.put_if(each.write, "attribute_not_exists(#id)", {"#id": keys[0]})
        else:
            write = live.put_if(each.write, *_as_read(each.now))
        if not write.done:
            refused.append(each)
        written()
    return refused


def _as_read(item: Item) -> tuple[str, dict[str, str], dict[str, AttributeValue]]:
    numbered = list(enumerate(item.items()))
    condition = " AND ".join(f"#a{number} = :v{number}" for number, _ in numbered)
    names = {f"#a{number}": name for number, (name, _) in numbered}
    return condition, names, {f":v{number}": value for number, (_, value) in numbered}


def mark_as_counted(dynamodb: Api, analytics: str, damage: Iterable[Damage], now_seconds: float) -> int:
    """Mark the effects of lost rows as counted; how many had no mark any more.

    Analytics count an effect when its row comes with the stream, and forget after ANALYTICS_MARKER_DAYS that they did.
    What is younger than a day is left to them: its first record may still be in the stream.
    """
    table, marked = DynamoDbTable(dynamodb, analytics), 0
    before = utc_timestamp(now_seconds - DAY_SECONDS)
    expires_at = int(now_seconds) + contract.ANALYTICS_MARKER_DAYS * DAY_SECONDS
    for each in damage:
        row = plain(each.write)
        if contract.EFFECT not in row or row["recorded_at"] >= before or counted_of_row(row) is None:
            continue
        marker = {
            contract.ANALYTICS_KEY: row[contract.TRANSACTION_ID],
            contract.ANALYTICS_ENTRY: row[contract.TRANSACTION_TIMESTAMP],
            contract.ANALYTICS_EXPIRES_AT: expires_at,
        }
        put = table.put_if(item_of(marker), "attribute_not_exists(#key)", {"#key": contract.ANALYTICS_KEY})
        marked += put.done
    return marked


def not_whole(dynamodb: Api, transactions: str, damage: Iterable[Damage]) -> list[str]:
    """The payments among those written whose head still does not count the rows that are there."""
    ids = dict.fromkeys(
        each.write[contract.TRANSACTION_ID]["S"]
        for each in damage
        if each.write[contract.TRANSACTION_TIMESTAMP]["S"].startswith(_OF_A_PAYMENT)
    )
    reader = LedgerReader(dynamodb, transactions)
    return [each for each in ids if not reader.read(each).is_whole]


def _pages(dynamodb: Api, table: str, **options: Any) -> Iterator[Sequence[Item]]:
    start: dict[str, Any] = {}
    while True:
        answer = dynamodb("Scan", {"TableName": table, **options, **start})
        yield answer.get("Items", [])
        if not answer.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _values(item: Item, keys: Keys) -> tuple[Any, ...]:
    return tuple(item[key]["S"] for key in keys)
