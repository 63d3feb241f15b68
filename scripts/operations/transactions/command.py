"""The command line of scripts/transactions.py."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import urllib3
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from payment_webhooks.contract import PROVIDERS
from payment_webhooks.transaction_api.schemas import DISPUTE_STATUSES, KEY_PATTERN, PAYMENT_STATUSES
from payment_webhooks.transaction_api.transaction_operations import MAX_DAYS, MAX_LIMIT
from scripts.command_line.argparse_command import add_target_options, run_command
from scripts.command_line.aws_target import target_from
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import Refused, RolledBack, UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.operations.transactions.client import ApiAnswer, TransactionClient, key_in_path, transactions_url
from stacks.names import Names

DESCRIPTION: Final = """\
Payments, as the transaction API tells them: it calls the deployed API, signed with your own credentials."""
EXIT_NOT_FOUND: Final = 1
DEFAULT_COUNT: Final = 50
EXAMPLES: Final = f"""examples:
  python scripts/transactions.py list --suffix dev --status disputed
  python scripts/transactions.py list --suffix dev --customer-id stripe:cus_1 --from 2026-11-01 --to 2026-11-21 --json
  python scripts/transactions.py show --suffix dev stripe:pi_3SGev0001 --history
  python scripts/transactions.py notify --suffix dev stripe:pi_3SGev0001 --request-id ticket-4711

days are UTC; a list is of at most {MAX_DAYS} days, the last seven without --from and --to

