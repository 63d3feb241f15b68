"""The command `archive`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from payment_webhooks import contract
from payment_webhooks.money import amount_text
from scripts.command_line.command import Group
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment, missing_is_not_deployed
from scripts.command_line.errors import NotFound
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import environment_options, json_option, stripped
from scripts.command_line.streams import answer, print_table

ARCHIVES = (contract.ARCHIVE_TRANSACTIONS, contract.ARCHIVE_WEBHOOKS)
LISTED = ("archive", "date", "provider", "part", "bytes", "archived_at", "sha256")


archive_option = click.option("--archive", "kind", type=click.Choice(ARCHIVES), help="Only this archive.")
day_option = click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    callback=lambda _ctx, _param, day: day and f"{day:%Y-%m-%d}",
    help="Only the parts of this day: on which a webhook was done, or a payment's last row recorded.",
)


@click.group(
    cls=Group,
    examples=[
        "{} list --suffix dev --day 2026-05-01",
        "{} verify --suffix dev --archive webhooks",
        "{} show --suffix dev stripe:pi_3SGevAbC --json",
    ],
    exit_codes=[EXIT_FOUND],
)
def archive() -> None:
    """Show and verify what is archived."""


@archive.command("list")
@environment_options
@json_option
@archive_option
@day_option
def list_parts(environment: Environment, kind: str | None, day: str | None, as_json: bool) -> None:
    """List the parts, by their manifests; `lines`: how many payments or webhooks."""
    parts = _manifests(environment, kind, day)
    rows = [[*(part[name] for name in LISTED), part[part["archive"]]] for part in parts]
    empty = f"nothing{f' of {day}' if day else ''} is archived of {' or '.join(_kinds(kind))}"
    answer(parts, as_json, lambda: print_table((*LISTED, "lines"), rows, empty=empty))


@archive.command()
@environment_options
@json_option
@archive_option
@day_option
def verify(environment: Environment, kind: str | None, day: str | None, as_json: bool) -> int:
    """Compare every part with its manifest.

    Every part is read whole. What is in Glacier can't be read before it is restored, and is said to be cold.
    """
    from scripts.command_line.copyable_command import copyable
    from scripts.operations.archive.objects import check

    s3, bucket = environment.target.client("s3"), environment.names.archive_bucket
    checked = [check(s3, bucket, manifest) for manifest in _manifests(environment, kind, day)]
    if day and not checked:
        raise NotFound(
            f"nothing of {day} is archived of {' or '.join(_kinds(kind))}",
            f"what is: {copyable('archive', 'list')}",
        )
    wrong = sum(part.verdict in ("missing", "altered") for part in checked)
    cold = sum(part.verdict == "cold" for part in checked)
    lines = [f"{part.verdict}: {part.key}" for part in checked if part.verdict != "right"]
    lines += [
        f"{counted(len(checked), 'part')}: {len(checked) - wrong - cold} right, {cold} cold, {wrong} wrong"
    ]
    answer([asdict(part) for part in checked], as_json, lambda: click.echo("\n".join(lines)))
    return EXIT_FOUND if wrong else EXIT_DONE


@archive.command()
@environment_options
@json_option
@click.argument("transaction_id", callback=stripped, help="{endpoint}:{the provider's id}.")
def show(environment: Environment, transaction_id: str, as_json: bool) -> None:
    """Show what the archive has of one transaction."""
    from scripts.operations.archive.objects import archived_lines, parts_of

    target, names = environment.target, environment.names
    with missing_is_not_deployed(f"archive of {environment.suffix}"):
        parts = parts_of(target.client("dynamodb"), names.transactions_table, transaction_id)
        generations = archived_lines(target.client("s3"), parts, transaction_id)
    answer(generations, as_json, lambda: click.echo("\n".join(archived_text(generations))))


def _manifests(environment: Environment, kind: str | None, day: str | None) -> list[dict[str, Any]]:
    from scripts.operations.archive.objects import manifests

    s3, bucket = environment.target.client("s3"), environment.names.archive_bucket
    with missing_is_not_deployed(f"archive of {environment.suffix}"):
        return [part for each in _kinds(kind) for part in manifests(s3, bucket, each, day)]


def _kinds(kind: str | None) -> Sequence[str]:
    return (kind,) if kind else ARCHIVES


def archived_text(generations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of each generation that was archived of a transaction."""
    for generation in generations:
        yield f"generation {generation['generation']}, {generation['archived_at']}: {generation['location']}"
        for line in generation["lines"]:
            state = line["state"]
            yield f"  {state['status']}, net {amount_text(state['net_minor'], state['currency'])}"
            for row in line["rows"]:
                amount = amount_text(row["amount_minor"], row["currency"])
                yield f"  {row['occurred_at']} {row['event_type']} {row['status']} {amount}"
