"""The command `inbox`: webhooks that wait for a person."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks import contract
from payment_webhooks.domain.events import OF_ITS_TYPE
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.command import Group
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import (
    Function,
    check_order,
    environment_options,
    json_option,
    webhook_id_argument,
    yes_option,
)
from scripts.command_line.streams import answer, confirm, print_fields, print_json, print_table
from stacks.webhook_endpoints import ENDPOINTS, endpoint_named

if TYPE_CHECKING:
    from scripts.operations.inbox.reconsider import Change

LISTED: Final = {
    "since": contract.ATTENTION_SINCE,
    "status": contract.STATUS,
    "reason": contract.STATUS_REASON,
    "webhook": contract.WEBHOOK_ID,
    "timestamp": contract.WEBHOOK_TIMESTAMP,
    "type": "event_type",
}
TIME: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
REASONS: Final = (
    contract.REASON_MODE,
    contract.REASON_ACCOUNT,
    contract.REASON_TEST_EVENT,
    OF_ITS_TYPE,
)
DAY: Final = click.DateTime(["%Y-%m-%d"])
DAYS_BACK: Final = 30
SAMPLE: Final = 3
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
        '{} reconsider --suffix dev --endpoint stripe --note "the mode was wrong, ticket 4712"',
    ],
    exit_codes=[EXIT_FOUND],
)
def inbox() -> None:
    """Decide about webhooks that wait for a person.

    \b
    unexpected   Live money came to an endpoint that expects test events, or the
                 reverse. Accept it (it is applied as what it is), or set the
                 endpoint's mode right and `reconsider` all of them.
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
    environment: Environment,
    webhook_id: str,
    status: str | None,
    timestamp: str | None,
    payload: bool,
    as_json: bool,
) -> None:
    """Show everything that is stored of one webhook."""
    from scripts.operations.inbox.decisions import items_of, matching, payload_of

    target, names = environment.target, environment.names
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        items = items_of(target.client("dynamodb"), names.inbox_table, webhook_id)
    documents: list[dict[str, Any]] = []
    for item in matching(items, [status] if status else [], timestamp):
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
    check_order(since, until)
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


@inbox.command()
@environment_options
@json_option
@yes_option
@note_option
@click.option(
    "--endpoint",
    required=True,
    type=click.Choice([endpoint.name for endpoint in ENDPOINTS]),
    help="Whose webhooks.",
)
@click.option(
    "--reason",
    "reasons",
    type=click.Choice(REASONS),
    multiple=True,
    default=REASONS[:-1],
    help="Only those that wait, or were ignored, for this reason. May be repeated. `type` after a new reader.",
)
@click.option(
    "--from",
    "first",
    type=DAY,
    help=f"First day (UTC) on which they were; else {DAYS_BACK} days before --to.",
)
@click.option("--to", "last", type=DAY, metavar="YYYY-MM-DD", help="Last day (UTC); else today.")
@click.option(
    "--rate",
    "per_second",
    type=click.IntRange(1, 1000),
    default=50,
    help="Most that are changed in a second.",
)
def reconsider(
    environment: Environment,
    endpoint: str,
    reasons: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
    per_second: int,
    note: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Judge an endpoint's webhooks again, by its settings of now.

    For those that wait as unexpected, and those that were ignored: after the endpoint's mode or account was set right.
    First it shows how many would change, and asks. What is applied or decided already is left alone.
    """
    from scripts.operations.endpoint_secrets.store import read_secret
    from scripts.operations.inbox.decisions import Decision
    from scripts.operations.inbox.reconsider import Search, apply_changes, find_changes

    end = last or datetime.now(UTC)
    start = first or end - timedelta(days=DAYS_BACK)
    check_order(start.date(), end.date())
    search = Search(endpoint, reasons, f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}")
    target, names = environment.target, environment.names
    secret = read_secret(target.client("secretsmanager"), names.endpoint_secret(endpoint))
    dynamodb, s3 = target.client("dynamodb"), target.client("s3")
    provider = endpoint_named(endpoint).record
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        changes, judged = find_changes(
            dynamodb, s3, names.inbox_table, names.payload_bucket, search, provider, secret
        )
    say_changes(f"{endpoint}, {search.first} to {search.last}", judged, changes)
    done: dict[str, int] = {}
    if changes:
        caller = str(target.client("sts").get_caller_identity()["Arn"])
        click.echo(f"as {caller}, on {target.describe()}", err=True)
        confirm(f"change {len(changes)}?", yes=yes)
        decision = Decision(caller, utc_timestamp(time.time()), note)
        pause = partial(time.sleep, 1 / per_second)
        done = dict(apply_changes(dynamodb, names.inbox_table, changes, decision, pause))
    document = {"endpoint": endpoint, "judged": judged, "changed": done}
    answer(
        document,
        as_json,
        lambda: print_table(["status now", "webhooks"], [*done.items()], empty="nothing to change"),
    )


def say_changes(searched: str, judged: int, changes: list[Change]) -> None:
    """How many would change, by what they are and become, with some of them."""
    click.echo(f"{searched}: {judged} judged, {len(changes)} to change", err=True)
    alike: dict[str, list[str]] = {}
    for change in changes:
        alike.setdefault(change.title, []).append(str(change.item[contract.WEBHOOK_ID]))
    for title, ids in alike.items():
        more = ", …" if len(ids) > SAMPLE else ""
        click.echo(f"  {len(ids)} {title}: {', '.join(ids[:SAMPLE])}{more}", err=True)


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
    money = {True: ", live money", False: ", test money"}.get(item.get("livemode", ""), "")
    click.echo(f"{action} {webhook_id} ({item[contract.STATUS]}: {reason}{money})", err=True)
    click.echo(f"as {caller}, on {target.describe()}", err=True)
    confirm(f"{action}?", yes=yes)
    decision = decisions.Decision(caller, utc_timestamp(time.time()), note)
    if action == "accept":
        decisions.accept(dynamodb, table, item, decision)
        click.echo("accepted; the processor gets it within seconds", err=True)
    else:
        decisions.discard(dynamodb, table, item, decision)
        click.echo("discarded; it is kept", err=True)
    if as_json:
        print_json({"webhook_id": webhook_id, "decision": action, **asdict(decision)})
