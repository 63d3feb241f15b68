"""Start, stop and look at the local engine: AWS on this machine, without an account.

    python scripts/local.py up        start it (does nothing when it runs)
    python scripts/deploy.py --suffix dev --local
    python scripts/local.py down      stop it; everything in it is gone

It listens on 127.0.0.1 only and enforces IAM. One engine a project; its state and its log are in .local/ (or
where PAYMENT_WEBHOOKS_STATE says). docs/local-engine.md says what it shows and what it can't.

Exit codes: 0 done, 1 not running (status), 2 wrong usage, 4 it did not start.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from scripts.local_engine import control
from scripts.local_engine.settings import DEFAULT_REGION
from scripts.local_engine.shims import SHIMS
from scripts.local_engine.state import EngineState, read_state, state_folder

ROOT: Final = Path(__file__).resolve().parents[2]
EXIT_DONE: Final = 0
EXIT_NOT_RUNNING: Final = 1
EXIT_FAILED: Final = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says (by default, of this process). Returns the exit code."""
    options = _parser().parse_args(arguments)
    code: int = options.command(options)
    return code


def up(options: argparse.Namespace) -> int:
    running = read_state(ROOT)
    if running is not None:
        print(f"already up: {running.endpoint_url}")
        return EXIT_DONE
    try:
        state = control.start(
            state_folder(ROOT),
            region=options.region,
            timeout_seconds=options.timeout,
            without_shims=options.without_shim,
        )
    except control.StartFailed as failure:
        print(failure, file=sys.stderr)
        if failure.log:
            print(
                f"the last lines of {state_folder(ROOT) / control.LOG_FILE}:\n{failure.log}", file=sys.stderr
            )
        return EXIT_FAILED
    shims = [
        f"  {'shim' if shim.name in state.shims else 'LEFT OUT:'} {shim.name}: else {shim.reason}"
        for shim in SHIMS
    ]
    print("\n".join([f"up: {state.endpoint_url} ({_kind(state)})", *shims]))
    return EXIT_DONE


def down(_options: argparse.Namespace) -> int:
    print("down" if control.stop(state_folder(ROOT)) else "not running")
    return EXIT_DONE


def status(options: argparse.Namespace) -> int:
    state = read_state(ROOT)
    if options.json:
        print(json.dumps({"running": state is not None} | (_public(state) if state else {})))
    elif state is None:
        print("not running (start it: python scripts/local.py up)")
    else:
        print(f"up: {state.endpoint_url} ({_kind(state)}, process {state.pid})")
    return EXIT_DONE if state else EXIT_NOT_RUNNING


def _kind(state: EngineState) -> str:
    return f"{state.region}, ministack {state.engine_version}"


def _public(state: EngineState) -> dict[str, object]:
    return {**asdict(state), "folder": str(state.folder)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="up|down|status")
    start = commands.add_parser("up", help="start the engine and print its address")
    start.set_defaults(command=up)
    start.add_argument("--region", default=DEFAULT_REGION, help="its region (default: %(default)s)")
    start.add_argument(
        "--timeout",
        type=_seconds,
        default=control.START_TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="give up after this long (default: %(default)s)",
    )
    start.add_argument(
        "--without-shim",
        action="append",
        default=[],
        choices=[shim.name for shim in SHIMS],
        help="leave one correction of the engine out, to see whether it is still needed",
    )
    commands.add_parser("down", help="stop the engine and remove its files").set_defaults(command=down)
    look = commands.add_parser("status", help="say whether it runs and where; exit code 1 when it does not")
    look.set_defaults(command=status)
    look.add_argument("--json", action="store_true", help="for programs")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 600:
        raise argparse.ArgumentTypeError("between 0 and 600 seconds")
    return value
