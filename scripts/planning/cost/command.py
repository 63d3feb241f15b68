"""The command `cost`."""

import click

from scripts.command_line.command import Command
from scripts.planning.options import ABOVE_ZERO, FiniteRange, Scenario, scenario_options


@click.command(
    cls=Command,
    examples=[
        "{}",
        "{} --environment environments/dev.toml --per-month 50000",
        "{} --parameter ReceiverMemory=1024 --service-time webhook_receiver=9",
        "{} --duplicate-share 0.2 --json",
    ],
)
@scenario_options
@click.option(
    "--per-month", type=ABOVE_ZERO, default=1_000_000, metavar="NUMBER", help="New webhooks a month."
)
@click.option(
    "--duplicate-share",
    type=FiniteRange(0, 1, max_open=True),
    default=0.0,
    metavar="SHARE",
    help="Share of redeliveries among all requests, 0 to under 1.",
)
def cost(scenario: Scenario, per_month: float, duplicate_share: float, as_json: bool) -> None:
    """Work out what a million webhooks cost.

    Item by item, from the resources of the templates, the calls that the code makes for one webhook, service times, and
    one dated list of prices; resources without a price are listed. AWS is not asked. Prices are list prices of
    us-east-1 (scripts/planning/cost/prices.toml, each with source and date), without free tiers, taxes and discounts.
    The rate matters: at a high one, batches are fuller and fewer traces are sampled. docs/capacity.md says how the
    figures come about.
    """
    from scripts.command_line.streams import print_json
    from scripts.planning.cost import report
    from scripts.planning.cost.bill import Span, read_prices
    from scripts.planning.cost.resource_types import price_deployment
    from scripts.planning.cost.usage import MONTH_SECONDS, Usage

    prices = read_prices()
    bill = price_deployment(Usage(scenario.load(per_month / MONTH_SECONDS, duplicate_share), prices))
    if as_json:
        print_json(report.document(bill, prices, per_month))
        return
    report.print_services(bill)
    for span in Span:
        report.print_lines(bill, span)
    report.print_unpriced(bill)
    click.echo(report.notes(prices, scenario.region))
