"""The command `provider-addresses`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, TextIO

import click

from scripts.command_line.command import Group
from scripts.command_line.copyable_command import command_line
from scripts.command_line.counted import counted
from scripts.command_line.errors import RolledBack, UsageError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import json_option
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.command_line.streams import answer
from scripts.operations.provider_addresses import lists

FILE: Final = ENVIRONMENTS / "addresses" / "providers.toml"
TIMEOUT_SECONDS: Final = 10.0
MAXIMUM_BYTES: Final = 65_536
file_option = click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=FILE,
    show_default="environments/addresses/providers.toml",
    metavar="FILE",
    help="The file with the lists.",
)


@click.group(
    cls=Group,
    examples=[
        "{} refresh stripe",
        "{} refresh stripe --from -",
        "{} check",
        'payment-webhooks deploy --suffix prod --parameter "ProviderAddresses=$({} value)"',
    ],
    exit_codes=[EXIT_FOUND],
)
def provider_addresses() -> None:
    """Keep the addresses that providers publish.

    They are for the parameter ProviderAddresses. A provider's list is read from its own URL, or from a file that
    somebody has downloaded (--from), checked, compared with what was there, and written to
    environments/addresses/providers.toml for a review and a commit.
    """


@provider_addresses.command()
@file_option
@json_option
def value(path: Path, as_json: bool) -> None:
    """Print the parameter's value."""
    with bad_lists_told():
        text = lists.parameter_value(read_lists(path))
    answer({"value": text}, as_json, lambda: click.echo(text))


@provider_addresses.command()
@file_option
@json_option
def check(path: Path, as_json: bool) -> int:
    """Find the lists that were never read, or are old."""
    with bad_lists_told():
        known = read_lists(path)
        problems = list(lists.problems(known, today()))
    lines = problems or [f"{len(known)} lists are as they should be"]
    answer({"problems": problems}, as_json, lambda: click.echo("\n".join(lines)))
    if problems:
        again = command_line("provider-addresses", "refresh", "PROVIDER")
        click.echo(f"{counted(len(problems), 'list')} to refresh: {again}", err=True)
    return EXIT_FOUND if problems else EXIT_DONE


@provider_addresses.command()
@file_option
@json_option
@click.option(
    "--from",
    "source",
    type=click.File("r"),
    metavar="FILE",
    help="Read it instead of the URL; - is standard input.",
)
@click.option("--dry-run", is_flag=True, help="Show what has changed, and write nothing.")
@click.argument("provider", help="Whose list, such as stripe.")
def refresh(path: Path, source: TextIO | None, dry_run: bool, provider: str, as_json: bool) -> None:
    """Read a provider's list, show what has changed, write it."""
    with bad_lists_told():
        known = read_lists(path)
        if provider not in known:
            raise UsageError(f"there is no list of {provider!r}", f"there are: {', '.join(known)}")
        before = known[provider]
        addresses = lists.read_published(source.read(MAXIMUM_BYTES) if source else fetch(before.source))
        differences = lists.differences(before.addresses, addresses)
        if not dry_run:
            known[provider] = replace(before, refreshed=today(), addresses=addresses)
            path.write_text(lists.render(known), encoding="utf-8")
    document = {"provider": provider, "differences": differences}
    answer(document, as_json, lambda: click.echo("\n".join(differences or ["nothing has changed"])))


def read_lists(path: Path) -> dict[str, lists.Published]:
    return lists.read_file(path.read_text(encoding="utf-8"))


def today() -> date:
    return datetime.now(UTC).date()


@contextmanager
def bad_lists_told() -> Iterator[None]:
    """Raises UsageError for a list that cannot be used, or a file that cannot be read or written."""
    try:
        yield
    except (lists.BadList, OSError, UnicodeDecodeError) as error:
        raise UsageError(str(error), "nothing was written") from error


def fetch(url: str) -> str:
    """The text at an https URL; no redirects. Raises RolledBack when it does not come."""
    import urllib3

    if not url.startswith("https://"):
        raise UsageError(f"{url} is not https")
    try:
        answer = urllib3.request(
            "GET", url, redirect=False, retries=False, timeout=TIMEOUT_SECONDS, preload_content=False
        )
        text = answer.read(MAXIMUM_BYTES + 1)
    except urllib3.exceptions.HTTPError as error:
        raise RolledBack(f"{url}: {error}", "download it elsewhere and give it with --from FILE") from error
    if answer.status != 200 or len(text) > MAXIMUM_BYTES:
        raise RolledBack(
            f"{url} answered {answer.status} with {counted(len(text), 'byte')}", "nothing was written"
        )
    return text.decode("utf-8", "replace")
