"""Calls of DynamoDB for one webhook, recorded by running the library's code against a table in memory that grants every
condition.

So no figure about the code stands here a second time: a new item, index key or call shows up by itself.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.analytics.counters import AnalyticsTable
from payment_webhooks.analytics.stream_batch import count_batch
from payment_webhooks.archive.archiver import MOST_ITEMS, Source
from payment_webhooks.archive.parts import Part
from payment_webhooks.archive.transactions import TransactionSource
from payment_webhooks.archive.webhooks import WebhookSource
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.inbox.items import Delivery, InboxKeys, build_item
from payment_webhooks.inbox.payloads import place
from payment_webhooks.inbox.progress import InboxProgress
from payment_webhooks.inbox.store import Inbox
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.processing.processor import Processor
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.receiving.receiver import examine

INBOX: Final = "inbox"
LEDGER: Final = "ledger"
ANALYTICS: Final = "analytics"
_KEYS: Final = {
    INBOX: (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP),
    LEDGER: (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP),
    ANALYTICS: (contract.ANALYTICS_KEY, contract.ANALYTICS_ENTRY),
}
_NOW: Final = "2026-01-01T00:00:00.000000Z"
# A part and its manifest, in parts that are full: few webhooks a day, or many providers, make more.
OBJECTS_PER_ITEM: Final = 2 / MOST_ITEMS
# Assumed: bodies are JSON with names and ids that repeat from line to line.
COMPRESSED_TO: Final = 0.25
_CUTOFF: Final = "2030-01-01"  # later than anything that was recorded
_PART: Final = Part("webhooks", "2026-01-01", "stripe", 1, "2026-08-01T00:00:00.000000Z", (), "0" * 64)
_LOCATION: Final = f"s3://s3-archive-production-111111111111-eu-west-1/{_PART.key}"
_CLAUSE: Final = re.compile(r"\b(SET|REMOVE|ADD) (.*?)(?= (?:SET|REMOVE|ADD) |$)")


class Write(NamedTuple):
    """One item as it was (None: not there) and as it is now (empty: gone)."""

    table: str
    before: Item | None
    after: Item
    in_transaction: bool

    @property
    def stream_record(self) -> dict[str, Any]:
        """The record of the table's stream."""
        images = {"NewImage": self.after, **({"OldImage": self.before} if self.before else {})}
        return {
            "eventID": "0" * 32,
            "eventName": "MODIFY" if self.before else "INSERT",
            "dynamodb": {
                "Keys": {name: self.after[name] for name in _KEYS[self.table]},
                "SequenceNumber": "0" * 25,
                "ApproximateCreationDateTime": 0,
                **images,
            },
        }


class Read(NamedTuple):
    """A strongly consistent read of these items."""

    table: str
    items: tuple[Item, ...]


class Calls(tuple[Write | Read, ...]):
    """Calls of DynamoDB, in order."""

    def writes_to(self, table: str) -> list[Write]:
        return [call for call in self if isinstance(call, Write) and call.table == table]

    def reads_of(self, table: str) -> list[Read]:
        return [call for call in self if isinstance(call, Read) and call.table == table]


@dataclass(frozen=True)
class Work:
    """Calls for one new webhook, by the function that makes them."""

    receiver: Calls
    processor: Calls
    analytics: Calls

    @property
    def calls(self) -> Calls:
        return Calls((*self.receiver, *self.processor, *self.analytics))


@dataclass(frozen=True)
class Archival:
    """The archiver's calls for a webhook and its payment. line_bytes: of both lines, before compression."""

    calls: Calls
    line_bytes: int


