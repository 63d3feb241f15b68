"""The command `inbox`: webhooks that wait for a person."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks import contract
from payment_webhooks.domain.events import OF_ITS_TYPE
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.command import Group
from scripts.command_line.copyable_command import copyable
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
    webhook_id_argument,
    yes_option,
)
from scripts.command_line.relative_time import ago
from scripts.command_line.streams import answer, check_number, confirm, print_fields, print_json, print_table
from stacks.webhook_endpoints import ENDPOINTS, endpoint_named

if TYPE_CHECKING:
    from scripts.operations.inbox.reconsider import Change

# Narrow enough for 80 columns, with ids as long as the providers'; --json has everything.
LISTED: Final = ("since", "status", "reason", "webhook")
REASONS: Final = (
    contract.REASON_MODE,
    contract.REASON_ACCOUNT,
    contract.REASON_TEST_EVENT,
    OF_ITS_TYPE,
)
DAYS_BACK: Final = 30
SAMPLE: Final = 3
NOT_SHOWN: Final = ("payload", "fingerprint")


def checked_note(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    from scripts.operations.inbox.decisions import check_note

    return check_note(text)


def _checked_ticket(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    from payment_webhooks.audit.erasure_marks import TICKET
    from scripts.operations.inbox.decisions import check_note

    if TICKET.fullmatch(text) is None:
        raise click.BadParameter("a ticket is 1 to 64 letters, digits and . _ / # -, such as OPS-4711.")
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
    callback=checked_note,
    help="Why; it is kept in the audit trail.",
)

ticket_option = click.option(
    "--ticket",
    required=True,
    metavar="ID",
    callback=_checked_ticket,
    help="Of whom; it is kept in the audit trail.",
)


@click.group(
    cls=Group,
    examples=[
        "{} list --suffix dev --status conflict",
        "{} show --suffix dev stripe:evt_1SGvecAbC --payload",
        "{} ignored --suffix dev --from 2026-11-01",
        '{} accept --suffix dev stripe:evt_1SGvecAbC --status conflict --note "amount confirmed by Stripe"',
        '{} discard --suffix dev stripe:evt_1SGvecAbC --note "sent by a test, ticket 4711" --yes',
        '{} discard --suffix dev --all --status quarantined --note "a test of the sender, ticket 4713"',
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
    failed       Given up after all attempts. Accept it once the cause is gone.

    Who decided, when and why is stored with the webhook, and so it is in the audit trail.
    """


@inbox.command("list")
@environment_options
@json_option
@status_option
@click.option("--limit", type=click.IntRange(min=1), default=50, help="At most so many.")
def list_waiting(environment: Environment, status: str | None, limit: int, as_json: bool) -> None:
    """List what waits, oldest first."""
    from scripts.operations.inbox.search import waiting

    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        dynamodb = environment.target.client("dynamodb")
        table = environment.names.inbox_table
        items = waiting(dynamodb, table, [status] if status else STATUSES, limit)
        others = not items and status is not None and waiting(dynamodb, table, STATUSES, 1)
    now = datetime.now(UTC)
    rows = [
        (
            ago(datetime.fromisoformat(item[contract.ATTENTION_SINCE]), now),
            item[contract.STATUS],
            item.get(contract.STATUS_REASON),
            item[contract.WEBHOOK_ID],
        )
        for item in items
    ]
    empty = "nothing waits for a decision"
    if others:
        empty = f"nothing is {status}; what waits for another decision: {copyable('inbox', 'list')}"
    answer(items, as_json, lambda: print_table(LISTED, rows, empty=empty))


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
    """Show everything that is stored of one webhook, and what accepting it would do.

    Of a conflict: in what it differs from the one that counts.
    """
    from scripts.operations.inbox.decisions import items_of, matching, payload_of
    from scripts.operations.inbox.dialog import preview_of

    target, names = environment.target, environment.names
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        items = items_of(target.client("dynamodb"), names.inbox_table, webhook_id)
    documents: list[dict[str, Any]] = []
    for item in matching(items, [status] if status else [], timestamp):
        document = {name: value for name, value in sorted(item.items()) if name not in NOT_SHOWN}
        if payload:
            copy = payload_of(target.client("s3"), names.payload_bucket, item)
            document["payload"] = copy.decode(errors="backslashreplace")
        if item[contract.STATUS] in STATUSES:
            document["preview"] = preview_of(environment, item)
        documents.append(document)
    if as_json:
        shown = (
            {**each, "preview": each["preview"].document()} if "preview" in each else each
            for each in documents
        )
        print_json([*shown])
        return
    for document in documents:
        effect = document.pop("preview", None)
        print_fields(document)
        if effect is not None:
            print(*effect.lines, sep="\n")


