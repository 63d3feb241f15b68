"""The provider events of tests/events, and changed copies of them."""

import copy
import json
import uuid
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"
INDEX: list[dict[str, Any]] = json.loads((EVENTS / "index.json").read_text())

REMOVED: Any = object()


def event_body(name: str) -> bytes:
    """The body of `name`, such as "stripe/pi_succeeded", exactly as it was published."""
    return (EVENTS / f"{name}.json").read_bytes()


def event_document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(event_body(name))
    return document


def changed(name: str, changes: dict[str, Any]) -> bytes:
    """The event `name` with values set (or REMOVED) at dotted paths such as "data.object.amount"."""
    document = copy.deepcopy(event_document(name))
    for path, value in changes.items():
        *parents, last = path.split(".")
        parent: Any = document
        for key in parents:
            parent = parent[int(key)] if isinstance(parent, list) else parent[key]
        if value is REMOVED:
            del parent[last]
        elif isinstance(parent, list):
            parent[int(last)] = value
        else:
            parent[last] = value
    return json.dumps(document).encode()


def new_paypal_capture() -> dict[str, Any]:
    """PayPal's published event of a capture, as one of another order."""
    text = event_body("paypal/capture_completed_published").decode()
    for published in ("29Y24445UY2083144", "89T257400V0473133"):  # the capture, its order
        text = text.replace(published, uuid.uuid4().hex[:17].upper())
    event: dict[str, Any] = json.loads(text)
    return {**event, "id": f"WH-{uuid.uuid4().hex.upper()}"}
