"""The command line of scripts/destroy.py."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from scripts.cloudformation.next_commands import with_flags
from scripts.command_line.argparse_command import add_target_options, run_command
from scripts.command_line.errors import Refused, UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.deployment.context import make_context
from scripts.deployment.destroy import destroy
from stacks.assembly import build

_DESCRIPTION: Final = """\
Delete an environment with everything in it: show what will be lost, ask for the environment's name, empty its
buckets (all versions), delete its stack, and check that nothing with its name is left. The bucket for templates
and code and the role for API Gateway's logs stay, as all environments of the account and region share them. Its
key is scheduled for deletion: KMS deletes no key at once."""

_EPILOG: Final = """\
examples:
  python scripts/destroy.py --suffix dev --local
  python scripts/destroy.py --suffix dev --region eu-west-1 --profile development
  python scripts/destroy.py --suffix dev --yes dev           without being asked; the name is typed twice

It may be interrupted at any time; the same command goes on where it stopped.

exit codes:
  0 done, or nothing to do        4 failed
  2 wrong usage or credentials    5 stuck: a person must act
  3 refused: another name, or     130 Ctrl-C; what CloudFormation has begun goes on
    something is protected"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = make_parser().parse_args(arguments)
    options.typed = ["scripts/destroy.py", *(sys.argv[1:] if arguments is None else arguments)]
    return run_command(lambda console: _run(options, console))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="destroy.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_target_options(parser)
    parser.add_argument("--yes", metavar="NAME", help="do not ask; NAME must be that of --suffix")
    parser.add_argument(
        "--lift-protection",
        action="store_true",
        help="delete also a stack and tables that are protected against it, once the name is typed",
    )
    return parser


def _run(options: argparse.Namespace, console: Console) -> int:
    if options.yes is not None and options.yes != options.suffix:
        raise UsageError(f"--yes {options.yes} is not --suffix {options.suffix}", "give the same name twice")
    if options.yes is None and not sys.stdin.isatty():
        without = with_flags(options.typed, "--yes", options.suffix)
        raise Refused("there is nobody to ask", f"to delete without being asked: {without}")
    context = make_context(options, console)
    if destroy(context, build(), options.yes, lift=options.lift_protection):
        context.print_message(f"{context.names.stack} is gone, and nothing with its name is left")
    else:
        context.print_message(f"nothing to do: there is no {context.names.stack}, and nothing with its name")
    return EXIT_DONE
