"""Wall and CPU time until --help of each command is printed, here and in another checkout, in turn (A B A B …).

    python benchmarks/help_time.py [OTHER_CHECKOUT] [--rounds 9]

Each is a whole process, started as a script: `python scripts/inbox.py --help`. Bytecode is kept, as on a machine where
commands are used.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
NO_COMMANDS: Final = {"__init__", "start_command"}


def help_seconds(project: Path, script: str) -> tuple[float, float]:
    """Wall and CPU seconds. Raises CalledProcessError when it does not end with 0."""
    paths = os.pathsep.join(str(project / part) for part in ("layer/python", "."))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, str(project / "scripts" / f"{script}.py"), "--help"]
    begun, before = time.perf_counter(), os.times()
    subprocess.run(
        command, cwd=project, env={**environment, "PYTHONPATH": paths}, check=True, capture_output=True
    )
    wall, after = time.perf_counter() - begun, os.times()
    return wall, sum(after[2:4]) - sum(before[2:4])  # of child processes: user and system


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", type=Path, nargs="?", help="another checkout of this project")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    projects = [ROOT, *([options.other.resolve()] if options.other else [])]
    scripts = sorted({path.stem for path in (ROOT / "scripts").glob("*.py")} - NO_COMMANDS)
    print(f"median of {options.rounds}, ms: wall and CPU of {', of '.join(map(str, projects))}")
    for script in scripts:
        having = [project for project in projects if (project / "scripts" / f"{script}.py").exists()]
        times: dict[Path, list[tuple[float, float]]] = {project: [] for project in having}
        for number in range(options.rounds + 1):
            for project in having:
                seconds = help_seconds(project, script)
                if number:  # the first one writes bytecode
                    times[project].append(seconds)
        medians = [
            1000 * statistics.median(kind)
            for measured in times.values()
            for kind in zip(*measured, strict=True)
        ]
        print(f"{script:20}" + "".join(f"{median:8.0f}" for median in medians))


if __name__ == "__main__":
    main()
