"""The check at the end of a test run finds a process that outlives it, and ends that."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.leftover_processes import end_processes

linux_only = pytest.mark.skipif(
    not Path("/proc/self/cwd").exists(), reason="only Linux lists processes as files"
)
SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@linux_only
@pytest.mark.parametrize("where", ["current directory", "argument"])
def test_a_process_that_works_in_the_folder_is_named_and_killed(tmp_path: Path, where: str) -> None:
    inside = tmp_path / "engine"
    inside.mkdir()
    command, directory = (SLEEPS, inside) if where == "current directory" else ([*SLEEPS, str(inside)], None)
    with subprocess.Popen(command, cwd=directory) as process:
        (found,) = end_processes(tmp_path, grace_seconds=0)
        assert "time.sleep(60)" in found
        assert process.wait(timeout=20) == -9
    assert end_processes(tmp_path, grace_seconds=0) == []


def test_processes_of_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one-more").mkdir()
    with subprocess.Popen(SLEEPS, cwd=tmp_path / "one-more") as process:
        assert end_processes(tmp_path / "one", grace_seconds=0) == []
        assert process.poll() is None
        process.kill()
