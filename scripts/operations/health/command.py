"""The command `health`."""

import time
from functools import partial

import click

from scripts.command_line.command import Command
from scripts.command_line.environment import Environment
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND, EXIT_INTERRUPTED
from scripts.command_line.options import environment_options, json_option

WATCH_SECONDS = 10


@click.command(
    cls=Command,
    examples=[
        "{} --suffix prod",
        "{} --suffix prod --watch",
        "{} --suffix dev --local --json | jq -r '.findings[] | select(.level == \"problem\").text'",
    ],
    exit_codes=[EXIT_FOUND],
)
@environment_options
@json_option
@click.option(
    "--drift", "with_drift", is_flag=True, help="Also what differs from the templates; takes minutes on AWS."
)
@click.option(
    "--watch",
    type=click.IntRange(min=2),
    metavar="SECONDS",
    is_flag=False,
    flag_value=WATCH_SECONDS,
    help=f"Read again so often, until Ctrl-C; {WATCH_SECONDS} when no number is given.",
)
def health(environment: Environment, with_drift: bool, watch: int | None, as_json: bool) -> int:
    """Show on one screen whether the system is well.

    \b
    ok    nothing to do
    look  in office hours: a setting that a person should see
    ACT   now: something is lost sight of, waits for a person, or has stopped

    It reads the stack, the endpoints and their keys, the canary's rounds where it is on, what is pending, what
    waits for a person, queues and dead letters with the reason of one message, what is switched off by hand, alarms
    and who is told of them. It changes nothing; SQS counts the message that it looks at as received once more. Exit
    code 1 when there is anything to act on; Ctrl-C ends --watch with 130, as any command.
    """
    from scripts.operations.health.finding import Level
    from scripts.operations.health.report import Reader, utc_now
    from scripts.operations.health.screen import show_once, watch_screen

    reader = Reader(environment, with_drift, utc_now)
    report = reader.read()
    if watch is not None:
        watch_screen(report, reader.read_again, partial(time.sleep, watch), as_json)
        return EXIT_INTERRUPTED
    show_once(report, as_json)
    return EXIT_FOUND if report.level is Level.PROBLEM else EXIT_DONE
