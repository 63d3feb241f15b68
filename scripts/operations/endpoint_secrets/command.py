"""Set, add, retire and list the keys with which an endpoint's webhooks are verified.

A roll without a lost webhook:
  1. add     the new key; the old and the new one are both live now
  2. switch  the provider to it (Stripe: "Roll secret"; Square: new signature key; PayPal: new webhook id)
  3. wait    until nothing is verified by the old key any more (retries come for up to three days)
  4. retire  the old key, by its id

A value is never an argument, where others on the machine and the shell's history would see it: it is asked
for, or read from --value-file FILE, or from standard input (--value-file -).
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from payment_webhooks.endpoints.secret_document import (
    ApiCredentials,
    EndpointSecret,
    add_key,
    pin_certificates,
    retire_key,
    set_keys,
)
from scripts.command_line.aws_target import target_from
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import ToolError, UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import state_folder
from scripts.operations.endpoint_secrets.key_use import Use, use_of_keys
from scripts.operations.endpoint_secrets.store import (
    Edit,
    configure,
    edit_secret,
    read_secret,
    read_value,
    refuse_other_credentials,
    summary,
)
from scripts.provider_simulator.paypal_authority import AUTHORITY_FOLDER, ensure_authority
from stacks.names import Names
from stacks.webhook_endpoints import ENDPOINTS

EXAMPLES = """examples:
  python scripts/endpoint_secrets.py --suffix dev --endpoint stripe set --environment test
  pass show stripe/dev | python scripts/endpoint_secrets.py --suffix dev --endpoint stripe add --value-file -
  python scripts/endpoint_secrets.py --suffix dev --endpoint square set --notification-url https://hooks.example.com/v1/webhook/square
  python scripts/endpoint_secrets.py --suffix dev --endpoint stripe list --json
  python scripts/endpoint_secrets.py --suffix dev --endpoint stripe list --use
  python scripts/endpoint_secrets.py --suffix dev --endpoint stripe retire key-20261121T093000Z

exit codes: 0 done, 2 wrong usage, or nothing is deployed there (nothing was changed), 3 refused by AWS"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--suffix", required=True, help="the environment's suffix, as given to deploy.py")
    top.add_argument("--endpoint", required=True, choices=[endpoint.name for endpoint in ENDPOINTS])
    top.add_argument("--region", help="default: the profile's, else us-east-1")
    top.add_argument("--profile", help="AWS profile")
    top.add_argument("--local", action="store_true", help="the running local engine instead of AWS")
    actions = top.add_subparsers(dest="action", required=True, metavar="set|add|configure|retire|list")
    for name, text in (
        ("set", "replace all keys by one"),
        ("add", "make one more key live"),
        ("configure", "change settings, no key"),
    ):
        action = actions.add_parser(name, help=text)
        if name != "configure":
            action.add_argument(
                "--value-file", metavar="FILE", help="read the key from FILE; - is standard input"
            )
        _add_settings(action)
    actions.add_parser("retire", help="take one key out").add_argument("key_id", help="as `list` shows it")
    listing = actions.add_parser("list", help="show the live keys, never their values")
    listing.add_argument(
        "--use", action="store_true", help="also how many webhooks each has verified in three days"
    )
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="machine-readable answer on standard output")
    return top


def _add_settings(action: argparse.ArgumentParser) -> None:
    """What an endpoint's secret holds besides keys."""
    action.add_argument("--api-client-id", metavar="ID", help="PayPal: confirm events with PayPal's API")
    action.add_argument("--api-client-secret-file", metavar="FILE", help="PayPal: that application's secret")
    action.add_argument("--api-url", metavar="URL", help="PayPal: a stand-in for PayPal's API, in tests")
    action.add_argument("--environment", choices=["live", "test"], help="what the endpoint expects")
    action.add_argument("--account", help="the provider's account that events must belong to; any: no check")
    action.add_argument("--notification-url", help="Square: the URL exactly as it is registered there")
    action.add_argument(
        "--certificate",
        action="append",
        default=[],
        metavar="URL=FILE",
        help="PayPal: pin the chain of URL",
    )
    action.add_argument(
        "--trust-anchor", action="append", default=[], metavar="FILE", help="PayPal: PEM file"
    )
    action.add_argument(
        "--local-authority",
        action="store_true",
        help="PayPal: pin a certificate of this machine's test authority",
    )


def pinned(arguments: argparse.Namespace) -> tuple[dict[str, str], tuple[str, ...]]:
    """Certificate chains by URL, and trust anchors, as PEM. Raises UsageError for an unreadable file."""
    certificates: dict[str, str] = {}
    try:
        for pair in arguments.certificate:
            url, separator, file = pair.partition("=")
            if not separator:
                raise UsageError(f"--certificate {pair}: it is URL=FILE")
            certificates[url] = Path(file).read_text(encoding="ascii")
        anchors = tuple(Path(file).read_text(encoding="ascii") for file in arguments.trust_anchor)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"a certificate can't be read: {error}") from error
    return certificates, anchors


