"""What is true when all is done, and what a world says otherwise.

The truth is what was sent: statuses, amounts and notifications stand here as literals. What rows, events, audit trail,
analytics and archive must be follows from the rows alone.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.domain.effect import from_text
from payment_webhooks.domain.told import NOTIFICATION_TYPES
from payment_webhooks.ledger.items import from_item
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.payment_items import from_item as head_from_item
from payment_webhooks.ledger.reader import is_head
from payment_webhooks.publishing.publisher import event_detail
from scripts.operations.analytics.reconciliation import differences, reading_of
from tests.support.faults.aws import Aws
from tests.support.faults.world import Sent

EVENTS: Final = Path(__file__).parents[2] / "events"
LARGE_BYTES: Final = 400_000


def _internal(**values: Any) -> Sent:
    document = {"created_at": "2025-10-09T06:07:40Z", "currency": "EUR", "customer_id": "c-1", **values}
    return Sent("internal", json.dumps(document).encode())


def _published(provider: str, name: str, **changes: Any) -> Sent:
    document = json.loads((EVENTS / provider / f"{name}.json").read_bytes())
    return Sent(provider, json.dumps(document | changes).encode())


_PAYMENT: Final = {"type": "payment", "status": "succeeded", "transaction_id": "t-1"}
# In this order: a refund before its payment, a duplicate, another body under a known id, one that can't be read, one
# that is too long for its item, one of Stripe and of Square, and another too long that PayPal is asked about.
SENT: Final = (
    _internal(
        id="ev-2", type="refund", status="succeeded", transaction_id="t-1", object_id="re-1", amount_minor=300
    ),
    _internal(id="ev-1", amount_minor=1099, **_PAYMENT),
    _internal(id="ev-1", amount_minor=1099, **_PAYMENT),
    _internal(id="ev-1", amount_minor=9900, **_PAYMENT),
    _internal(id="ev-3", amount_minor="ten", **_PAYMENT),
    _internal(
        id="ev-4", **{**_PAYMENT, "transaction_id": "t-4"}, amount_minor=800_000, note="n" * LARGE_BYTES
    ),
    _published("stripe", "pi_succeeded"),
    _published("square", "payment_updated_completed"),
    _published("paypal", "capture_completed_published", note="n" * LARGE_BYTES),
)
# Made by PayPal, and never sent.
NEVER_SENT: Final = _published("paypal", "capture_completed_jpy", id="WH-NEVER-SENT", note="n" * LARGE_BYTES)
# Sent last: its body is gone when it is processed.
GIVEN_UP: Final = _internal(
    id="ev-6", **{**_PAYMENT, "transaction_id": "t-6"}, amount_minor=100, note="n" * LARGE_BYTES
)
# Nothing that a function writes; analytics keep it as it is.
UNREADABLE: Final = {
    "eventID": "unreadable",
    "eventName": "INSERT",
    "dynamodb": {"SequenceNumber": "1", "NewImage": 1},
}
STATUSES: Final = Counter(processed=7, conflict=1, quarantined=1)
# Status, captured and refunded by payment, in minor units.
PAYMENTS: Final = {
    "internal:t-1": ("partially_refunded", 1099, 300),
    "internal:t-4": ("succeeded", 800_000, 0),
    "stripe:pi_3SGA001": ("succeeded", 1099, 0),
    "square:hYy9pRFVxpDsO1FB05SunFWUe9JZY": ("succeeded", 100, 0),
    "paypal:89T257400V0473133": ("succeeded", 10_000, 0),
}

FETCHED_PAYMENT: Final = {"paypal:3CP00000000000005": ("succeeded", 1500, 0)}


@cache
def paypal_resources() -> dict[str, Any]:
    """What PayPal tells, when it is asked for the resource of its event."""
    resource = json.loads(SENT[-1].body)["resource"]
    return {f"/v2/payments/captures/{resource['id']}": resource}


def made_at_paypal() -> list[dict[str, Any]]:
    """The events in PayPal's list: one that came, and one that never did."""
    return [json.loads(each.body) for each in (SENT[-1], NEVER_SENT)]


def lies(aws: Aws, gives_up: bool, reconciled: bool, may_repeat: Callable[[str], bool]) -> Iterator[str]:
    """What is not as it must be. `gives_up`: whether GIVEN_UP was sent, `reconciled`: whether NEVER_SENT was found.
    `may_repeat`: whether a function may tell
    something twice.
    """
    statuses = STATUSES + Counter(failed=int(gives_up))
    yield from _of_inbox(aws, statuses if reconciled else statuses - Counter(processed=1))
    yield from _of_payments(aws, {**PAYMENTS, **(FETCHED_PAYMENT if reconciled else {})})
    yield from _of_events(aws, may_repeat("notification_handler"))
    yield from audit_lies(aws)
    counters = (item for item in aws.items("analytics") if contract.ANALYTICS_EXPIRES_AT not in item)
    reading = reading_of(counters, filter(is_head, aws.items("transactions")))
    yield from (f"analytics: {each}" for each in differences(reading))
    yield from _of_queues(aws, gives_up, may_repeat("payment_processor"))
    kept = [key for key in aws.objects if key.startswith("/failures/")]
    if len(kept) != 1:
        yield f"failures: {kept}"


