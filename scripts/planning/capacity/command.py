"""The command line of scripts/capacity.py."""

import argparse
import json
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from scripts.planning.capacity.outcome import spiked, steady
from scripts.planning.capacity.report import document, limits_table, outcome_table, summary
from scripts.planning.capacity.stage import Load, Stage
from scripts.planning.capacity.stages import Model
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
The rate that each stage sustains, worked out from the templates' own limits, AWS's quotas and service times;
what saturates first under a steady load and in a spike; what is refused, what waits, and when the backlog of
the spike is gone. Nothing is deployed and AWS is not asked."""

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
    settings, system, times = read_system(options, build())
    workload = make_workload(Traffic(options.body_bytes, options.paypal_share))

    def stages(load: Load) -> list[Stage]:
        return Model(system, workload, times, load, settings.region, options.shards).stages()

    rate, seconds = options.rate, options.spike_minutes * 60
    load = Load(rate, rate * options.spike_factor)
    outcomes = {
        "steady": steady(stages(Load(rate, rate)), rate),
        "spike": spiked(stages(load), load, seconds),
    }
    if options.json:
        print(json.dumps(document(outcomes), indent=2, sort_keys=True))
        return
    steady_stages, spike_stages = ([each.stage for each in outcome.stages] for outcome in outcomes.values())
    names = {
        "steady": f"{rate:,.0f}/s for ever",
        "spike": f"{load.peak:,.0f}/s for {options.spike_minutes:g} minutes, before and after {rate:,.0f}/s",
    }
    console.print(limits_table(steady_stages, spike_stages, rate, load.peak), "")
    for key, outcome in outcomes.items():
        console.print(outcome_table(names[key], outcome), Text(summary(names[key], outcome)), "")
    _print_times(console, steady_stages)


def _print_times(console: Console, stages: Sequence[Stage]) -> None:
    told = [f"{stage.name} {stage.service_time}" for stage in stages if stage.service_time]
    console.print(Text(f"Service times: {'; '.join(told)}."))
