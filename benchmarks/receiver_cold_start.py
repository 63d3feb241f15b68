"""How long the receiver takes from the start of its process to its first answer, against boto3 alone.

    python benchmarks/receiver_cold_start.py [--rounds 20]

Each runs in a bare interpreter (`-I -S`), in turn (A B A B):

    receiver   from the shipped layer: imports its handler, fetches two secrets, verifies a signed Stripe webhook,
               stores it, answers
    boto3      as pip installed it: `import boto3` and one DynamoDB client; no call

AWS is a server in another process that answers at once, so what is measured is ours. Target: at most 0.28.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

import project_imports  # noqa: F401
from receiver_inputs import EVENT, SECRETS, environment, gateway_event
from stub_services import stub_services

from scripts.artifacts.zip_files import build_function, build_layer

TARGET_RATIO: Final = 0.28
PATHS_FIRST: Final = "import sys, json; sys.path[:0] = sys.argv[1:3]\n"
RECEIVER: Final = PATHS_FIRST + (
    "import handler\n"
    "answer = handler.handler(json.load(sys.stdin), None)\n"
    "assert answer['statusCode'] == 200, answer"
)
BOTO3: Final = PATHS_FIRST + "import boto3; boto3.client('dynamodb')"


class Cost(NamedTuple):
    """Of one process, start to end, in milliseconds."""

    wall: float
    cpu: float


def main() -> int:
    arguments = _arguments()
    with stub_services(SECRETS) as url, tempfile.TemporaryDirectory() as folder:
        paths = _unpacked(Path(folder))
        settings = {"PATH": os.environ["PATH"], **environment(url)}
        costs = [
            (_run(RECEIVER, paths, settings), _run(BOTO3, [sysconfig.get_path("purelib")], settings))
            for _ in range(arguments.rounds + 1)
        ][1:]  # the first round warms the disk's cache
    result = _summary(costs)
    print(json.dumps(result, indent=2))
    return 0 if result["ratio_cpu"] <= TARGET_RATIO else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Receiver cold start against boto3 alone.")
    parser.add_argument("--rounds", type=int, default=20)
    return parser.parse_args()


def _unpacked(folder: Path) -> list[str]:
    """The two paths that Lambda would have: the function's code, and the layer."""
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    layer = build_layer(runtime, architecture, for_this_machine=True)
    function = build_function("webhook_receiver", runtime, architecture)
    for artifact, name in ((function, "function"), (layer, "layer")):
        with zipfile.ZipFile(artifact.path) as archive:
            archive.extractall(folder / name)
    return [str(folder / "function"), str(folder / "layer" / "python")]


def _run(code: str, paths: list[str], settings: dict[str, str]) -> Cost:
    event = json.dumps(gateway_event(EVENT.read_bytes())).encode()
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code, *paths],
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(event)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit("the measured process failed; its error is above")
    wall = time.perf_counter() - started
    return Cost(wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000)


def _summary(costs: list[tuple[Cost, Cost]]) -> dict[str, float]:
    """Medians; a ratio is the median over rounds, each against its own neighbour."""
    result: dict[str, float] = {"rounds": len(costs)}
    for index, kind in enumerate(Cost._fields):
        result[f"receiver_{kind}_ms"] = round(statistics.median(pair[0][index] for pair in costs), 1)
        result[f"boto3_{kind}_ms"] = round(statistics.median(pair[1][index] for pair in costs), 1)
        result[f"ratio_{kind}"] = round(
            statistics.median(pair[0][index] / pair[1][index] for pair in costs), 3
        )
    return result


if __name__ == "__main__":
    sys.exit(main())
