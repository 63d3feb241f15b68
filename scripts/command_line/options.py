"""What the command lines of deploy and destroy share: options for the target, and errors as exit codes."""

import argparse
import time
from collections.abc import Callable
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from scripts.cloudformation.next_commands import Commands, Settings
from scripts.command_line import console as showing
from scripts.command_line.aws_target import DEFAULT_REGION, Target, target_from
from scripts.command_line.environment_file import NO_FILE, EnvironmentFile, check_suffix
from scripts.command_line.errors import EXIT_INTERRUPTED, Refused, RolledBack, ToolError, UsageError
from scripts.deployment.context import Context
from stacks.names import Names

_EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"}
)
_FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def add_target_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suffix", required=True, metavar="NAME", help="the environment: it ends every name")
    parser.add_argument("--region", help="AWS region (default: the profile's or AWS_REGION, else us-east-1)")
    parser.add_argument("--profile", help="profile of ~/.aws/config")
    parser.add_argument("--local", action="store_true", help="the local engine of scripts/local.py, not AWS")


def make_context(options: argparse.Namespace, console: Console, file: EnvironmentFile = NO_FILE) -> Context:
    """Check the suffix, find the target. The region of the environment `file` counts where --region is not given.

    Raises UsageError for a bad suffix, no credentials, or no local engine.
    """
    suffix = check_suffix(options.suffix)
    target = target_from(options.region or file.region, options.profile, options.local)
    names = Names(suffix, target.account_id, target.region, target.partition)
    flags, aws_flags = target_flags(options, target)
    commands = Commands(suffix, names.stack, flags, aws_flags, settings_of(options), options.typed)
    steps = (time.sleep, time.monotonic, _asker(console), commands.again())
    context = Context(target, names, commands, console, *steps, verbose=vars(options).get("verbose", False))
    context.tell(f"{names.stack} on {target.describe()}")
    return context


def target_flags(options: argparse.Namespace, target: Target) -> tuple[list[str], list[str]]:
    """The flags that choose this target: for our commands, and for the AWS command line."""
    region = ["--region", target.region]
    profile = ["--profile", options.profile] if options.profile else []
    if target.endpoint_url is None:
        return [*region, *profile], [*region, *profile]
    shown = region if target.region != DEFAULT_REGION else []
    return ["--local", *shown], [*region, "--endpoint-url", target.endpoint_url]


def settings_of(options: argparse.Namespace) -> Settings | None:
    """What a deploy is given besides its target; None for a command that is not told."""
    given = vars(options)
    file = given.get("environment")
    if given.get("mode") not in ("deploy", "plan", "diff") and file is None:
        return None
    return Settings(
        str(file) if file else None, tuple(given.get("parameter", ())), given.get("artifact_bucket")
    )


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


def _asker(console: Console) -> Callable[[str], str]:
    return lambda question: console.input(Text(question, style="bold"))
