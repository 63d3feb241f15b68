"""Alarms of the transaction API, which our own services and people call."""

from collections.abc import Iterator
from typing import Final

from stacks.monitoring import metrics
from stacks.monitoring.alarm import ERROR_PERCENT, Alarm
from stacks.names import IN_TEMPLATE

# A list reads a payment for each row that it shows: two seconds for a page of a hundred are usual.
SLOWEST_MILLISECONDS: Final = 5000


def transaction_api_alarms() -> Iterator[Alarm]:
    name = IN_TEMPLATE.transactions_api
    yield Alarm(
        "transactions-api-server-errors",
        "The transaction API answers with 5xx.",
        (metrics.api("5XXError", "Average", name),),
        ERROR_PERCENT / 100,
        "of all answers",
    )
    yield Alarm(
        "transactions-api-latency",
        "The transaction API is slow.",
        (metrics.api("Latency", "p99", name),),
        SLOWEST_MILLISECONDS,
        "ms, 99th percentile",
        periods=3,
        datapoints=3,
    )
