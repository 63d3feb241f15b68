"""Records of the audit trail: one for each change of inbox and ledger, never a payload. Pure.

A record carries the stream's own event id: one that was delivered again, in another batch, is in two objects, and
counts once (`distinct`).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from payment_webhooks import contract
from payment_webhooks.audit.erasure_marks import marks
from payment_webhooks.audit.ledger_records import of_ledger
from payment_webhooks.aws.batch_response import sequence_number
from payment_webhooks.aws.dynamodb_items import plain

CHANGED_AT = "changed_at"
_STREAM_EVENT_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CHANGES = ("INSERT", "MODIFY", "REMOVE")
# What an auditor needs of a webhook (PCI DSS 10.2.2: who, what, when, outcome, origin). Nothing of its
# content.
_KEPT = (
    "endpoint",
    "provider",
    "event_type",
    "received_at",
    "processed_at",
    "transaction_id",
    "payload_sha256",
    "size_bytes",
    "verified_by",
    contract.SOURCE,
    "source_ip",
    "trace_id",
    "attempts",
    "last_error",
    contract.ARCHIVED_IN,
    contract.DECISION,
    contract.DECIDED_BY,
    contract.DECIDED_AT,
    contract.DECISION_NOTE,
    contract.DECISION_TICKET,
    contract.DECIDED_FROM,
)
ERASURE = "erasure"
ERASURE_UNDONE = "erasure_undone"  # it came again, with its whole body


def audit_record(record: Mapping[str, Any], of_guards: bool = False) -> dict[str, Any] | None:
    """What to keep of one record of the stream of inbox or ledger; None for a guard item, which is no webhook, unless
    `of_guards`.

    Raises what reading it raises (KeyError, TypeError, ...) for a record that is not of a stream's form.
    """
    change = record["dynamodb"]
    keys = plain(change["Keys"])
    if _is_guard(keys) and not of_guards:
        return None
    event_id, event_name = record["eventID"], record["eventName"]
    if not _STREAM_EVENT_ID.fullmatch(event_id) or event_name not in _CHANGES:
        raise ValueError("not a stream record")
    old, new = plain(change.get("OldImage") or {}), plain(change.get("NewImage") or {})
    of_table = of_ledger if contract.TRANSACTION_ID in keys else _of_inbox
    document = {
        "stream_event_id": event_id,
        "sequence_number": change["SequenceNumber"],
        "change": event_name,
        CHANGED_AT: _instant(change["ApproximateCreationDateTime"]),
        # set when time to live removes it
        "changed_by": (record.get("userIdentity") or {}).get("principalId"),
        "changed_attributes": sorted(name for name in {*old, *new} if old.get(name) != new.get(name)),
        **of_table(change, keys, old, new),
    }
    return {name: value for name, value in document.items() if value is not None}


def _is_guard(keys: Mapping[str, Any]) -> bool:
    webhook_id: str = keys[contract.WEBHOOK_ID] if contract.TRANSACTION_ID not in keys else ""
    return webhook_id.startswith(f"{contract.GUARD_PREFIX}#")


def _of_inbox(
    _: Mapping[str, Any], keys: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    current = new or old
    return {
        "webhook_id": keys[contract.WEBHOOK_ID],
        "webhook_timestamp": keys[contract.WEBHOOK_TIMESTAMP],
        "status_from": old.get(contract.STATUS),
        "status_to": new.get(contract.STATUS),
        contract.STATUS_REASON: current.get(contract.STATUS_REASON),
        "kind": _kind(old.get(contract.ERASED_AT), new.get(contract.ERASED_AT)) if old and new else None,
        **{name: current.get(name) for name in _KEPT},
        **marks(current),
    }


def _kind(was_erased: str | None, is_erased: str | None) -> str | None:
    if was_erased == is_erased:
        return None
    return ERASURE if is_erased else ERASURE_UNDONE


def unreadable_record(record: Any, error: Exception) -> dict[str, Any]:
    """What can be said of a record that is not of a stream's form: its identifiers, no value of the item."""
    fields = record if isinstance(record, Mapping) else {}
    return {
        "error": type(error).__name__,
        "stream_event_id": _text_or_none(fields.get("eventID")),
        "sequence_number": _text_or_none(sequence_number(record)),
        "change": _text_or_none(fields.get("eventName")),
        "fields": sorted(str(name) for name in fields),
        "record_sha256": hashlib.sha256(json_line(record)).hexdigest(),
    }


def distinct(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each record once, in the order of the stream; `records` may come from several objects."""
    by_event = {record["stream_event_id"]: dict(record) for record in records}
    return sorted(by_event.values(), key=lambda record: str(record.get("sequence_number", "")).zfill(64))


def json_line(document: Any) -> bytes:
    """JSON with sorted keys and without blanks: the same bytes for the same document."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), default=repr).encode()


def _instant(value: float | int) -> str:
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text_or_none(value: object) -> str | None:
    return value[:256] if isinstance(value, str) else None
