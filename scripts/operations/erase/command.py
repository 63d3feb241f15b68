"""The command `erase` takes personal data out of stored webhooks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from scripts.command_line.command import Command
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    count_option,
    environment_options,
    json_option,
    rate_option,
    yes_option,
)
from scripts.command_line.streams import agree_on_number, check_number, print_json, say_progress
from scripts.operations.inbox.command import ticket_option

if TYPE_CHECKING:
    from payment_webhooks.aws.dynamodb_items import Item
    from scripts.operations.erase.changes import Changes
    from scripts.operations.erase.held import Held, Stays

LATER: Final = "what comes from now on comes whole: erase the person at the provider first\n(docs/erasure.md)"


@click.command(
    cls=Command,
    examples=[
        "{} --suffix prod --customer stripe:cus_1 --ticket OPS-4711 --dry-run",
        "{} --suffix prod --customer stripe:cus_1 --ticket OPS-4711",
        "{} --suffix prod --event stripe:evt_1 --event stripe:evt_2 --ticket OPS-4711",
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@yes_option
@ticket_option
@click.option("--customer", metavar="ID", help="Whose payments, with or without its endpoint.")
@click.option(
    "--event", "events", metavar="ID", multiple=True, help="A webhook of no known customer. May be repeated."
)
@rate_option
@count_option
@click.option("--dry-run", is_flag=True, help="Say what is held and what would go, and do nothing.")
def erase(
    environment: Environment,
    ticket: str,
    customer: str | None,
    events: tuple[str, ...],
    per_second: int,
    count: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Erase what webhooks tell of a person, and say what stays.

    In the bodies of their webhooks a fixed text takes the place of names, addresses, e-mail, what is on a card, and
    free text. Ids, amounts, states and times stay, so that the money still adds up; the hash of what came stays as
    proof. Who erased, when and under which ticket is kept in the audit trail.

    First it shows how many webhooks there are, and what stays, until when and why; then it wants the number typed. It
    shows nothing of a body. An interrupted run is begun again with the same command. Exit code 1 when webhooks are left
    alone, as they are in work or wait for a decision, or are not there.
    """
    from scripts.operations.erase.changes import Changes

    if bool(customer) is bool(events):
        raise click.UsageError("say whose: --customer, or --event once or more.")
    if not dry_run:
        check_number(count, yes=yes)
    today, changes = datetime.now(UTC).date(), Changes()
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        found = _held(environment, customer, events, today)
        kept = _stays(environment, found, today)
    _say(found, kept, err=as_json or not dry_run)
    erasable = found.erasable if not dry_run else ()
    if erasable:
        click.echo(f"on {environment.target.describe()}", err=True)
        # The same line again, after an interruption: what it erased counts, too.
        is_same_line = count == len(erasable) + found.tickets.count(ticket)
        agree_on_number(
            len(erasable), "erase them for good", len(erasable) if is_same_line else count, yes=yes
        )
    try:
        _erase(environment, erasable, ticket, per_second, changes)
    finally:
        if as_json:
            print_json(_document(found, kept, ticket, changes))
    return EXIT_FOUND if (*found.left, *changes.left) else EXIT_DONE


def _held(environment: Environment, customer: str | None, events: Sequence[str], today: date) -> Held:
    from payment_webhooks.aws.dynamodb_table import DynamoDbTable
    from payment_webhooks.ledger.reader import LedgerReader
    from payment_webhooks.transaction_api.listing import Days
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.erase.search import of_customer, of_events
    from scripts.operations.find.command import found_by
    from scripts.operations.find.question import Question

    names, api = environment.names, client_api(environment.target.client("dynamodb"))
    inbox, ledger = DynamoDbTable(api, names.inbox_table), LedgerReader(api, names.transactions_table)
    question = Question(Days(date.min, today), has_days=False, customer=customer)
    if customer is None:
        found = of_events(inbox, ledger, question, events, today)
    else:
        hits, summary = found_by(environment, question, None, True, False)
        unsearched = tuple(each["id"] for each in summary["not_searched"])
        found = of_customer(inbox, ledger, question, hits, today)._replace(unsearched=unsearched)
    if not (found.payments or found.webhooks):
        raise NotFound(
            "there is no payment of that customer, and no such webhook",
            "docs/erasure.md says how to find who has no id at the provider",
        )
    return found


def _stays(environment: Environment, found: Held, today: date) -> list[Stays]:
    from scripts.operations.erase.held import stays

    s3 = environment.target.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=environment.names.failures_bucket)
    try:
        batches = [item["LastModified"] for page in pages for item in page.get("Contents", ())]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        batches = None
    return [*stays(found, batches, today)]


def _say(found: Held, kept: Iterable[Stays], *, err: bool) -> None:
    from scripts.operations.erase.held import lines

    counts = ((found.payments, "payment"), (found.rows, "ledger row"), (found.webhooks, "webhook"))
    click.echo(", ".join(counted(number, what) for number, what in counts), err=err)
    click.echo("\n".join((*lines(found, kept), LATER)), err=err)


def _erase(
    environment: Environment, items: Sequence[Item], ticket: str, per_second: int, changes: Changes
) -> None:
    from payment_webhooks.aws.dynamodb_table import DynamoDbTable
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.erase.changes import erase_items

    def after_each(number: int) -> None:
        say_progress(number - 1, number, len(items))
        time.sleep(1 / per_second)

    if not items:
        return
    target = environment.target
    inbox = DynamoDbTable(client_api(target.client("dynamodb")), environment.names.inbox_table)
    try:
        erase_items(inbox, items, target.caller_arn, ticket, time.time, after_each, changes)
    finally:
        click.echo("\n".join([*changes.left, f"{changes.erased:,} erased"]), err=True)


def _document(found: Held, kept: Iterable[Stays], ticket: str, changes: Changes) -> dict[str, Any]:
    return {
        "payments": found.payments,
        "ledger_rows": found.rows,
        "webhooks": found.webhooks,
        "found": len(found.erasable),
        "erased": changes.erased,
        "erased_before": len(found.tickets),
        "without_personal_data": found.bare,
        "of_other_customers": found.of_others,
        "left_alone": [*found.waiting, *found.altered, *changes.left],
        "not_found": found.missing,
        "not_searched": found.unsearched,
        "stays": [each._asdict() for each in kept],
        "ticket": ticket,
    }
