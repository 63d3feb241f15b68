"""Reads and writes the state file of a running local engine.

A folder holds at most one engine: `engine.json` says where it listens, and the engine's process holds a lock on
`engine.lock` for as long as it lives. The lock, not the process id, says whether it runs: the system releases it with
the process, however that ends, and a process id that another process has got since does not hold it.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PAYMENT_WEBHOOKS_STATE"
FOLDER_NAME: Final = ".local"
STATE_FILE: Final = "engine.json"
LOCK_FILE: Final = "engine.lock"


@dataclass(frozen=True)
class EngineState:
    """A running engine. `pid` is also its process group; `folder` holds its state, its log and its files."""

    endpoint_url: str
    pid: int
    folder: Path
    region: str
    engine_version: str
    shims: tuple[str, ...]


def state_folder(project_root: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """`.local` in the project, unless PAYMENT_WEBHOOKS_STATE names another folder."""
    return Path(environment.get(FOLDER_VARIABLE) or project_root / FOLDER_NAME)


def read_state(project_root: Path, environment: Mapping[str, str] = os.environ) -> EngineState | None:
    """The project's running engine, or None when none runs."""
    return running_engine(state_folder(project_root, environment))


def running_engine(folder: Path) -> EngineState | None:
    """The engine that runs in `folder`, or None: never started, stopped, or died (its file is then stale)."""
    state = _load(folder)
    return state if state is not None and state.pid == holder(folder) else None


def holder(folder: Path) -> int | None:
    """The process that holds the folder's lock, or None when no engine lives there."""
    try:
        with (folder / LOCK_FILE).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = lock.read()
                return int(text) if text else None  # empty for a moment, as it starts
    except FileNotFoundError:
        pass
    return None


def write_state(state: EngineState) -> None:
    """Write the state in one step: a reader sees the old one or the new one, never half of it."""
    draft = state.folder / f"{STATE_FILE}.{os.getpid()}"
    draft.write_text(json.dumps({**asdict(state), "folder": str(state.folder)}, indent=2) + "\n")
    draft.replace(state.folder / STATE_FILE)


def _load(folder: Path) -> EngineState | None:
    try:
        values = json.loads((folder / STATE_FILE).read_text())
        return EngineState(**{**values, "folder": folder, "shims": tuple(values["shims"])})
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
        return None  # the engine is just starting, or the file is of another version
