"""Options for the target, which several commands share, and errors as exit codes."""

import argparse
from collections.abc import Callable
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from scripts.command_line import console as showing
from scripts.command_line.errors import EXIT_INTERRUPTED, Refused, RolledBack, ToolError, UsageError

_EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"}
)
_FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def add_target_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suffix", required=True, metavar="NAME", help="the environment: it ends every name")
    parser.add_argument("--region", help="AWS region (default: the profile's or AWS_REGION, else us-east-1)")
    parser.add_argument("--profile", help="profile of ~/.aws/config")
    parser.add_argument("--local", action="store_true", help="the local engine of scripts/local.py, not AWS")


def run_command(command: Callable[[Console], int]) -> int:
    """Run `command`; an error becomes two lines on standard error and its exit code."""
    console = showing.make_console()
    try:
        return command(console)
    except ToolError as error:
        showing.show_error(console, error)
        return error.exit_code
    except (ClientError, BotoCoreError) as error:
        explained = explain(error)
        showing.show_error(console, explained)
        return explained.exit_code
    except EOFError:
        nobody = Refused("there is nobody to ask", "give the answer as a flag: see --help")
        showing.show_error(console, nobody)
        return nobody.exit_code
    except KeyboardInterrupt:
        console.print("interrupted; run the same command again to go on")
        return EXIT_INTERRUPTED


def explain(error: ClientError | BotoCoreError) -> ToolError:
    """An error of AWS's that no step expected, as one of ours."""
    if not isinstance(error, ClientError):
        return RolledBack(
            str(error), "AWS, or the local engine, cannot be reached; run the same command again"
        )
    code = error.response["Error"]["Code"]
    if code in _EXPIRED:
        return UsageError(
            f"the credentials no longer work: {error}", "log in again, then run the same command"
        )
    if code in _FORBIDDEN:
        return RolledBack(
            f"not allowed: {error}", "these credentials need that right; then run the same command again"
        )
    return RolledBack(str(error), "run the same command again; it goes on where it stopped")
