"""Every form that a release has stored is still read: tests/vectors/stored, which is added to and never edited."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Bucket, Counted, Tally
from payment_webhooks.analytics.counters import AnalyticsTable, counter_of
from payment_webhooks.archive.parts import Part, manifest, part_from_json
from payment_webhooks.archive.progress import ProgressItem
from payment_webhooks.archive.transactions import TransactionSource
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.aws.service_errors import CONDITION_FAILED, ServiceError
from payment_webhooks.domain.effect import Effect, from_text
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.endpoints.secret_document import parse_endpoint_secret
from payment_webhooks.inbox.progress import InboxProgress
from payment_webhooks.ledger import archived_rows as summaries
from payment_webhooks.ledger import payment_items
from payment_webhooks.ledger.reader import entries_of
from payment_webhooks.notifications.markers import NotificationKey, NotificationMarkers
from payment_webhooks.processing.messages import parse_keys

STORED: Final = Path(__file__).parents[2] / "vectors" / "stored"


def read_summary(item: dict[str, Any]) -> dict[str, Any]:
    summary = summaries.from_item(item)
    return {
        "rows": [row._asdict() for row in summary.rows],
        "parts": [part._asdict() for part in summary.parts],
    }


def read_progress(item: dict[str, Any]) -> dict[str, Any]:
    progress = ProgressItem(lambda *_: {"Attributes": item}, "t", "transactions", "run", lambda: 0.0).take()
    assert progress is not None
    return asdict(progress)


def read_webhook(item: dict[str, Any]) -> dict[str, Any]:
    (webhook,) = InboxProgress(lambda *_: {"Items": [item]}, "t", str).load("stripe:evt_1")
    return {**asdict(webhook), "keys": webhook.keys}


def read_row(item: dict[str, Any]) -> dict[str, Any]:
    """The row, with its effect as fields by name."""
    (row,) = (found := entries_of([item])).rows
    effect = found.effect_of(row)
    return row._asdict() if effect is None else {**row._asdict(), "effect": read_effect(effect)}


def read_effect(effect: Effect) -> dict[str, Any]:
    parts = {name: getattr(effect, name) for name in ("before", "after", "object_before", "object_after")}
    return effect._asdict() | {name: value and value._asdict() for name, value in parts.items()}


def read_line(text: str) -> dict[str, Any]:
    """A line of a part as it is released: what goes into the summary, and the effects of its rows."""
    calls: list[Mapping[str, Any]] = []
    document = json.loads(text)

    def written(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        calls.append(parameters)
        return {}

    TransactionSource(written, "t", 180).release(document, PART, "s3://b/k")
    effects = [row["effect"] for row in document["rows"] if row["effect"] is not None]
    summary = read_summary(calls[0]["TransactItems"][0]["Put"]["Item"])
    return {"summary": summary, "effects": [read_effect(from_text(each)) for each in effects]}


def read_analytics_marker(item: dict[str, Any]) -> dict[str, Any]:
    """The keys by which the effect of its row is known as counted."""
    keys = plain(item)
    calls: list[Mapping[str, Any]] = []

    def counted(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        calls.append(parameters)
        return {}

    table = AnalyticsTable(counted, "t", lambda: 0.0, lambda: 0, lambda attempts: None)
    bucket = Bucket("2025-10-09T06", "stripe", "USD", "succeeded")
    sums = {bucket: Tally(payments=1)}
    table.count([Counted(keys[contract.ANALYTICS_KEY], keys[contract.ANALYTICS_ENTRY], sums)])
    marker: dict[str, Any] = plain(calls[0]["TransactItems"][0]["Put"]["Item"])
    return {name: value for name, value in marker.items() if keys[name] == value}


def read_notification_marker(item: dict[str, Any]) -> dict[str, Any]:
    """What becomes of another claim, a moment after that of the item."""

    def refused(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        raise ServiceError("dynamodb", CONDITION_FAILED, 400, {"Item": item})

    key = NotificationKey(item["transaction_id"]["S"], item[contract.NOTIFICATION_ID]["S"])
    return {"claim": NotificationMarkers(refused, "t", lambda: 1_760_000_001.0).claim(key, "other").value}


def read_head(item: dict[str, Any]) -> dict[str, Any]:
    head = payment_items.from_item(item)
    assert isinstance(head, payment_items.Payment)
    state = {**head.state._asdict(), "objects": [each._asdict() for each in head.state.objects]}
    return {**head._asdict(), "state": state, "payout": head.payout and head.payout._asdict()}


def read_secret(text: str) -> dict[str, Any]:
    secret = parse_endpoint_secret(text)
    return {
        "environment": secret.mode,  # its former name
        "mode": secret.mode,
        "ignores_test_events": secret.ignores_test_events,
        "account": secret.account,
        "keys": [key.id for key in secret.keys],
    }


PART: Final = Part("transactions", "2025-10-09", "stripe", 1, "2026-01-01T00:00:00.000000Z", ("stripe:pi_1",))
READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "analytics_marker": read_analytics_marker,
    "analytics_sum": counter_of,
    "archive_line": read_line,
    "archive_progress": read_progress,
    "archive_summary": read_summary,
    "endpoint_secret": read_secret,
    "head_of_a_long_payment": read_head,
    "head_of_a_new_payment": read_head,
    "head_of_a_payment": read_head,
    "head_of_a_payout": read_head,
    "endpoint_secret_with_mode": read_secret,
    "inbox_webhook": read_webhook,
    "inbox_webhook_unexpected": read_webhook,
    "ledger_row": read_row,
    "ledger_row_of_a_correction": read_row,
    "ledger_row_of_a_dispute": read_row,
    "ledger_row_of_a_merge": read_row,
    "ledger_row_of_a_payout": read_row,
    "ledger_row_of_a_refund": read_row,
    "ledger_row_of_an_inquiry": read_row,
    "ledger_row_of_an_invoice": read_row,
    "ledger_row_of_cash": read_row,
    "ledger_row_of_two_parts": read_row,
    "ledger_row_without_amount": read_row,
    "notification_marker": read_notification_marker,
    "notification_marker_claimed": read_notification_marker,
    "pointer": lambda item: payment_items.from_item(item)._asdict(),
    "queue_message": parse_keys,
}

MANIFEST: Final = "archive_manifest"  # read by people and scripts alone


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
    return found


def known_then(read: Any, expected: Any) -> Any:
    """`read` without the fields that `expected` does not know, at any depth."""
    if isinstance(expected, dict):
        return {name: known_then(value, expected[name]) for name, value in read.items() if name in expected}
    if isinstance(expected, list) and len(expected) == len(read):
        return [known_then(*pair) for pair in zip(read, expected, strict=True)]
    return read


def test_each_stored_form_has_its_reader() -> None:
    assert {path.stem for path in STORED.glob("*.json")} == {*READERS, MANIFEST}


def test_no_stored_form_is_edited() -> None:
    """A new one gets its line: `cd tests/vectors/stored && sha256sum NAME.json >> SHA256SUMS`. No line changes."""
    lines = (STORED / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    assert len(lines) == len(listed)
    assert listed == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in STORED.glob("*.json")
    }


@pytest.mark.parametrize("name", READERS)
def test_a_stored_form_reads_as_it_did_when_it_was_stored(name: str) -> None:
    """A field that a later release has added may be there, too."""
    stored = document(name)
    read = json.loads(json.dumps(READERS[name](stored.get("item") or stored["text"])))
    assert known_then(read, stored["read"]) == stored["read"]


def test_a_manifest_of_format_1_is_written_as_before() -> None:
    part = part_from_json(document("archive_progress")["item"]["open_part"]["S"])
    written = json.loads(manifest(part, b"content", {"transactions": 1, "rows": 3}))
    assert document(MANIFEST)["read"].items() <= written.items()


@pytest.mark.parametrize("name", ["amount_minor", "customer_id", "livemode"])
def test_a_row_of_a_release_that_did_not_know_an_optional_field_still_reads(name: str) -> None:
    """As of every field that a release adds: rows in the table and in summaries do not have it."""
    values = document("ledger_row")["read"]
    del values[name]
    assert getattr(LedgerRow.from_stored(values), name) is None


def test_a_row_of_a_later_release_reads_after_a_roll_back() -> None:
    values = document("ledger_row_of_an_inquiry")["read"]
    row = LedgerRow.from_stored({**values, "field_of_tomorrow": 1})
    assert known_then(row._asdict(), values) == values


def test_what_is_no_row_is_refused_by_the_names_that_it_lacks() -> None:
    with pytest.raises(ValueError, match=r"not a ledger row: no .*event_id"):
        LedgerRow.from_stored({"amount_minor": 1})
