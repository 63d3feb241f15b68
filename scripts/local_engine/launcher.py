"""The engine's process: `python -I launcher.py FOLDER [--without-shim NAME] [--stop-with-caller]`.

Started by `scripts.local_engine.control` with the environment of `scripts.local_engine.settings`; not meant to
be run by hand. It takes the folder's lock, applies the shims, prints which, and serves until SIGTERM.
"""

import argparse
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

sys.path.append(
    str(Path(__file__).resolve().parents[2])
)  # isolated (-I) from the working folder, not from the project

from scripts.local_engine.recorded_calls import record_calls
from scripts.local_engine.shims.engine_modules import ENGINE_VERSION, PACKAGE, module
from scripts.local_engine.shims.registry import SHIMS, Shim, selected
from scripts.local_engine.state import LOCK_FILE


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop. Returns 1 when the folder is in use or the shims are for another engine."""
    options = _parse(arguments)
    lock = _take_lock(options.folder)
    if lock is None:
        print(f"another engine runs in {options.folder}", flush=True)
        return 1
    if version(PACKAGE) != ENGINE_VERSION:
        print(
            f"the shims are for {PACKAGE} {ENGINE_VERSION}, not {version(PACKAGE)}:"
            " run tests/integration/local_engine/test_shims*.py with the new version, then change or remove them",
            flush=True,
        )
        return 1
    if options.stop_with_caller:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    _serve(selected(options.without_shim), options.folder)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.local_engine.launcher")
    parser.add_argument("folder", type=Path, help="the folder of the engine's state, locked while it runs")
    parser.add_argument(
        "--without-shim",
        action="append",
        default=[],
        choices=[shim.name for shim in SHIMS],
        help="leave one shim out, to see whether the engine still needs it",
    )
    parser.add_argument(
        "--stop-with-caller", action="store_true", help="stop when standard input ends: the caller is gone"
    )
    return parser.parse_args(arguments)


def _take_lock(folder: Path) -> BinaryIO | None:
    lock = (folder / LOCK_FILE).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def _stop_at_end_of_input() -> None:
    os.read(
        sys.stdin.fileno(), 1
    )  # not sys.stdin.read: the buffer's lock would hold up the interpreter's end
    os.killpg(os.getpgrp(), signal.SIGTERM)


def _serve(shims: Sequence[Shim], folder: Path) -> None:
    serve = module("app").main

    for shim in shims:
        shim.apply()
        print(f"shim {shim.name} ({PACKAGE} {ENGINE_VERSION}): {shim.reason}", flush=True)
    record_calls(folder)
    sys.argv = [PACKAGE]  # the engine has options of its own
    serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
