"""Signs and freshens webhooks as each provider does, to try the system and to test it.

A provider's simulator is SIMULATOR in the module of this package that has the provider's name. It is written apart from
the library's verification, so that a mistake in one is not hidden by the same one in the other.
"""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NamedTuple

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from payment_webhooks.providers.registry import PROVIDERS
from scripts.provider_simulator.local_authority import LocalAuthority, make_authority

SentHeaders = list[tuple[str, str]]


class Simulator(NamedTuple):
    """How one provider sends.

    sign: body, secret (with a key), Unix time and authority -> the headers of one attempt, without the content type.
        Raises ValueError, which says what the secret lacks.
    freshen: event, new id, Unix time: makes the parsed event another one, created now.
    signs_with_certificate: whether `sign` needs an authority, whose certificate the endpoint's secret pins. The keys
        are then no secret: a forger knows them, but not the authority's signing key.
    """

    sign: Callable[[bytes, EndpointSecret, float, LocalAuthority | None], SentHeaders]
    freshen: Callable[[dict[str, Any], str, float], None]
    signs_with_certificate: bool = False


def simulator_of(provider: str) -> Simulator:
    """Raises Unavailable("unknown_provider")."""
    PROVIDERS.get(provider)
    simulator: Simulator = import_module(f"{__package__}.{provider}").SIMULATOR
    return simulator


def sign(
    provider: str,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    authority: LocalAuthority | None = None,
) -> SentHeaders:
    """The headers of one delivery attempt at `now_seconds` (Unix time). Each attempt is signed anew.

    Raises ValueError when the secret has no key or lacks something else that the provider signs with, or when there is
    no authority and the provider signs with a certificate.
    """
    if not secret.keys:
        raise ValueError("the endpoint's secret has no key yet")
    content_type = ("Content-Type", "application/json")
    return [content_type, *simulator_of(provider).sign(body, secret, now_seconds, authority)]


def forge(
    provider: str,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    authority: LocalAuthority | None = None,
) -> SentHeaders:
    """The headers of someone who knows all but the keys: well-formed, fresh, signed by another key."""
    if simulator_of(provider).signs_with_certificate:
        stranger = make_authority(secret.mode, datetime.fromtimestamp(now_seconds, UTC))
        if authority is not None:
            stranger = replace(authority, signer_key=stranger.signer_key)
        return sign(provider, body, secret, now_seconds, stranger)
    guesses = tuple(SecretKey(key.id, secrets.token_hex(32)) for key in secret.keys[:1])
    return sign(provider, body, secret._replace(keys=guesses), now_seconds)


def freshened(provider: str, body: bytes, now_seconds: float) -> bytes:
    """The same event as a new one: another id, created now. The JSON is written anew.

    Raises ValueError when the body is no JSON object.
    """
    event = json.loads(body)
    if not isinstance(event, dict):
        raise ValueError("the event is not a JSON object")
    simulator_of(provider).freshen(event, f"fresh_{uuid.uuid4().hex}", now_seconds)
    return json.dumps(event).encode()


def timestamped_signature(body: bytes, keys: tuple[SecretKey, ...], timestamp: int) -> str:
    """`t=...,v1=...`, of Stripe and of in-house senders: https://docs.stripe.com/webhooks#verify-manually"""
    signed = f"{timestamp}.".encode() + body
    signatures = [hmac.new(key.value.encode(), signed, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={timestamp}", *(f"v1={signature}" for signature in signatures)])
