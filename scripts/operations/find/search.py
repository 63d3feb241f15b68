"""Searches inbox, ledger and archive for what a question wants."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.aws.dynamodb_table import MOST_KEYS, DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.day_shards import days
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.ledger.indexes import LedgerIndexes
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.money import amount_text
from payment_webhooks.providers.provider import normalise
from payment_webhooks.transaction_api.listing import Listing
from scripts.operations.archive.objects import manifests, webhooks_in
from scripts.operations.cold_objects import InGlacier
from scripts.operations.find.question import (
    ARCHIVE,
    INBOX,
    LEDGER,
    Question,
    fits_event,
    fits_payment,
    fits_webhook,
    inbox_partitions,
    listings,
    snippet,
    times_of,
    with_endpoints,
)
from scripts.operations.inbox.decisions import BodyGone, erasure_of, payload_of
from scripts.operations.inbox.search import entries
from stacks.webhook_endpoints import endpoint_named

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
    erased: str = ""
    body: str | None = None


class Unsearched(NamedTuple):
    """A webhook whose body says nothing, so that nobody knows whether it fits."""

    id: str
    why: str


class _Told(NamedTuple):
    """What the body of a webhook says of what is wanted."""

    body: str | None = None
    snippet: str = ""
    amount: str = ""


class Search:
    """`api` counts what it reads. `pause` waits before an attempt. cold: what was in Glacier, after the search, and
    unsearched: whose body could not be read. What the archive has of a transaction is known by what the ledger says:
    in_tables first.
    """

    def __init__(self, names: Names, api: Api, s3: S3Client, question: Question, pause: Any) -> None:
        self._names, self._s3, self._question, self._pause = names, s3, question, pause
        self._inbox = DynamoDbTable(api, names.inbox_table)
        self._indexes = LedgerIndexes(api, names.transactions_table, pause)
        self._ledger = LedgerReader(api, names.transactions_table)
        self._webhook_ids: set[str] = set()  # ids of the webhooks of a transaction
        self._seen: set[tuple[str, str]] = set()  # of the inbox: by the ledger's rows, and by an index
        self.cold: list[InGlacier] = []
        self.unsearched: list[Unsearched] = []

    def in_tables(self) -> Iterator[Hit]:
        """Raises Spent when the units are, after what was found until then."""
        question = self._question
        if question.event is not None:
            yield from self._of_ids(with_endpoints(question, question.event))
        for each in with_endpoints(question, None if question.event else question.transaction):
            yield from self._of_transaction(each)
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
            return fits_webhook(self._question, item)

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
        is_asked = self._question.asks(LEDGER) and self._question.text is None
        if entries.payment is not None and is_asked and fits_payment(self._question, entries.payment):
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
            yield from self._whole(batch) if self._question.needs_items else map(_of_entry, batch)

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        """What the inbox's indexes have of the webhooks that may fit."""
        for partition in inbox_partitions(self._question):
            found = entries(self._inbox, partition, *times_of(self._question))
            yield from (entry for entry in found if fits_webhook(self._question, entry))

    def _whole(self, entries: Sequence[Mapping[str, Any]]) -> Iterator[Hit]:
        names = (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)
        keys = [{name: {"S": entry[name]} for name in names} for entry in entries]
        for item in self._inbox.items(keys, self._pause, is_consistent=False):
            yield from self._hit(plain(item), INBOX)

    def _hit(self, item: Mapping[str, Any], place: str, archived: bytes | None = None) -> Iterator[Hit]:
        """The item as a hit, if it fits. archived: the body, where it is not the inbox's to tell."""
        key = (str(item[contract.WEBHOOK_ID]), str(item.get(contract.WEBHOOK_TIMESTAMP, "")))
        if (place == INBOX and key in self._seen) or not fits_webhook(self._question, item):
            return
        self._seen.add(key)
        # The ledger's rows know its webhooks, whatever is in the body.
        transaction = None if key[0] in self._webhook_ids else self._question.transaction
        question = self._question._replace(transaction=transaction)
        try:
            told = self._told(question, item, archived)
        except (BodyGone, ClientError, UnreadableEvent) as error:
            self.unsearched.append(Unsearched(key[0], _why(error)))
            told = _Told() if question.text is None and not question.is_of_events else None
        if told is not None:
            yield Hit(
                str(item.get("received_at", "")),
                place,
                str(item.get(contract.STATUS)),
                key[0],
                told.amount,
                str(item.get("event_type") or ""),
                told.snippet,
                str(item.get(contract.ARCHIVED_IN, "")),
                key[1],
                erasure_of(item),
                told.body if self._question.with_bodies else None,
            )

    def _told(self, question: Question, item: Mapping[str, Any], archived: bytes | None) -> _Told | None:
        """What its body tells; None where that does not fit. Raises BodyGone, ClientError, UnreadableEvent."""
        if not question.needs_items:
            return _Told()
        stored = payload_of(self._s3, self._names.payload_bucket, item) if archived is None else archived
        body = stored.decode(errors="backslashreplace")
        found = "" if question.text is None else snippet(body, question.text)
        if found is None or not question.is_of_events:
            return None if found is None else _Told(body, found)
        endpoint = endpoint_named(str(item[contract.WEBHOOK_ID]).partition(":")[0])
        event = normalise(endpoint.record, stored)
        if not fits_event(question, endpoint.name, event):
            return None
        return _Told(body, found, amount_text(event.amount_minor, event.currency))


def _why(error: BodyGone | ClientError | UnreadableEvent) -> str:
    if isinstance(error, ClientError):
        return f"its body: {error.response['Error']['Code']}"
    return error.reason if isinstance(error, UnreadableEvent) else f"{error.message}; {error.next_step}"


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
