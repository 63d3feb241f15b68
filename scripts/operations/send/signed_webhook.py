"""A webhook as it is sent to a deployed endpoint: its body, its URL, and headers signed with the endpoint's own key."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

import urllib3

from payment_webhooks.endpoints.secret_document import EndpointSecret
from scripts.cloudformation.live_stack import webhook_url
from scripts.command_line.copyable_command import command_line, copyable
from scripts.command_line.environment import Environment
from scripts.command_line.errors import UsageError
from scripts.command_line.project_paths import ROOT
from scripts.local_engine.state import state_folder
from scripts.operations.endpoint_secrets.store import read_secret
from scripts.provider_simulator.delivery import Delivery, deliver_times
from scripts.provider_simulator.local_authority import (
    AUTHORITY_FOLDER,
    AuthorityUnusable,
    LocalAuthority,
    pinned_authority,
)
from scripts.provider_simulator.simulator import SentHeaders, forge, freshened, sign, simulator_of
from stacks.webhook_endpoints import endpoint_named


def send_signed(
    environment: Environment,
    endpoint: str,
    event: BinaryIO,
    url: str | None,
    count: int,
    *,
    forged: bool,
    fresh: bool,
    agree: Callable[[EndpointSecret], None],
) -> list[Delivery]:
    """Send the file's bytes `count` times, each signed anew. `url` None: the endpoint's own. Raises UsageError.

    agree: is told the endpoint's secret before anything is sent, and raises where nothing is to be.
    """
    provider = endpoint_named(endpoint).provider
    body = read_body(event, provider, fresh=fresh)
    target, names = environment.target, environment.names
    url = url or webhook_url(target, names, endpoint)
    secret = read_secret(target.client("secretsmanager"), names.endpoint_secret(endpoint))
    agree(secret)
    authority = (
        authority_of(endpoint, secret, forged) if simulator_of(provider).signs_with_certificate else None
    )
    return deliver_times(
        count, lambda: headers(provider, body, secret, forged, authority), urllib3.PoolManager(), url, body
    )


def read_body(event: BinaryIO, provider: str, *, fresh: bool) -> bytes:
    """The file's bytes; with `fresh` as a new event. Raises UsageError."""
    body = event.read()
    try:
        return freshened(provider, body, time.time()) if fresh else body
    except ValueError as error:
        raise UsageError(f"{event.name} can't get a fresh id: it is no JSON object") from error


def authority_of(endpoint: str, secret: EndpointSecret, forged: bool) -> LocalAuthority | None:
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
            "pin it: "
            + copyable("endpoint-secrets", "configure", "--endpoint", endpoint, "--local-authority"),
        ) from error


def headers(
    provider: str, body: bytes, secret: EndpointSecret, forged: bool, authority: LocalAuthority | None
) -> SentHeaders:
    """One delivery's headers. Raises UsageError when the endpoint has no key, or lacks what its provider signs."""
    try:
        return (forge if forged else sign)(provider, body, secret, time.time(), authority)
    except ValueError as error:
        raise UsageError(
            str(error), f"set it: {command_line('endpoint-secrets', 'set', '--help')}"
        ) from error