@dataclass
class Recorder:
    """Takes the place of a DynamoDB client and logs every call. Raises KeyError for an operation that it lacks."""

    log: list[Write | Read] = field(default_factory=list)
    tables: dict[str, dict[tuple[str, ...], Item]] = field(
        default_factory=lambda: {name: {} for name in _KEYS}
    )

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return _OPERATIONS[operation](self, parameters)

    def put(self, parameters: Mapping[str, Any], in_transaction: bool = False) -> dict[str, Any]:
        self._write(parameters["TableName"], parameters["Item"], in_transaction)
        return {}

    def transact(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        for action in parameters["TransactItems"]:
            ((verb, write),) = action.items()
            {"Put": self.put, "Update": self.update, "Delete": self.delete}[verb](write, in_transaction=True)
        return {}

    def update(self, parameters: Mapping[str, Any], in_transaction: bool = False) -> dict[str, Any]:
        table, key = parameters["TableName"], parameters["Key"]
        before = self.tables[table].get(tuple(value["S"] for value in key.values()), key)
        self._write(table, apply_update(before, parameters), in_transaction)
        return {}

    def delete(self, parameters: Mapping[str, Any], in_transaction: bool = False) -> dict[str, Any]:
        table = parameters["TableName"]
        before = self.tables[table].pop(primary_key(table, parameters["Key"]))
        self.log.append(Write(table, before, {}, in_transaction))
        return {}

    def get(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        table = parameters["TableName"]
        item = self.tables[table][primary_key(table, parameters["Key"])]
        self.log.append(Read(table, (item,)))
        return {"Item": item}

    def query(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        table = parameters["TableName"]
        wanted = next(iter(parameters["ExpressionAttributeValues"].values()))
        items = [item for item in self.tables[table].values() if item[_KEYS[table][0]] == wanted]
        self.log.append(Read(table, tuple(items)))
        return {"Items": items}

    def _write(self, table: str, item: Item, in_transaction: bool) -> None:
        key = primary_key(table, item)
        self.log.append(Write(table, self.tables[table].get(key), item, in_transaction))
        self.tables[table][key] = item


_OPERATIONS: Final = {
    "PutItem": Recorder.put,
    "TransactWriteItems": Recorder.transact,
    "UpdateItem": Recorder.update,
    "Query": Recorder.query,
    "GetItem": Recorder.get,
}


def primary_key(table: str, item: Item) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in _KEYS[table])


def apply_update(item: Item, parameters: Mapping[str, Any]) -> Item:
    """`item` after an UpdateItem of the library's form: SET names to values, REMOVE names, ADD numbers."""
    names, values = parameters["ExpressionAttributeNames"], parameters["ExpressionAttributeValues"]
    changed = dict(item)
    for clause, text in _CLAUSE.findall(parameters["UpdateExpression"]):
        for part in text.split(", "):
            name, _, value = part.replace(" = ", " ").partition(" ")
            if clause == "REMOVE":
                changed.pop(names[name], None)
            else:  # ADD, too: it counts, and the number of a counter's digits is all that matters here
                changed[names[name]] = values[value]
    return changed


def record_webhook(body_bytes: int, claims_transmission: bool) -> Work:
    """The calls for a payment that succeeds, with a body of that size, from receipt to `processed`.

    `claims_transmission`: sent by PayPal, whose webhooks are stored with two guard items in one transaction.
    """
    recorder, body = Recorder(), _body(body_bytes)
    secret = EndpointSecret(mode="live", keys=())
    webhook, _ = examine("internal", PROVIDERS.get("internal"), body, secret, b"k" * 64)
    delivery = Delivery(
        verified_by="key-20260101T000000Z",
        source_ip="203.0.113.255",
        trace_id="Root=1-00000000-000000000000000000000000",
        received_at=_NOW,
        size_bytes=len(body),
    )
    stored = place(body, webhook.endpoint, webhook.fingerprint, NoPayloads())
    transmission = "00000000-0000-0000-0000-000000000000" if claims_transmission else None
    Inbox(recorder, INBOX).store(build_item(webhook, delivery, stored), transmission)
    receiver = Calls(recorder.log)
    processor = Processor(
        InboxProgress(recorder, INBOX, lambda: _NOW),
        LedgerWriter(recorder, LEDGER, lambda: _NOW, _refuse_retry, lambda minor, currency: False),
        NoPayloads(),
    )
    processor.process(InboxKeys(webhook.webhook_id, webhook.timestamp))
    processing = Calls(recorder.log[len(receiver) :])
    return Work(receiver, processing, _record_analytics(processing))


def _record_analytics(processing: Calls) -> Calls:
    """The calls of analytics for the records of the ledger's stream, in a batch of their own: at a low rate most are,
    and fuller batches share the counters.
    """
    recorder = Recorder()
    records = [write.stream_record for write in processing.writes_to(LEDGER)]
    table = AnalyticsTable(recorder, ANALYTICS, lambda: 0.0, lambda: 0, _refuse_retry)
    count_batch(records, table, NoPayloads().put)
    return Calls(recorder.log)


def record_archival(work: Work) -> Archival:
    """The archiver's calls for the items that this webhook has left in the tables: it, and its payment with one row."""
    recorder = Recorder()
    for table in _KEYS:
        for write in work.calls.writes_to(table):
            recorder.tables[table][primary_key(table, write.after)] = write.after
    transaction, webhook = _item_to_archive(recorder, LEDGER), _item_to_archive(recorder, INBOX)
    name = f"{webhook[contract.WEBHOOK_ID]['S']} {webhook[contract.WEBHOOK_TIMESTAMP]['S']}"
    transactions, webhooks = (
        TransactionSource(recorder, LEDGER, 0),
        WebhookSource(recorder, INBOX, NoPayloads(), 0),
    )
    line_bytes = _archive(transactions, transaction[contract.TRANSACTION_ID]["S"]) + _archive(webhooks, name)
    return Archival(Calls(recorder.log), line_bytes)


def _archive(source: Source, name: str) -> int:
    """Archives the item of that name; the bytes of its line."""
    line = source.look(name, _CUTOFF)
    assert line is not None  # it is final, and old enough
    source.release(json.loads(line.text), _PART, _LOCATION)
    return len(line.text)


def _item_to_archive(recorder: Recorder, table: str) -> Item:
    """The item that is in the archive's index."""
    (item,) = (item for item in recorder.tables[table].values() if contract.ARCHIVE_SHARD in item)
    return item


def _refuse_retry(attempt: int) -> None:
    raise ValueError("every condition is granted here, so no attempt is a second one")


class NoPayloads:
    """Takes the place of the payload bucket, which is for bodies that are too long for a row."""

    def put(self, key: str, content: bytes) -> None:
        raise ValueError("a body of this size goes to the payload bucket, which is not planned for")

    def get(self, key: str) -> bytes:
        raise ValueError("a body of this size comes from the payload bucket, which is not planned for")


def _body(size: int) -> bytes:
    """A payment of an in-house sender, filled up to `size` bytes (or its own, if that is more)."""
    document = {
        "id": "evt_3QK0aB2eZvKYlo2C1a2b3c4d",
        "type": "payment.succeeded",
        "created_at": _NOW,
        "transaction_id": "pi_3QK0aB2eZvKYlo2C0QvXyZ12",
        "amount_minor": 123456,
        "currency": "EUR",
        "status": "succeeded",
        "customer_id": "cus_QzX0aB2eZvKYlo",
        "padding": "",
    }
    shortest = len(json.dumps(document))
    document["padding"] = "x" * max(0, size - shortest)
    return json.dumps(document).encode()
