"""The command `reconcile`."""

from __future__ import annotations

from datetime import UTC, datetime
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
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@click.option("--provider", required=True, type=click.Choice(PROVIDERS), help="Whose events.")
@time_option("--from", "since", DAY, MINUTE, SECOND, required=True, help="Events made since then.")
@time_option("--to", "until", DAY, MINUTE, SECOND, help="Events made before; else until now.")
@click.option("--dry-run", is_flag=True, help="Show what never came, and feed nothing.")
def reconcile(
    environment: Environment,
    provider: str,
    since: datetime,
    until: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Find webhooks that never came, and feed them.

    The provider's own list of events is compared with the inbox. What is missing is fetched and takes the way of every
    webhook; what is there is left alone, so it may be run again at any time. Ctrl-C loses nothing: --from the time that
    was shown last goes on from there. With --dry-run, code 1 says that some are missing.
    """
    from scripts.operations.reconcile.search import search

    now = datetime.now(UTC)
    last = min(until or now, now)
    check_order(since, last)
    names = [endpoint.name for endpoint in LISTED_ENDPOINTS if endpoint.provider == provider]
    with missing_is_not_deployed(f"function of {environment.suffix}"):
        found = [search(environment, name, since, last, dry_run, _show_progress) for name in names]
    document = {"dry_run": dry_run, "endpoints": [each.document() for each in found]}
    answer(document, as_json, lambda: _print(found, dry_run))
    for each in found:
        if each.forgotten_until is not None:
            click.echo(
                f"CAREFUL: {each.endpoint}: its provider lists nothing before {_time(each.forgotten_until)}"
                " any more; what is older can't be found so",
                err=True,
            )
    return EXIT_FOUND if dry_run and any(each.missed for each in found) else EXIT_DONE


def _show_progress(found: Found, until: int) -> None:
    text = f"{found.endpoint}: up to {_time(until)}: {found.listed} listed, {found.missed} never came"
    click.echo(text if found.fed == 0 else f"{text}, {found.fed} fed", err=True)


def _print(found: list[Found], dry_run: bool) -> None:
    headings = ["endpoint", "listed", "never came", "fed", "conflicts"]
    rows: list[list[Any]] = [
        [each.endpoint, each.listed, each.missed, each.fed, each.conflicts] for each in found
    ]
    print_table(headings, rows)
    for each in found:
        shown = each.webhook_ids
        if shown:
            more = f" and {each.missed - len(shown)} more" if each.missed > len(shown) else ""
            click.echo(f"{'missing' if dry_run else 'fed'}: {', '.join(shown)}{more}")


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
