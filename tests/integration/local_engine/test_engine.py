"""scripts/local.py and the process that it starts."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.local_engine import control
from scripts.local_engine.shims.registry import SHIMS
from scripts.local_engine.state import (
    FOLDER_VARIABLE,
    LOCK_FILE,
    STATE_FILE,
    EngineState,
    holder,
    read_state,
    running_engine,
    write_state,
)
from tests.support.system.engine_clients import get
from tests.support.system.waiting import wait_for

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "local.py"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose engine, if any, is stopped at the end."""
    yield tmp_path
    control.stop(tmp_path)


@pytest.fixture
def local(folder: Path) -> Run:
    """Run scripts/local.py on the folder."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, FOLDER_VARIABLE: str(folder), "AWS_PROFILE": "the-callers"}
        command = [sys.executable, str(SCRIPT), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def status_of(local: Run) -> Mapping[str, Any]:
    return dict(json.loads(local("status", "--json").stdout))


def test_up_status_down(local: Run, folder: Path) -> None:
    assert local("status").returncode == 1
    assert status_of(local) == {"running": False}

    up = local("up")
    assert up.returncode == 0, up.stderr
    status = status_of(local)
    assert status["running"]
    assert status["endpoint_url"] in up.stdout
    assert up.stdout.count("\n") == 1
    assert f"with {len(SHIMS)} corrections)" in up.stdout
    assert get(status["endpoint_url"] + "/_ministack/health")[0] == 200
    assert local("status").returncode == 0

    again = local("up")
    assert (again.returncode, again.stdout) == (0, f"already up: {status['endpoint_url']}\n")
    assert status_of(local) == status

    down = local("down")
    assert (down.returncode, down.stdout) == (0, "down\n")
    with pytest.raises(ConnectionRefusedError):
        get(status["endpoint_url"])
    assert not (folder / control.FILES_FOLDER).exists()
    assert not (folder / STATE_FILE).exists()
    assert local("status").returncode == 1
    again = local("down")
    assert (again.returncode, again.stdout) == (0, "not running\n")


def test_help_and_wrong_usage(local: Run) -> None:
    assert "deploy --suffix dev --local" in local("--help").stdout
    assert local("--help").returncode == 0
    assert local().returncode == 2
    assert local("up", "--timeout", "0").returncode == 2
    assert local("up", "--without-shim", "no-such-shim").returncode == 2


def test_an_engine_that_does_not_start_is_code_4_with_its_last_words(local: Run, folder: Path) -> None:
    with (folder / LOCK_FILE).open("wb") as lock:  # held, but no process id in it: as if it was just starting
        fcntl.flock(lock, fcntl.LOCK_EX)
        up = local("up")
    assert up.returncode == 4
    assert "did not start" in up.stderr
    assert f"another engine runs in {folder}" in up.stderr


def test_an_engine_that_is_too_slow_is_ended(local: Run, folder: Path) -> None:
    assert local("up", "--timeout", "0.01").returncode == 4
    assert holder(folder) is None
    assert not (folder / control.FILES_FOLDER).exists()


def test_two_ups_at_once_start_one_engine(folder: Path) -> None:
    command = [sys.executable, str(SCRIPT), "up"]
    environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    state = running_engine(folder)
    assert state is not None
    assert get(state.endpoint_url + "/_ministack/health")[0] == 200


def test_a_killed_engine_is_not_running_and_the_next_up_replaces_it(local: Run, folder: Path) -> None:
    killed = control.start(folder)
    os.killpg(killed.pid, signal.SIGKILL)
    wait_for("the lock to be released", lambda: holder(folder) is None)
    assert (folder / STATE_FILE).exists()
    assert local("status").returncode == 1
    assert local("up").returncode == 0
    assert status_of(local)["pid"] != killed.pid


def test_a_process_that_got_the_id_of_a_dead_engine_is_left_alone(local: Run, folder: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        write_state(EngineState("http://127.0.0.1:1", other.pid, folder, "us-east-1", "0", ()))
        (folder / LOCK_FILE).write_text(str(other.pid))
        assert status_of(local) == {"running": False}
        assert local("down").stdout == "not running\n"
        assert other.poll() is None
    finally:
        other.communicate(b"\n")
    assert other.returncode == 0


def test_an_engine_whose_state_file_is_lost_can_still_be_stopped(local: Run, folder: Path) -> None:
    state = control.start(folder)
    (folder / STATE_FILE).unlink()
    up = local("up")
    assert up.returncode == 4
    assert f"process {state.pid} runs in {folder}" in up.stderr
    assert local("down").stdout == "down\n"
    assert holder(folder) is None


def test_it_stops_when_a_caller_that_wants_so_is_killed(folder: Path) -> None:
    source = (
        "import sys, time; from pathlib import Path; from scripts.local_engine import control;"
        "control.start(Path(sys.argv[1]), stop_with_caller=True); print('up', flush=True); time.sleep(60)"
    )
    caller = subprocess.Popen([sys.executable, "-c", source, str(folder)], stdout=subprocess.PIPE)
    with caller:
        assert caller.stdout is not None
        assert caller.stdout.readline() == b"up\n"
        assert holder(folder) is not None
        caller.kill()
    wait_for("the engine to stop", lambda: holder(folder) is None)


def test_state_is_read_from_where_the_variable_says(engine: EngineState, tmp_path: Path) -> None:
    assert read_state(tmp_path, {FOLDER_VARIABLE: str(engine.folder)}) == engine
    assert read_state(tmp_path, {}) is None


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells which sockets a process has")
def test_it_listens_on_loopback_only(engine: EngineState) -> None:
    links = [os.readlink(link) for link in Path(f"/proc/{engine.pid}/fd").iterdir() if link.is_symlink()]
    own = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local_address, state, inode = (line.split()[index] for index in (1, 3, 9))
            if state == "0A" and inode in own:
                listening.add(local_address)
    port = int(engine.endpoint_url.rsplit(":", 1)[1])
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    assert listening == {f"{loopback}:{port:04X}"}
