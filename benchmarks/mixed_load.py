"""Mixed webhooks with duplicates, in any order, at a concurrency: how fast, and is every count the truth?

    python benchmarks/mixed_load.py [--webhooks 2000] [--duplicates 0.2] [--failures 0.1] [--concurrency 16]
        [--mode workflow] [--sabotage SEED] [--json]

Starts a local engine of its own, deploys with the real script, and sends Stripe, Square, PayPal and in-house
payments, each signed, a share of them more than once, all shuffled, while a share of the processor's calls fails.
Then it waits until nothing is pending and compares rows, states, sums, audit records, events on the bus,
notifications and analytics with what was sent. First, in turn, the same number of requests at
concurrency 1 and at the concurrency asked for, to the receiver and to a function that only answers 200
(GET /health): the difference is the receiver's, the rest the engine's.

With --sabotage there is no latency to measure: while webhooks come, workers are killed, the engine freezes or is
restarted, and a secret is spoilt, at random by the seed; then hours pass, in which the sweeper runs. The audit trail
has more records then, of attempts that failed, and no webhook may be in the dead-letter queue.

Exit code 1 when a count differs.
"""

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

import project_imports  # noqa: F401
from effects import Ears, Effects, true_effects
from failing_processor import failures_made, make_processor_fail
from mixed_events import CAPTURED_MINOR, MAKERS, SETTINGS, Event, shuffled, stripe_payment
from sabotage import Saboteur, dead_letters

from scripts.command_line.project_paths import ROOT
from scripts.local_engine import control
from tests.support.system.deployed_system import DeployedSystem
from tests.support.system.passing_time import let_an_hour_pass
from tests.support.system.stored_counts import StoredCounts, count_stored

SETTLE_TIMEOUT_SECONDS: Final = 600.0
RESTARTABLE: Final = ROOT / "tests/support/system/restartable_engine.py"
LOOKS_AN_HOUR: Final = 10  # while it settles after sabotage
LATENCY_REQUESTS: Final = 200
# A call that fails before the processor begins hides its batch for a minute more; the shortest that may be set.
PROCESSOR_TIMEOUT: Final = "ProcessorTimeout=60"


def truth_of(distinct: Sequence[Event]) -> StoredCounts:
    """What must be stored: one row, one effect, two audit records for each distinct event."""
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


def settled(
    system: DeployedSystem,
    ears: Ears,
    truth: tuple[StoredCounts, Effects],
    before: StoredCounts,
    sabotaged: bool,
) -> tuple[tuple[StoredCounts, Effects], float]:
    """What is there beyond `before` once it is the truth, or after the time limit; and the seconds waited."""
    begun = time.monotonic()
    for look in count(1):
        found = count_stored(system) - before, ears.heard()
        waited = time.monotonic() - begun
        if sabotaged:
            records = min(found[0].audit_records, truth[0].audit_records)
            found = replace(found[0], audit_records=records), found[1]
        if found == truth or waited > SETTLE_TIMEOUT_SECONDS:
            break
        time.sleep(2)
        if sabotaged and look % LOOKS_AN_HOUR == 0:
            let_an_hour_pass(system)
    return found, waited


def run(system: DeployedSystem, arguments: argparse.Namespace) -> dict[str, Any]:
    ears = Ears(system)
    sabotaged = arguments.sabotage is not None
    latency = {} if sabotaged else latencies(system, arguments.concurrency)
    quiet = count_when_quiet(system)
    ears.forget()
    make_processor_fail(system, arguments.failures)
    keys = {name: system.secret(name) for name in MAKERS}
    distinct, sent = shuffled(arguments.webhooks, arguments.duplicates)
    # The engine's executions end with it, which those of AWS do not.
    saboteur = Saboteur(system, arguments.sabotage, restarts=arguments.mode == "queue")
    with saboteur if sabotaged else nullcontext():
        load = timed(
            lambda event: system.deliver(event[0], event[1], keys[event[0]]), sent, arguments.concurrency
        )
    truth = truth_of(distinct), true_effects(distinct)
    found, waited = settled(system, ears, truth, quiet, sabotaged)
    letters = dead_letters(system)
    return {
        "sabotage": saboteur.done,
        "dead_letters": letters,
        "latency": latency,
        "load": load,
        "sent": len(sent),
        "settled_after_seconds": round(waited, 1),
        "calls_made_to_fail": failures_made(system),
        "truth": as_dict(truth),
        "found": as_dict(found),
        "equal": found == truth and not letters,
    }


def as_dict(counts: Iterable[StoredCounts | Effects]) -> dict[str, Any]:
    return {name: value for each in counts for name, value in asdict(each).items()}


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
    parser.add_argument(
        "--failures", type=float, default=0.1, help="share of the processor's calls that fail"
    )
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--mode", choices=("queue", "workflow"), default="queue")
    parser.add_argument("--sabotage", type=int, metavar="SEED")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payment-webhooks-load-") as folder:
        engine = control.start(Path(folder), stop_with_caller=True, launcher=RESTARTABLE)
        try:
            system = DeployedSystem(engine, "load")
            mode = f"ProcessingMode={arguments.mode}"
            deployed = system.deploy("--parameter", PROCESSOR_TIMEOUT, "--parameter", mode)
            if deployed.exit_code != 0:
                raise SystemExit(deployed.text)
            for endpoint, settings in SETTINGS.items():
                system.secrets(endpoint, "set", *settings, key=f"whsec_{secrets.token_hex(16)}")
            result = run(system, arguments)
        finally:
            control.stop(Path(folder))
    print(json.dumps(result, indent=None if arguments.json else 2))
    return 0 if result["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
