"""The command `transactions`."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from payment_webhooks.domain import events as words
from payment_webhooks.domain.payout import STATUSES as PAYOUT_STATUSES
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.timestamps import utc_timestamp
from payment_webhooks.transaction_api.schemas import KEY_PATTERN, STATUSES
from payment_webhooks.transaction_api.transaction_operations import MAX_DAYS, MAX_LIMIT
from scripts.command_line.command import Group
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound, Refused, RolledBack
from scripts.command_line.exit_codes import EXIT_FOUND
from scripts.command_line.options import (
    DAY,
    Function,
    TimeType,
    check_order,
    environment_options,
    json_option,
    yes_option,
)
from scripts.command_line.streams import answer, print_fields, print_json
from scripts.command_line.streams import confirm as ask
from scripts.operations.transactions.tables import (
    for_people,
    print_events,
    print_list,
    print_objects,
    print_payouts,
)

if TYPE_CHECKING:
    from payment_webhooks.ledger.writer import LedgerWriter
    from scripts.operations.transactions.client import ApiAnswer, TransactionClient

# How long a correction waits for others who write to the same payment.
_CORRECTION_SECONDS: Final = 30.0
_VERBS: Final = {words.RETRACTED: "Retract", words.CONFIRMED: "Confirm"}
_ID_FORM: Final = "{endpoint}:{the provider's id}, such as stripe:pi_3SGev0001"


def _check_id(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    """An id that can't be one is refused: in a path it could name another operation, or none."""
    if re.fullmatch(KEY_PATTERN, text) is None:
        raise click.BadParameter(f"{text!r} is no id of a transaction; it is {_ID_FORM}.")
    return text


def day_option(name: str, variable: str, help: str) -> Callable[[Any], Any]:
    return click.option(
        name,
        variable,
        type=TimeType(DAY),
        callback=lambda _ctx, _param, day: day and day.date(),
        help=help,
    )


id_argument = click.argument("transaction_id", metavar="ID", callback=_check_id, help=f"{_ID_FORM}.")


@click.group(
    cls=Group,
    examples=[
        "{} list --suffix dev --status disputed",
        "{} list --suffix dev --customer-id stripe:cus_1 --from 2026-11-01 --to 2026-11-21 --json",
        "{} show --suffix dev stripe:pi_3SGev0001 --history",
        "{} notify --suffix dev stripe:pi_3SGev0001 --request-id ticket-4711",
        "{} payouts --suffix dev --status failed --from 2026-10-22",
        '{} retract --suffix dev internal:order-7 evt_1 --reason "sent twice under two ids, ticket 4711"',
    ],
    exit_codes=[EXIT_FOUND],
)
def transactions() -> None:
    """Show payments, as the transaction API does, and payouts; correct the ledger.

    list, show and notify call the deployed API, signed with your own credentials; --json is what the API answers. The
    others need rights to the ledger's table: payouts reads it; retract and confirm write a row beside the one that they
    speak of, which says who, when and why.
    """


@transactions.command("list")
@environment_options
@json_option
@click.option("--status", type=click.Choice(STATUSES), help="Those of this status.")
@click.option("--provider", type=click.Choice(PROVIDERS.names), help="Those of this provider.")
@click.option("--customer-id", metavar="ID", help="Those of this customer: {endpoint}:{the provider's id}.")
@click.option(
    "--from",
    "from",
    metavar="DAY",
    help=f"First day, UTC, since when it is so; else six days before --to. At most {MAX_DAYS} days.",
)
@click.option("--to", metavar="DAY", help="Last day, UTC, included; else today.")
@click.option("--flagged", is_flag=True, help="Only those whose amounts a person should look at.")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="Most in all.")
def list_transactions(
    environment: Environment, flagged: bool, limit: int, as_json: bool, **query: str | None
) -> None:
    """List payments of a status, a provider or a customer, newest first.

    Since when a payment has the status, or its dispute; of a provider or customer when it began.
    """
    if [query[name] for name in ("status", "provider", "customer_id")].count(None) != 2:
        raise click.UsageError("Give one of --status, --provider and --customer-id.")
    parameters = {name: value for name, value in query.items() if value is not None}
    with api_of(environment) as client:
        listed = read_list(
            lambda page: checked(client.get("/transactions", {**parameters, **page})), limit, flagged
        )
    items = listed["transactions"]
    found = {"transactions": items, "complete": listed["complete"]}
    answer(found, as_json, lambda: print_list(items, query["status"]))
    if not as_json:
        more = "" if listed["complete"] else "; there may be more: --limit"
        click.echo(f"{counted(len(items), 'transaction')}, from {listed['from']} to {listed['to']}{more}")


