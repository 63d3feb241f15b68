"""How much of what a deployed system holds: to compare with what was sent."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from payment_webhooks import contract
from payment_webhooks.audit.records import distinct
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.items import from_item
from tests.support.system.deployed_system import DeployedSystem


@dataclass(frozen=True)
class StoredCounts:
    """Inbox items by status (guards left out), ledger rows, rows that changed their payment, payments by state,
    captured minor units by currency, audit records."""

    inbox: dict[str, int]
    ledger_rows: int
    effects: int
    states: dict[str, int]
    captured_minor: dict[str, int]
    audit_records: int

    def __sub__(self, before: StoredCounts) -> StoredCounts:
        return StoredCounts(
            _less(self.inbox, before.inbox),
            self.ledger_rows - before.ledger_rows,
            self.effects - before.effects,
            _less(self.states, before.states),
            _less(self.captured_minor, before.captured_minor),
            self.audit_records - before.audit_records,
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def count_stored(system: DeployedSystem) -> StoredCounts:
    """Reads both tables and the audit bucket whole: for the local engine, not for production."""
    inbox = Counter(item[contract.STATUS]["S"] for item in _items(system, system.names.inbox_table))
    del inbox[contract.STATUS_GUARD]
    rows: dict[str, list[LedgerRow]] = defaultdict(list)
    effects = 0
    for item in _items(system, system.names.transactions_table):
        if item[contract.TRANSACTION_TIMESTAMP]["S"].startswith(contract.EVENT_PREFIX):
            rows[item[contract.TRANSACTION_ID]["S"]].append(from_item(item))
            effects += contract.EFFECT in item
    states: Counter[str] = Counter()
    captured: Counter[str] = Counter()
    for of_payment in rows.values():
        state = fold(of_payment)
        states[state.status] += 1
        captured[str(state.currency)] += state.captured_minor
    audit = len(distinct(record for record in _audit_records(system) if "webhook_id" in record))
    row_count = sum(len(of_payment) for of_payment in rows.values())
    return StoredCounts(dict(inbox), row_count, effects, dict(states), dict(captured), audit)


def _items(system: DeployedSystem, table: str) -> Iterator[dict[str, Any]]:
    for page in (
        system.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    ):
        yield from page["Items"]


def _audit_records(system: DeployedSystem) -> Iterator[dict[str, Any]]:
    s3, bucket = system.client("s3"), system.names.audit_bucket
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=contract.AUDIT_PREFIX):
        for entry in page.get("Contents", []):
            content = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            yield from map(json.loads, gzip.decompress(content).splitlines())


def _less(now: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """Now without what was there before; zeros left out."""
    difference = {name: now[name] - before.get(name, 0) for name in now}
    return {name: count for name, count in difference.items() if count}
