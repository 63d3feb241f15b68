"""The command `find` looks for webhooks and payments in inbox, ledger and archive."""

from __future__ import annotations

import math
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks.contract import CANARY
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.command import Command
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import Refused, UsageError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    check_order,
    environment_options,
    json_option,
    stripped,
    time_option,
    yes_option,
)
from scripts.command_line.plain_text import visible
from scripts.command_line.streams import answer as print_answer
from scripts.command_line.streams import confirm

if TYPE_CHECKING:
    from scripts.operations.find.question import Question
    from scripts.operations.find.search import Hit, Search

ASKED_ABOVE: Final = 1_000  # read units
PARTS_ASKED_ABOVE: Final = 50
DAYS_BACK: Final = 7
SAMPLE: Final = 10
PLACES: Final = ("inbox", "ledger", "archive")


def _checked_text(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    from payment_webhooks.masking.mask import mask

    if text is not None and (not text.strip() or mask(text.encode()).counts):
        raise UsageError(
            "that looks like card data, or is blank", "bodies are masked: a card number is in none"
        )
    return text


def _checked_amount(_ctx: click.Context, _param: click.Parameter, text: str | None) -> Decimal | None:
    from scripts.operations.find.question import amount_of

    try:
        return None if text is None else amount_of(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no amount; it is in major units, such as 1099.00.") from error


@click.command(
    cls=Command,
    examples=[
        "{} --suffix dev --event evt_3SGev0001",
        "{} --suffix dev --amount 10.99 --currency USD --from 2026-11-01 --to 2026-11-21",
        "{} --suffix dev --customer stripe:cus_1 --csv",
        "{} --suffix dev --status failed",
        '{} --suffix dev --text "order 4711" --from 2026-11-20 --max-read-units 5000',
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@yes_option
@click.option(
    "--event",
    metavar="ID",
    callback=stripped,
    help="The provider's id of an event, with or without its endpoint.",
)
@click.option(
    "--transaction",
    metavar="ID",
    callback=stripped,
    help="A payment and its webhooks, with or without its endpoint.",
)
@click.option(
    "--customer",
    metavar="ID",
    callback=stripped,
    help="Payments of a customer, with or without its endpoint.",
)
@click.option(
    "--amount",
    callback=_checked_amount,
    metavar="AMOUNT",
    help="Payments with it as what is authorized, captured, refunded, disputed or net, and what waits and tells it; in "
    "major units.",
)
@click.option(
    "--currency", metavar="CODE", callback=lambda _c, _p, code: code and code.upper(), help="Such as USD."
)
@click.option(
    "--status", metavar="STATUS", help="Of webhooks, such as failed, or of payments, such as disputed."
)
@click.option("--provider", type=click.Choice(PROVIDERS.names), help="Those of this provider.")
@click.option("--in", "place", type=click.Choice(PLACES), help="There alone.")
@click.option(
    "--text", callback=_checked_text, metavar="TEXT", help="In masked bodies, in any case; needs --from."
)
@time_option(
    "--from", "first", DAY, help=f"First day; else {DAYS_BACK - 1} days before --to, of a customer any."
)
@time_option("--to", "last", DAY, help="Last day, included; else today.")
@click.option(
    "--body", "with_bodies", is_flag=True, help="Whole bodies of webhooks, masked as they are stored."
)
@click.option("--csv", "as_csv", is_flag=True, help="The answer as CSV.")
@click.option(
    "--max-read-units",
    type=click.FloatRange(min=1),
    help=f"Read no more of DynamoDB; else it asks above {ASKED_ABOVE:,} units.",
)
@click.option("--restore", is_flag=True, help="Ask S3 to restore what is in Glacier.")
def find(
    environment: Environment,
    event: str | None,
    transaction: str | None,
    customer: str | None,
    amount: Decimal | None,
    currency: str | None,
    status: str | None,
    provider: str | None,
    place: str | None,
    text: str | None,
    first: datetime | None,
    last: datetime | None,
    with_bodies: bool,
    as_csv: bool,
    max_read_units: float | None,
    restore: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Find webhooks and payments in inbox, ledger and archive.

    By the tables' own keys and indexes; which ones, and about how many read units it takes, is said first, and how many
    it took afterwards. What waits has no payment yet: it is read, too, and fits by what its body tells. A day is that
    on which a webhook was done or since when it waits, and on which a payment began, or since when it has the status.
    With days of --from and --to the archive of webhooks is looked into, too.
    """
    from payment_webhooks.transaction_api.listing import Days
    from scripts.operations.find.plan import left_out
    from scripts.operations.find.question import Question

    end = (last or datetime.now(UTC)).date()
    days = Days(first.date() if first else end - timedelta(days=DAYS_BACK - 1), end)
    check_order(*days)
    if as_csv and as_json:
        raise click.UsageError("--csv or --json, not both.")
    if text is not None and first is None:
        raise click.UsageError("--text needs --from: a body is read for each webhook of these days.")
    has_days = first is not None or last is not None
    parts = (place, event, transaction, customer, amount, currency, status, provider, text)
    question = Question(days, has_days, *parts, with_bodies)
    _check(question)
    if customer is not None and first is None and not question.is_of_days:
        # A customer's payments are one partition, whenever they began.
        question = question._replace(days=Days(date.min, end))
    hits, summary = found_by(environment, question, max_read_units, yes, restore)
    document = {"found": [hit._asdict() for hit in hits], **summary}
    _show(hits, document, as_json, as_csv)
    for each in () if hits else left_out(question):
        click.echo(f"not looked at: {each}", err=True)
    return EXIT_DONE if hits else EXIT_FOUND


def _check(question: Question) -> None:
    """Raises UsageError for a question that says nothing, that no place answers, or that names a status, a currency or
    an amount that there is not.
    """
    from payment_webhooks.money import EXPONENTS
    from payment_webhooks.transaction_api.schemas import STATUSES
    from scripts.operations.find.question import INBOX_STATUSES, is_read

    if question.event is not None and question.event.startswith(f"{CANARY}:"):
        raise UsageError("that is the canary's, which no list has", copyable("trace", question.event))
    if not any(part is not None for part in question[3:-1]):
        raise click.UsageError("Say what to find: --event, --transaction, --customer, --amount, --status, …")
    if question.currency is not None and question.currency not in EXPONENTS:
        raise click.BadParameter(f"{question.currency!r} is no currency of ISO 4217, such as USD.")
    known = sorted({*INBOX_STATUSES, *STATUSES})
    if question.status is not None and question.status not in known:
        raise click.BadParameter(f"{question.status!r} is none of {', '.join(known)}.")
    decimals = EXPONENTS[question.currency] if question.currency else max(EXPONENTS.values())
    if question.amount is not None and round(question.amount, decimals) != question.amount:
        raise click.BadParameter(f"{question.amount} has more than {decimals} decimals.")
    if not is_read(question):
        raise UsageError(
            f"--in {question.place} has none such",
            "the ledger has payments, the inbox webhooks, the archive those that were done on days: --from DAY",
        )


def found_by(
    environment: Environment,
    question: Question,
    max_read_units: float | None,
    yes: bool,
    restore: bool,
) -> tuple[list[Hit], dict[str, Any]]:
    """The hits, and what it took."""
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.find.capacity import Meter, Spent
    from scripts.operations.find.plan import plan
    from scripts.operations.find.question import asks_archive
    from scripts.operations.find.search import Search

    target, names, now = environment.target, environment.names, datetime.now(UTC)
    dynamodb = target.client("dynamodb")
    with missing_is_not_deployed(f"inbox of {environment.suffix}"):
        inbox, ledger = (
            dynamodb.describe_table(TableName=each)["Table"]
            for each in (names.inbox_table, names.transactions_table)
        )
    planned = plan(question, inbox, ledger, now)
    about = counted(math.ceil(planned.units), "read unit")
    click.echo("\n".join([*planned.lines, f"about {about}"]), err=True)
    if max_read_units is not None and planned.units > max_read_units:
        raise Refused(
            f"that is more than --max-read-units {max_read_units:,.0f}", "give fewer days, or more units"
        )
    if planned.units > ASKED_ABOVE:
        confirm("read them?", yes=yes or max_read_units is not None)
    # The sizes that the estimate goes by may be hours old: without a yes it ends at twice what was said.
    meter = Meter(max_read_units or (None if yes else max(ASKED_ABOVE, 2 * planned.units)))
    api = meter.measured(client_api(dynamodb))
    search = Search(names, api, target.client("s3"), question, lambda _: time.sleep(1))
    hits: list[Hit] = []
    is_complete = True
    try:
        for hit in search.in_tables():
            hits.append(hit)
    except Spent:
        is_complete = False
        click.echo(f"not all: it ended after {meter.units:,.1f} read units (--max-read-units)", err=True)
    if asks_archive(question):
        hits += _of_archive(search, question, hits, yes)
    _say_left(search, target.client("s3"), restore)
    click.echo(f"{counted(len(hits), 'item')}; {meter.units:,.1f} read units", err=True)
    return hits, {
        "read_units": meter.units,
        "estimated_read_units": planned.units,
        "complete": is_complete and not search.cold and not search.unsearched,
        "not_searched": [each._asdict() for each in search.unsearched],
        "cold": [{"bucket": cold.bucket, "key": cold.key} for cold in search.cold],
    }


def _of_archive(search: Search, question: Question, of_tables: list[Hit], yes: bool) -> list[Hit]:
    """What the archive has and the inbox no more. The same item in both is shown once, and that is said."""
    from scripts.operations.find.plan import archive_line

    parts = search.parts()
    click.echo(archive_line(parts, *question.days), err=True)
    if len(parts) > PARTS_ASKED_ABOVE:
        confirm("read them?", yes=yes)
    known = {(hit.id, hit.timestamp) for hit in of_tables}
    found = list(search.in_archive(parts))
    new = [hit for hit in found if (hit.id, hit.timestamp) not in known]
    if len(new) < len(found):
        both = counted(len(found) - len(new), "item")
        click.echo(f"{both} shown in the inbox: also in the archive, which --in archive shows", err=True)
    return new


def _say_left(search: Search, s3: Any, restore: bool) -> None:
    """What could not be read."""
    for cold in search.cold:
        click.echo(_cold_line(s3, cold, restore), err=True)
    for each in search.unsearched[:SAMPLE]:
        click.echo(f"not searched: {visible(each.id)}: {each.why}", err=True)
    if len(search.unsearched) > SAMPLE:
        click.echo(f"not searched: {counted(len(search.unsearched), 'webhook')} in all", err=True)


def _cold_line(s3: Any, cold: Any, restore: bool) -> str:
    from scripts.operations.cold_objects import READY_AFTER, request_restore

    if not restore:
        return f"{cold.message}: --restore, or {cold.command}"
    return f"{cold.message}: {request_restore(s3, cold)}; ask again in {READY_AFTER}"


def _show(hits: list[Hit], document: dict[str, Any], as_json: bool, as_csv: bool) -> None:
    from scripts.operations.find import answer

    if as_csv:
        click.echo(answer.as_csv(hits), nl=False)
        return
    print_answer(document, as_json, lambda: click.echo("\n".join(answer.lines(hits)) or "nothing was found"))
