"""The first lines of a command: a Python without the project's packages, and Ctrl-C while they load."""

import os
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.command_line.project_paths import ROOT
from scripts.start_command import start

OTHERS = {"__init__.py", "start_command.py"}
STARTED_SO = sorted({path.name for path in (ROOT / "scripts").glob("*.py")} - OTHERS)


def run(script: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *flags, str(script), "--suffix", "dev"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=script.parent)


@pytest.mark.parametrize("name", STARTED_SO)
def test_a_python_without_the_packages_is_told_in_one_line(name: str) -> None:
    done = run(ROOT / "scripts" / name, "-S")  # -S: without site-packages
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert " is not installed in " in line
    assert "activate" in line
    assert "pip install" in line


def test_the_installed_program_starts_as_the_scripts_do() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {"payment-webhooks": f"{start.__module__}:{start.__name__}"}


def write_command(folder: Path, body: str) -> Path:
    """A command whose module has this body."""
    (folder / "module.py").write_text(body)
    script = folder / "script.py"
    script.write_text(
        f"import sys\nsys.path.append({str(ROOT)!r})\n"
        "from scripts.start_command import start\nstart(module='module')\n"
    )
    return script


def started(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    return run(write_command(folder, body))


def test_ctrl_c_while_it_loads_is_no_traceback(tmp_path: Path) -> None:
    done = started(tmp_path, "raise KeyboardInterrupt")
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_a_reader_that_has_seen_enough_is_no_traceback(tmp_path: Path) -> None:
    started(
        tmp_path,
        "def main(command: str) -> int:\n    [print('x' * 1000, flush=True) for _ in range(1000)]\n    return 0",
    )
    command = f"{shlex.quote(sys.executable)} script.py | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    assert started(tmp_path, "def main(command: str) -> int:\n    return 5").returncode == 5


def test_a_module_of_ours_that_is_missing_is_a_defect_and_shown_as_one(tmp_path: Path) -> None:
    done = started(tmp_path, "import json.no_such_part")
    assert "Traceback" in done.stderr


def test_messages_that_nobody_reads_any_more_are_no_failure_of_their_own(tmp_path: Path) -> None:
    body = (
        "from scripts.command_line.console import make_console\n"
        "def main(command: str) -> int:\n"
        "    console = make_console()\n"
        "    [console.print('x' * 1000) for _ in range(1000)]\n"
        "    return 0"
    )
    started(tmp_path, body)
    command = f"{shlex.quote(sys.executable)} script.py 2>&1 | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("to", ["> /dev/full", "> /dev/full 2>&1"])
@pytest.mark.parametrize("flush", ["True", "False"])  # False: it fails when the command has ended
def test_output_that_cannot_be_written_is_one_line_and_a_failure(tmp_path: Path, to: str, flush: str) -> None:
    write_command(tmp_path, f"def main(command: str) -> int:\n    print('x', flush={flush})\n    return 0")
    command = f"{shlex.quote(sys.executable)} script.py {to}"
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path, env=buffered
    )
    told = "" if "2>&1" in to else "error: can't write: No space left on device\n"
    assert (done.returncode, done.stderr) == (4, told)


WAITS = """
import time
def main(command: str) -> int:
    try:
        print("waits", flush=True)
        time.sleep(60)
    finally:
        print("put back", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_command_that_is_cancelled_ends_as_with_ctrl_c(tmp_path: Path, number: int) -> None:
    script = write_command(tmp_path, WAITS)
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(number)
        said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "put back\n")


def test_closed_output_is_no_traceback() -> None:
    script = ROOT / "scripts" / "capacity.py"
    closed = subprocess.run(
        ["sh", "-c", f"exec '{sys.executable}' '{script}' --help >&-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (closed.returncode, closed.stderr) == (0, "")
