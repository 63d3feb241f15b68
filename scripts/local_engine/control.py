"""Starts and stops the engine of a folder."""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from scripts.local_engine.settings import DEFAULT_REGION, HOST, START_TIMEOUT_SECONDS, engine_environment
from scripts.local_engine.shims.engine_modules import PACKAGE
from scripts.local_engine.shims.registry import Shim, selected
from scripts.local_engine.state import STATE_FILE, EngineState, holder, running_engine, write_state

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
STOP_WITH_CALLER: Final = "--stop-with-caller"
LOG_FILE: Final = "engine.log"
CONTROL_LOCK_FILE: Final = "control.lock"
FILES_FOLDER: Final = "files"  # the engine's temporary files; removed when it stops
STOP_TIMEOUT_SECONDS: Final = 2.0  # then it is killed: it has nothing to save
_POLL_SECONDS: Final = 0.05
_PORT_ATTEMPTS: Final = 3  # another process may take the free port before the engine does
_children: Final[dict[Path, subprocess.Popen[bytes]]] = {}  # this process's engines by folder, to be reaped


class StartFailed(Exception):
    """The engine did not become ready. `log` holds the last lines of its log."""

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message)
        self.log = log


def start(
    folder: Path,
    *,
    without_shims: Collection[str] = (),
    stop_with_caller: bool = False,
    region: str = DEFAULT_REGION,
    timeout_seconds: float = START_TIMEOUT_SECONDS,
    launcher: Path = LAUNCHER,
) -> EngineState:
    """Start an engine in `folder` and return when it answers; if one runs there already, return that.

    `stop_with_caller`: it stops when this process ends, however that happens. Raises StartFailed.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise StartFailed(
            f"{PACKAGE} is not installed: pip install -r requirements/dev.txt, or run with tox", ""
        )
    folder = folder.resolve()
    with _one_at_a_time(folder):
        running = running_engine(folder)
        if running is not None:
            return running
        if (process_id := holder(folder)) is not None:
            raise StartFailed(
                f"process {process_id} runs in {folder}, without {STATE_FILE}: stop it first", ""
            )
        _reap(folder)
        _remove_leftovers(folder)
        command = [str(launcher), str(folder), *(f"--without-shim={name}" for name in without_shims)]
        command += [STOP_WITH_CALLER] if stop_with_caller else []
        return _start(folder, command, selected(without_shims), region, time.monotonic() + timeout_seconds)


def _start(
    folder: Path, command: Sequence[str], shims: Sequence[Shim], region: str, deadline: float
) -> EngineState:
    for attempt in range(1, _PORT_ATTEMPTS + 1):
        port = _free_port()
        process = _spawn(folder, port, region, command)
        if _becomes_ready(process, port, deadline):
            break
        _end(process, folder)
        if attempt == _PORT_ATTEMPTS or "is already in use" not in _last_log_lines(folder):
            raise StartFailed("the local engine did not start", _last_log_lines(folder))
    _children[folder] = process
    names = tuple(shim.name for shim in shims)
    state = EngineState(f"http://{HOST}:{port}", process.pid, folder, region, version(PACKAGE), names)
    write_state(state)
    return state


def stop(folder: Path, timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> bool:
    """Stop the engine that runs in `folder` and remove its files, or what a dead one left. False: none ran.

    The whole process group is told to stop, functions included, and killed after the time limit.
    """
    folder = folder.resolve()
    with _one_at_a_time(folder):
        process_id = holder(folder)
        if process_id is not None:
            _signal_group(process_id, signal.SIGTERM)
            if not _is_released(folder, timeout_seconds):
                _signal_group(process_id, signal.SIGKILL)
                _is_released(folder, timeout_seconds)
        _reap(folder)
        _remove_leftovers(folder)
    return process_id is not None


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two commands at once must not remove each other's files: the second waits for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CONTROL_LOCK_FILE).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _spawn(folder: Path, port: int, region: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
    files = folder / FILES_FOLDER
    files.mkdir(exist_ok=True)
    with (folder / LOG_FILE).open("wb") as log:
        return subprocess.Popen(
            # -I: neither the working folder nor the user's site-packages are importable
            [sys.executable, "-I", *command],
            cwd=files,
            env=engine_environment(port, files, region),
            stdin=subprocess.PIPE if STOP_WITH_CALLER in command else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal does not reach it
        )


def _becomes_ready(process: subprocess.Popen[bytes], port: int, deadline: float) -> bool:
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=2) as answer:
                if answer.status == 200:
                    return process.poll() is None
        except (urllib.error.URLError, OSError):
            pass  # not listening yet, or 503: not ready yet
        time.sleep(_POLL_SECONDS)
    return False


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGKILL)
    _children[folder] = process
    _reap(folder)
    shutil.rmtree(folder / FILES_FOLDER, ignore_errors=True)


def _reap(folder: Path) -> None:
    """Wait for the engine that this process started in `folder`. It has ended, or has been told to."""
    process = _children.pop(folder, None)
    if process is not None:
        if process.stdin is not None:
            process.stdin.close()
        process.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _is_released(folder: Path, timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while holder(folder) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _remove_leftovers(folder: Path) -> None:
    (folder / STATE_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / FILES_FOLDER, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _last_log_lines(folder: Path, count: int = 20) -> str:
    log = folder / LOG_FILE
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""
