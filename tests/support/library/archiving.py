"""The archiver with tables, index and bucket in memory, run as its schedule does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from payment_webhooks import contract
from payment_webhooks.archive.archiver import MOST_ITEMS, Archiver, Run, Source
from payment_webhooks.archive.bucket import ArchiveBucket
from payment_webhooks.archive.progress import LEASE_SECONDS, ProgressItem
from payment_webhooks.archive.transactions import TransactionSource
from payment_webhooks.archive.webhooks import WebhookSource
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.day_shards import DAY_SECONDS, day_of
from payment_webhooks.deadline import Deadline
from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader, is_head
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.timestamps import utc_timestamp
from tests.support.library.archive_fakes import BUCKET, ArchiveTables, FakeBucket, Killed, Killer, Through
from tests.support.library.ledger import payment_event, row_of
from tests.support.library.receiving import INBOX, LEDGER, TABLES, FakePayloads

NOW = 1_790_000_000.0  # 2026-09-21
QUIET_DAYS = 180
_ANY = {
    "TableName": LEDGER,
    "ConditionExpression": "attribute_not_exists(#id)",
    "ExpressionAttributeNames": {"#id": contract.TRANSACTION_ID},
}


@dataclass
class Archiving:
    """`now` moves on by itself: a run that was killed keeps its lease for a while."""

    archive: str = contract.ARCHIVE_TRANSACTIONS
    quiet_days: int = QUIET_DAYS
    now: float = NOW
    tables: ArchiveTables = field(default_factory=lambda: ArchiveTables(TABLES))
    payloads: FakePayloads = field(default_factory=FakePayloads)
    s3: FakeBucket = field(default_factory=FakeBucket)
    killer: Killer = field(default_factory=Killer)
    seconds: float = 1_000.0
    most_items: int = MOST_ITEMS
    runs: int = 0

    def __post_init__(self) -> None:
        self.reader = LedgerReader(self.tables, LEDGER)
        self.s3_client = Through(self.s3, self.killer)
        self.deadline = Deadline(lambda: 0.0)

    def source(self) -> Source:
        if self.archive == contract.ARCHIVE_TRANSACTIONS:
            return TransactionSource(self.dynamodb, LEDGER, self.quiet_days)
        return WebhookSource(self.dynamodb, INBOX, self.payloads, self.quiet_days)

    def dynamodb(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.killer.call(self.tables, operation, parameters)
        return answer

    def run(self) -> Run:
        """One invocation."""
        self.runs += 1
        self.deadline.start(self.seconds)
        bucket = ArchiveBucket(lambda: self.s3_client, BUCKET, self.deadline)
        source = self.source()
        item = self.progress_item(f"run-{self.runs}")
        return Archiver(source, item, bucket, self.deadline, lambda: self.now, self.most_items).run()

    def progress_item(self, run_id: str) -> ProgressItem:
        return ProgressItem(self.dynamodb, LEDGER, self.source().name, run_id, lambda: self.now)

    def run_until_done(self) -> Run:
        """As the schedule does: again and again, whatever became of the run before."""
        for _ in range(10):
            self.now += LEASE_SECONDS + 1
            self.killer.dead = False
            try:
                run = self.run()
            except Killed:
                continue
            if run.outcome == "complete":
                return run
        raise AssertionError("never complete")

    def begin(self, age_days: float) -> None:
        """As if all days before this one had been worked through."""
        values = {"transaction_id": contract.ARCHIVE_PROGRESS, "day": self.day(age_days)}
        values["timestamp"] = f"{contract.ARCHIVE_PROGRESS}#{self.source().name}"
        self.tables("PutItem", {**_ANY, "Item": item_of(values)})

    def begin_again(self, age_days: float) -> None:
        """Go back to a day that has been worked through."""
        key = contract.ARCHIVE_PROGRESS, f"{contract.ARCHIVE_PROGRESS}#{self.source().name}"
        self.tables.set(LEDGER, key, "day", {"S": self.day(age_days)})

    def day(self, age_days: float) -> str:
        return day_of(utc_timestamp(self.now - age_days * DAY_SECONDS))

    def add(self, events: Iterable[NormalisedEvent], name: str = "pi_1", age_days: float = 200.0) -> None:
        """Rows of one transaction, recorded so many days ago, as the processor writes them."""
        for event in events:
            self.put(self.row(event, name, age_days))

    def row(self, event: NormalisedEvent, name: str = "pi_1", age_days: float = 200.0) -> LedgerRow:
        recorded_at = utc_timestamp(self.now - age_days * DAY_SECONDS)
        return row_of(event)._replace(transaction_id=f"stripe:{name}", recorded_at=recorded_at)

    def put(self, row: LedgerRow, *names: str) -> None:
        """names: all ids that the row's event has of its payment, if these are several."""
        ledger = LedgerWriter(self.tables, LEDGER, str, _nobody_else_writes, lambda *_: False)
        ledger.append(row, [f"stripe:{each}" for each in names])

    def add_merged(self, age_days: float = 200.0) -> None:
        """The payment pi_1 of five rows, which has taken over that of pi_2, where its capture is."""
        self.add([payment_event(words.PENDING, 900, 1)], "pi_1", age_days)
        self.add([payment_event(words.SUCCEEDED, 900, 2)], "pi_2", age_days)
        joins = payment_event(words.AUTHORIZED, 900, 3)
        self.put(self.row(joins, "pi_1", age_days), "pi_1", "pi_2")

    def entries(self, name: str = "pi_1") -> LedgerEntries:
        return self.reader.read(f"stripe:{name}")

    def heads(self) -> list[dict[str, Any]]:
        return [item for item in self.tables.items(LEDGER) if is_head(item)]

    def stored_rows(self) -> list[tuple[str, str]]:
        """The keys of rows that are in the table itself."""
        return [
            (item["transaction_id"]["S"], item["timestamp"]["S"])
            for item in self.tables.items(LEDGER)
            if "event_id" in item
        ]

    def archived_rows(self) -> list[tuple[str, str]]:
        return [(row["transaction_id"], row["sort_key"]) for line in self.s3.lines() for row in line["rows"]]

    def in_index(self) -> dict[str, list[str]]:
        """Days under which the index has each transaction."""
        found: dict[str, list[str]] = {}
        for item in self.tables.items(LEDGER):
            if contract.ARCHIVE_SHARD in item:
                day = item[contract.ARCHIVE_SHARD]["S"].partition("#")[0]
                found.setdefault(item["transaction_id"]["S"], []).append(day)
        return found


def _nobody_else_writes(attempts: int) -> None:
    raise AssertionError("the payment has moved on")
