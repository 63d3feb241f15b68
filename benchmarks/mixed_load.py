"""Mixed webhooks with duplicates, in any order, at a concurrency: how fast, and is every count the truth?

    python benchmarks/mixed_load.py [--webhooks 2000] [--duplicates 0.2] [--concurrency 16] [--json]

Starts a local engine of its own, deploys with the real script, and sends Stripe, Square, PayPal and in-house
payments, each signed, a share of them more than once, all shuffled. Then it waits until nothing is pending and
compares rows, states, sums and audit records with what was sent. First, in turn, the same number of requests at
concurrency 1 and at the concurrency asked for, to the receiver and to a function that only answers 200
(GET /health): the difference is the receiver's, the rest the engine's.

Exit code 1 when a count differs.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from local_engine import control
from operations.deployed_system import DeployedSystem
from operations.stored_counts import StoredCounts, count_stored

EVENTS: Final = Path(__file__).resolve().parents[1] / "tests" / "events"
SEED: Final = 20261121
SETTLE_TIMEOUT_SECONDS: Final = 600.0
LATENCY_REQUESTS: Final = 200
SETTINGS: Final = {
    "stripe": ["--environment", "live"],
    "square": ["--environment", "test", "--notification-url", "https://hooks.example.com/v1/webhook/square"],
    "paypal": ["--environment", "test", "--local-authority"],
    "internal": ["--environment", "live"],
}
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


def truth_of(distinct: Sequence[Event]) -> StoredCounts:
    """What must be stored: one row, one transition, two audit records for each distinct event."""
    captured: Counter[str] = Counter()
    for name, _ in distinct:
        amount_minor, currency = CAPTURED_MINOR[name]
        captured[currency] += amount_minor
    count = len(distinct)
    return StoredCounts({"processed": count}, count, count, {"succeeded": count}, dict(captured), 2 * count)


def timed(call: Callable[[Any], object], arguments: Sequence[Any], concurrency: int) -> dict[str, float]:
    """Rate and latency of the calls, in requests a second and milliseconds."""

    def one(argument: Any) -> float:
        begun = time.perf_counter()
        call(argument)
        return (time.perf_counter() - begun) * 1000

    begun = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        milliseconds = list(pool.map(one, arguments))
    quantiles = statistics.quantiles(milliseconds, n=100)
    rate = len(arguments) / (time.perf_counter() - begun)
    return {
        "per_second": round(rate, 1),
        "p50_ms": round(quantiles[49], 1),
        "p99_ms": round(quantiles[98], 1),
    }


def latencies(system: DeployedSystem, concurrency: int) -> dict[str, dict[str, float]]:
    """The receiver and the health function in turn, at concurrency 1 and `concurrency`."""
    secret = system.secret("stripe")
    found = {}
    for threads in (1, concurrency):
        for _ in range(2):  # the first pass starts the containers
            bodies = [stripe_payment() for _ in range(LATENCY_REQUESTS)]
            found[f"receiver, {threads} at a time"] = timed(
                lambda body: system.deliver("stripe", body, secret), bodies, threads
            )
            found[f"health, {threads} at a time"] = timed(lambda _: system.get("/health"), bodies, threads)
    return found


def settled(system: DeployedSystem, truth: StoredCounts, before: StoredCounts) -> tuple[StoredCounts, float]:
    """What is stored beyond `before` once it is the truth, or after the time limit; and the seconds waited."""
    begun = time.monotonic()
    while True:
        found = count_stored(system) - before
        waited = time.monotonic() - begun
        if found == truth or waited > SETTLE_TIMEOUT_SECONDS:
            return found, waited
        time.sleep(2)


def run(system: DeployedSystem, count: int, duplicates: float, concurrency: int) -> dict[str, Any]:
    latency = latencies(system, concurrency)
    quiet = count_when_quiet(system)
    keys = {name: system.secret(name) for name in MAKERS}
    distinct, sent = shuffled(count, duplicates)
    load = timed(lambda event: system.deliver(event[0], event[1], keys[event[0]]), sent, concurrency)
    found, waited = settled(system, truth_of(distinct), quiet)
    truth = truth_of(distinct)
    return {
        "latency": latency,
        "load": load,
        "sent": len(sent),
        "settled_after_seconds": round(waited, 1),
        "truth": truth.as_dict(),
        "found": found.as_dict(),
        "equal": found == truth,
    }


def count_when_quiet(system: DeployedSystem) -> StoredCounts:
    """What the latency runs have stored, once it no longer changes."""
    last = count_stored(system)
    while True:
        time.sleep(3)
        now = count_stored(system)
        if now == last and set(now.inbox) <= {"processed"}:
            return now
        last = now


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--webhooks", type=int, default=2000)
    parser.add_argument("--duplicates", type=float, default=0.2)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payment-webhooks-load-") as folder:
        engine = control.start(Path(folder), stop_with_caller=True)
        try:
            system = DeployedSystem(engine, "load")
            deployed = system.deploy()
            if deployed.exit_code != 0:
                raise SystemExit(deployed.text)
            for endpoint, settings in SETTINGS.items():
                system.secrets(endpoint, "set", *settings, key=f"whsec_{secrets.token_hex(16)}")
            result = run(system, arguments.webhooks, arguments.duplicates, arguments.concurrency)
        finally:
            control.stop(Path(folder))
    print(json.dumps(result, indent=None if arguments.json else 2))
    return 0 if result["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
