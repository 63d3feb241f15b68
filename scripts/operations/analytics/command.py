"""The command `analytics`."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from payment_webhooks.analytics.counted_effects import Sums
from payment_webhooks.analytics.query import (
    DIMENSIONS,
    RANGE_DAYS_MAXIMUM,
    AnalyticsQuery,
    InvalidQuery,
    analytics_query,
    answer,
)
from payment_webhooks.money import amount_text
from scripts.command_line import streams
from scripts.command_line.command import Command
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import UsageError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import DAY, HOUR, environment_options, json_option, time_option

if TYPE_CHECKING:  # the ledger is loaded when there is something to compare, not to print help
    from scripts.operations.analytics.reconciliation import Difference, Outcome


@click.command(
    cls=Command,
    examples=[
        "{} --suffix dev",
        "{} --suffix dev --from 2026-11-01 --to 2026-11-30 --group-by day,provider",
        "{} --suffix dev --group-by status,currency --json | jq '.groups[].sums'",
        "{} --suffix dev --reconcile",
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@time_option("--from", "first", DAY, HOUR, help="First hour; else a day before --to.")
@time_option(
    "--to", "end", DAY, HOUR, help=f"End, at most {RANGE_DAYS_MAXIMUM} days later; else that of this hour."
)
@click.option(
    "--group-by",
    metavar="NAMES",
    help=f"Any of {', '.join(DIMENSIONS)}, with commas between them; else hour.",
)
@click.option(
    "--reconcile",
    is_flag=True,
    help="Compare the counters of all time with the states of all payments instead; reads both tables whole.",
)
def analytics(
    environment: Environment,
    first: datetime | None,
    end: datetime | None,
    group_by: str | None,
    reconcile: bool,
    as_json: bool,
) -> int:
    """Count and sum payments over time.

    How many payments there are more, and how much more was captured, refunded and disputed: summed by the hour in
    which it was recorded, drawn as bars. It reads the counters in the analytics table, with your own credentials;
    GET /analytics answers the same, and --json is that answer. Sums are exact, and never mix currencies.
    """
    if reconcile:
        if first or end or group_by:
            raise UsageError(
                "--reconcile takes all hours and all groups", "leave out --from, --to, --group-by"
            )
        return compare(environment, as_json)
    try:
        begin, until = (f"{each:{HOUR[1]}}" if each else None for each in (first, end))
        query = analytics_query(begin, until, group_by, time.time())
        counts = answer(query, read_counters(environment, query))
    except InvalidQuery as error:
        raise click.UsageError(f"--{error.field.replace('_', '-')}: {error.message}") from error
    streams.answer(counts, as_json, lambda: draw(counts))
    return EXIT_DONE


def draw(counts: Mapping[str, Any]) -> None:
    from scripts.command_line.console import OutputConsole
    from scripts.operations.analytics.chart import chart

    OutputConsole().print(chart(counts))


def read_counters(environment: Environment, query: AnalyticsQuery) -> Sums:
    """Raises NotDeployed when there is no analytics table."""
    from payment_webhooks.analytics.reader import AnalyticsReader
    from scripts.command_line.boto3_api import client_api

    table = environment.names.analytics_table
    with missing_is_not_deployed(table):
        return AnalyticsReader(client_api(environment.target.client("dynamodb")), table).counters(query)


def compare(environment: Environment, as_json: bool) -> int:
    """Say whether all counters are what the ledger says, and where not. Raises NotDeployed where a table is missing."""
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.analytics import reconciliation

    names = environment.names
    tables = reconciliation.Tables(
        client_api(environment.target.client("dynamodb")), names.analytics_table, names.transactions_table
    )
    with missing_is_not_deployed(f"{tables.counters} or {tables.ledger}"):
        items, units = reconciliation.cost_of_reading(tables)
        click.echo(
            f"reading both tables whole: some {counted(items, 'item')}, {counted(units, 'read unit')}",
            err=True,
        )
        outcome = reconciliation.reconcile(tables, time.sleep)
    streams.answer(reconciliation.as_document(outcome), as_json, lambda: show_differences(outcome))
    if outcome.differences:
        click.echo(outcome.cause, err=True)
    return EXIT_FOUND if outcome.differences else EXIT_DONE


def show_differences(outcome: "Outcome") -> None:
    reading = outcome.reading
    read = f"{counted(reading.counters, 'counter')} and {counted(reading.payments, 'payment')}"
    if not outcome.differences:
        click.echo(f"{read}: all sums are equal")
        return
    from scripts.operations.analytics.chart import title_of

    streams.print_table(
        ("payments", "sum of", "counted", "ledger"),
        [
            (
                f"{each.provider} {each.currency or '-'} {each.status}",
                title_of(each.measure),
                *(value_text(each, value) for value in (each.counted, each.states)),
            )
            for each in outcome.differences
        ],
        title=f"{read}, read twice: {len(outcome.differences)} sums differ",
        numbers=("counted", "ledger"),
    )


def value_text(difference: "Difference", value: int) -> str:
    if difference.currency is None or not difference.measure.endswith("_minor"):
        return f"{value:,}"
    return amount_text(value, difference.currency)