def _of_queues(aws: Aws, gives_up: bool, may_repeat: bool) -> Iterator[str]:
    """All are empty, but for the one dead letter of what was given up."""
    for name, messages in aws.queues.items():
        letters = {message.reason for message in messages}
        is_right = name == "processing-dlq" and letters == {"payload_store_unavailable"}
        if messages and not (is_right and (may_repeat or len(messages) == 1)):
            yield f"queue {name}: {messages}"
    if gives_up and not aws.queue("processing-dlq"):
        yield "no dead letter"


def _of_inbox(aws: Aws, statuses: Counter[str]) -> Iterator[str]:
    found = Counter(
        item[contract.STATUS]["S"]
        for item in aws.items("inbox")
        if item[contract.STATUS]["S"] != contract.STATUS_GUARD
    )
    if found != statuses:
        yield f"inbox: {found}"


def _of_payments(aws: Aws, payments: Mapping[str, tuple[str, int, int]]) -> Iterator[str]:
    found = {}
    for item in filter(is_head, aws.items("transactions")):
        head = head_from_item(item)
        if isinstance(head, Payment):
            state = head.state
            found[head.transaction_id] = (state.status, state.captured_minor, state.refunded_minor)
    if found != payments:
        yield f"payments: {found}"


def _of_events(aws: Aws, may_repeat: bool) -> Iterator[str]:
    """Each row with an effect was told as it says; each of its notifications was published."""
    told: dict[str, Any] = {}
    for item in aws.items("transactions"):
        if contract.EFFECT in item:
            detail = json.loads(
                json.dumps(event_detail(from_item(item), from_text(item[contract.EFFECT]["S"])))
            )
            told[detail["dedupe_id"]] = detail
    heard = {detail["dedupe_id"]: detail for detail in aws.events}
    if heard != told:
        yield f"events: {sorted(heard)} instead of {sorted(told)}"
    wanted = {
        (detail["transaction_id"], detail["event_id"], kind)
        for detail in told.values()
        for kind in NOTIFICATION_TYPES
        if kind in detail[contract.EVENT_NOTIFICATION_TYPES]
    }
    published = Counter(
        (each["transaction_id"], each["event"]["event_id"], each["notification_type"])
        for each in aws.published
        if each["notification_type"] != contract.NOTIFY_MANUAL
    )
    if published.keys() != wanted or (not may_repeat and published.total() > len(wanted)):
        yield f"notifications: {sorted(published)} instead of {sorted(wanted)}"


def audit_lies(aws: Aws) -> Iterator[str]:
    """Each change is in the audit trail, by its id, and nothing else."""
    kept = [
        json.loads(line)
        for key, content in aws.objects.items()
        if key.startswith(f"/audit/{contract.AUDIT_PREFIX}")
        for line in gzip.decompress(content).splitlines()
    ]
    ids = {record["stream_event_id"] for record in kept}
    wanted = {
        record["eventID"]
        for table in ("inbox", "transactions")
        for record in aws.stream(table, 0)
        if not _is_guard(record)
    }
    if ids != wanted:
        yield f"audit: {len(ids - wanted)} too many, {len(wanted - ids)} missing"
    tampered = [record for record in kept if "tampering" in record]
    if tampered:
        yield f"audit: {tampered}"


def _is_guard(record: Mapping[str, Any]) -> bool:
    images = record["dynamodb"]
    status = (images.get("NewImage") or images["OldImage"]).get(contract.STATUS, {}).get("S")
    return bool(status == contract.STATUS_GUARD)


def archive_lies(aws: Aws, rows: int) -> Iterator[str]:
    """`rows`: of the ledger before. Each is in the archive, once, and in no table; each webhook that is done, too."""
    lines: dict[str, list[dict[str, Any]]] = {"transactions": [], "webhooks": []}
    for key, content in aws.objects.items():
        if key.startswith("/archive/") and key.endswith(".gz"):
            kind = "webhooks" if "webhooks" in key else "transactions"
            lines[kind] += [json.loads(line) for line in gzip.decompress(content).splitlines()]
    archived = [row["event_id"] for line in lines["transactions"] for row in line["rows"]]
    if len(archived) != len(set(archived)) or len(archived) != rows:
        yield f"archive: rows {archived}"
    left = [item for item in aws.items("transactions") if contract.EFFECT in item]
    if left:
        yield f"archive: {len(left)} rows stay in the table"
    webhooks = Counter((line["webhook_id"], line["webhook_timestamp"]) for line in lines["webhooks"])
    if set(webhooks.values()) != {1} or len(webhooks) != STATUSES["processed"]:
        yield f"archive: webhooks {webhooks}"
