"""The command `trace` tells what became of a webhook or a payment."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    environment_options,
    json_option,
    optional_webhook_id_argument,
    stripped,
    time_option,
)
from scripts.command_line.streams import answer


@click.command(
    cls=Command,
    examples=[
        "{} --suffix dev stripe:evt_1SGvecAbC",
        "{} --suffix dev --transaction stripe:pi_3SGev0001 --html payment.html",
        "{} --suffix dev stripe:evt_1SGvecAbC --archived-on 2026-05-01",
        "{} --suffix dev --local --json internal:order-17",
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@click.option(
    "--transaction",
    "transaction_id",
    metavar="ID",
    callback=stripped,
    help="A payment or payout, with all of its webhooks.",
)
@time_option(
    "--archived-on", "archived_on", DAY, help="Where the inbox has it no more: the day on which it was done."
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it as a page, too; it needs no network.",
)
@optional_webhook_id_argument
def trace(
    environment: Environment,
    webhook_id: str | None,
    transaction_id: str | None,
    archived_on: datetime | None,
    html_file: Path | None,
    as_json: bool,
) -> None:
    """Show the way of one webhook or payment as a line of time.

    Each step with its time: received (by which key), processing attempts and retries with their errors, executions in
    workflow mode, what a person decided, ledger rows and what they changed, events, notifications, the archive; and the
    objects of the audit trail that hold it. Of what has expired, what the archive has. A stored body is never shown.
    """
    from payment_webhooks.ledger.reader import LedgerReader
    from scripts.command_line.boto3_api import client_api
    from scripts.command_line.copyable_command import copyable
    from scripts.operations.trace import facts
    from scripts.operations.trace.moments import audit_objects, moments, summary
    from scripts.operations.trace.runs import NOTIFICATIONS, services_of, with_runs
    from scripts.operations.trace.timeline_page import timeline_page
    from scripts.operations.trace.timeline_text import timeline_lines

    if (webhook_id is None) is (transaction_id is None):
        both = ", not both" if webhook_id else ""
        raise click.UsageError(f"Give a webhook's id, or --transaction{both}.")
    target, names, now = environment.target, environment.names, datetime.now(UTC)
    dynamodb, s3 = target.client("dynamodb"), target.client("s3")
    with missing_is_not_deployed(names.inbox_table):
        if transaction_id is not None:
            found = facts.trace_payment(names, dynamodb, s3, transaction_id)
        else:
            day = f"{archived_on:%Y-%m-%d}" if archived_on else None
            found = facts.trace(names, dynamodb, s3, str(webhook_id), day)
    found = with_runs(found, names, services_of(names, target.client), now)
    found = facts.with_put_back(found, names, s3)
    timeline = moments(found, copyable("redrive", "move", NOTIFICATIONS, "--dry-run"))
    objects = audit_objects(found.audit)
    document: dict[str, Any] = {**found.as_document(), "moments": [each.as_document() for each in timeline]}
    rendered = (summary(found), timeline, objects, found.unread, now)
    if as_json or found.found:
        answer(document, as_json, lambda: click.echo("\n".join(timeline_lines(*rendered))))
    if not found.found:
        if webhook_id is None:
            raise no_transaction(str(transaction_id))
        is_payment = bool(LedgerReader(client_api(dynamodb), names.transactions_table).read(webhook_id).rows)
        raise not_arrived(webhook_id, archived_on, is_payment)
    if html_file is not None:
        html_file.write_text(timeline_page(*rendered), encoding="utf-8")
        click.echo(f"written: {html_file}", err=True)


def no_transaction(transaction_id: str) -> NotFound:
    """With the command that looks for the provider's id at each endpoint, and in what waits."""
    from scripts.command_line.copyable_command import copyable
    from stacks.webhook_endpoints import ENDPOINTS

    endpoint, _, rest = transaction_id.partition(":")
    provider_id = rest if endpoint in [each.name for each in ENDPOINTS] else transaction_id
    step = f"at each endpoint, and in what waits: {copyable('find', '--transaction', provider_id)}"
    return NotFound(
        f"there is no transaction {transaction_id}, and no log of the audit logger says that it was removed",
        step,
    )


def not_arrived(webhook_id: str, archived_on: datetime | None = None, is_payment: bool = False) -> NotFound:
    """With the endpoints that there are, where the id names none of them; `archived_on`: where it is not either;
    is_payment: whether the id is one of a payment.
    """
    from payment_webhooks.contract import CANARY
    from scripts.command_line.copyable_command import copyable
    from stacks.webhook_endpoints import ENDPOINTS

    endpoint, known = webhook_id.partition(":")[0], [each.name for each in ENDPOINTS]
    if endpoint not in (*known, CANARY):
        step = f"there is no endpoint {endpoint}; there are: {', '.join(known)}"
    elif is_payment:
        step = f"it is a payment: {copyable('trace', '--transaction', webhook_id)}"
    elif archived_on is None:
        step = "the archive has what was done some weeks ago: --archived-on DAY"
    else:
        day = f"{archived_on:%Y-%m-%d}"
        step = f"from that day on: {copyable('find', '--event', webhook_id, '--from', day)}"
    return NotFound(f"no webhook {webhook_id} has arrived, or its row has expired", step)
