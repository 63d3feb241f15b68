"""What analytics have counted of a deployed system, and what there was to count: to compare the two."""

from collections.abc import Iterator
from typing import Any

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Sums, add, without_zeros
from payment_webhooks.analytics.counters import SUMS_PREFIX, counter_of
from payment_webhooks.ledger.reader import is_head
from scripts.operations.analytics.reconciliation import reading_of
from tests.support.system.deployed_system import DeployedSystem


def counted_totals(system: DeployedSystem) -> Sums:
    """All counters, summed over their shards. Reads the table whole: for the local engine, not for production."""
    found: Sums = {}
    for item in _items(system, system.names.analytics_table):
        if item[contract.ANALYTICS_KEY]["S"].startswith(SUMS_PREFIX):
            add(found, *counter_of(item))
    return without_zeros(found)


def of_all_hours(totals: Sums) -> Sums:
    found: Sums = {}
    for bucket, tally in totals.items():
        add(found, bucket._replace(hour=""), tally)
    return without_zeros(found)


def ledger_totals(system: DeployedSystem) -> Sums:
    """The same as `of_all_hours` from the states of all payments. Reads the table whole, too."""
    heads = filter(is_head, _items(system, system.names.transactions_table))
    return without_zeros(reading_of((), heads).states)


def _items(system: DeployedSystem, table: str) -> Iterator[dict[str, Any]]:
    pages = system.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        yield from page["Items"]
