"""deploy.py and health.py at full size on a local engine of its own: time, memory, bytes uploaded.

    python benchmarks/deploy_commands.py [--rounds 3]

A copy of the project is deployed once; then, in turn: diffs, health, a deploy with nothing changed, and one with a
changed function. Each is a whole process; memory is its peak resident set. The local engine answers at once, so what
AWS takes for the same calls comes on top.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import project_imports  # noqa: F401

from scripts.acceptance.project_copy import copy_project
from scripts.local_engine import control
from scripts.local_engine.state import FOLDER_VARIABLE

_MEBIBYTE: Final = 1024.0  # of the kilobytes that wait4 counts in


@dataclass(frozen=True)
class Run:
    wall_seconds: float
    peak_mebibytes: float
    text: str

    @property
    def uploaded(self) -> str:
        found = re.search(r"uploaded (\d+) objects, ([\d,]+) bytes", self.text)
        return f"{found[1]} objects, {found[2]} bytes" if found else ""


def run(
    project: Path, engine: Path, *arguments: str, script: str = "deploy.py", exit_codes: Sequence[int] = (0,)
) -> Run:
    """One command; raises RuntimeError when it ends with another code."""
    paths = os.pathsep.join(str(project / part) for part in ("layer/python", "."))
    environment = {**os.environ, FOLDER_VARIABLE: str(engine), "PYTHONPATH": paths}
    command = [sys.executable, f"scripts/{script}", "--suffix", "bench", "--local", *arguments]
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=project, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    if process.returncode not in exit_codes:
        raise RuntimeError(text)
    return Run(wall, usage.ru_maxrss / _MEBIBYTE, text)


def measure(project: Path, engine: Path, rounds: int) -> dict[str, list[Run]]:
    handler = project / "functions" / "health" / "handler.py"
    run(project, engine, "--yes")
    runs: dict[str, list[Run]] = {"--diff, nothing changed": [], "--diff, every tag changed": []}
    runs |= {"health": [], "deploy, nothing changed": [], "deploy, one function changed": []}
    for number in range(rounds):
        runs["--diff, nothing changed"].append(run(project, engine, "--diff"))
        runs["--diff, every tag changed"].append(
            run(project, engine, "--diff", "--parameter", "CostCenter=9")
        )
        runs["health"].append(run(project, engine, script="health.py", exit_codes=(0, 1)))
        runs["deploy, nothing changed"].append(run(project, engine, "--yes"))
        handler.write_text(handler.read_text("utf-8") + f"\nCHANGED = {number}\n", "utf-8")
        runs["deploy, one function changed"].append(run(project, engine, "--yes"))
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        engine, project = Path(folder) / "engine", copy_project(Path(folder) / "project")
        control.start(engine, stop_with_caller=True)
        try:
            runs = measure(project, engine, rounds)
        finally:
            control.stop(engine)
    print(f"{'':30} {'wall s':>7} {'peak MiB':>9}   uploaded (median of {rounds})")
    for name, each in runs.items():
        wall = statistics.median(one.wall_seconds for one in each)
        peak = statistics.median(one.peak_mebibytes for one in each)
        print(f"{name:30} {wall:7.2f} {peak:9.1f}   {each[-1].uploaded}")


if __name__ == "__main__":
    main()
