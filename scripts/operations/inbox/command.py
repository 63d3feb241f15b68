"""Webhooks that wait for a person: list them, look at one, accept or discard it.

conflict     a known event id with another body. The first one counts; accept this one, too, as an event of its
             own, or discard it
quarantined  authentic, but it could not be read. Accept it once the reader has been mended and deployed
failed       given up after the last attempt. Accept it once the cause is gone

`accept` makes it pending and sends it to the processor; `discard` keeps it and never applies it. Who decided,
when and why is stored with the webhook, and so it is in the audit trail.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from payment_webhooks import contract
from payment_webhooks.processing.messages import message_body
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.argparse_command import add_target_options, run_command
from scripts.command_line.aws_target import Target, target_from
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import Refused, UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.command_line.missing_table import said_if_missing
from scripts.operations.inbox.decisions import (
    Decision,
    accept,
    check_note,
    choose,
    discard,
    items_of,
    keys_of,
    payload_of,
    waiting,
)
from stacks.names import Names

LISTED = (
    contract.ATTENTION_SINCE,
    contract.STATUS,
    contract.STATUS_REASON,
    contract.WEBHOOK_ID,
    contract.WEBHOOK_TIMESTAMP,
    "event_type",
)
NOT_SHOWN = ("payload", "fingerprint")
EXAMPLES = """examples:
  python scripts/inbox.py list --suffix dev --status conflict
  python scripts/inbox.py show --suffix dev stripe:evt_1SGvecAbC --payload
  python scripts/inbox.py accept --suffix dev stripe:evt_1SGvecAbC --status conflict --note "amount confirmed by Stripe"
  python scripts/inbox.py discard --suffix dev stripe:evt_1SGvecAbC --note "sent by a test, ticket 4711" --yes

exit codes: 0 done, 1 no such webhook, 2 wrong usage, or nothing is deployed there (nothing was
changed), 3 refused, 4 failed: run it again"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = top.add_subparsers(dest="action", required=True, metavar="list|show|accept|discard")
    texts = {
        "list": "what waits, oldest first",
        "show": "everything that is stored of one webhook",
        "accept": "have it processed",
        "discard": "keep it, never apply it",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        add_target_options(action)
        action.add_argument("--status", choices=contract.ATTENTION_STATUSES, help="only of this status")
        if name == "list":
            action.add_argument("--limit", type=int, default=50, help="most of each status (default: 50)")
        else:
            action.add_argument("webhook_id", metavar="WEBHOOK_ID", help='"{endpoint}:{event id}"')
            action.add_argument("--timestamp", help="which of its items, when several wait")
        if name in ("list", "show"):
            action.add_argument("--json", action="store_true", help="machine-readable")
        if name == "show":
            action.add_argument(
                "--payload", action="store_true", help="the stored copy too (card data masked)"
            )
        if name in ("accept", "discard"):
            action.add_argument("--note", required=True, help="why; it is kept in the audit trail")
            action.add_argument("--yes", action="store_true", help="don't ask")
    return top


class Desk:
    """The commands, on one environment."""

    def __init__(self, options: argparse.Namespace, target: Target, console: Console) -> None:
        self._options = options
        self._target = target
        self._console = console
        names = Names(check_suffix(options.suffix), target.account_id, target.region, target.partition)
        self._names = names
        self._dynamodb = target.client("dynamodb")
        self._statuses = [options.status] if options.status else list(contract.ATTENTION_STATUSES)

    def list(self) -> None:
        if self._options.limit < 1:
            raise UsageError("--limit is at least 1")
        found = waiting(self._dynamodb, self._names.inbox_table, self._statuses, self._options.limit)
        if self._options.json:
            print(json.dumps(found, indent=2, sort_keys=True))
            return
        table = Table()
        for heading in ("since", "status", "reason", "webhook", "timestamp", "type"):
            table.add_column(heading, overflow="fold")  # an id that is cut can't be copied
        for item in found:
            table.add_row(*(str(item.get(name, "-")) for name in LISTED))
        OutputConsole().print(table if found else "nothing waits for a decision")

    def show(self) -> None:
        wanted = self._options.timestamp
        items = items_of(self._dynamodb, self._names.inbox_table, self._options.webhook_id)
        chosen = [item for item in items if wanted in (None, item[contract.WEBHOOK_TIMESTAMP])]
        shown = [self._shown(item) for item in chosen if self._is_asked_for(item)]
        if self._options.json:
            print(json.dumps(shown, indent=2, sort_keys=True))
            return
        for document in shown:
            table = Table(Column("attribute"), Column("value", overflow="fold"), show_header=False)
            for name, value in sorted(document.items()):
                table.add_row(name, Text(str(value)))  # not markup: a body may hold anything
            OutputConsole().print(table)

    def accept(self) -> None:
        item, decision = self._decided("accept")
        accept(self._dynamodb, self._names.inbox_table, item, decision)
        try:
            sqs = self._target.client("sqs")
            queue_url = sqs.get_queue_url(QueueName=self._names.processing_queue)["QueueUrl"]
            sqs.send_message(QueueUrl=queue_url, MessageBody=message_body(keys_of(item)))
        except (BotoCoreError, ClientError) as error:
            self._console.print(
                f"accepted; the message could not be sent ({error}): the sweeper will send it"
            )
        else:
            self._console.print("accepted and sent to the processor")

    def discard(self) -> None:
        item, decision = self._decided("discard")
        discard(self._dynamodb, self._names.inbox_table, item, decision)
        self._console.print("discarded; it is kept")

    def _decided(self, what: str) -> tuple[Mapping[str, Any], Decision]:
        """The item and the decision, once the person has confirmed it. Raises Refused otherwise."""
        note = check_note(self._options.note)
        items = items_of(self._dynamodb, self._names.inbox_table, self._options.webhook_id)
        item = choose(items, self._statuses, self._options.timestamp)
        by = str(self._target.client("sts").get_caller_identity()["Arn"])
        reason = item.get(contract.STATUS_REASON, "no reason")
        self._console.print(f"{what} {keys_of(item).webhook_id} ({item[contract.STATUS]}: {reason})")
        self._console.print(f"as {by}, on {self._target.describe()}")
        if not self._options.yes and self._console.input(f"{what}? [y/N] ").strip().lower() != "y":
            raise Refused("nothing was changed")
        return item, Decision(by, utc_timestamp(time.time()), note)

    def _is_asked_for(self, item: Mapping[str, Any]) -> bool:
        return self._options.status in (None, item[contract.STATUS])

    def _shown(self, item: Mapping[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in item.items() if name not in NOT_SHOWN}
        if self._options.payload:
            copy = payload_of(self._target.client("s3"), self._names.payload_bucket, item)
            shown["payload"] = copy.decode(errors="backslashreplace")
        return shown


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)

    def command(console: Console) -> int:
        target = target_from(options.region, options.profile, options.local)
        with said_if_missing(f"inbox of {options.suffix}"):
            getattr(Desk(options, target, console), options.action)()
        return EXIT_DONE

    return run_command(command)
