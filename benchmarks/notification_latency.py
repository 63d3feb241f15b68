"""How long from the answer to a webhook until a subscriber has the notification, in each processing mode.

    python benchmarks/notification_latency.py [--webhooks 60] [--rounds 2] [--per-second 2] [--json]

Starts a local engine of its own and deploys the system once for each mode. Payments are sent one after the other,
at an even pace, in turn to each system (A B A B); a queue that is subscribed to the notifications topic says when
each notification comes. What is the engine's: its pipe looks at the streams by the clock, and its queue does not
wait the 5 s in which SQS may fill a batch for the notification handler.

Exit code 1 when a notification does not come within two minutes.
"""

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import project_imports  # noqa: F401
from mixed_events import SETTINGS, stripe_payment

from scripts.local_engine import control
from scripts.local_engine.state import EngineState
from tests.support.system.deployed_system import DeployedSystem
from tests.support.system.listener import Listener

MODES: Final = ("queue", "workflow")
ENDPOINT: Final = "stripe"
LATEST_SECONDS: Final = 120.0


class Arrivals(threading.Thread):
    """Notes when the notification of each transaction comes, until all that are awaited have come."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(daemon=True)
        self._listener = listener
        self.at: dict[str, float] = {}
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            for message in self._listener.receive(wait_seconds=1):
                self.at.setdefault(message["transaction_id"], time.monotonic())


def deployed(engine: EngineState, mode: str) -> DeployedSystem:
    system = DeployedSystem(engine, mode)
    finished = system.deploy("--parameter", f"ProcessingMode={mode}")
    if finished.exit_code != 0:
        raise SystemExit(finished.text)
    system.secrets(ENDPOINT, "set", *SETTINGS[ENDPOINT], key=f"whsec_{secrets.token_hex(16)}")
    return system


def measured(system: DeployedSystem, listener: Listener, count: int, per_second: float) -> list[float]:
    """Seconds from the 200 to the notification, for each of `count` payments. Raises TimeoutError."""
    key, answered = system.secret(ENDPOINT), {}
    arrivals = Arrivals(listener)
    arrivals.start()
    for _ in range(count):
        begun = time.monotonic()
        body = stripe_payment()
        system.deliver(ENDPOINT, body, key)
        answered[f"{ENDPOINT}:{json.loads(body)['data']['object']['id']}"] = time.monotonic()
        time.sleep(max(0.0, begun + 1 / per_second - time.monotonic()))
    latest = time.monotonic() + LATEST_SECONDS
    while not answered.keys() <= arrivals.at.keys():
        if time.monotonic() > latest:
            raise TimeoutError(f"{len(answered.keys() - arrivals.at.keys())} notifications did not come")
        time.sleep(0.05)
    arrivals.done.set()
    arrivals.join()
    return [arrivals.at[name] - at for name, at in answered.items()]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    quantiles = statistics.quantiles(seconds, n=100)
    return {"count": len(seconds), "p50_s": round(quantiles[49], 2), "p99_s": round(quantiles[98], 2)}


def run(engine: EngineState, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    systems = {mode: deployed(engine, mode) for mode in MODES}
    listeners = {
        mode: Listener(system, f"listener-{mode}").subscribe_to_topic(system.outputs["NotificationsTopicArn"])
        for mode, system in systems.items()
    }
    found: dict[str, list[float]] = {mode: [] for mode in MODES}
    for round_number in range(arguments.rounds + 1):
        for mode, system in systems.items():
            seconds = measured(system, listeners[mode], arguments.webhooks, arguments.per_second)
            if round_number:  # the first round starts the containers
                found[mode] += seconds
    return {mode: summary(seconds) for mode, seconds in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--webhooks", type=int, default=60, help="in each round and mode")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--per-second", type=float, default=2.0)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payment-webhooks-latency-") as folder:
        engine = control.start(Path(folder), stop_with_caller=True)
        try:
            result = run(engine, arguments)
        except TimeoutError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            control.stop(Path(folder))
    if arguments.json:
        print(json.dumps(result))
    else:
        for mode, figures in result.items():
            print(
                f"{mode:8}  p50 {figures['p50_s']:5.2f} s   p99 {figures['p99_s']:5.2f} s   n {figures['count']}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
