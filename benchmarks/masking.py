"""What masking card data takes: of an ordinary event, and of bodies made to be slow, at several sizes.

    python benchmarks/masking.py [--rounds 20] [--sizes 0.4 1.6 4.4]

Every authentic body is masked before it is stored, within the receiver's deadline, with the 0.29 of a processor that
Lambda gives to 512 MB (docs/capacity.md). The hostile bodies are those of tests/hostile_bodies.json, each once, at
0.4, 1.6 and 4.4 MB: a body of 4.5 MB is what the gateway lets through, as base64 of it fills Lambda's 6 MB.

Targets: ordinary at most 200 microseconds; each hostile one at most 0.4 s of CPU for each MB. Exits 1 otherwise.
"""

import argparse
import json
import timeit
from collections.abc import Callable
from time import process_time
from typing import Final

import project_imports

from payment_webhooks.masking.mask import mask
from tests.support.hostile_bodies import HOSTILE_BODIES

TESTS: Final = project_imports.ROOT / "tests"
ORDINARY: Final = TESTS / "events" / "stripe" / "charge_succeeded_no_pi.json"
TARGET_MICROSECONDS: Final = 200.0
TARGET_SECONDS_A_MB: Final = 0.4
SIZES_MB: Final = (0.4, 1.6, 4.4)
REPETITIONS: Final = 50

Figures = dict[str, float]


def measured(rounds: int, sizes: list[float]) -> Figures:
    """Microseconds of the ordinary event under "ordinary"; seconds a MB by a hostile body's name and size."""
    body = ORDINARY.read_bytes()
    times = timeit.repeat(lambda: mask(body), number=REPETITIONS, repeat=rounds, timer=process_time)
    figures = {"ordinary": min(times) / REPETITIONS * 1e6}
    mask(b"4242424242424242, cvc 123")  # loads what a suspicious body needs
    for hostile in HOSTILE_BODIES:
        for size in sizes:
            hostile_body = hostile.of_size(int(size * 1e6))
            seconds = timeit.timeit(_masking(hostile_body), number=1, timer=process_time)
            figures[f"{hostile.name}, {size} MB"] = seconds / max(len(hostile_body) / 1e6, min(SIZES_MB))
    return figures


def _masking(body: bytes) -> Callable[[], object]:
    return lambda: mask(body)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES_MB, help="in MB")
    arguments = parser.parse_args()
    figures = measured(arguments.rounds, arguments.sizes)
    print(json.dumps(figures, indent=2))
    slowest = max(value for name, value in figures.items() if name != "ordinary")
    good = figures["ordinary"] <= TARGET_MICROSECONDS and slowest <= TARGET_SECONDS_A_MB
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
