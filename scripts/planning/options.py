"""What the command lines of capacity and cost share: which deployment, which traffic, which service times."""

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from scripts.command_line.console import OutputConsole
from scripts.command_line.errors import ToolError, UsageError, show_error
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.planning.consumers import System
from scripts.planning.deployment_on_paper import read_region_and_parameters, resolve_deployment
from scripts.planning.service_times import ServiceTimes, read_service_times, snake_case_name
from scripts.planning.workload import Traffic, Workload
from stacks.assembly import Assembly


def add_options(parser: argparse.ArgumentParser) -> None:
    usual = Traffic()
    parser.add_argument("--environment", type=Path, metavar="FILE", help="values of parameters, in TOML")
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="one value; may be repeated"
    )
    parser.add_argument(
        "--service-times",
        type=Path,
        metavar="FILE",
        help="measured times, in JSON; docs/capacity.md has its form",
    )
    parser.add_argument(
        "--service-time",
        action="append",
        default=[],
        metavar="NAME=CALL[+ITEM]",
        help="milliseconds of a call, and of each item in it; may be repeated",
    )
    parser.add_argument(
        "--body-bytes",
        type=whole_above_zero,
        default=usual.body_bytes,
        help="size of a body (default: %(default)s)",
    )
    parser.add_argument(
        "--paypal-share",
        type=share,
        default=usual.paypal_share,
        metavar="SHARE",
        help="of all webhooks, 0 to 1: PayPal's are written as three items in a transaction (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="the figures as JSON")


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return value


def share_under_one(text: str) -> float:
    value = share(text)
    if value == 1:
        raise argparse.ArgumentTypeError("at 1 there would be nothing but this")
    return value


def above_zero(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def whole_above_zero(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return value


def read_system(options: argparse.Namespace, assembly: Assembly) -> tuple[str, System, ServiceTimes]:
    """Region, system and service times. Raises UsageError for a file, a parameter or a service time that cannot be."""
    region, parameters = read_region_and_parameters(options.environment, options.parameter)
    system = System(resolve_deployment(assembly, parameters))
    times = read_service_times(options.service_times, options.service_time)
    times.check([snake_case_name(worker) for worker in system.workers])
    return region, system, times


def make_workload(traffic: Traffic) -> Workload:
    """Raises UsageError for bodies that would not be kept in their row."""
    workload = Workload(traffic)
    try:
        workload.plain, workload.paypal  # noqa: B018 - recorded now, where the error can be told
    except ValueError as error:
        raise UsageError(f"--body-bytes {traffic.body_bytes}: {error}") from error
    return workload


def run(command: Callable[[Console], None]) -> int:
    """Run `command` with a console on standard output; an error becomes two lines and its exit code."""
    try:
        command(OutputConsole(highlight=False))
    except ToolError as error:
        show_error(error)
        return error.exit_code
    return EXIT_DONE
