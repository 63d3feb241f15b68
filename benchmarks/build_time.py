"""Building all templates against `import troposphere`, whole processes, A B A B, medians.

python benchmarks/build_time.py [--rounds N]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Without bytecode the project's own modules would be compiled anew each time, and the installed ones not.
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


def cpu_and_wall_seconds(command: list[str]) -> tuple[float, float]:
    """CPU (user and system) and wall time of one process with its children."""
    before, begun = _cpu_seconds(), time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=ENVIRONMENT)
    return _cpu_seconds() - before, time.perf_counter() - begun


def _cpu_seconds() -> float:
    """Of the children that have ended, in microseconds' steps; those of os.times are of 10 ms."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import troposphere": [sys.executable, "-c", "import troposphere"],
            "build_template.py": [sys.executable, "build_template.py", "--output", folder],
            "build_template.py --check": [sys.executable, "build_template.py", "--check"],
        }
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for command in commands.values():
            cpu_and_wall_seconds(command)  # warm-up: file cache and bytecode
        for _ in range(rounds):
            for name, command in commands.items():
                measured[name].append(cpu_and_wall_seconds(command))
    base = statistics.median(cpu for cpu, _ in measured["import troposphere"])
    print(f"{'':28} {'CPU s':>8} {'wall s':>8} {'ratio':>6}   median of {rounds}")
    for name, values in measured.items():
        cpu = statistics.median(value for value, _ in values)
        wall = statistics.median(value for _, value in values)
        print(f"{name:28} {cpu:8.3f} {wall:8.3f} {cpu / base:6.2f}")


if __name__ == "__main__":
    main()