@inbox.command()
@environment_options
@json_option
@time_option("--from", "start", DAY, MINUTE, help="Begin; else seven days before --to.")
@time_option("--to", "end", DAY, MINUTE, help="End; else now.")
def ignored(environment: Environment, start: datetime | None, end: datetime | None, as_json: bool) -> None:
    """Count what came and was ignored, by type.

    As the logs tell it, for as long as they are kept. Types that nobody needs are better not sent: leave them out at
    the provider. docs/providers.md says what the others would tell.
    """
    from scripts.operations.inbox.ignored import ignored_in

    until = end or datetime.now(UTC)
    since = start or until - timedelta(days=7)
    check_order(since, until - timedelta(minutes=1))  # the end is not included
    with missing_is_not_deployed(f"log group of {environment.suffix}"):
        counts = ignored_in(environment, since, until)
    rows = [[*count.values()] for count in counts]
    heads = ["endpoint", "reason", "type", "webhooks", "what is not known for that"]
    answer(
        counts, as_json, lambda: print_table(heads, rows, empty="nothing was ignored", numbers=["webhooks"])
    )


@inbox.command()
@environment_options
@json_option
@yes_option
@note_option
@status_option
@timestamp_option
@webhook_id_argument
def accept(
    environment: Environment,
    webhook_id: str,
    status: str | None,
    timestamp: str | None,
    note: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Accept a webhook: it is pending again, and goes to the processor.

    First it shows how a conflict differs from the one that counts, and what becomes of the payment. `replay` accepts
    many at once.
    """
    from scripts.operations.inbox.dialog import Dialog

    dialog = Dialog(environment, "accept", note, yes, as_json)
    dialog.decide_one(webhook_id, [status] if status else STATUSES, timestamp)


@inbox.command()
@environment_options
@json_option
@yes_option
@note_option
@status_option
@timestamp_option
@click.option("--all", "all_alike", is_flag=True, help="All of --status, and of --reason.")
@click.option("--reason", metavar="REASON", help="With --all: only those with this reason.")
@count_option
@rate_option
@optional_webhook_id_argument
def discard(
    environment: Environment,
    webhook_id: str | None,
    status: str | None,
    timestamp: str | None,
    all_alike: bool,
    reason: str | None,
    count: int | None,
    per_second: int,
    note: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Discard a webhook: it is kept, and never applied.

    With --all every one of a status: it shows how many there are and some of them, and wants the number typed.
    """
    from scripts.operations.inbox.dialog import Dialog
    from scripts.operations.inbox.search import Filter, find

    if all_alike is bool(webhook_id):
        raise click.UsageError("give a webhook's id, or --all with --status.")
    dialog = Dialog(environment, "discard", note, yes, as_json)
    if webhook_id:
        dialog.decide_one(webhook_id, [status] if status else STATUSES, timestamp)
        return
    if status is None:
        raise click.UsageError("--all needs --status: what waits for different causes is decided apart.")
    check_number(count, yes=yes)
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        dynamodb, table = environment.target.client("dynamodb"), environment.names.inbox_table
        items = find(dynamodb, table, Filter(status, reason=reason))
    dialog.decide_all(items, "each is kept, and never applied", count, per_second)


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
@time_option("--from", "first", DAY, help=f"First day on which they were; else {DAYS_BACK} days before --to.")
@time_option("--to", "last", DAY, help="Last day, included; else today.")
@rate_option
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
        caller = target.caller_arn
        click.echo(f"on {target.describe()}", err=True)
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
