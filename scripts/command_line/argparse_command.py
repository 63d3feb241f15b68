"""Commands that argparse still reads, until each is a click command of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def argparse_command(name: str, main: Callable[[list[str]], int]) -> click.Command:
    """A click command that hands all that was typed to an argparse one's `main`."""

    def run(arguments: tuple[str, ...]) -> int:
        try:
            return main([*arguments])
        except SystemExit as end:
            return int(end.code or 0)

    settings = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}
    return click.Command(
        name, settings, run, [click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)]
    )


def add_target_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suffix", required=True, metavar="NAME", help="the environment: it ends every name")
    parser.add_argument("--region", help="AWS region (default: the profile's or AWS_REGION, else us-east-1)")
    parser.add_argument("--profile", help="profile of ~/.aws/config")
    parser.add_argument("--local", action="store_true", help="the local engine of scripts/local.py, not AWS")


def run_command(command: Callable[[Console], int]) -> int:
    """Run `command` with a console; an error becomes two lines on standard error and its exit code."""
    from scripts.command_line.console import make_console
    from scripts.command_line.main import exit_code_of

    return exit_code_of(lambda: command(make_console()))
