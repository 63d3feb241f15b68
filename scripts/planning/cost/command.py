"""The command line of scripts/cost.py."""

import argparse
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from scripts.command_line.console import print_json
from scripts.planning.cost.bill import Span
from scripts.planning.cost.prices import PriceList, read_prices
from scripts.planning.cost.report import document, lines_table, services_table, unpriced_table
from scripts.planning.cost.resource_types import price_deployment
from scripts.planning.cost.usage import MILLION, MONTH_SECONDS, Usage
from scripts.planning.load import Load
from scripts.planning.options import above_zero, add_options, make_workload, read_system, run, share_under_one
from scripts.planning.workload import Traffic
from stacks.assembly import build

_DESCRIPTION: Final = """\
What a million webhooks cost, item by item: the resources of the templates, the calls that the code makes for
one webhook, service times, and one dated list of prices. Resources without a price are listed. AWS is not asked."""

_EPILOG: Final = """\
examples:
  python scripts/cost.py                                      the templates' defaults, a million a month
  python scripts/cost.py --environment environments/dev.toml --per-month 50000
  python scripts/cost.py --parameter ReceiverMemory=1024 --service-time webhook_receiver=9
  python scripts/cost.py --duplicate-share 0.2 --json

List prices of us-east-1 (scripts/planning/cost/prices.toml, each with source and date), without free tiers, taxes
and discounts. The rate matters: at a high one, batches are fuller and fewer traces are sampled. docs/capacity.md
says how the figures come about.

exit codes: 0 done, 2 wrong usage"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = make_parser().parse_args(arguments)
    return run(lambda console: _run(options, console))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cost.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument(
        "--per-month", type=above_zero, default=MILLION, help="new webhooks a month (default: %(default)s)"
    )
    parser.add_argument(
        "--duplicate-share",
        type=share_under_one,
        default=0.0,
        metavar="SHARE",
        help="redeliveries, of all requests, 0 to under 1 (default: %(default)s)",
    )
    return parser


def _run(options: argparse.Namespace, console: Console) -> None:
    region, system, times = read_system(options, build())
    workload = make_workload(
        Traffic(options.body_bytes, options.paypal_share, duplicate_share=options.duplicate_share)
    )
    prices = read_prices()
    load = Load(system, workload, times, options.per_month / MONTH_SECONDS, region)
    bill = price_deployment(Usage(load, prices))
    if options.json:
        print_json(document(bill, prices, options.per_month))
        return
    for span in Span:
        console.print(lines_table(bill, span), "")
    console.print(services_table(bill), "", unpriced_table(bill), "")
    _print_notes(console, prices, region)


def _print_notes(console: Console, prices: PriceList, region: str) -> None:
    text = f"List prices of {prices.region}, {prices.dated}, without free tiers, taxes and discounts."
    if region != prices.region:
        text += f" The environment's region is {region}: its prices differ."
    console.print(Text(text))
    console.print(
        Text(f"Not confirmed by a page or price list of AWS's own: {', '.join(prices.unconfirmed)}.")
    )
