"""The command `analytics`."""

import time
from collections.abc import Mapping
from typing import Any

import click

from payment_webhooks.analytics.query import (
    DIMENSIONS,
    INSTANT_FORMS,
    RANGE_DAYS_MAXIMUM,
    AnalyticsQuery,
    InvalidQuery,
    analytics_query,
    answer,
)
from payment_webhooks.analytics.transitions import Bucket, Tally
from scripts.command_line import streams
from scripts.command_line.command import Command
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import UsageError
from scripts.command_line.options import environment_options, json_option


@click.command(
    cls=Command,
    examples=[
        "{} --suffix dev",
        "{} --suffix dev --from 2026-11-01 --to 2026-12-01 --group-by day,provider",
        "{} --suffix dev --group-by state,currency --json | jq '.groups[].sums'",
    ],
)
@environment_options
@json_option
@click.option(
    "--from", "first", metavar="TIME", help=f"First hour, UTC: {INSTANT_FORMS}; else a day before --to."
)
@click.option(
    "--to",
    "end",
    metavar="TIME",
    help=f"End, not included, at most {RANGE_DAYS_MAXIMUM} days later; else that of this hour.",
)
@click.option(
    "--group-by",
    default="hour",
    metavar="NAMES",
    help=f"Any of {', '.join(DIMENSIONS)}, with commas between them.",
)
def analytics(
    environment: Environment, first: str | None, end: str | None, group_by: str, as_json: bool
) -> None:
    """Count and sum payments over time.

    How many payments, refunds and disputes reached which state, and of how much: counted by hour, drawn as bars.
    It reads the counters in the analytics table, with your own credentials; GET /analytics answers the same, and
    --json is that answer. Sums are exact, and never mix currencies or meanings.
    """
    try:
        query = analytics_query(first, end, group_by, time.time())
        counts = answer(query, read_counters(environment, query))
    except InvalidQuery as error:
        raise UsageError(f"--{error.field.replace('_', '-')}: {error.message}", "see --help") from error
    streams.answer(counts, as_json, lambda: draw(counts))


def draw(counts: Mapping[str, Any]) -> None:
    from scripts.command_line.console import OutputConsole
    from scripts.operations.analytics.chart import chart

    OutputConsole().print(chart(counts))


def read_counters(environment: Environment, query: AnalyticsQuery) -> dict[Bucket, Tally]:
    """Raises NotDeployed when there is no analytics table."""
    from payment_webhooks.analytics.reader import AnalyticsReader
    from scripts.command_line.boto3_api import client_api

    table = environment.names.analytics_table
    with missing_is_not_deployed(table):
        return AnalyticsReader(client_api(environment.target.client("dynamodb")), table).counters(query)
