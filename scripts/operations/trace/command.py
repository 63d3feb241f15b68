"""Show where one webhook is: inbox items, attempts, ledger rows, the payment's state, what its subscribers were
told, and its audit records.

The stored body is never shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Column, Table
from rich.tree import Tree

from payment_webhooks import contract
from scripts.command_line.aws_target import target_from
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import EXIT_DONE, ToolError, UsageError
from scripts.command_line.missing_table import said_if_missing
from scripts.operations.trace.webhook_trace import Trace, as_json, trace
from stacks.names import Names

EXIT_NOT_FOUND = 1
EXAMPLES = """examples:
  python scripts/trace_webhook.py --suffix dev stripe:evt_1SGvecAbC
  python scripts/trace_webhook.py --suffix dev --local --json internal:order-17

exit codes: 0 found, 1 no webhook of this id has arrived, 2 wrong usage, or nothing is deployed there,
3 refused by AWS"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument(
        "webhook_id", metavar="WEBHOOK_ID", help='"{endpoint}:{event id}", e.g. stripe:evt_1SGvecAbC'
    )
    top.add_argument("--suffix", required=True, help="the environment's suffix, as given to deploy.py")
    top.add_argument("--region", help="default: the profile's, else us-east-1")
    top.add_argument("--profile", help="AWS profile")
    top.add_argument("--local", action="store_true", help="the running local engine instead of AWS")
    top.add_argument("--json", action="store_true", help="everything, machine-readable")
    return top


def draw(found: Trace) -> Tree:
    tree = Tree(f"[bold]{found.webhook_id}[/bold]")
    _draw_inbox(tree, found)
    key = Column("time # rank # event", overflow="fold")  # an id that is cut can't be copied
    ledger = Table(key, "object", "status", "amount_minor", "means", "confirmed")
    for row in found.ledger:
        money = f"{row.amount_minor} {row.currency}" if row.amount_minor is not None else "-"
        ledger.add_row(
            row.sort_key, f"{row.object_kind}", row.status, money, str(row.amount_meaning), str(row.confirmed)
        )
    tree.add(ledger if found.ledger else "no ledger row")
    if found.state is not None:
        state = found.state
        tree.add(
            f"payment [bold]{state.status}[/bold]: captured {state.captured_minor}, "
            f"refunded {state.refunded_minor}, disputed {state.disputed_minor}, "
            f"net {state.net_minor} {state.currency} (minor units)"
        )
    if found.notifications:
        told = tree.add(f"{len(found.notifications)} notifications of this payment")
        for marker in found.notifications:
            told.add(f"{marker[contract.NOTIFICATION_ID]}: {marker['state']}, {marker['claimed_at']}")
    audit = tree.add(f"{len(found.audit)} audit records")
    for record in found.audit:
        audit.add(str(record["key"]))
    return tree


def _draw_inbox(tree: Tree, found: Trace) -> None:
    for item in found.inbox:
        reason = f" ({item['status_reason']})" if item.get("status_reason") else ""
        branch = tree.add(f"inbox [bold]{item.get('status')}[/bold]{reason}, created {item.get('timestamp')}")
        for name in (
            "event_type",
            "received_at",
            "processed_at",
            "attempts",
            "verified_by",
            "last_error",
            "trace_id",
        ):
            if item.get(name) not in (None, ""):
                branch.add(f"{name}: {item[name]}")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    endpoint, _, event_id = arguments.webhook_id.partition(":")
    if not endpoint or not event_id:
        print('error: a webhook id is "{endpoint}:{event id}", e.g. stripe:evt_1SGvecAbC', file=sys.stderr)
        return UsageError.exit_code
    try:
        target = target_from(arguments.region, arguments.profile, arguments.local)
        names = Names(check_suffix(arguments.suffix), target.account_id, target.region)
        with said_if_missing(names.inbox_table):
            found = trace(names, target.client("dynamodb"), target.client("s3"), arguments.webhook_id)
    except ToolError as error:
        print(f"error: {error.message}\n  {error.next_step}", file=sys.stderr)
        return error.exit_code
    except (BotoCoreError, ClientError) as error:
        print(f"error: {error}\n  may you read it? it needs the tables and the audit bucket", file=sys.stderr)
        return 3
    if arguments.json:
        print(as_json(found))
    elif found.found:
        OutputConsole().print(draw(found))
    if not found.found:
        print(f"no webhook {arguments.webhook_id} has arrived (or its row has expired)", file=sys.stderr)
        return EXIT_NOT_FOUND
    return EXIT_DONE
