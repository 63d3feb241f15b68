"""The archiver's calls of DynamoDB for one webhook and its payment, recorded by running its code on recorded items.

Each is archived once: the webhook, and its payment with one row.
"""

import json
from dataclasses import dataclass
from typing import Final

from payment_webhooks import contract
from payment_webhooks.archive.archiver import MOST_ITEMS, Source
from payment_webhooks.archive.parts import Part
from payment_webhooks.archive.transactions import TransactionSource
from payment_webhooks.archive.webhooks import WebhookSource
from payment_webhooks.aws.dynamodb_items import Item
from scripts.planning.recorded_calls import (
    INBOX,
    LEDGER,
    NoPayloads,
    Read,
    Recorder,
    Work,
    Write,
    primary_key,
)

# A part and its manifest, in parts that are full: few webhooks a day, or many providers, make more.
OBJECTS_PER_ITEM: Final = 2 / MOST_ITEMS
# Assumed: bodies are JSON with names and ids that repeat from line to line.
COMPRESSED_TO: Final = 0.25
_CUTOFF: Final = "2030-01-01"  # later than anything that was recorded
_PART: Final = Part("webhooks", "2026-01-01", "stripe", 1, "2026-08-01T00:00:00.000000Z", (), "0" * 64)
_LOCATION: Final = f"s3://pw-archive-production-111111111111-eu-west-1/{_PART.key}"


@dataclass(frozen=True)
class Archival:
    """`line_bytes`: of both lines, before compression."""

    writes: tuple[Write, ...]
    reads: tuple[Read, ...]
    line_bytes: int

    def writes_to(self, table: str) -> list[Write]:
        return [write for write in self.writes if write.table == table]

    def reads_of(self, table: str) -> list[Read]:
        return [read for read in self.reads if read.table == table]


def record_archival(work: Work) -> Archival:
    """The archiver's calls for the items that this webhook has left in the tables."""
    recorder = Recorder()
    for write in work.writes:
        recorder.tables[write.table][primary_key(write.table, write.after)] = write.after
    transaction, webhook = _item_to_archive(recorder, LEDGER), _item_to_archive(recorder, INBOX)
    names = (
        transaction[contract.TRANSACTION_ID]["S"],
        f"{webhook[contract.WEBHOOK_ID]['S']} {webhook[contract.WEBHOOK_TIMESTAMP]['S']}",
    )
    sources: tuple[Source, ...] = (
        TransactionSource(recorder, LEDGER, 0),
        WebhookSource(recorder, INBOX, NoPayloads(), 0),
    )
    texts = [_archive(source, name) for source, name in zip(sources, names, strict=True)]
    return Archival(
        tuple(call for call in recorder.log if isinstance(call, Write)),
        tuple(call for call in recorder.log if isinstance(call, Read)),
        sum(map(len, texts)),
    )


def _archive(source: Source, name: str) -> bytes:
    line = source.look(name, _CUTOFF)
    assert line is not None  # it is final, and old enough
    source.release(json.loads(line.text), _PART, _LOCATION)
    return line.text


def _item_to_archive(recorder: Recorder, table: str) -> Item:
    """The item that is in the archive's index."""
    (item,) = (item for item in recorder.tables[table].values() if contract.ARCHIVE_SHARD in item)
    return item