@transactions.command()
@environment_options
@json_option
@click.option("--history", is_flag=True, help="Its events, too.")
@id_argument
def show(environment: Environment, transaction_id: str, history: bool, as_json: bool) -> None:
    """Show the state of one payment."""
    from scripts.operations.transactions.client import key_in_path

    query = {"history": "true"} if history else None
    with api_of(environment) as client:
        transaction = checked(client.get(f"/transactions/{key_in_path(transaction_id)}", query))

    def draw() -> None:
        apart = ("history", "objects", "amounts")
        print_fields(for_people({name: value for name, value in transaction.items() if name not in apart}))
        if transaction["objects"]:
            print_objects(transaction["objects"])
        if transaction["objects_left_out"]:
            click.echo(f"left out: {counted(transaction['objects_left_out'], 'older one')}: --history")
        if history:
            print_events(transaction["history"])

    answer(transaction, as_json, draw)


@transactions.command()
@environment_options
@json_option
@click.option("--request-id", metavar="ID", help="An id of yours: subscribers are told once for each.")
@id_argument
def notify(environment: Environment, transaction_id: str, request_id: str | None, as_json: bool) -> None:
    """Tell subscribers the state of a payment again."""
    from scripts.operations.transactions.client import key_in_path

    body = json.dumps({"request_id": request_id} if request_id else {}).encode()
    with api_of(environment) as client:
        request = checked(
            client.call("POST", f"/transactions/{key_in_path(transaction_id)}/notify", body=body)
        )
    answer(request, as_json, lambda: click.echo(f"queued as request {request['request_id']}"))


@transactions.command()
@environment_options
@json_option
@click.option("--status", type=click.Choice(PAYOUT_STATUSES), help="Those of this status.")
@day_option(
    "--from",
    "first",
    help=f"First day, UTC, by when it began; else six days before --to. At most {MAX_DAYS} days.",
)
@day_option("--to", "last", help="Last day, UTC, included; else today.")
def payouts(
    environment: Environment, status: str | None, first: date | None, last: date | None, as_json: bool
) -> None:
    """List what has gone to the bank, or to others, newest first.

    Payouts of Stripe and Square go to your own bank (`paid_out`), those of PayPal to somebody else (`sent`).
    """
    from payment_webhooks.ledger.indexes import LedgerIndexes
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.transactions.payouts import payouts_of

    last = last or datetime.now(UTC).date()
    first = first or last - timedelta(days=6)
    check_order(first, last)
    if (last - first).days >= MAX_DAYS:
        raise click.UsageError(f"--from and --to are at most {MAX_DAYS} days, both included.")
    with missing_is_not_deployed(f"ledger of {environment.suffix}"):
        dynamodb = client_api(environment.target.client("dynamodb"))
        indexes = LedgerIndexes(dynamodb, environment.names.transactions_table, lambda _: time.sleep(1))
        found = payouts_of(indexes, first, last)
    found = [each for each in found if status in (None, each["status"])]
    document = {"payouts": found, "from": first.isoformat(), "to": last.isoformat()}
    answer(document, as_json, lambda: print_payouts(found))
    if not as_json:
        click.echo(f"{counted(len(found), 'payout')}, first told of from {first} to {last}")


def _correction_options(function: Function) -> Function:
    for option in (
        click.option(
            "--reason",
            required=True,
            metavar="TEXT",
            callback=_checked_reason,
            help="Why; it is kept in the ledger.",
        ),
        yes_option,
        json_option,
        click.argument(
            "event_id", metavar="EVENT", help="The provider's id of the event, as `show --history` has it."
        ),
        id_argument,
        environment_options,
    ):
        function = option(function)
    return function


