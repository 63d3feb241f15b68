"""The command `replay` gives webhooks to the processor again."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from payment_webhooks import contract
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.command import Command
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    MINUTE,
    check_order,
    count_option,
    environment_options,
    json_option,
    optional_webhook_id_argument,
    rate_option,
    time_option,
    yes_option,
)
from scripts.command_line.streams import check_number, confirm
from scripts.operations.inbox.command import checked_note, ticket_option, timestamp_option
from stacks.webhook_endpoints import ENDPOINTS, endpoint_names

if TYPE_CHECKING:
    from scripts.operations.inbox.search import Filter

STATUSES: Final = (*contract.ATTENTION_STATUSES, contract.STATUS_PROCESSED)
PENDING: Final = "each is pending again, and goes to the processor"
NOTHING: Final = (
    "each goes to the processor again; what the ledger has of it changes nothing, and nobody is told again"
)


@click.command(
    cls=Command,
    examples=[
        "{} --suffix prod stripe:evt_1SGvecAbC --ticket OPS-4711",
        "{} --suffix prod --status failed --reason unexpected_KeyError --ticket OPS-4711 --dry-run",
        "{} --suffix prod --status quarantined --provider square --from 2026-11-20 --ticket OPS-4711",
        "{} --suffix prod --status processed --from 2026-11-20 --to 2026-11-20 --ticket OPS-4712 --rate 10",
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@yes_option
@ticket_option
@click.option(
    "--note", default="replayed", metavar="TEXT", callback=checked_note, help="Why; it is kept, too."
)
@click.option("--status", type=click.Choice(STATUSES), help="Of many: which they have.")
@click.option(
    "--endpoint", type=click.Choice([endpoint.name for endpoint in ENDPOINTS]), help="Only of this one."
)
@click.option("--provider", type=click.Choice(PROVIDERS.names), help="Only of all endpoints of this one.")
@click.option("--type", "event_type", metavar="TYPE", help="Only events of this type of the provider.")
@click.option("--reason", metavar="REASON", help="Only with this reason, or given up for this error.")
@time_option("--from", "since", DAY, MINUTE, help="Those that have the status since then, or later.")
@time_option("--to", "until", DAY, MINUTE, help="End; else now.")
@rate_option
@count_option
@click.option("--dry-run", is_flag=True, help="Say how many there are and what it would do, and do nothing.")
@timestamp_option
@optional_webhook_id_argument
def replay(
    environment: Environment,
    webhook_id: str | None,
    ticket: str,
    note: str,
    status: str | None,
    endpoint: str | None,
    provider: str | None,
    event_type: str | None,
    reason: str | None,
    since: datetime | None,
    until: datetime | None,
    per_second: int,
    count: int | None,
    dry_run: bool,
    timestamp: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Give webhooks to the processor again: one, or all of a status.

    It is the decision `inbox accept`, with a ticket: the webhook is pending again, and goes the way of a new one. Who
    replayed it, when and under which ticket is kept in the audit trail. One that is processed changes nothing that the
    ledger has: no row, no event, nobody is told; it is replayed once under a ticket.

    Of many it first shows how many there are and ten of them, and wants the number typed. An interrupted run is begun
    again with the same command: what is replayed is not found, or left alone. What was ignored is judged again by
    `inbox reconsider`; what is pending comes by itself.
    """
    from scripts.operations.inbox.dialog import Dialog
    from scripts.operations.inbox.search import Filter

    of_many = (status, endpoint, provider, event_type, reason, since, until, count)
    if bool(webhook_id) is (status is not None) or (webhook_id and any(each is not None for each in of_many)):
        raise click.UsageError("give a webhook's id, or --status with what narrows it.")
    if endpoint and provider:
        raise click.UsageError("--endpoint or --provider, not both: an endpoint is of one provider.")
    if status and not dry_run:
        check_number(count, yes=yes)
    done = status == contract.STATUS_PROCESSED
    if done and since is None:
        raise click.UsageError("--status processed needs --from: their index goes by days.")
    if done and reason is not None:
        raise click.UsageError("what is processed has no --reason.")
    if since is not None:
        check_order(since, (until or datetime.now(UTC)) - timedelta(minutes=1))  # the end is not included
    dialog = Dialog(environment, "replay", note, yes, as_json, ticket, dry_run)
    if status is None:
        dialog.decide_one(str(webhook_id), STATUSES, timestamp)
        return
    endpoints = [endpoint] if endpoint else endpoint_names(provider) if provider else ()
    wanted = Filter(status, endpoints, reason, event_type, since, until)
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        items = found_by(environment, wanted, yes)
    dialog.decide_all(items, NOTHING if done else PENDING, count, per_second)


def found_by(environment: Environment, wanted: Filter, yes: bool) -> list[dict[str, object]]:
    """What the indexes show; what they do not is looked up, once the person has agreed to what that reads."""
    from scripts.operations.inbox.decisions import read_items
    from scripts.operations.inbox.search import find, read_units

    dynamodb, table = environment.target.client("dynamodb"), environment.names.inbox_table
    found = find(dynamodb, table, wanted)
    if not found or not wanted.needs_items:
        return found
    units = read_units(dynamodb, table, len(found))
    click.echo(
        f"no index has the type or time of day of what is processed: "
        f"{counted(len(found), 'webhook')} would be read, about {counted(units, 'read unit')}",
        err=True,
    )
    confirm("read them?", yes=yes)
    items = read_items(dynamodb, table, found, lambda _: time.sleep(1))
    return [item for item in items if wanted.takes(item)]
