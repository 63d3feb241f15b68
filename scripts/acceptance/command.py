"""The command `acceptance`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment
from scripts.command_line.environment_file import EnvironmentFile, read_assignment
from scripts.command_line.exit_codes import EXIT_FOUND, EXIT_STUCK
from scripts.command_line.options import (
    environment_file_option,
    environment_options,
    json_option,
    parameter_option,
    yes_option,
)
from scripts.planning.options import FiniteRange


def _words(_ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(word.strip() for text in texts for word in text.split(","))
    if "" in words:  # such as that of a variable that is not set: it must not mean everything
        raise click.BadParameter("a step or part is empty.")
    return words


class _Acceptance(Command):
    """The steps are the same in every environment: --list needs no suffix."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, ["--suffix", "any", *args] if "--list" in args else args)


@click.command(
    cls=_Acceptance,
    examples=[
        "{} --suffix try --local",
        "{} --suffix try --local --only start,webhooks",
        "{} --suffix first-day --region eu-west-1 --report reports",
        "{} --suffix first-day --region eu-west-1 --with network --yes",
        "{} --list",
    ],
    exit_codes=[EXIT_FOUND, EXIT_STUCK],
)
@environment_options
@environment_file_option
@parameter_option
@click.option(
    "--with",
    "options",
    multiple=True,
    type=click.Choice(["network", "warm-throughput"]),
    help="Also these steps: none → vpc → none; a paid rise of the tables' warm throughput.",
)
@click.option(
    "--only",
    multiple=True,
    callback=_words,
    metavar="STEPS",
    help="These steps or parts, and what they need.",
)
@click.option("--again", is_flag=True, help="Repeat chosen steps that are done.")
@click.option("--list", "lists", is_flag=True, help="Show the steps, and run none.")
@click.option(
    "--max-minutes",
    type=FiniteRange(1),
    default=150.0,
    metavar="NUMBER",
    help="Stop after this long, all runs of this environment together.",
)
@click.option(
    "--settle-seconds",
    type=FiniteRange(1),
    default=120.0,
    metavar="NUMBER",
    help="Wait this long for what happens by itself.",
)
@click.option(
    "--max-usd",
    type=FiniteRange(0),
    default=10.0,
    metavar="USD",
    help="Refuse to begin if it may cost more.",
)
@click.option(
    "--report",
    "report_folder",
    type=click.Path(path_type=Path, file_okay=False, writable=True),
    metavar="DIR",
    help="Write the report there.",
)
@click.option(
    "--profile-of",
    "profiles",
    multiple=True,
    metavar="COMMAND=NAME",
    callback=lambda _ctx, _param, texts: dict(read_assignment(text) for text in texts),
    help="Profile with whose rights deploy, or destroy, is run. May be repeated.",
)
@click.option("--verbose", is_flag=True, help="Show what each command prints.")
@yes_option
@json_option
def acceptance(
    environment: Environment,
    environment_file: EnvironmentFile,
    parameters: Mapping[str, str],
    **options: Any,
) -> int:
    """Prove a scratch environment, from nothing to nothing.

    The first day on AWS as one command: deploys from nothing, sets keys, sends signed webhooks of every provider,
    duplicates, forgeries and what can't be read, looks at what became of each, updates the system while webhooks come,
    lets an update fail, and removes everything. Each step is a check with its evidence; docs/acceptance.md explains the
    report. What only AWS can prove is never passed on the local engine: it is said to be not proven.

    With --local: on the engine that runs, else on one of its own, which ends with the run. On AWS it says what the run
    takes and costs, and asks for the environment's name. Run the same command again to go on where it stopped.
    """
    from scripts.acceptance.run import Request, run

    return run(environment, environment_file, parameters, Request(**options))
