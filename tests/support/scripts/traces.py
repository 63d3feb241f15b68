"""Facts of which traces are made: items of the inbox, and records of the audit trail."""

from typing import Any

WEBHOOK_ID = "stripe:evt_1"
CREATED = "2025-10-09T08:53:19.000000Z"
RECEIVED = "2025-10-09T08:53:20.500000Z"
PROCESSED = "2025-10-09T08:53:21.700000Z"
KEY = f"changes/date=2025-10-09/minute=0853/085320-085321-{'5f2f8a0e' * 8}.jsonl.gz"


def item(**values: Any) -> dict[str, Any]:
    """One that is received, unless `values` say something else."""
    return {
        "webhookId": WEBHOOK_ID,
        "timestamp": CREATED,
        "status": "received",
        "event_type": "payment_intent.succeeded",
        "received_at": RECEIVED,
        "verified_by": "key-1",
        "source_ip": "192.0.2.7",
        "attempts": 0,
        **values,
    }


def record(changed_at: str, *changed: str, **values: Any) -> dict[str, Any]:
    """A change of the item by the second `changed_at`; the item came in with it where nothing is said to be changed."""
    return {
        "webhook_id": WEBHOOK_ID,
        "webhook_timestamp": CREATED,
        "change": "MODIFY" if changed else "INSERT",
        "changed_at": f"2025-10-09T{changed_at}.000000Z",
        "changed_attributes": sorted(changed),
        "status_from": "received" if changed else None,
        "status_to": "received",
        "received_at": RECEIVED,
        "verified_by": "key-1",
        "key": KEY,
        **values,
    }
