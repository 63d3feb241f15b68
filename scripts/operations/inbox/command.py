"""The command `inbox`: webhooks that wait for a person."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks import contract
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.command import Group
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import (
    Function,
    environment_options,
    json_option,
    webhook_id_argument,
    yes_option,
)
from scripts.command_line.streams import answer, confirm, print_fields, print_json, print_table

if TYPE_CHECKING:
    from payment_webhooks.inbox.items import InboxKeys

LISTED: Final = {
    "since": contract.ATTENTION_SINCE,
    "status": contract.STATUS,
    "reason": contract.STATUS_REASON,
    "webhook": contract.WEBHOOK_ID,
    "timestamp": contract.WEBHOOK_TIMESTAMP,
    "type": "event_type",
}
TIME: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
NOT_SHOWN: Final = ("payload", "fingerprint")


def _checked_note(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    from scripts.operations.inbox.decisions import check_note

    return check_note(text)


STATUSES: Final = contract.ATTENTION_STATUSES
status_option = click.option(
    "--status", contract.STATUS, type=click.Choice(STATUSES), help="Only those of this status."
)
timestamp_option = click.option(
    "--timestamp", contract.WEBHOOK_TIMESTAMP, metavar="TIME", help="Which of its items, when several wait."
)
note_option = click.option(
    "--note",
    required=True,
    metavar="TEXT",
    callback=_checked_note,
    help="Why; it is kept in the audit trail.",
)


def decision_options(function: Function) -> Function:
    for option in (
        webhook_id_argument,
        note_option,
        timestamp_option,
        status_option,
        yes_option,
        json_option,
    ):
        function = option(function)
    return environment_options(function)


@click.group(
    cls=Group,
    examples=[
        "{} list --suffix dev --status conflict",
        "{} show --suffix dev stripe:evt_1SGvecAbC --payload",
        "{} ignored --suffix dev --from 2026-11-01",
        '{} accept --suffix dev stripe:evt_1SGvecAbC --status conflict --note "amount confirmed by Stripe"',
        '{} discard --suffix dev stripe:evt_1SGvecAbC --note "sent by a test, ticket 4711" --yes',
    ],
    exit_codes=[EXIT_FOUND],
)
def inbox() -> None:
    """Decide about webhooks that wait for a person.

    \b
    conflict     A known event id with another body. The first one counts; accept
                 this one, too, as an event of its own, or discard it.
    quarantined  Authentic, but it could not be read. Accept it once the reader
                 has been mended and deployed.
    failed       Given up after the last attempt. Accept it once the cause is gone.

    Who decided, when and why is stored with the webhook, and so it is in the audit trail.
    """


@inbox.command("list")
@environment_options
@json_option
@status_option
@click.option("--limit", type=click.IntRange(min=1), default=50, help="Most of each status.")
def list_waiting(environment: Environment, status: str | None, limit: int, as_json: bool) -> None:
    """List what waits, oldest first."""
    from scripts.operations.inbox.decisions import waiting

    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        dynamodb = environment.target.client("dynamodb")
        items = waiting(dynamodb, environment.names.inbox_table, [status] if status else STATUSES, limit)
    rows = [[item.get(name) for name in LISTED.values()] for item in items]
    nothing = "nothing waits for a decision"
    answer(items, as_json, lambda: print_table([*LISTED], rows, empty=nothing))


@inbox.command()
@environment_options
@json_option
@status_option
@timestamp_option
@click.option("--payload", is_flag=True, help="The stored copy of the body, too; card data is masked.")
@webhook_id_argument
def show(
    environment: Environment, webhook_id: str, payload: bool, as_json: bool, **chosen: str | None
) -> None:
    """Show everything that is stored of one webhook."""
    from scripts.operations.inbox.decisions import items_of, payload_of

    target, names = environment.target, environment.names
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        items = items_of(target.client("dynamodb"), names.inbox_table, webhook_id)
    documents: list[dict[str, Any]] = []
    for item in items:
        if all(value in (None, item[name]) for name, value in chosen.items()):
            document = {name: value for name, value in sorted(item.items()) if name not in NOT_SHOWN}
            if payload:
                copy = payload_of(target.client("s3"), names.payload_bucket, item)
                document["payload"] = copy.decode(errors="backslashreplace")
            documents.append(document)
    answer(documents, as_json, lambda: print_fields(*documents))


@inbox.command()
@environment_options
@json_option
@click.option("--from", "start", type=TIME, help="UTC; else seven days before --to.")
@click.option("--to", "end", type=TIME, help="UTC, not included; else now.")
def ignored(environment: Environment, start: datetime | None, end: datetime | None, as_json: bool) -> None:
    """Count what came and was ignored, by type.

    As the logs tell it, for as long as they are kept. Types that nobody needs are better not sent: leave them out at
    the provider. docs/providers.md says what the others would tell.
    """
    from scripts.operations.inbox.ignored import ignored_in

    until = end.replace(tzinfo=UTC) if end else datetime.now(UTC)
    since = start.replace(tzinfo=UTC) if start else until - timedelta(days=7)
    with missing_is_not_deployed(f"log group of {environment.suffix}"):
        counts = ignored_in(environment, since, until)
    rows = [[*count.values()] for count in counts]
    heads = ["endpoint", "reason", "type", "webhooks", "what is not known for that"]
    answer(
        counts, as_json, lambda: print_table(heads, rows, empty="nothing was ignored", numbers=["webhooks"])
    )


@inbox.command()
@decision_options
def accept(**options: Any) -> None:
    """Make it pending and send it to the processor."""
    decide("accept", **options)


@inbox.command()
@decision_options
def discard(**options: Any) -> None:
    """Keep it, and never apply it."""
    decide("discard", **options)


def decide(
    action: str,
    environment: Environment,
    webhook_id: str,
    status: str | None,
    timestamp: str | None,
    note: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what is decided, ask, and write it. Raises Refused when the person says no."""
    from scripts.operations.inbox import decisions

    target, table = environment.target, environment.names.inbox_table
    dynamodb = target.client("dynamodb")
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        items = decisions.items_of(dynamodb, table, webhook_id)
    item = decisions.choose(items, [status] if status else STATUSES, timestamp)
    caller = str(target.client("sts").get_caller_identity()["Arn"])
    reason = item.get(contract.STATUS_REASON, "no reason")
    click.echo(f"{action} {webhook_id} ({item[contract.STATUS]}: {reason})", err=True)
    click.echo(f"as {caller}, on {target.describe()}", err=True)
    confirm(f"{action}?", yes=yes)
    decision = decisions.Decision(caller, utc_timestamp(time.time()), note)
    if action == "accept":
        decisions.accept(dynamodb, table, item, decision)
        click.echo(send_to_processor(environment, decisions.keys_of(item)), err=True)
    else:
        decisions.discard(dynamodb, table, item, decision)
        click.echo("discarded; it is kept", err=True)
    if as_json:
        print_json({"webhook_id": webhook_id, "decision": action, **asdict(decision)})


def send_to_processor(environment: Environment, keys: InboxKeys) -> str:
    """What has become of it, in words; a message that can't be sent is no failure, as the sweeper sends it later."""
    from botocore.exceptions import BotoCoreError, ClientError

    from payment_webhooks.processing.messages import message_body

    try:
        sqs = environment.target.client("sqs")
        queue_url = sqs.get_queue_url(QueueName=environment.names.processing_queue)["QueueUrl"]
        sqs.send_message(QueueUrl=queue_url, MessageBody=message_body(keys))
    except (BotoCoreError, ClientError) as error:
        return f"accepted; the message could not be sent ({error}): the sweeper will send it"
    return "accepted and sent to the processor"
