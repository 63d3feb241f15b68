"""The command line of scripts/provider_addresses.py: the addresses that providers publish, as a parameter's value."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import urllib3

from scripts.command_line.errors import Refused, RolledBack, ToolError, UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.operations.provider_addresses import lists

FILE: Final = ENVIRONMENTS / "addresses" / "providers.toml"
TIMEOUT_SECONDS: Final = 10.0
MAXIMUM_BYTES: Final = 65_536
_DESCRIPTION: Final = """\
The addresses that providers publish, for the parameter ProviderAddresses. A provider's list is read from its
own URL, or from a file that somebody has downloaded (--from), checked, compared with what was there, and
written to environments/addresses/providers.toml for a review and a commit."""
_EPILOG: Final = """\
examples:
  python scripts/provider_addresses.py refresh stripe               from Stripe's own URL
  python scripts/provider_addresses.py refresh stripe --from -      from standard input, without a network
  python scripts/provider_addresses.py check
  python scripts/deploy.py --suffix prod --environment environments/prod.toml \\
      --parameter "ProviderAddresses=$(python scripts/provider_addresses.py value)"

exit codes: 0 done, 2 wrong usage or a list that cannot be used, 3 check found something, 4 no answer"""


def main(arguments: Sequence[str] | None = None, today: date | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _run(options, today or datetime.now(UTC).date())
    except ToolError as error:
        print(f"error: {error.message}\n{error.next_step}".rstrip(), file=sys.stderr)
        return error.exit_code
    return EXIT_DONE


def _run(options: argparse.Namespace, today: date) -> None:
    try:
        known = lists.read_file(options.file.read_text(encoding="utf-8"))
        if options.command == "value":
            print(lists.parameter_value(known))
        elif options.command == "check":
            _check(known, today)
        else:
            _refresh(options, known, today)
    except (lists.BadList, OSError) as error:
        raise UsageError(str(error), "nothing was written") from error


def _check(known: dict[str, lists.Published], today: date) -> None:
    found = list(lists.problems(known, today))
    for line in found:
        print(line)
    if found:
        raise Refused(f"{len(found)} to mend", "python scripts/provider_addresses.py refresh PROVIDER")
    print(f"{len(known)} lists are as they should be")


def _refresh(options: argparse.Namespace, known: dict[str, lists.Published], today: date) -> None:
    if options.provider not in known:
        raise UsageError(f"there is no list of {options.provider!r}", f"there are: {', '.join(known)}")
    before = known[options.provider]
    addresses = lists.read_published(_text(options.source, before.source))
    for line in lists.differences(before.addresses, addresses) or ["nothing has changed"]:
        print(line)
    if not options.dry_run:
        known[options.provider] = replace(before, refreshed=today, addresses=addresses)
        options.file.write_text(lists.render(known), encoding="utf-8")


def _text(source: str | None, url: str) -> str:
    if source == "-":
        return sys.stdin.read(MAXIMUM_BYTES)
    return Path(source).read_text(encoding="utf-8") if source else _fetch(url)


def _fetch(url: str) -> str:
    """The text at an https URL; no redirects. Raises RolledBack when it does not come."""
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
        raise RolledBack(f"{url} answered {answer.status} with {len(text)} bytes", "nothing was written")
    return text.decode("utf-8", "replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="provider_addresses.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--file", type=Path, default=FILE, help="the list (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("value", help="print the parameter's value")
    commands.add_parser("check", help="fail when a list was never read or is old")
    refresh = commands.add_parser("refresh", help="read a provider's list, show what changed, write it")
    refresh.add_argument("provider")
    refresh.add_argument(
        "--from", dest="source", metavar="FILE", help="instead of the URL; - for standard input"
    )
    refresh.add_argument("--dry-run", action="store_true", help="show what changed, and write nothing")
    return parser
