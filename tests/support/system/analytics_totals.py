"""What analytics have counted of a deployed system, and what there was to count: to compare the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from payment_webhooks import contract
from payment_webhooks.analytics.counters import HOURS_PREFIX, tally_of
from payment_webhooks.analytics.transitions import Bucket, Tally, counted_of_marker, sums
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.domain.transitions import is_marker
from tests.support.system.deployed_system import DeployedSystem


def counted_totals(system: DeployedSystem) -> dict[Bucket, Tally]:
    """All counters, summed over their shards. Reads the table whole: for the local engine, not for production."""
    found: dict[Bucket, Tally] = {}
    for item in _items(system, system.names.analytics_table):
        if item[contract.ANALYTICS_KEY]["S"].startswith(HOURS_PREFIX):
            bucket, tally = tally_of(item)
            found[bucket] = found.get(bucket, Tally()).plus(tally)
    return found


def true_totals(system: DeployedSystem) -> dict[Bucket, Tally]:
    """The same from the markers of the ledger. Reads the table whole, too."""
    return sums(
        counted_of_marker(plain(item))
        for item in _items(system, system.names.transactions_table)
        if is_marker(item[contract.TRANSACTION_TIMESTAMP]["S"])
    )


def by_state(totals: Mapping[Bucket, Tally]) -> dict[str, int]:
    """Transitions by the state that was reached."""
    found: Counter[str] = Counter()
    for bucket, tally in totals.items():
        found[bucket.state] += tally.transitions
    return dict(found)


def _items(system: DeployedSystem, table: str) -> Iterator[dict[str, Any]]:
    pages = system.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        yield from page["Items"]
