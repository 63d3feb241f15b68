"""Finds the processes that work in a folder, and ends those that tests have left running."""

import contextlib
import os
import signal
import time
from pathlib import Path

GRACE_SECONDS = 5.0  # a process that has been told to stop may take so long
_PROCESSES = Path("/proc")  # Linux's; elsewhere nothing is found


def end_processes(folder: Path, grace_seconds: float = GRACE_SECONDS) -> list[str]:
    """Kill the processes that still work in or below `folder` after a grace period; returns their command lines.

    A process works there if its current directory or an argument of its command lies there, as with the local
    engine, whose state folder is both.
    """
    deadline = time.monotonic() + grace_seconds
    while (found := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process_id in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
    return list(found.values())


def processes_of(folder: Path) -> dict[int, str]:
    """Command lines by process id, without this process."""
    found = {}
    for process in _PROCESSES.glob("[0-9]*"):
        try:
            directory = os.readlink(process / "cwd")
            arguments = (process / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            continue  # it has ended, or belongs to another user
        if int(process.name) != os.getpid() and any(
            f"{folder}/" in f"{text}/" for text in (directory, *arguments)
        ):
            found[int(process.name)] = " ".join(arguments).strip()
    return found
