"""The command `reconcile`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    MINUTE,
    SECOND,
    check_order,
    environment_options,
    json_option,
    time_option,
)
from scripts.command_line.streams import answer, print_table
from stacks.webhook_endpoints import LISTED_ENDPOINTS

if TYPE_CHECKING:
    from scripts.operations.reconcile.search import Found

PROVIDERS: Final = sorted({endpoint.provider for endpoint in LISTED_ENDPOINTS})


@click.command(
    cls=Command,
    examples=[
        "{} --suffix dev --provider stripe --from 2026-11-20 --dry-run",
        "{} --suffix dev --provider stripe --from 2026-11-20 --to 2026-11-21",
        "{} --suffix dev --provider square --from 2026-11-20T09:30 --json",
        "{} --suffix dev --provider stripe --from 2026-11-20 --money",
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@click.option("--provider", required=True, type=click.Choice(PROVIDERS), help="Whose events.")
@time_option("--from", "since", DAY, MINUTE, SECOND, required=True, help="Events made since then.")
@time_option("--to", "until", DAY, MINUTE, SECOND, help="Events made before; else until now.")
@click.option("--dry-run", is_flag=True, help="Show what never came, and feed nothing.")
@click.option("--money", is_flag=True, help="Compare payments with the provider's books, of the day --from.")
def reconcile(
    environment: Environment,
    provider: str,
    since: datetime,
    until: datetime | None,
    dry_run: bool,
    money: bool,
    as_json: bool,
) -> int:
    """Find webhooks that never came, and feed them.

    The provider's own list of events is compared with the inbox. What is missing is fetched and takes the way of every
    webhook; what is there is left alone, so it may be run again at any time. Ctrl-C loses nothing: --from the time that
    was shown last goes on from there. With --dry-run, code 1 says that some are missing.

    With --money nothing is fed: what a day captured, refunded and disputed of each payment by the ledger is compared
    with the provider's own books, and each difference has its likely cause; code 1 says that there are some.
    """
    from scripts.operations.reconcile.search import search, time_text

    now = datetime.now(UTC)
    if money:
        if until is not None or dry_run or f"{since:%H%M%S}" != "000000":
            raise click.UsageError("--money takes one day, --from, and neither --to nor --dry-run.")
        return _compare_money(environment, provider, since, now, as_json)
    last = min(until or now, now)
    check_order(since, last)
    names = [endpoint.name for endpoint in LISTED_ENDPOINTS if endpoint.provider == provider]
    with missing_is_not_deployed(f"function of {environment.suffix}"):
        found = [search(environment, name, since, last, dry_run, _show_progress) for name in names]
    document = {"dry_run": dry_run, "endpoints": [each.document() for each in found]}
    answer(document, as_json, lambda: print_found(found))
    for each in found:
        if each.forgotten_until is not None:
            click.echo(
                f"CAREFUL: {each.endpoint}: its provider lists nothing before {time_text(each.forgotten_until)}"
                " any more; what is older can't be found so",
                err=True,
            )
    return EXIT_FOUND if dry_run and any(each.missed for each in found) else EXIT_DONE


def _compare_money(
    environment: Environment, provider: str, day: datetime, now: datetime, as_json: bool
) -> int:
    from scripts.operations.reconcile.differences import MARGIN
    from scripts.operations.reconcile.money import compare_money

    if day > now:
        raise click.UsageError("the day of --from has not begun.")
    if now < day + timedelta(days=1) + 2 * MARGIN:
        click.echo("CAREFUL: a provider's books are complete six hours after the day, UTC", err=True)
    names = [endpoint.name for endpoint in LISTED_ENDPOINTS if endpoint.provider == provider]
    with missing_is_not_deployed(f"function or ledger of {environment.suffix}"):
        found = [compare_money(environment, name, provider, day) for name in names]
    document = {"day": f"{day:%Y-%m-%d}", "endpoints": [each.document() for each in found]}
    answer(document, as_json, lambda: click.echo("\n".join(line for each in found for line in each.lines())))
    return EXIT_FOUND if any(each.found for each in found) else EXIT_DONE


def _show_progress(found: Found) -> None:
    from scripts.operations.reconcile.search import time_text

    until = "" if found.until is None else f" up to {time_text(found.until)}:"
    text = f"{found.endpoint}:{until} {found.listed} listed, {found.missed} never came"
    click.echo(text if found.fed == 0 else f"{text}, {found.fed} fed", err=True)


def print_found(found: list[Found]) -> None:
    from scripts.operations.reconcile.search import time_text

    headings = ["endpoint", "up to", "listed", "never came", "fed", "conflicts"]
    rows: list[list[Any]] = [
        [
            each.endpoint,
            "" if each.until is None else time_text(each.until),
            *(each.listed, each.missed, each.fed, each.conflicts),
        ]
        for each in found
    ]
    print_table(headings, rows)
    for each in found:
        shown = each.webhook_ids
        if shown:
            more = f" and {each.missed - len(shown)} more" if each.missed > len(shown) else ""
            click.echo(f"never came: {', '.join(shown)}{more}")
            types = sorted(each.missed_types.items())
            click.echo(f"by type: {', '.join(f'{name} {number}' for name, number in types)}")
