"""How commands end when they do not end well; each class has one exit code.

ToolError
├── NotFound     1  what was named is not there, in an environment that is
├── UsageError   2  what was typed, a file or the credentials are wrong, or nothing is deployed; nothing was touched
├── Refused      3  a person, or a rule that protects data, said no
├── RolledBack   4  it failed, or somebody else was faster, and all is where it was
└── Stuck        5  it failed, and a person must act before the next deploy
"""

import os

import click

from scripts.command_line.exit_codes import EXIT_FAILED, EXIT_FOUND, EXIT_REFUSED, EXIT_STUCK, EXIT_USAGE
from scripts.command_line.plain_text import NEW_LINE, visible


class ToolError(Exception):
    """`message` says in one line what is wrong, `next_step` in one what to do (may be empty)."""

    exit_code = EXIT_FAILED

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class UsageError(ToolError):
    exit_code = EXIT_USAGE


class NotDeployed(UsageError):
    """`name`, a stack, table or secret, is not there: wrong usage, as it is a wrong suffix, region or account."""

    def __init__(self, name: str, next_step: str = "check --suffix, --region and --local") -> None:
        super().__init__(f"there is no {name}: nothing is deployed under that suffix there", next_step)


class NotFound(ToolError):
    """What was named, such as a webhook, a key or a plan, is not there."""

    exit_code = EXIT_FOUND


class Refused(ToolError):
    exit_code = EXIT_REFUSED


class RolledBack(ToolError):
    exit_code = EXIT_FAILED


class Stuck(ToolError):
    exit_code = EXIT_STUCK


def show_error(error: ToolError) -> None:
    """One line that says what is wrong, one that says what to do; a command in it is never broken over lines."""
    color = False if os.environ.get("NO_COLOR") else None  # None: where standard error is a terminal
    message = f"error: {visible(error.message, NEW_LINE)}"
    click.secho(message, fg="red", bold=True, err=True, color=color)
    if error.next_step:
        click.echo(f"  next: {visible(error.next_step, NEW_LINE)}", err=True)
