"""Send a webhook to a deployed endpoint, signed as its provider signs.

The key comes from the endpoint's secret, so whoever runs this may read that secret. The file's bytes are sent as they
are: a signature covers every blank. PayPal's signature is made with this machine's own test authority, whose
certificate `endpoint_secrets.py ... set --local-authority` pins in the secret.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import urllib3
from rich.table import Table

from payment_webhooks.contract import PROVIDER_PAYPAL
from payment_webhooks.endpoints.secret_document import EndpointSecret
from scripts.cloudformation.live_stack import read_stack
from scripts.command_line.argparse_command import run_command
from scripts.command_line.aws_target import Target, target_from
from scripts.command_line.console import OutputConsole
from scripts.command_line.environment_file import check_suffix
from scripts.command_line.errors import NotDeployed, ToolError, UsageError
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import state_folder
from scripts.operations.endpoint_secrets.store import read_secret
from scripts.provider_simulator.delivery import Delivery, checked_url, deliver_times, freshened
from scripts.provider_simulator.paypal_authority import (
    AUTHORITY_FOLDER,
    AuthorityUnusable,
    LocalAuthority,
    pinned_authority,
)
from scripts.provider_simulator.signatures import SentHeaders, forge, sign
from stacks.names import Names
from stacks.webhook_endpoints import ENDPOINTS

PROVIDER_OF: Final = {endpoint.name: endpoint.provider for endpoint in ENDPOINTS}
MAXIMUM_DUPLICATES: Final = 1000
EXAMPLES = """examples:
  python scripts/send.py --suffix dev --local --provider stripe --event tests/events/stripe/pi_succeeded.json
  python scripts/send.py --suffix dev --provider stripe --event event.json --duplicate 3
  python scripts/send.py --suffix dev --provider square --event event.json --forge
  python scripts/send.py --suffix dev --provider stripe --event event.json --fresh-id --json

exit codes: 0 each was answered as expected (200; with --forge 401; else what --expect says), 2 wrong usage, or
nothing is deployed there, 3 the secret can't be read, 4 another answer came,
or none"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--suffix", required=True, help="the environment's suffix, as given to deploy.py")
    top.add_argument("--provider", "--endpoint", dest="endpoint", required=True, choices=sorted(PROVIDER_OF))
    top.add_argument("--event", required=True, type=Path, metavar="FILE", help="the body, sent byte for byte")
    top.add_argument("--forge", action="store_true", help="sign with a key that is not the endpoint's")
    top.add_argument("--duplicate", type=int, default=0, metavar="N", help="send it N times more")
    top.add_argument(
        "--fresh-id", action="store_true", help="give the event a new id and time (rewrites the JSON)"
    )
    top.add_argument("--expect", type=int, metavar="CODE", help="the HTTP status that counts as success")
    top.add_argument("--url", help="post here instead of the endpoint's own URL")
    top.add_argument("--region", help="default: the profile's, else us-east-1")
    top.add_argument("--profile", help="AWS profile")
    top.add_argument("--local", action="store_true", help="the running local engine instead of AWS")
    top.add_argument("--json", action="store_true", help="machine-readable answers on standard output")
    return top


def read_body(arguments: argparse.Namespace, provider: str) -> bytes:
    """The file's bytes; with --fresh-id as a new event. Raises UsageError."""
    try:
        body = bytes(arguments.event.read_bytes())
        return freshened(provider, body, time.time()) if arguments.fresh_id else body
    except OSError as error:
        raise UsageError(f"{arguments.event} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{arguments.event} can't get a fresh id: it is no JSON object") from error


def given_url(text: str) -> str:
    """`text` itself. Raises UsageError when nothing can be posted there."""
    try:
        return checked_url(text)
    except ValueError as error:
        raise UsageError(f"--url {text!r} {error}", "give one like https://example.com/webhook") from error


def webhook_url(target: Target, names: Names, endpoint: str) -> str:
    """Where the endpoint listens. Raises UsageError when nothing is deployed under the suffix."""
    outputs = read_stack(target.client("cloudformation"), names.stack).outputs
    try:
        if target.endpoint_url is None:
            return f"{outputs['ApiEndpoint'].rstrip('/')}/webhook/{endpoint}"
        stage = outputs["ApiEndpoint"].rstrip("/").rsplit("/", 1)[1]
        return f"{target.endpoint_url}/restapis/{outputs['ApiId']}/{stage}/_user_request_/webhook/{endpoint}"
    except KeyError as error:
        raise NotDeployed(f"stack {names.stack}") from error


def authority_of(secret: EndpointSecret, forged: bool) -> LocalAuthority | None:
    """This machine's stand-in for PayPal, as the secret pins it; a forger can do without.

    Raises UsageError when there is none.
    """
    try:
        return pinned_authority(state_folder(ROOT) / AUTHORITY_FOLDER, secret, datetime.now(UTC))
    except AuthorityUnusable as error:
        if forged:
            return None
        raise UsageError(
            str(error),
            "pin it: python scripts/endpoint_secrets.py --endpoint paypal ... set --local-authority "
            f"--environment {secret.environment}",
        ) from error


def headers(
    provider: str, body: bytes, secret: EndpointSecret, forged: bool, authority: LocalAuthority | None
) -> SentHeaders:
    """One delivery's headers. Raises UsageError when the endpoint has no key, or lacks what its provider signs."""
    try:
        return (forge if forged else sign)(provider, body, secret, time.time(), authority)
    except ValueError as error:
        raise UsageError(str(error), "set it: python scripts/endpoint_secrets.py --help") from error


def show(deliveries: Sequence[Delivery], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(delivery) for delivery in deliveries], indent=2))
        return
    table = Table("answer", "body", "ms")
    for delivery in deliveries:
        table.add_row(str(delivery.status_code), json.dumps(delivery.body), f"{delivery.duration_ms:.0f}")
    OutputConsole().print(table)


def run(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.duplicate <= MAXIMUM_DUPLICATES:
        raise UsageError(f"--duplicate takes 0 to {MAXIMUM_DUPLICATES}")
    provider = PROVIDER_OF[arguments.endpoint]
    body = read_body(arguments, provider)
    target = target_from(arguments.region, arguments.profile, arguments.local)
    names = Names(check_suffix(arguments.suffix))
    url = (
        given_url(arguments.url)
        if arguments.url is not None
        else webhook_url(target, names, arguments.endpoint)
    )
    secret = read_secret(target.client("secretsmanager"), names.endpoint_secret(arguments.endpoint))
    authority = authority_of(secret, arguments.forge) if provider == PROVIDER_PAYPAL else None
    deliveries = deliver_times(
        1 + arguments.duplicate,
        lambda: headers(provider, body, secret, arguments.forge, authority),
        urllib3.PoolManager(),
        url,
        body,
    )
    show(deliveries, arguments.json)
    expected = arguments.expect or (401 if arguments.forge else 200)
    wrong = [delivery for delivery in deliveries if delivery.status_code != expected]
    if wrong:
        raise ToolError(
            f"{len(wrong)} of {len(deliveries)} were not answered {expected}", "see the answers above"
        )
    return EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return run_command(lambda console: run(arguments))
