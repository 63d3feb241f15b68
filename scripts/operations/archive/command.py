"""The command line of scripts/archive.py."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date

from botocore.exceptions import ClientError
from rich.table import Table

from payment_webhooks import contract
from scripts.command_line.argparse_command import add_target_options, run_command
from scripts.command_line.aws_target import Target, target_from
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.operations.archive.objects import archived_lines, as_json, check, manifests, parts_of
from stacks.names import Names

DESCRIPTION = (
    "What the archive holds, whether it is still what was written, and what it has of one transaction."
)
EXAMPLES = """examples:
  python scripts/archive.py list --suffix dev --day 2026-05-01
  python scripts/archive.py verify --suffix dev --archive webhooks
  python scripts/archive.py show --suffix dev stripe:pi_3SGevAbC --json

verify reads every part whole. What is in Glacier can't be read before it is restored, and is said to be cold.

exit codes: 0 done, 1 not archived, or a part is not what was written, 2 wrong usage, 4 AWS refused"""
ARCHIVES = (contract.ARCHIVE_TRANSACTIONS, contract.ARCHIVE_WEBHOOKS)
LISTED = ("date", "provider", "part", "bytes", "archived_at", "sha256")
EXIT_NOT_RIGHT = 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="archive.py",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = top.add_subparsers(dest="action", required=True, metavar="list|verify|show")
    texts = {
        "list": "the parts, by their manifests",
        "verify": "hold every part against its manifest",
        "show": "what the archive has of one transaction",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        add_target_options(action)
        action.add_argument("--json", action="store_true", help="machine-readable")
        if name == "show":
            action.add_argument(
                "transaction_id", metavar="TRANSACTION_ID", help='"{endpoint}:{provider\'s id}"'
            )
        else:
            action.add_argument(
                "--archive", choices=ARCHIVES, default=ARCHIVES[0], help="(default: %(default)s)"
            )
            action.add_argument("--day", metavar="YYYY-MM-DD", help="only the parts of this day")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    return run_command(lambda _: _run(options))


def _run(options: argparse.Namespace) -> int:
    suffix = check_suffix(options.suffix)
    if options.action != "show":
        _check_day(options.day)
    target = target_from(options.region, options.profile, options.local)
    names = Names(suffix, target.account_id, target.region, target.partition)
    actions = {"list": _list, "verify": _verify, "show": _show}
    try:
        return actions[options.action](options, target, names)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "ResourceNotFoundException"):
            raise
        raise UsageError(
            f"there is no archive of {suffix}", f"is {suffix} deployed to {target.describe()}?"
        ) from error


def _list(options: argparse.Namespace, target: Target, names: Names) -> int:
    found = list(manifests(target.client("s3"), names.archive_bucket, options.archive, options.day))
    if options.json:
        print(json.dumps(found, indent=2, sort_keys=True))
        return EXIT_DONE
    table = Table()
    for heading in (*LISTED, options.archive):
        table.add_column(heading, overflow="fold")
    for each in found:
        table.add_row(*(str(each[name]) for name in (*LISTED, options.archive)))
    OutputConsole().print(table if found else "nothing is archived")
    return EXIT_DONE


def _verify(options: argparse.Namespace, target: Target, names: Names) -> int:
    s3 = target.client("s3")
    found = manifests(s3, names.archive_bucket, options.archive, options.day)
    checked = [check(s3, names.archive_bucket, each) for each in found]
    wrong = [each for each in checked if each.verdict in ("missing", "altered")]
    if options.json:
        print(as_json(checked))
    else:
        for each in checked:
            if each.verdict != "right":
                print(f"{each.verdict}: {each.key}")
        cold = sum(each.verdict == "cold" for each in checked)
        print(
            f"{len(checked)} parts: {len(checked) - len(wrong) - cold} right, {cold} cold, {len(wrong)} wrong"
        )
    return EXIT_NOT_RIGHT if wrong else EXIT_DONE


def _show(options: argparse.Namespace, target: Target, names: Names) -> int:
    parts = parts_of(target.client("dynamodb"), names.transactions_table, options.transaction_id)
    found = archived_lines(target.client("s3"), parts, options.transaction_id)
    if options.json:
        print(json.dumps(found, indent=2, sort_keys=True))
        return EXIT_DONE
    for each in found:
        print(f"generation {each['generation']}, {each['archived_at']}: {each['location']}")
        for line in each["lines"]:
            print(
                f"  {line['state']['status']}, net {line['state']['net_minor']} {line['state']['currency']}"
            )
            for row in line["rows"]:
                print(f"  {row['occurred_at']} {row['event_type']} {row['status']} {row['amount_minor']}")
    return EXIT_DONE


def _check_day(text: str | None) -> None:
    if text is None:
        return
    try:
        known = date.fromisoformat(text).isoformat()
    except ValueError:
        known = ""
    if known != text:
        raise UsageError("--day is not a day of the form YYYY-MM-DD", "such as 2026-05-01")
