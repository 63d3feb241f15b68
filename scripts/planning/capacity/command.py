"""The command `capacity`."""

import click

from scripts.command_line.command import Command
from scripts.planning.aws_limits import TABLE_WRITE_UNITS_PER_SECOND
from scripts.planning.options import ABOVE_ZERO, Scenario, scenario_options


@click.command(
    cls=Command,
    examples=[
        "{}",
        "{} --environment environments/dev.toml --rate 20",
        "{} --parameter ReceiverConcurrency=400 --parameter ApiThrottleRate=4000",
        "{} --service-time audit_logger=5+12 --service-time payment_processor=4+22",
        "{} --service-times measured.json --json",
        "{} --environment environments/black-friday.toml --rate 10000 --table-write-units 100000",
    ],
)
@scenario_options
@click.option("--rate", type=ABOVE_ZERO, default=1000, metavar="NUMBER", help="New webhooks a second.")
@click.option(
    "--spike-factor", type=ABOVE_ZERO, default=10, metavar="NUMBER", help="The spike, in multiples of --rate."
)
@click.option(
    "--spike-minutes", type=ABOVE_ZERO, default=60, metavar="MINUTES", help="Duration of the spike."
)
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Open shards of each stream; else as few as --rate needs.",
)
@click.option(
    "--table-write-units",
    type=ABOVE_ZERO,
    default=TABLE_WRITE_UNITS_PER_SECOND,
    metavar="NUMBER",
    help="The account's quota of a table's write units a second (L-AB614373).",
)
def capacity(
    scenario: Scenario,
    rate: float,
    spike_factor: float,
    spike_minutes: float,
    shards: int | None,
    table_write_units: float,
    as_json: bool,
) -> None:
    """Work out the rate that each stage sustains.

    The limits of each stage, the lowest first, by the templates' own settings, AWS's quotas and service times; and how
    long the backlog of a spike takes to drain. Nothing is deployed and AWS is not asked. Service times that are not
    given were measured on the local engine or are assumed, and marked so; docs/capacity.md says how far to trust them.
    In JSON, a time that never ends is null.
    """
    from scripts.command_line.streams import print_json
    from scripts.planning.capacity import report
    from scripts.planning.capacity.backlog import Spike, spike_backlogs
    from scripts.planning.capacity.limits import find_stages

    stages = find_stages(scenario.load(rate, shards=shards, table_write_units=table_write_units))
    spike = Spike(rate, rate * spike_factor, spike_minutes * 60)
    backlogs = spike_backlogs(stages, spike)
    if as_json:
        print_json(report.document(backlogs, spike))
        return
    report.print_limits(stages, spike)
    report.print_backlogs(backlogs, spike)
    click.echo(f"{report.summary(backlogs, spike)}\n{report.service_times(stages)}")