exit codes: 0 done, 1 no such transaction, 2 wrong usage, 3 not allowed, 4 no answer or an error: run it again"""
_LISTED: Final = ("updated_at", "transaction_id", "status", "dispute_status", "customer_id")
_EVENTS: Final = ("occurred_at", "transaction_id", "object_kind", "status", "amount", "currency", "event_id")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="transactions.py",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = top.add_subparsers(dest="action", required=True, metavar="list|show|notify")
    texts = {
        "list": "those of a status, a provider or a customer, newest first",
        "show": "the state of one",
        "notify": "tell subscribers its state again",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text, description=text)
        add_target_options(action)
        action.add_argument("--json", action="store_true", help="machine-readable, as the API answers")
        if name == "list":
            _add_list_options(action)
        else:
            action.add_argument("id", metavar="ID", help='"{endpoint}:{the provider\'s id}"')
    actions.choices["show"].add_argument("--history", action="store_true", help="its events, too")
    actions.choices["notify"].add_argument(
        "--request-id", metavar="ID", help="an id of yours: subscribers are told once for each"
    )
    return top


def _add_list_options(action: argparse.ArgumentParser) -> None:
    chosen = action.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--status", choices=(*PAYMENT_STATUSES, *DISPUTE_STATUSES))
    chosen.add_argument("--provider", choices=PROVIDERS)
    chosen.add_argument("--customer-id", metavar="ID", help='"{endpoint}:{the provider\'s id}"')
    action.add_argument("--from", metavar="DAY", help="first day, such as 2026-11-15")
    action.add_argument("--to", metavar="DAY", help="last day, included")
    action.add_argument("--events", action="store_true", help="events, whatever became of their payments")
    action.add_argument(
        "--limit",
        type=int,
        default=DEFAULT_COUNT,
        metavar="N",
        help=f"most in all (default: {DEFAULT_COUNT})",
    )


class Desk:
    """The commands, on one environment."""

    def __init__(self, options: argparse.Namespace, client: TransactionClient) -> None:
        self._options = options
        self._client = client

    def list(self) -> None:
        wanted = self._options.limit
        if wanted < 1:
            raise UsageError("--limit is at least 1")
        name = "events" if self._options.events else "transactions"
        query = self._query()
        found: list[dict[str, Any]] = []
        while True:
            page = checked(
                self._client.get("/transactions", {**query, "limit": min(MAX_LIMIT, wanted - len(found))})
            )
            found += page[name]
            if page["next_cursor"] is None or len(found) >= wanted:
                break
            query["cursor"] = page["next_cursor"]
        if self._options.json:
            print(json.dumps({name: found, "complete": page["next_cursor"] is None}, indent=2))
            return
        OutputConsole().print(_table(found, _EVENTS if self._options.events else _LISTED))
        more = "" if page["next_cursor"] is None else "; there may be more: --limit"
        OutputConsole().print(f"{len(found)} {name}, from {page['from']} to {page['to']}{more}")

    def show(self) -> None:
        history = {"history": "true"} if self._options.history else None
        found = checked(self._client.get(f"/transactions/{key_in_path(self._options.id)}", history))
        if self._options.json:
            print(json.dumps(found, indent=2))
            return
        table = Table(Column("field"), Column("value", overflow="fold"), show_header=False)
        for name, value in found.items():
            if name != "history":
                table.add_row(name, Text(json.dumps(value) if isinstance(value, dict | list) else str(value)))
        OutputConsole().print(table)
        if "history" in found:
            OutputConsole().print(_table(found["history"], _EVENTS))

    def notify(self) -> None:
        body = {"request_id": self._options.request_id} if self._options.request_id else {}
        path = f"/transactions/{key_in_path(self._options.id)}/notify"
        found = checked(self._client.call("POST", path, body=json.dumps(body).encode()))
        if self._options.json:
            print(json.dumps(found, indent=2))
        else:
            OutputConsole().print(f"queued as request {found['request_id']}")

    def _query(self) -> dict[str, str]:
        given = vars(self._options)
        names = ("status", "provider", "customer_id", "from", "to")
        query = {name: given[name] for name in names if given[name] is not None}
        return {**query, "include": "events"} if self._options.events else query


def checked(answer: ApiAnswer) -> dict[str, Any]:
    """What the API answered, if it is what was asked for. Raises the ToolError that fits the status."""
    if answer.status in (200, 202) and isinstance(answer.document, dict):
        return answer.document
    said = answer.document.get("message", "") if isinstance(answer.document, Mapping) else ""
    if answer.status == 404:
        raise _NotFound(said or "there is no such transaction", "check the id, --suffix and --region")
    if answer.status == 400:
        raise UsageError(said, "see --help")
    if answer.status == 403:
        raise Refused(f"the API refuses: {said}", "these credentials need execute-api:Invoke on it")
    raise RolledBack(f"the API answered {answer.status}: {said}", "run the same command again")


def _check_id(options: argparse.Namespace) -> None:
    """Raises UsageError for an id that can't be one: in a path it could name another operation, or none."""
    given = vars(options).get("id")
    if given is not None and re.fullmatch(KEY_PATTERN, given) is None:
        raise UsageError(
            f"{given!r} is no id of a transaction",
            "it is {endpoint}:{the provider's id}, such as stripe:pi_3SGev0001",
        )


class _NotFound(UsageError):
    exit_code = EXIT_NOT_FOUND


def _table(found: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    table = Table()
    money = "net_minor" in (found[0] if found else {})
    for heading in (*names, *(("net",) if money else ())):
        table.add_column(heading, overflow="fold")  # an id that is cut can't be copied
    for each in found:
        net = f"{each['amounts'].get('net', '-')} {each['currency'] or ''}" if money else ""
        values = [str(each[name]) if each[name] is not None else "-" for name in names]
        table.add_row(*(Text(value) for value in (*values, *((net,) if money else ()))))
    return table


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)

    def command(_: Console) -> int:
        _check_id(options)
        target = target_from(options.region, options.profile, options.local)
        names = Names(check_suffix(options.suffix), target.account_id, target.region, target.partition)
        client = TransactionClient(target, transactions_url(target, names))
        try:
            getattr(Desk(options, client), options.action)()
        except urllib3.exceptions.HTTPError as error:
            raise RolledBack("the API cannot be reached", "run the same command again") from error
        return EXIT_DONE

    return run_command(command)
