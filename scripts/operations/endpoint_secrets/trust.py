"""What an endpoint trusts beside its provider: authorities and an API of tests, and bodies that nobody confirms.

Whoever holds a test authority's key signs as the provider does. So on AWS such settings are for test endpoints, and
only for who names the environment a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cryptography.x509 import load_pem_x509_certificate

from payment_webhooks.endpoints.secret_document import LIVE, EndpointSecret, trusted_besides_provider
from payment_webhooks.providers.event_list import AccountNotNamed, access_of
from scripts.command_line.errors import UsageError
from stacks.webhook_endpoints import endpoint_named


class Asked(NamedTuple):
    """What a command line says of trust. `is_local`: the local engine, where there is no money. `confirmed`: the
    environment was named a second time; `unconfirmed`: events that only a checksum vouches for are wanted.
    """

    is_local: bool
    confirmed: bool = False
    unconfirmed: bool = False
    local_authority: bool = False


def check_trust(endpoint: str, before: EndpointSecret, after: EndpointSecret, asked: Asked) -> None:
    """Raises UsageError for an edit that lets a test's authority or API vouch for money, unless it was there before."""
    if asked.is_local:
        return
    had, has = set(trusted_besides_provider(before)), set(trusted_besides_provider(after))
    turns_live = after.mode == LIVE and before.mode != LIVE
    if turns_live and had & has:
        raise UsageError(f"{endpoint} trusts what tests need, and would be live", "add --no-pins")
    added = has - had
    is_test_api = after.api is not None and after.api.base_url in added
    if after.mode == LIVE and (asked.local_authority or is_test_api):
        raise UsageError(
            f"{endpoint} is live: --local-authority and --api-url are for the local engine and for test endpoints"
        )
    if added and not asked.confirmed:
        raise UsageError(
            f"who holds the key of such an authority or API can sign for {endpoint}",
            "add --confirm with the environment's suffix if it must be",
        )
    if is_unconfirmed(endpoint, after) and not (is_unconfirmed(endpoint, before) or asked.unconfirmed):
        raise UsageError(
            f"{endpoint} would take live money on a checksum: without --api-client-id no event is confirmed",
            "give the API credentials, or --unconfirmed",
        )


def is_unconfirmed(endpoint: str, secret: EndpointSecret) -> bool:
    """Whether live events count that the provider was not asked for, though its signature proves no body."""
    asks = endpoint_named(endpoint).record.connect is not None
    return asks and secret.mode == LIVE and bool(secret.keys) and secret.api is None


def warnings(endpoint: str, secret: EndpointSecret) -> Iterator[str]:
    if secret.mode == LIVE and trusted_besides_provider(secret):
        yield (
            f"{endpoint} is live and trusts more than its provider: {', '.join(described(secret))};"
            " configure --no-pins takes it away"
        )
    if is_unconfirmed(endpoint, secret):
        yield (
            f"{endpoint} is live without API credentials: its signature proves no body, so its events stay unconfirmed;"
            " whoever sees one delivery can send another amount before it arrives; configure --api-client-id"
        )
    prefix = endpoint_named(endpoint).record.key_prefix
    for key in secret.keys:
        if not key.value.startswith(prefix):
            yield (
                f"{endpoint}'s key {key.id} does not begin with {prefix}, as its provider's do: what no other key"
                " verifies is answered 401; add the right one, and retire it"
            )
    if endpoint_named(endpoint).record.signs_url and secret.keys and not secret.notification_url:
        yield (
            f"{endpoint}'s provider signs the URL that is registered there, and none is set: every webhook is"
            " answered 503 until it is; configure --notification-url URL"
        )
    try:
        access_of(endpoint_named(endpoint).record, secret)
    except AccountNotNamed:
        yield (
            f"{endpoint} has API credentials and no account, so nothing looks for webhooks that never came;"
            " configure --account ID"
        )


def described(secret: EndpointSecret) -> list[str]:
    """Authorities by subject and end, and the API's URL."""
    urls = [secret.api.base_url] if secret.api is not None and secret.api.base_url else []
    return [*(_authority(pem) for pem in secret.trust_anchors), *urls]


def _authority(pem: str) -> str:
    try:
        certificate = load_pem_x509_certificate(pem.encode())
    except ValueError:
        return "an authority that can't be read"
    return f"{certificate.subject.rfc4514_string()} until {certificate.not_valid_after_utc:%Y-%m-%d}"
