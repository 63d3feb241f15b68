"""What masking card data takes: of an ordinary event, and of bodies made to be slow.

    python benchmarks/masking.py [--rounds 20] [--json]

Every authentic body is masked before it is stored, within the receiver's deadline. The hostile ones are those of
tests/hostile_bodies.json, each once; the ordinary one is an event of 3 KB, best of the rounds.

Targets: ordinary at most 200 microseconds; each hostile one within the receiver's deadline. Exits 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import timeit
from pathlib import Path
from typing import Final

import project_imports  # noqa: F401

from payment_webhooks.masking.mask import mask
from payment_webhooks.receiving.receiver import DEADLINE_SECONDS

TESTS: Final = Path(__file__).resolve().parents[1] / "tests"
ORDINARY: Final = TESTS / "events" / "stripe" / "charge_succeeded_no_pi.json"
TARGET_MICROSECONDS: Final = 200.0
REPETITIONS: Final = 50


def ordinary_microseconds(rounds: int) -> float:
    body = ORDINARY.read_bytes()
    return min(timeit.repeat(lambda: mask(body), number=REPETITIONS, repeat=rounds)) / REPETITIONS * 1e6


def hostile_seconds() -> dict[str, float]:
    """By the name of the body."""
    measured = {}
    for row in json.loads((TESTS / "hostile_bodies.json").read_text()):
        body = (row["prefix"] + row["repeated"] * row["times"] + row["suffix"]).encode()
        measured[row["name"]] = timeit.timeit(lambda body=body: mask(body), number=1)  # type: ignore[misc]
    return measured


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    arguments = parser.parse_args()
    ordinary, hostile = ordinary_microseconds(arguments.rounds), hostile_seconds()
    if arguments.json:
        print(json.dumps({"ordinary_microseconds": ordinary, "hostile_seconds": hostile}, indent=2))
    else:
        print(f"{'ordinary event, 3 KB':36} {ordinary:8.0f} µs   target {TARGET_MICROSECONDS:.0f}")
        for name, seconds in hostile.items():
            print(f"{name:36} {seconds * 1000:8.0f} ms   target {DEADLINE_SECONDS * 1000:.0f}")
    good = ordinary <= TARGET_MICROSECONDS and max(hostile.values()) <= DEADLINE_SECONDS
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