def pin_local_authority(secret: EndpointSecret) -> EndpointSecret:
    """This machine's test authority, beside what is pinned already, with a leaf for what the endpoint expects."""
    authority = ensure_authority(state_folder(ROOT) / AUTHORITY_FOLDER, secret.environment)
    anchors = (
        *(each for each in secret.trust_anchors if each != authority.authority_pem),
        authority.authority_pem,
    )
    return pin_certificates(
        secret, {**secret.certificates, authority.certificate_url: authority.chain_pem}, anchors
    )


def edit_from(arguments: argparse.Namespace, now: datetime) -> Edit:
    """The edit that the arguments ask for; the key's value is read here, before anything is opened."""
    if arguments.action == "retire":
        return lambda secret: retire_key(secret, arguments.key_id)
    keyed = key_edit(arguments, now)
    certificates, anchors = pinned(arguments)
    api = api_credentials(arguments)

    def edit(secret: EndpointSecret) -> EndpointSecret:
        settings = (arguments.environment, arguments.account, arguments.notification_url)
        edited = configure(keyed(secret), *settings, certificates, anchors)
        edited = pin_local_authority(edited) if arguments.local_authority else edited
        return replace(edited, api=api) if api else edited

    return edit


def key_edit(arguments: argparse.Namespace, now: datetime) -> Edit:
    if arguments.action == "configure":
        return lambda secret: secret
    value = read_value(arguments.value_file, getpass.getpass)
    refuse_other_credentials(value)
    if arguments.action == "set":
        return lambda secret: set_keys(secret, (value,), now)
    return lambda secret: add_key(secret, value, now)


def api_credentials(arguments: argparse.Namespace) -> ApiCredentials | None:
    """Raises UsageError when only a part is given, or the file can't be read."""
    if not arguments.api_client_id:
        if arguments.api_client_secret_file or arguments.api_url:
            raise UsageError("--api-client-id is missing")
        return None
    secret = read_value(
        arguments.api_client_secret_file, lambda _: getpass.getpass("API secret (not shown): ")
    )
    return ApiCredentials(arguments.api_client_id, secret, arguments.api_url)


def show(endpoint: str, secret: EndpointSecret, as_json: bool, uses: Mapping[str, Use] | None = None) -> None:
    """`uses` by key id, where they were asked for."""
    shown = summary(endpoint, secret, uses)
    if as_json:
        print(json.dumps(shown, indent=2, sort_keys=True))
        return
    table = Table("key", "added", title=f"{endpoint}: {len(secret.keys)} live, expects {secret.environment}")
    for heading in ("webhooks in 3 days", "last (hour)") if uses is not None else ():
        table.add_column(heading)
    for key in shown["keys"]:
        table.add_row(*(str(value) for value in key.values()))
    OutputConsole().print(table)


def say_started_anew() -> None:
    print(
        "the document could not be read and is started anew: environment, account, notification URL and pinned"
        " certificates are the defaults, but for what is given now",
        file=sys.stderr,
    )


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """As argparse does, but what it does not know is not repeated: it may be a key, and errors are kept in logs."""
    top = parser()
    arguments, unknown = top.parse_known_args(argv)
    if unknown:
        top.error(f"{len(unknown)} arguments too many; a key is never an argument: see --value-file")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse(argv)
    try:
        target = target_from(arguments.region, arguments.profile, arguments.local)
        client = target.client("secretsmanager")
        uses: Mapping[str, Use] | None = None
        secret_id = Names(check_suffix(arguments.suffix)).endpoint_secret(arguments.endpoint)
        if arguments.action == "list":
            secret = read_secret(client, secret_id)
            if arguments.use:
                key_ids = [key.id for key in secret.keys]
                uses = use_of_keys(target, arguments.suffix, arguments.endpoint, key_ids, datetime.now(UTC))
        else:
            start_anew = say_started_anew if arguments.action == "set" else None
            secret = edit_secret(client, secret_id, edit_from(arguments, datetime.now(UTC)), start_anew)
        show(arguments.endpoint, secret, arguments.json, uses)
    except ToolError as error:
        print(
            f"error: {error.message}" + (f"\n  {error.next_step}" if error.next_step else ""), file=sys.stderr
        )
        return error.exit_code
    except EOFError:
        print(
            "error: there is nobody to ask for the key\n  give --value-file FILE, or - for standard input",
            file=sys.stderr,
        )
        return UsageError.exit_code
    return EXIT_DONE
