"""The command line of scripts/analytics.py."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence

from rich.console import Console

from payment_webhooks.analytics.query import (
    DIMENSIONS,
    INSTANT_FORMS,
    RANGE_DAYS_MAXIMUM,
    InvalidQuery,
    analytics_query,
    answer,
)
from payment_webhooks.analytics.reader import AnalyticsReader
from scripts.command_line.aws_target import target_from
from scripts.command_line.boto3_api import client_api
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import EXIT_DONE, UsageError
from scripts.command_line.missing_table import said_if_missing
from scripts.command_line.options import add_target_options, run_command
from scripts.operations.analytics.chart import chart
from stacks.names import Names

DESCRIPTION = """\
How many payments, refunds and disputes reached which state, and of how much: counted by hour, drawn as bars.

It reads the counters in the analytics table, with your own credentials; GET /analytics answers the same. Times are
UTC and whole hours. Sums are exact, and never mix currencies or meanings."""

EXAMPLES = f"""group by any of: {", ".join(DIMENSIONS)}
times: {INSTANT_FORMS}; at most {RANGE_DAYS_MAXIMUM} days

examples:
  python scripts/analytics.py --suffix dev                                           the last 24 hours, by hour
  python scripts/analytics.py --suffix dev --from 2026-11-01 --to 2026-12-01 --group-by day,provider
  python scripts/analytics.py --suffix dev --group-by state,currency --json | jq '.groups[].sums'

exit codes: 0 done, 2 wrong usage, or nothing is deployed there, 4 AWS refused or could not be reached"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="analytics.py",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_target_options(top)
    top.add_argument("--from", dest="first", metavar="TIME", help="first hour (default: a day before --to)")
    top.add_argument("--to", dest="end", metavar="TIME", help="end, not included (default: of this hour)")
    top.add_argument(
        "--group-by", default="hour", metavar="NAMES", help="with commas between (default: hour)"
    )
    top.add_argument("--json", action="store_true", help="what GET /analytics answers, instead of the chart")
    return top


def show(options: argparse.Namespace) -> None:
    suffix = check_suffix(options.suffix)
    query = analytics_query(options.first, options.end, options.group_by, time.time())
    target = target_from(options.region, options.profile, options.local)
    table = Names(suffix, target.account_id, target.region, target.partition).analytics_table
    with said_if_missing(table):
        counters = AnalyticsReader(client_api(target.client("dynamodb")), table).counters(query)
    found = answer(query, counters)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        OutputConsole().print(chart(found))


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)

    def command(_: Console) -> int:
        try:
            show(options)
        except InvalidQuery as error:
            flag = f"--{error.field.replace('_', '-')}"
            raise UsageError(f"{flag}: {error.message}", "see --help") from error
        return EXIT_DONE

    return run_command(command)
