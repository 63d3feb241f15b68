"""Records of the inbox's stream, and a bucket to write what they tell into."""

import gzip
import json
from typing import Any

from payment_webhooks.audit.tampering import LedgerWatch
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.errors import Unavailable

PAYLOAD = "a word of the buyer"
ITEM = item_of(
    {
        "webhookId": "stripe:evt_1",
        "timestamp": "2025-10-09T06:07:40.000000Z",
        "endpoint": "stripe",
        "provider": "stripe",
        "event_id": "evt_1",
        "event_type": "payment_intent.succeeded",
        "status": "received",
        "payload": PAYLOAD,
        "payload_sha256": "ab" * 32,
        "fingerprint": "cd" * 32,
        "received_at": "2025-10-09T06:07:41.000000Z",
        "verified_by": "key-1",
        "source_ip": "192.0.2.7",
        "trace_id": "Root=1",
        "attempts": 0,
        "size_bytes": 19,
        "pending_shard": "3",
    }
)
DONE = {name: value for name, value in ITEM.items() if name != "pending_shard"} | item_of(
    {"status": "processed", "attempts": 1, "processed_at": "2025-10-09T06:07:42.000000Z"}
)

NO_WATCH = LedgerWatch(lambda _: (), lambda _: (), lambda _: None)  # for batches of the inbox


FIRST_CHANGE_SECONDS = 1_760_000_000.25  # 2025-10-09T08:53:20.25Z


def record(
    change: str = "INSERT",
    number: int = 1,
    old: Any = None,
    new: Any = None,
    at: float = FIRST_CHANGE_SECONDS,
) -> dict[str, Any]:
    images = {"OldImage": old, "NewImage": new or (ITEM if change == "INSERT" else None)}
    item = images["NewImage"] or images["OldImage"]
    return {
        "eventID": f"stream-event-{number}",
        "eventName": change,
        "dynamodb": {
            "ApproximateCreationDateTime": at,
            "Keys": {name: item[name] for name in ("webhookId", "timestamp")},
            "SequenceNumber": f"1000{number}",
            **{name: image for name, image in images.items() if image is not None},
        },
    }


class FakeBucket:
    """Keeps the records of each object by its key, and the markers of what came late. Takes nothing while `out`."""

    def __init__(self, out: bool = False) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {}
        self.late: list[str] = []
        self.out = out

    def add(self, key: str, content: bytes) -> None:
        if self.out:
            raise Unavailable("audit_bucket_unavailable")
        if key.startswith("late/"):
            assert content == b""
            self.late.append(key)
            return
        self.objects[key] = [json.loads(line) for line in gzip.decompress(content).splitlines()]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for records in self.objects.values() for record in records]
