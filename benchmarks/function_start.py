"""CPU that each function takes to start: importing its handler and what its bootstrap module wires.

    python benchmarks/function_start.py [OTHER CHECKOUT] [--rounds 15] [--json]

Each start is a bare interpreter (`-I -S`) of its own, with bytecode that an earlier round has written; what the
interpreter itself takes is not counted. With another checkout of this project both are measured in turn (A B A B).
Functions that wire their parts in the first invocation handle an empty batch too. The receiver's whole cold start is
receiver_cold_start.py's.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import project_imports  # noqa: F401

from payment_webhooks import contract

HERE: Final = Path(__file__).parents[1]
EMPTY_BATCH: Final = ("analytics_processor", "notification_handler", "payment_processor")
FUNCTIONS: Final = sorted(handler.parent.name for handler in HERE.glob("functions/*/handler.py"))
ENVIRONMENT: Final = {
    "AWS_REGION": "us-east-1",
    **{
        variable: "0"
        for name, variable in vars(contract).items()
        if name.startswith("ENV_") and isinstance(variable, str)
    },
    contract.ENV_ENDPOINTS: "{}",
}
# sys.argv: paths of function and layer, whether to handle an empty batch
START: Final = """\
import os, sys, time
sys.path[:0] = sys.argv[1:3]
class Context:
    aws_request_id = "benchmark"
    def get_remaining_time_in_millis(self):
        return 60_000
started = time.process_time()
import handler
if sys.argv[3] == "True":
    handler.handler({"Records": []}, Context())
taken = time.process_time() - started
os.write(2, b"%.3f" % (taken * 1000))
"""


def main() -> int:
    arguments = _arguments()
    checkouts = [HERE, *([arguments.other.resolve()] if arguments.other else [])]
    with tempfile.TemporaryDirectory() as bytecode:
        result = {name: _medians(name, checkouts, arguments.rounds, bytecode) for name in FUNCTIONS}
    print(json.dumps(result) if arguments.json else _as_text(result))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="CPU of each function's start, in milliseconds.")
    parser.add_argument("other", nargs="?", type=Path, help="another checkout to compare with")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    return parser.parse_args()


def _medians(function: str, checkouts: list[Path], rounds: int, bytecode: str) -> list[float]:
    """Of each checkout, in milliseconds. The first round writes the bytecode and does not count."""
    costs = [[_start(function, checkout, bytecode) for checkout in checkouts] for _ in range(rounds + 1)]
    return [round(statistics.median(column), 1) for column in zip(*costs[1:], strict=True)]


def _start(function: str, checkout: Path, bytecode: str) -> float:
    paths = [str(checkout / "functions" / function), str(checkout / "layer" / "python")]
    interpreter = [sys.executable, "-I", "-S", "-X", f"pycache_prefix={bytecode}", "-c"]
    process = subprocess.run(
        [*interpreter, START, *paths, str(function in EMPTY_BATCH)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    if process.returncode != 0:
        raise SystemExit(process.stderr)
    return float(process.stderr)


def _as_text(result: dict[str, list[float]]) -> str:
    lines = ["CPU in ms               here" + ("   other  change" if len(result["health"]) > 1 else "")]
    for function, medians in result.items():
        line = f"{function:21}" + "".join(f"{cost:8.1f}" for cost in medians)
        if len(medians) > 1:
            line += f"{100 * (medians[0] / medians[1] - 1):+7.0f} %"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
