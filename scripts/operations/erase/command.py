"""The command `erase`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks import contract
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
    alone, as they are in work or wait for a decision.
    """
    if bool(customer) is bool(events):
        raise click.UsageError("say whose: --customer, or --event once or more.")
    if not dry_run:
        check_number(count, yes=yes)
    today = datetime.now(UTC).date()
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        found = _held(environment, customer, events, today)
        kept = _stays(environment, found, today)
    _say(environment, found, kept)
    erased = 0
    if found.erasable and not dry_run:
        click.echo(f"on {environment.target.describe()}", err=True)
        agree_on_number(len(found.erasable), "erase them for good", count, yes=yes)
        erased = _erase(environment, found.erasable, ticket, per_second)
        click.echo(f"{erased:,} erased", err=True)
    left = len(found.waiting) + len(found.altered) + (0 if dry_run else len(found.erasable) - erased)
    if as_json:
        print_json(_document(found, kept, ticket, erased))
    return EXIT_FOUND if left else EXIT_DONE


def _held(environment: Environment, customer: str | None, events: Sequence[str], today: date) -> Held:
    from payment_webhooks.aws.dynamodb_table import DynamoDbTable
    from payment_webhooks.ledger.reader import LedgerReader
    from payment_webhooks.transaction_api.listing import Days
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.erase.held import held
    from scripts.operations.find.command import found_by
    from scripts.operations.find.question import Question, with_endpoints

    question = Question(Days(date.min, today), has_days=False, place="ledger", customer=customer)
    api = client_api(environment.target.client("dynamodb"))
    payments, rows = list[Any](), list[Any]()
    if customer is not None:
        payments, _ = found_by(environment, question, None, True, False)
        ledger = LedgerReader(api, environment.names.transactions_table)
        rows = [row for payment in payments for row in ledger.read(payment.id).rows]
    ids = [row.webhook_id for row in rows if row.webhook_id]
    ids += [each for event in events for each in with_endpoints(question, event)]
    inbox = DynamoDbTable(api, environment.names.inbox_table)
    names, items, gone = {"#id": contract.WEBHOOK_ID}, list[Any](), 0
    for webhook_id in dict.fromkeys(ids):
        of_id = [*inbox.query("#id = :id", names, {":id": {"S": webhook_id}}, ConsistentRead=True)]
        items += of_id
        gone += not of_id and customer is not None
    if not (payments or items):
        raise NotFound(
            "there is no payment of that customer, and no such webhook",
            "docs/erasure.md says how to find who has no id at the provider",
        )
    return held(len(payments), len(rows), items, gone, today)


def _stays(environment: Environment, found: Held, today: date) -> list[Stays]:
    from scripts.operations.erase.held import stays

    pages = environment.target.client("s3").get_paginator("list_objects_v2")
    batches = (
        item["LastModified"]
        for page in pages.paginate(Bucket=environment.names.failures_bucket)
        for item in page.get("Contents", ())
    )
    return [*stays(found, batches, today)]


def _say(environment: Environment, found: Held, kept: Iterable[Stays]) -> None:
    from scripts.operations.erase.held import lines

    counts = ((found.payments, "payment"), (found.rows, "ledger row"), (found.webhooks, "webhook"))
    click.echo(", ".join(counted(number, what) for number, what in counts), err=True)
    click.echo("\n".join((*lines(found, kept), LATER)), err=True)


def _erase(environment: Environment, items: Sequence[Item], ticket: str, per_second: int) -> int:
    """How many were erased; not those that somebody has changed since they were read."""
    from payment_webhooks.audit.erasure import erasure_of
    from payment_webhooks.timestamps import utc_timestamp

    dynamodb: Any = environment.target.client("dynamodb")
    by, done = environment.target.caller_arn, 0
    for number, item in enumerate(items):
        changes = erasure_of(item, by, utc_timestamp(time.time()), ticket) or {}
        try:
            dynamodb.update_item(
                TableName=environment.names.inbox_table,
                Key={name: item[name] for name in (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)},
                UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in changes)}",
                ConditionExpression="#status = :status AND #payload = :before",
                ExpressionAttributeNames={f"#{name}": name for name in (*changes, contract.STATUS)},
                ExpressionAttributeValues={
                    ":status": item[contract.STATUS],
                    ":before": item["payload"],
                    **{f":{name}": value for name, value in changes.items()},
                },
            )
            done += 1
        except dynamodb.exceptions.ConditionalCheckFailedException:
            click.echo(f"{item[contract.WEBHOOK_ID]['S']} has changed meanwhile; run it again", err=True)
        say_progress(number, number + 1, len(items))
        time.sleep(1 / per_second)
    return done


def _document(found: Held, kept: Iterable[Stays], ticket: str, erased: int) -> dict[str, Any]:
    return {
        "payments": found.payments,
        "ledger_rows": found.rows,
        "webhooks": found.webhooks,
        "found": len(found.erasable),
        "erased": erased,
        "erased_before": found.erased,
        "without_personal_data": found.bare,
        "left_alone": [*found.waiting, *found.altered],
        "stays": [each._asdict() for each in kept],
        "ticket": ticket,
    }
