"""The harness from the command line: `python -m tests.support.faults.run`.

Prints one JSON document: what was covered, how much was tried, and every lie. Exit code 1 when there is one.
"""

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from tests.support.faults.every_step import MODES, Explorer, Tried
from tests.support.faults.page import PAGE, page
from tests.support.faults.story import authority, environment, tell
from tests.support.faults.worker import AT_ONCE, FUNCTIONS, KINDS, Fault, Workers
from tests.support.faults.world import World

MOST_FAULTS: Final = 60  # of a random world; then it may come to rest
MOST_CALL: Final = 12


class Dice:
    """A plan that lets any call fail in any way, by its seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left = MOST_FAULTS
        self.faults: Counter[str] = Counter()
        self.lies: list[str] = []

    def __call__(self, world: World, function: str, event: Any) -> Fault | None:
        if self._left == 0 or self._random.random() > 0.4:
            return None
        self._left -= 1
        fault = Fault(self._random.choice(KINDS), self._random.randrange(MOST_CALL))
        self.faults[fault.kind] += 1
        return fault

    def is_over(self, function: str = "") -> bool:
        return False

    def may_repeat(self, function: str) -> bool:
        return True

    def end(self, lies: Iterator[str]) -> None:
        self.lies = list(lies)

    def fail(self) -> None:
        """The exception itself says it."""


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    workers = Workers(environment)
    authority()
    found = _random_worlds(workers, options) if options.worlds else _every_step(workers, options)
    if options.page:
        PAGE.write_text(page(PAGE.read_text(), found["boundaries"]))
    json.dump(found, sys.stdout, indent=1)
    return 1 if found["lies"] else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.support.faults.run")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one kind of fault for each call, in turn, of those that nobody waits for",
    )
    parser.add_argument(
        "--alike", type=int, default=1, help="of calls that are alike in an invocation, so many"
    )
    parser.add_argument("--worlds", type=int, default=0, help="instead, so many worlds with faults at random")
    parser.add_argument("--seed", type=int, default=1, help="of the first of them")
    parser.add_argument("--page", action="store_true", help="write the calls into docs/faults.md")
    return parser.parse_args(arguments)


def _every_step(workers: Workers, options: argparse.Namespace) -> dict[str, Any]:
    tried: list[Tried] = []
    for mode in MODES:
        functions = FUNCTIONS if mode == MODES[0] else ("payment_processor",)  # the others are the same
        explorer = Explorer(
            mode, functions, AT_ONCE if options.quick else KINDS, options.alike, options.quick
        )
        tell(workers, mode, explorer)
        tried += explorer.tried
    boundaries = sorted({(each.mode, each.boundary) for each in tried})
    return {
        "boundaries": [[mode, each.function, *each.step, each.number] for mode, each in boundaries],
        "tried": len(tried),
        "kinds": Counter(each.kind for each in tried),
        "lies": [[each.mode, each.kind, *each.boundary, each.lies] for each in tried if each.lies],
    }


def _random_worlds(workers: Workers, options: argparse.Namespace) -> dict[str, Any]:
    faults: Counter[str] = Counter()
    lies = []
    started = time.monotonic()
    for seed in range(options.seed, options.seed + options.worlds):
        random = Random(seed)
        dice = Dice(random)
        try:
            tell(workers, MODES[seed % 2], dice, random)
        except Exception:
            dice.lies = [traceback.format_exc()]
        faults += dice.faults
        if dice.lies:
            lies.append([f"seed {seed}", dice.lies])
    return {
        "worlds": options.worlds,
        "seconds": round(time.monotonic() - started),
        "kinds": faults,
        "lies": lies,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
