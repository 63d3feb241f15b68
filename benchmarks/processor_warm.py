"""CPU of a warm payment processor for each webhook: first and later events of a payment, through its handler.

    python benchmarks/processor_warm.py [OTHER CHECKOUT] [--rounds 9] [--payments 60] [--json]

Each round is an interpreter of its own, with the library and the handler of one checkout of this project; with another
checkout both are measured in turn (A B A B). Below the library's own client, a socket answers from tables in memory;
what that takes is not counted. Three events of each payment: an attempt that is declined, the success, and its refund.
Target: at most 1.1 x the other checkout.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parents[1]
CHILD: Final = (
    "import sys; sys.path[0:0] = [sys.argv.pop(1)]; import processor_rounds; processor_rounds.run()"
)
TARGET_RATIO: Final = 1.1


def main() -> int:
    arguments = _arguments()
    checkouts = [HERE, *([arguments.other.resolve()] if arguments.other else [])]
    rounds = [
        [_microseconds(checkout, arguments.payments) for checkout in checkouts]
        for _ in range(arguments.rounds + 1)
    ]
    medians = [round(statistics.median(column), 1) for column in zip(*rounds[1:], strict=True)]
    ratio = round(medians[0] / medians[-1], 3)
    result = {"microseconds": medians, "ratio": ratio}
    text = " / ".join(f"{each:,.0f}" for each in medians) + f" µs of CPU a webhook; ratio {ratio}"
    print(json.dumps(result) if arguments.json else text)
    return 0 if ratio <= TARGET_RATIO else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", nargs="?", type=Path, help="another checkout to compare with")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--payments", type=int, default=60, help="in each round, with three events each")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    return parser.parse_args()


def _microseconds(checkout: Path, payments: int) -> float:
    paths = [str(checkout / "functions" / "payment_processor"), str(checkout / "layer" / "python")]
    process = subprocess.run(
        [sys.executable, "-I", "-c", CHILD, str(HERE / "benchmarks"), str(payments), *paths],
        env={name: os.environ[name] for name in ("PATH",)},
        capture_output=True,
        text=True,
    )
    if process.returncode != 0:
        raise SystemExit(process.stderr)
    return float(process.stderr.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
