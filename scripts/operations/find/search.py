"""Searches inbox, ledger and archive for what a question wants."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.aws.dynamodb_table import MOST_KEYS, DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import days
from payment_webhooks.ledger.indexes import LedgerIndexes
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.money import amount_text
from payment_webhooks.transaction_api.listing import Listing
from scripts.operations.archive.objects import manifests, webhooks_in
from scripts.operations.cold_objects import InGlacier
from scripts.operations.find.question import (
    ARCHIVE,
    INBOX,
    LEDGER,
    Question,
    fits_payment,
    fits_webhook,
    inbox_partitions,
    listings,
    query_of,
    snippet,
    with_endpoints,
)
from scripts.operations.inbox.decisions import payload_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from stacks.names import Names


class Hit(NamedTuple):
    """One webhook or payment. at: UTC, or the day, as far as what was read tells. body: only where it was asked for.
    timestamp: of a webhook, what `--timestamp` takes, as several may have one id.
    """

    at: str
    place: str
    status: str
    id: str
    amount: str = ""
    event_type: str = ""
    snippet: str = ""
    location: str = ""
    timestamp: str = ""
    body: str | None = None


class Search:
    """`api` counts what it reads. `pause` waits before an attempt. whole_bodies: hits have them. cold: what was in
    Glacier, after the search. What the archive has of a transaction is known by what the ledger says: in_tables first.
    """

    def __init__(
        self, names: Names, api: Api, s3: S3Client, question: Question, pause: Any, whole_bodies: bool
    ) -> None:
        self._names, self._s3, self._question, self._pause = names, s3, question, pause
        self._whole_bodies = whole_bodies
        self._inbox = DynamoDbTable(api, names.inbox_table)
        self._indexes = LedgerIndexes(api, names.transactions_table, pause)
        self._ledger = LedgerReader(api, names.transactions_table)
        self._webhook_ids: set[str] = set()  # ids of the webhooks of a transaction
        self.cold: list[InGlacier] = []

    def in_tables(self) -> Iterator[Hit]:
        """Raises Spent when the units are, after what was found until then."""
        question = self._question
        if question.event is not None:
            yield from self._of_ids(with_endpoints(question, question.event))
        elif question.transaction is not None:
            for each in with_endpoints(question, question.transaction):
                yield from self._of_transaction(each)
        else:
            for listing in listings(question):
                yield from self._of_listing(listing)
            yield from self._of_inbox()

    def parts(self) -> list[dict[str, Any]]:
        """The manifests of the archive's parts that may have what is wanted."""
        bucket = self._names.archive_bucket
        return [
            part
            for day in days(*self._question.first_and_last)
            for part in manifests(self._s3, bucket, contract.ARCHIVE_WEBHOOKS, day)
            if self._question.provider in (None, part["provider"])
        ]

    def in_archive(self, parts: Sequence[Mapping[str, Any]]) -> Iterator[Hit]:
        def is_wanted(item: dict[str, Any]) -> bool:
            return fits_webhook(self._question, item, self._webhook_ids)

        items, self.cold = webhooks_in(self._s3, self._names.archive_bucket, parts, is_wanted)
        for item in items:
            yield from self._hit(item, ARCHIVE, _archived_body(item))

    def _of_ids(self, ids: Sequence[str]) -> Iterator[Hit]:
        for webhook_id in ids if self._question.asks(INBOX) else ():
            names, values = {"#id": contract.WEBHOOK_ID}, {":id": {"S": webhook_id}}
            for item in self._inbox.query("#id = :id", names, values):
                yield from self._hit(plain(item), INBOX)

    def _of_transaction(self, transaction_id: str) -> Iterator[Hit]:
        entries = self._ledger.read(transaction_id)
        if entries.payment is not None and self._question.asks(LEDGER):
            yield _of_payment(entries.payment)
        ids = list(dict.fromkeys(row.webhook_id for row in entries.rows if row.webhook_id))
        self._webhook_ids.update(ids)
        yield from self._of_ids(ids)

    def _of_listing(self, listing: Listing) -> Iterator[Hit]:
        """The payments of a list that fit, newest first by day."""
        for step in listing.steps:
            for partition in step.partitions:
                entries = self._indexes.entries(listing.payment_index, partition, listing.low, listing.high)
                while batch := list(islice(entries, MOST_KEYS)):
                    for payment in self._indexes.current(listing.payment_index, batch):
                        if fits_payment(self._question, payment):
                            yield _of_payment(payment)

    def _of_inbox(self) -> Iterator[Hit]:
        entries = self._entries()
        while batch := list(islice(entries, MOST_KEYS)):
            yield from map(_of_entry, batch) if self._question.text is None else self._with_text(batch)

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        """What the inbox's indexes have of the webhooks that may fit."""
        for partition in inbox_partitions(self._question):
            condition, names, values = query_of(partition, self._question)
            items = self._inbox.query(condition, names, values, IndexName=partition.index_name)
            yield from (entry for entry in map(plain, items) if fits_webhook(self._question, entry))

    def _with_text(self, entries: Sequence[Mapping[str, Any]]) -> Iterator[Hit]:
        names = (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)
        keys = [{name: {"S": entry[name]} for name in names} for entry in entries]
        for item in self._inbox.items(keys, self._pause, is_consistent=False):
            yield from self._hit(plain(item), INBOX)

    def _hit(self, item: Mapping[str, Any], place: str, body: bytes | None = None) -> Iterator[Hit]:
        """The item as a hit, unless it has not the text that is wanted. `body`: where it is not the inbox's to tell."""
        text, shown, found = self._question.text, None, ""
        if text is not None or self._whole_bodies:
            stored = payload_of(self._s3, self._names.payload_bucket, item) if body is None else body
            shown = stored.decode(errors="backslashreplace")
        if text is not None:
            place_found = snippet(shown or "", text)
            if place_found is None:
                return
            found = place_found
        yield Hit(
            str(item.get("received_at", "")),
            place,
            str(item.get(contract.STATUS)),
            str(item[contract.WEBHOOK_ID]),
            event_type=str(item.get("event_type") or ""),
            snippet=found,
            location=str(item.get(contract.ARCHIVED_IN, "")),
            timestamp=str(item.get(contract.WEBHOOK_TIMESTAMP, "")),
            body=shown if self._whole_bodies else None,
        )


def _archived_body(item: Mapping[str, Any]) -> bytes:
    if "payload_base64" in item:
        return base64.b64decode(item["payload_base64"])
    return str(item.get("payload", "")).encode()


def _of_payment(payment: Payment) -> Hit:
    told, state = payment.told, payment.state
    minor = payment.payout.amount_minor if payment.payout else state.net_minor
    return Hit(
        payment.began_at, LEDGER, told.status, payment.transaction_id, amount_text(minor, told.currency)
    )


def _of_entry(entry: Mapping[str, Any]) -> Hit:
    """By what its index has: of what is done the day alone."""
    since = entry.get(contract.ATTENTION_SINCE) or entry.get(contract.PENDING_SINCE)
    day = str(entry.get(contract.ARCHIVE_SHARD, "")).partition("#")[0]
    status = entry.get(contract.STATUS, contract.STATUS_RECEIVED)
    return Hit(
        str(since or day),
        INBOX,
        str(status),
        str(entry[contract.WEBHOOK_ID]),
        event_type=str(entry.get("event_type") or ""),
        timestamp=str(entry.get(contract.WEBHOOK_TIMESTAMP, "")),
    )
