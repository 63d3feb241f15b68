"""The command line of scripts/capacity.py."""

import argparse
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from scripts.command_line.console import print_json
from scripts.planning.capacity.backlog import Spike, spike_backlogs
from scripts.planning.capacity.limits import find_stages
from scripts.planning.capacity.report import backlogs_table, document, limits_table, service_times, summary
from scripts.planning.load import Load
from scripts.planning.options import (
    above_zero,
    add_options,
    make_workload,
    read_system,
    run,
    whole_above_zero,
)
from scripts.planning.workload import Traffic
from stacks.assembly import build

_DESCRIPTION: Final = """\
The rate that each stage sustains, by the templates' own limits, AWS's quotas and service times, the lowest
first; and how long the backlog of a spike takes to drain. Nothing is deployed and AWS is not asked."""

_EPILOG: Final = """\
examples:
  python scripts/capacity.py                                      the templates' defaults, 1,000/s, 10-fold for an hour
  python scripts/capacity.py --environment environments/dev.toml --rate 20
  python scripts/capacity.py --parameter ReceiverConcurrency=400 --parameter ApiThrottleRate=4000
  python scripts/capacity.py --service-time audit_logger=5+12 --service-time payment_processor=4+22
  python scripts/capacity.py --service-times measured.json --json

Service times that are neither measured nor given are assumed, and marked so. docs/capacity.md says how the
figures come about, and how far to trust them. In JSON, a time that never ends is null.

exit codes: 0 done, 2 wrong usage"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = make_parser().parse_args(arguments)
    return run(lambda console: _run(options, console))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="capacity.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument(
        "--rate", type=above_zero, default=1000, help="new webhooks a second (default: %(default)s)"
    )
    parser.add_argument("--spike-factor", type=above_zero, default=10, help="default: %(default)s")
    parser.add_argument("--spike-minutes", type=above_zero, default=60, help="default: %(default)s")
    parser.add_argument(
        "--shards",
        type=whole_above_zero,
        help="open shards of each stream (default: the fewest that the load needs)",
    )
    return parser


def _run(options: argparse.Namespace, console: Console) -> None:
    region, system, times = read_system(options, build())
    workload = make_workload(Traffic(options.body_bytes, options.paypal_share))
    stages = find_stages(Load(system, workload, times, options.rate, region, options.shards))
    spike = Spike(options.rate, options.rate * options.spike_factor, options.spike_minutes * 60)
    backlogs = spike_backlogs(stages, spike)
    if options.json:
        print_json(document(backlogs, spike))
        return
    console.print(limits_table(stages, spike), "", backlogs_table(backlogs, spike), "")
    console.print(Text(f"{summary(backlogs, spike)}\n{service_times(stages)}"))