def _checked_reason(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    from scripts.operations.inbox.decisions import check_note

    return check_note(text)


@transactions.command()
@_correction_options
def retract(**options: Any) -> None:
    """Let an event count for nothing; it is kept."""
    _correct(words.RETRACTED, **options)


@transactions.command()
@_correction_options
def confirm(**options: Any) -> None:
    """Let an event count as confirmed by its provider."""
    _correct(words.CONFIRMED, **options)


def _correct(
    status: str,
    environment: Environment,
    transaction_id: str,
    event_id: str,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show the money before and after, ask, write the correction, and tell the bus."""
    from payment_webhooks.ledger.reader import LedgerReader
    from payment_webhooks.publishing.publisher import EventPublisher
    from scripts.command_line.boto3_api import client_api
    from scripts.operations.payment_change import payment_change
    from scripts.operations.transactions import corrections

    target, names = environment.target, environment.names
    dynamodb = client_api(target.client("dynamodb"))
    with missing_is_not_deployed(f"ledger of {environment.suffix}"):
        entries = LedgerReader(dynamodb, names.transactions_table).read(transaction_id)
    if not entries.rows:
        raise NotFound(f"there is no transaction {transaction_id}", "check the id, --suffix and --region")
    caller, now = target.caller_arn, utc_timestamp(time.time())
    made = corrections.correction_of(entries, event_id, status, caller, now, reason)
    about = f"{event_id} of {transaction_id}"
    is_new = made not in entries.rows
    if is_new:
        click.echo(f"{about} will be {status}, on {target.describe()}", err=True)
        for change in payment_change(*corrections.states(entries, made)):
            click.echo(f"  {change.line}", err=True)
        ask(f"{_VERBS[status]} {about}?", yes=yes)
    else:
        click.echo(f"{about} is {status} already, by {made.object_id} at {made.recorded_at}", err=True)
    recorded = corrections.write(_writer(environment), made, now)
    if recorded.effect is not None:
        EventPublisher(client_api(target.client("events")), names.event_bus)(recorded.row, recorded.effect)
    told = "nothing to tell" if recorded.effect is None else "told to the bus" + ("" if is_new else " again")
    click.echo(f"{status if is_new else 'nothing is written'}; {told}", err=True)
    if as_json:
        print_json({**recorded.row._asdict(), "changes": recorded.effect.changes if recorded.effect else {}})


def _writer(environment: Environment) -> LedgerWriter:
    from payment_webhooks.deadline import Deadline
    from payment_webhooks.ledger.writer import LedgerWriter
    from payment_webhooks.publishing.live_configuration import LiveConfiguration
    from scripts.command_line.boto3_api import client_api

    target, names, deadline = environment.target, environment.names, Deadline()
    deadline.start(_CORRECTION_SECONDS)
    ssm = target.client("ssm")
    # Botocore's own errors: without a right to the thresholds a function goes on with defaults, a person must not.
    configuration = LiveConfiguration(
        lambda _, parameters: dict(ssm.get_parameter(**parameters)), names.config_parameter
    ).get()
    return LedgerWriter(
        client_api(target.client("dynamodb")),
        names.transactions_table,
        lambda: utc_timestamp(time.time()),
        lambda attempts: deadline.pause(attempts, 0.05, 1.0),
        configuration.is_high_value,
    )


@contextmanager
def api_of(environment: Environment) -> Iterator[TransactionClient]:
    """A client of its transaction API. Raises NotDeployed, and RolledBack where the API can't be reached."""
    import urllib3

    from scripts.operations.transactions.client import TransactionClient, transactions_url

    url = transactions_url(environment.target, environment.names)
    try:
        yield TransactionClient(environment.target, url)
    except urllib3.exceptions.HTTPError as error:
        raise RolledBack("the API cannot be reached", "run the same command again") from error


def checked(answer: ApiAnswer) -> dict[str, Any]:
    """What the API answered, if it is what was asked for. Raises the ToolError that fits the status."""
    if answer.status in (200, 202) and isinstance(answer.document, dict):
        return answer.document
    message = answer.document.get("message", "") if isinstance(answer.document, Mapping) else ""
    if answer.status == 404:
        from payment_webhooks.transaction_api.get_transaction import NO_PAYMENT

        step = (
            f"payouts are here: {copyable('transactions', 'payouts')}"
            if message == NO_PAYMENT
            else "check the id, --suffix and --region"
        )
        raise NotFound(message or "there is no such transaction", step)
    if answer.status == 400:
        raise click.UsageError(message)
    if answer.status == 403:
        raise Refused(f"the API refuses: {message}", "these credentials need execute-api:Invoke on it")
    raise RolledBack(f"the API answered {answer.status}: {message}", "run the same command again")


def read_list(
    get: Callable[[dict[str, Any]], dict[str, Any]], limit: int, flagged: bool = False
) -> dict[str, Any]:
    """`limit` transactions of a list at most, `flagged` ones alone or all; `complete`: whether there are no more.

    `get` asks for a page, given what of the query differs from page to page.
    """
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = get({**cursor, "limit": MAX_LIMIT if flagged else min(MAX_LIMIT, limit - len(found))})
        found += [each for each in page["transactions"] if each["flags"] or not flagged]
        is_last = page["next_cursor"] is None
        if is_last or len(found) >= limit:
            return {**page, "transactions": found[:limit], "complete": is_last and len(found) <= limit}
        cursor = {"cursor": page["next_cursor"]}
