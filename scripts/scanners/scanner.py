"""One scanner: what it runs, how its answer is read, and what it must find of what is planted."""

import json
import shlex
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.command_line.errors import RolledBack
from scripts.scanners import planted
from stacks.lint.finding import Excuse, Finding, unexcused

_LONGEST_WORDS: Final = 500  # characters of what a failed scanner says
_SECONDS: Final = 300


class Scanner(NamedTuple):
    """name: as in waivers.toml; folder: where it runs; planted: the rules that find what is planted, with the place."""

    name: str
    command: Sequence[str]
    folder: Path
    read: Callable[[Any], Iterable[Finding]]
    planted: frozenset[tuple[str, str]]


class Scanned(NamedTuple):
    """found: how many findings there were without what was planted; left: those that nothing excuses."""

    name: str
    found: int
    left: tuple[Finding, ...]


def run(scanner: Scanner, environment: Mapping[str, str]) -> frozenset[Finding]:
    """Everything that it finds. Raises RolledBack when it gives no answer."""
    done = subprocess.run(
        scanner.command,
        cwd=scanner.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    try:
        return frozenset(scanner.read(json.loads(done.stdout)))
    except (ValueError, KeyError, TypeError) as error:
        words = (done.stderr or done.stdout).strip()[-_LONGEST_WORDS:]
        raise RolledBack(
            f"{scanner.name} gave no answer ({done.returncode}): {words}",
            f"run it in {scanner.folder}: {shlex.join(scanner.command)}",
        ) from error


def judge(scanner: Scanner, found: Iterable[Finding], excuses: Sequence[Excuse]) -> Scanned:
    """What is left of its findings; a finding of its own tells that it missed what is planted."""
    found = set(found)
    ours = {each for each in found if not each.resource.startswith(f"{planted.FOLDER}/")}
    missed = scanner.planted - {(each.rule, each.resource) for each in found}
    left = [
        *unexcused(ours, excuses),
        *(Finding(rule, place, "planted but not found: the scan proves nothing") for rule, place in missed),
    ]
    return Scanned(scanner.name, len(ours), tuple(left))
