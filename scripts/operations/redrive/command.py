"""The command `redrive`: dead letters, and the batches of streams that were given up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from scripts.command_line.command import Group
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import (
    count_option,
    environment_options,
    json_option,
    rate_option,
    yes_option,
)
from scripts.command_line.relative_time import ago
from scripts.command_line.streams import (
    agree_on_number,
    answer,
    print_json,
    print_table,
    say_progress,
)
from scripts.operations.redrive.letters import QUEUES, UNREADABLE_LETTER, Letter, groups_of

if TYPE_CHECKING:
    from scripts.operations.redrive.ways import Source

UNREADABLE_STEP: Final = "docs/replay.md says how to look at it and delete it"
SHOWN: Final = ("queue", "why", "letters", "oldest", "such as")


@click.group(
    cls=Group,
    examples=[
        "{} list --suffix prod",
        "{} move notification-dlq --suffix prod --dry-run",
        "{} move events-dlq --suffix prod --reason NO_PERMISSIONS --rate 10",
        "{} move failed-batches --suffix prod --yes --count 3",
    ],
    exit_codes=[EXIT_FOUND],
)
def redrive() -> None:
    """Show dead letters, and move them back.

    \b
    processing-dlq    keys of webhooks that were given up: to the processor
    notification-dlq  notifications that were given up: told again, none twice
    events-dlq        events that a rule could not deliver: to that target alone
    pipe-dlq          batches of the pipe: the sweeper brings them; then deleted
    schedules-dlq     runs that failed: their function is called once
    failed-batches    batches of the streams, in the failures bucket: their
                      function is called with them

    A letter is deleted once it has arrived. One that can't be read stays. A run that was killed is begun again by the
    same command; what it held is there again after two minutes, and what goes back twice changes nothing.
    """


@redrive.command("list")
@environment_options
@json_option
def list_letters(environment: Environment, as_json: bool) -> None:
    """Count the dead letters of each queue, by reason.

    It looks at each letter, and while it does nobody else sees it; then all are there as before. Of a queue through
    which it takes more than two minutes it may leave some out.
    """
    groups = [
        group
        for queue in QUEUES
        for group in groups_of(queue, _letters(environment, source_at(environment, queue)))
    ]
    now = datetime.now(UTC)
    rows = [
        (
            group.queue,
            f"{group.reason} ({group.stays})" if group.stays else group.reason,
            group.letters,
            ago(group.oldest, now),
            group.sample,
        )
        for group in groups
    ]
    answer(
        [group.document() for group in groups],
        as_json,
        lambda: print_table(SHOWN, rows, empty="no dead letters", numbers=["letters"]),
    )


@redrive.command()
@environment_options
@json_option
@yes_option
@count_option
@rate_option
@click.option("--reason", metavar="REASON", help="Only those that are there for this, as `list` says it.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and do nothing.")
@click.argument("queue", type=click.Choice(QUEUES), help="Whose letters.")
def move(
    environment: Environment,
    queue: str,
    reason: str | None,
    dry_run: bool,
    per_second: int,
    count: int | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Move the letters of a queue back to where they were going.

    First it shows how many there are, why, and where they go, and wants the number typed. Exit code 1 when some stay:
    those that can't be read, or that did not arrive.
    """
    source = source_at(environment, queue)
    found = [each for each in _letters(environment, source) if reason in (None, each.reason)]
    if not found and reason is not None:
        raise NotFound(f"nothing is in {queue} for {reason}", f"what is there: {copyable('redrive', 'list')}")
    chosen = [each for each in found if not each.stays]
    say_groups(queue, found, source.to, is_answer=dry_run and not as_json)
    moved = tried = stays = 0
    if chosen and not dry_run:
        click.echo(f"on {environment.target.describe()}", err=True)
        agree_on_number(len(chosen), "move all of them", count, yes=yes)
        for each_moved, each_stays in source.move(
            [each.ident for each in chosen], lambda tried: time.sleep(tried / per_second)
        ):
            say_progress(tried, tried + each_moved + each_stays, len(chosen))
            moved, tried = moved + each_moved, tried + each_moved + each_stays
        stays = len(chosen) - moved
        click.echo(f"{moved:,} moved", err=True)
        if stays:
            say_stays(stays, "not arrived, or not found again; begin again later")
    stay_for_good = len(found) - len(chosen)
    if stay_for_good:
        say_stays(stay_for_good, f"{UNREADABLE_LETTER}; {UNREADABLE_STEP}")
    if as_json:
        print_json({"queue": queue, "found": len(found), "moved": moved, "stay": stays + stay_for_good})
    return EXIT_FOUND if stays or stay_for_good else EXIT_DONE


def source_at(environment: Environment, queue: str) -> Source:
    from scripts.operations.redrive.ways import source_of

    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            target = environment.target
            clients[service] = target.function_client() if service == "lambda" else target.client(service)
        return clients[service]

    with missing_is_not_deployed(f"queue {queue} of {environment.suffix}"):
        return source_of(queue, environment.names, client)


def _letters(environment: Environment, source: Source) -> list[Letter]:
    with missing_is_not_deployed(f"failures bucket of {environment.suffix}"):
        return [*source.letters()]


def say_stays(number: int, why: str) -> None:
    """Say why the exit code is not 0."""
    click.echo(f"{number:,} {'stays' if number == 1 else 'stay'}: {why}", err=True)


def say_groups(queue: str, letters: Sequence[Letter], to: str, *, is_answer: bool = False) -> None:
    """Say how many letters there are, how many of them can be moved, and by reason where they go."""
    err = not is_answer
    movable = sum(not each.stays for each in letters)
    some = f", {movable:,} can be moved" if movable < len(letters) else ""
    click.echo(f"{queue}: {counted(len(letters), 'letter') if letters else 'no letters'}{some}", err=err)
    now = datetime.now(UTC)
    for group in groups_of(queue, letters):
        goes = f"{group.stays}: stays" if group.stays else f"to {to}"
        click.echo(
            f"  {group.letters:,} {group.reason}, the oldest {ago(group.oldest, now)}, such as {group.sample}",
            err=err,
        )
        click.echo(f"    {goes}", err=err)
