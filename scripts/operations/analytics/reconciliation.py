"""Holds the sums of all counters of all time against the sums over the states that payments have now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Bucket, Sums, Tally, add, tally_of
from payment_webhooks.analytics.counters import SUMS_PREFIX, counter_of
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.aws.json_client import Api
from payment_webhooks.domain.facts import facts_of
from payment_webhooks.ledger.payment_items import Payment, from_item

# Between two readings: the stream brings an effect within a second or two, and a counter that is held up is tried
# again for some seconds.
PAUSE_SECONDS: Final = 10.0
_BYTES_OF_A_UNIT: Final = 4096  # of a strongly consistent read
_ALL_TIME: Final = ""


class Tables(NamedTuple):
    """`dynamodb` takes operation and parameters, as the API reference names them."""

    dynamodb: Api
    counters: str
    ledger: str


class Reading(NamedTuple):
    """counters, payments: how many were read. counted, states: sums of the ones, and over the others, of all hours."""

    counters: int
    payments: int
    counted: Sums
    states: Sums


class Difference(NamedTuple):
    """One sum that is not the same. measure: a field of `Tally`."""

    provider: str
    currency: str | None
    status: str
    measure: str
    counted: int
    states: int


class Outcome(NamedTuple):
    reading: Reading
    readings: int
    differences: tuple[Difference, ...]

    @property
    def cause(self) -> str:
        """What differences may come from: an effect that is late is of a payment that is there."""
        counted, there = (
            sum(tally.payments for tally in sums.values())
            for sums in (self.reading.counted, self.reading.states)
        )
        if counted > there:
            return (
                f"{counted - there} counted and not there: deleted, unless two payments became one just now: "
                "docs/runbook.md, ledger-tampering"
            )
        return "what was recorded in the last seconds may not be counted yet: read again later"


def reconcile(tables: Tables, pause: Callable[[float], None]) -> Outcome:
    """Read both tables whole, and once more after a pause where they differ: what was recorded a moment ago may not be
    counted yet."""
    reading = read(tables)
    found = differences(reading)
    if not found:
        return Outcome(reading, 1, ())
    pause(PAUSE_SECONDS)
    reading = read(tables)
    return Outcome(reading, 2, differences(reading))


def differences(reading: Reading) -> tuple[Difference, ...]:
    buckets = sorted(reading.counted.keys() | reading.states.keys(), key=lambda each: tuple(map(str, each)))
    return tuple(
        Difference(bucket.provider, bucket.currency, bucket.status, measure, counted, states)
        for bucket in buckets
        for measure, counted, states in zip(
            Tally._fields,
            reading.counted.get(bucket, Tally()),
            reading.states.get(bucket, Tally()),
            strict=True,
        )
        if counted != states
    )


def read(tables: Tables) -> Reading:
    name, entry = contract.TRANSACTION_TIMESTAMP, contract.PAYMENT_ENTRY
    return reading_of(
        _scan(tables, tables.counters, "begins_with(#name, :value)", contract.ANALYTICS_KEY, SUMS_PREFIX),
        _scan(tables, tables.ledger, "#name = :value", name, entry),
    )


def reading_of(counters: Iterable[Item], heads: Iterable[Item]) -> Reading:
    """The sums of counters, and of the states of payments; heads of payouts and those that point to another payment are
    left out."""
    counted: Sums = {}
    states: Sums = {}
    counter_count = payment_count = 0
    for item in counters:
        bucket, tally = counter_of(item)
        add(counted, bucket._replace(hour=_ALL_TIME), tally)
        counter_count += 1
    for item in heads:
        head = from_item(item)
        if isinstance(head, Payment) and head.payout is None:
            facts = facts_of(head.state)
            add(states, Bucket(_ALL_TIME, head.provider, facts.currency, facts.status), tally_of(facts))
            payment_count += 1
    return Reading(counter_count, payment_count, counted, states)


def cost_of_reading(tables: Tables) -> tuple[int, int]:
    """Items of both tables, and the read units that a reading takes: all items are read, whatever is asked for. AWS
    counts both anew every six hours or so (API reference, TableDescription)."""
    described = [tables.dynamodb("DescribeTable", {"TableName": name})["Table"] for name in tables[1:]]
    read_bytes = sum(each["TableSizeBytes"] for each in described)
    return sum(each["ItemCount"] for each in described), -(-read_bytes // _BYTES_OF_A_UNIT)


def as_document(outcome: Outcome) -> dict[str, Any]:
    return {
        "counters": outcome.reading.counters,
        "payments": outcome.reading.payments,
        "readings": outcome.readings,
        "equal": not outcome.differences,
        "differences": [each._asdict() for each in outcome.differences],
    }


def _scan(tables: Tables, table: str, condition: str, name: str, value: str) -> Iterator[Item]:
    parameters: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "FilterExpression": condition,
        "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": {":value": {"S": value}},
    }
    while True:
        page: Mapping[str, Any] = tables.dynamodb("Scan", parameters)
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]
