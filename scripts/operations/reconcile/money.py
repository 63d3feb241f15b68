"""Compares the ledger's payments of a day with the provider's own books."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_table import MOST_KEYS
from payment_webhooks.ledger.indexes import LedgerIndexes
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader
from payment_webhooks.money import amount_text
from payment_webhooks.providers.balance_list import MoneyEntry
from payment_webhooks.transaction_api.list_transactions import Indexes
from payment_webhooks.transaction_api.listing import Days, by_provider
from scripts.command_line.boto3_api import client_api
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment
from scripts.command_line.errors import RolledBack
from scripts.operations.reconcile.differences import (
    CAUSES,
    DAY_AFTER,
    DAY_BEFORE,
    MARGIN,
    NOT_AT_PROVIDER,
    UNCONFIRMED,
    Difference,
    InLedger,
    differences,
    edges_of,
    ledger_money,
    provider_money,
)
from scripts.operations.reconcile.search import ask, mended_by


class Books(NamedTuple):
    """What a provider tells of one endpoint. others: movements of no payment, by the provider's word."""

    measures: tuple[str, ...]
    entries: tuple[MoneyEntry, ...]
    others: dict[str, int]


@dataclass(frozen=True)
class Compared:
    endpoint: str
    provider: str
    day: datetime
    payments: int
    measures: tuple[str, ...]
    others: dict[str, int]
    found: tuple[Difference, ...]

    def document(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint,
            "payments": self.payments,
            "compared": self.measures,
            "not_compared": self.others,
            "differences": [
                {**each._asdict(), "likely": CAUSES[each.cause], "look": self._look(each)}
                for each in self.found
            ],
        }

    def lines(self) -> list[str]:
        """A few lines for each difference, none of which breaks an id or a command."""
        told = [
            f"{self.endpoint}: {counted(self.payments, 'payment')}, {counted(len(self.found), 'difference')}"
        ]
        for each in self.found:
            ours, theirs = (
                amount_text(minor, each.currency) for minor in (each.ledger_minor, each.provider_minor)
            )
            told += [
                "",
                each.transaction_id,
                f"  {each.measure}: ledger {ours}, provider {theirs}",
                f"  likely: {CAUSES[each.cause]}",
                *(f"  {command}" for command in self._look(each)),
            ]
        return told

    def _look(self, found: Difference) -> list[str]:
        """Commands. What waits here is looked for first: it is in no row, and the provider will not tell it again."""
        if found.cause in (NOT_AT_PROVIDER, UNCONFIRMED):
            return [copyable("trace", "--transaction", found.transaction_id)]
        if found.cause in (DAY_BEFORE, DAY_AFTER):
            other = self.day + timedelta(days=-1 if found.cause == DAY_BEFORE else 1)
            return [
                copyable("reconcile", "--money", "--provider", self.provider, "--from", f"{other:%Y-%m-%d}")
            ]
        day = f"{self.day:%Y-%m-%d}"
        return [
            copyable("find", "--transaction", found.transaction_id),
            copyable("reconcile", "--provider", self.provider, "--from", day, "--to", day),
        ]


def compare_money(environment: Environment, endpoint: str, provider: str, day: datetime) -> Compared:
    """Raises as `search`."""
    books = books_of(environment, endpoint, day)
    dynamodb, table = client_api(environment.target.client("dynamodb")), environment.names.transactions_table
    began = began_on(LedgerIndexes(dynamodb, table, lambda _: time.sleep(1)), endpoint, provider, day)
    return compared(LedgerReader(dynamodb, table).read, began, books, endpoint, provider, day)


def books_of(environment: Environment, endpoint: str, day: datetime) -> Books:
    """Of the day and its margins, from the deployed reconciler, which has the credentials."""
    asked = {
        contract.RECONCILE_TASK: contract.TASK_MONEY,
        contract.RECONCILE_ENDPOINT: endpoint,
        contract.RECONCILE_SINCE: int((day - MARGIN).timestamp()),
        contract.RECONCILE_UNTIL: int((day + timedelta(days=1) + MARGIN).timestamp()) - 1,
        contract.RECONCILE_CURSOR: None,
    }
    entries: list[MoneyEntry] = []
    while True:
        answer = ask(environment, asked)
        if answer["failure"] is not None:
            raise RolledBack(
                f"{endpoint}: the books were not given ({answer['failure']}); nothing was compared",
                mended_by(endpoint, answer["failure"])
                or "look at what the credentials may read (docs/reconciliation.md), and run it again",
            )
        entries += [MoneyEntry(*each) for each in answer["entries"]]
        if answer["next"] is None:
            break
        asked[contract.RECONCILE_CURSOR] = answer["next"]
    others = Counter(each.measure for each in entries if each.payment is None)
    of_payments = tuple(each for each in entries if each.payment is not None)
    return Books(tuple(answer["measures"]), of_payments, dict(others))


def compared(
    read: Callable[[str], LedgerEntries],
    began: Iterable[str],
    books: Books,
    endpoint: str,
    provider: str,
    day: datetime,
) -> Compared:
    """Payments that began on the day, and all that the provider names, whenever they began."""
    edges = edges_of(day)
    by_id: dict[str, list[MoneyEntry]] = {}
    for entry in books.entries:
        by_id.setdefault(f"{endpoint}:{entry.payment}", []).append(entry)
    entries: dict[str, list[MoneyEntry]] = {}
    known: dict[str, LedgerEntries] = {}
    for own_id, told in by_id.items():  # such as a capture's; the payment may have its order's
        found = read(own_id)
        name = found.payment.transaction_id if found.payment else own_id
        known[name] = found
        entries.setdefault(name, []).extend(told)
    for name in began:
        if name not in known:
            known[name] = read(name)
    ledger: dict[str, InLedger] = {
        name: ledger_money(each.rows, edges) for name, each in known.items() if each.rows
    }
    theirs = {name: provider_money(each, edges) for name, each in entries.items()}
    found_differences = differences(ledger, theirs, books.measures)
    return Compared(
        endpoint, provider, day, len(known), books.measures, books.others, tuple(found_differences)
    )


def began_on(indexes: Indexes, endpoint: str, provider: str, day: datetime) -> Sequence[str]:
    listing = by_provider(provider, Days(day.date(), day.date()))
    index, low, high = listing.payment_index, listing.low, listing.high
    entries = [
        entry
        for step in listing.steps
        for partition in step.partitions
        for entry in indexes.entries(index, partition, low, high)
    ]
    chunks = (entries[start : start + MOST_KEYS] for start in range(0, len(entries), MOST_KEYS))
    heads = (head for chunk in chunks for head in indexes.current(index, chunk))
    return [head.transaction_id for head in heads if head.endpoint == endpoint]
