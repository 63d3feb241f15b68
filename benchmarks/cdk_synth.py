"""Building and linting all our templates against `cdk synth` of a like, smaller system; whole processes, A B A B.

    python benchmarks/cdk_synth.py [--rounds 5]

Installs aws-cdk-lib (PyPI) and the cdk command (npm) into a temporary folder; needs uv, node and npm.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from uv import find_uv_bin

ROOT: Final = Path(__file__).resolve().parents[1]
APP: Final = ROOT / "benchmarks" / "cdk" / "app.py"


def install(folder: Path) -> tuple[Path, Path]:
    """(Python with aws-cdk-lib, the cdk command)."""
    uv, python = find_uv_bin(), folder / "venv" / "bin" / "python"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder / "venv"], check=True)
    packages = ["aws-cdk-lib", "constructs"]
    subprocess.run([uv, "pip", "install", "-q", "--compile-bytecode", "-p", python, *packages], check=True)
    subprocess.run(["npm", "install", "--silent", "--prefix", folder, "aws-cdk@2"], check=True)
    return python, folder / "node_modules" / ".bin" / "cdk"


def wall_seconds(command: list[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    if shutil.which("npm") is None:
        raise SystemExit("npm is needed to install the cdk command")
    with tempfile.TemporaryDirectory(prefix="cdk-synth-") as folder:
        python, cdk = install(Path(folder))
        output = str(Path(folder) / "cdk.out")
        synth = [str(cdk), "synth", "--quiet", "--app", f"{python} {APP}", "--output", output]
        environment = {**os.environ, "CDK_DISABLE_VERSION_CHECK": "1", "CI": "true"}
        commands = {
            "build_template.py --check": [sys.executable, "build_template.py", "--check"],
            "cdk synth": [*synth, "--no-notices", "--no-version-reporting"],
        }
        measured: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds + 1):
            for name, command in commands.items():
                measured[name].append(wall_seconds(command, environment))
    ours, theirs = (statistics.median(values[1:]) for values in measured.values())  # the first round warms up
    print(
        f"build and lint {ours:.2f} s, cdk synth {theirs:.2f} s, ratio {ours / theirs:.2f}; median of {rounds}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
