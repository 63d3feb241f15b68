"""The command line of scripts/deploy.py."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from deployment.applying import Report
from deployment.command_line import add_target_options, make_context, run_command
from deployment.context import Context
from deployment.deploying import deploy
from deployment.errors import EXIT_DONE, Refused
from deployment.local_target import api_url
from deployment.settings import NO_FILE, read_assignment, read_environment
from deployment.showing import print_pairs
from stacks.assembly import build

_DESCRIPTION: Final = """\
Deploy the system, or bring what is deployed up to date: check, package, upload what is new, show the change
set, ask, execute it, and follow it to its end. Before the answer is yes nothing is made but what all
environments of the account and region share: the bucket for templates and code, and the role by which API
Gateway writes logs."""

_EPILOG: Final = """\
examples:
  python scripts/deploy.py --suffix dev --local              try it here; first: python scripts/local.py up
  python scripts/deploy.py --suffix dev --environment environments/dev.toml
  python scripts/deploy.py --suffix dev --parameter LogRetentionDays=90 --parameter CostCenter=4711
  python scripts/deploy.py --suffix dev --no-execute         make the change set and leave it for review
  python scripts/deploy.py --suffix dev --yes --json         for programs: the outputs on standard output

parameters:
  --parameter goes before the environment file. What neither names gets its default, also when it had another
  value before: what runs is what the files and the command say. docs/parameters.md lists them.

exit codes:
  0 done, or nothing to do        4 failed: nothing changed, or all is rolled back
  2 wrong usage or credentials    5 stuck: a person must act
  3 refused by a person or check  130 Ctrl-C; what CloudFormation has begun goes on"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = make_parser().parse_args(arguments)
    return run_command(lambda console: _run(options, console))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deploy.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command="deploy")
    add_target_options(parser)
    parser.add_argument("--environment", type=Path, metavar="FILE", help="values of parameters, in TOML")
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="one value; may be repeated"
    )
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--yes", action="store_true", help="execute without asking")
    answer.add_argument("--no-execute", action="store_true", help="make the change set, show it and leave it")
    parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")
    return parser


def _run(options: argparse.Namespace, console: Console) -> int:
    file = read_environment(options.environment) if options.environment else NO_FILE
    given = {**file.parameters, **dict(read_assignment(text) for text in options.parameter)}
    if not (options.yes or options.no_execute or sys.stdin.isatty()):
        raise Refused(
            "there is nobody to ask", "give --yes to execute, or --no-execute to only see the changes"
        )
    context = make_context(options, console, file)
    report = deploy(context, build(), given, ask=not options.yes, execute=not options.no_execute)
    _show(context, report)
    if options.json:
        print(json.dumps(_document(context, report), indent=2, sort_keys=True))
    return EXIT_DONE


def _show(context: Context, report: Report) -> None:
    if report.change_set is not None:
        named = ("--stack-name", context.names.stack, "--change-set-name", report.change_set)
        context.tell(f"not executed, as asked; the change set {report.change_set} waits")
        context.tell(f"  to see it:     {context.commands.aws('describe-change-set', *named)}")
        context.tell(f"  to execute it: {context.commands.aws('execute-change-set', *named)}")
        context.tell(f"  to drop it:    {context.commands.aws('delete-change-set', *named)}")
        return
    if report.result == "unchanged":
        context.tell("nothing to do: what is deployed is what the templates and the settings say")
    print_pairs(context.console, f"{context.names.stack}: {report.result}", report.outputs)
    if context.target.is_local:
        print_pairs(context.console, "on this machine", {"ApiEndpoint": api_url(context, report.outputs)})


def _document(context: Context, report: Report) -> dict[str, object]:
    return {
        "stack": context.names.stack,
        "account": context.target.account_id,
        "region": context.target.region,
        "result": report.result,
        "change_set": report.change_set,
        "outputs": report.outputs,
    }
