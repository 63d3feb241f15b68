"""Signed payments of four endpoints, made up anew at each call, and what each of them is worth."""

import json
import random
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

EVENTS: Final = Path(__file__).resolve().parents[1] / "tests" / "events"
SEED: Final = 20261121
SETTINGS: Final = {
    "stripe": ["--mode", "live"],
    "square": ["--mode", "test", "--notification-url", "https://hooks.example.com/v1/webhook/square"],
    "paypal": ["--mode", "test", "--local-authority"],
    "internal": ["--mode", "live"],
}
# PayPal's signature proves too little: without API credentials nobody is told that its money moved.
UNCONFIRMED: Final = frozenset({"paypal"})
Event = tuple[str, bytes]


def stripe_payment() -> bytes:
    event = json.loads((EVENTS / "stripe" / "pi_succeeded.json").read_bytes())
    event["id"], event["data"]["object"]["id"] = f"evt_{uuid.uuid4().hex}", f"pi_{uuid.uuid4().hex}"
    return json.dumps(event).encode()


def square_payment() -> bytes:
    event = json.loads((EVENTS / "square" / "payment_updated_completed.json").read_bytes())
    event["event_id"] = str(uuid.uuid4())
    event["data"]["id"] = event["data"]["object"]["payment"]["id"] = uuid.uuid4().hex
    return json.dumps(event).encode()


def paypal_capture() -> bytes:
    event = json.loads((EVENTS / "paypal" / "capture_completed_jpy.json").read_bytes())
    event["id"], event["resource"]["id"] = f"WH-{uuid.uuid4().hex}", uuid.uuid4().hex[:17].upper()
    return json.dumps(event).encode()


def in_house_payment() -> bytes:
    return json.dumps(
        {
            "id": f"order-{uuid.uuid4().hex}",
            "type": "payment",
            "created_at": "2026-11-21T09:30:00Z",
            "transaction_id": uuid.uuid4().hex,
            "amount_minor": 12_500,
            "currency": "EUR",
            "status": "succeeded",
            "customer_id": None,
        }
    ).encode()


MAKERS: Final[dict[str, Callable[[], bytes]]] = {
    "stripe": stripe_payment,
    "square": square_payment,
    "paypal": paypal_capture,
    "internal": in_house_payment,
}
CAPTURED_MINOR: Final = {
    "stripe": (1099, "USD"),
    "square": (100, "USD"),
    "paypal": (1500, "JPY"),
    "internal": (12_500, "EUR"),
}


def shuffled(count: int, duplicates: float) -> tuple[list[Event], list[Event]]:
    """(distinct events, what is sent): `count` deliveries of which the share `duplicates` are repetitions."""
    choose = random.Random(SEED)  # noqa: S311 - which webhooks are sent twice is no secret
    names = list(MAKERS)
    distinct = [
        (name, MAKERS[name]())
        for name in (names[i % len(names)] for i in range(round(count * (1 - duplicates))))
    ]
    sent = distinct + [choose.choice(distinct) for _ in range(count - len(distinct))]
    choose.shuffle(sent)
    return distinct, sent
