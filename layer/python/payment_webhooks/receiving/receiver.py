"""The webhook receiver: verify, mask, store with one atomic write, and only then say yes.

`Receiver.receive` decides and stores; `answer.handle` turns its result, or what went wrong, into an HTTP answer.
Nothing authentic is refused: what can't be read, or is not what the endpoint expects, is stored with a status
that says so.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.endpoints.secret_document import (
    LIVE,
    EndpointSecret,
    key_age_days,
    trusted_besides_provider,
)
from payment_webhooks.errors import (
    InvalidSignature,
    Unavailable,
    UnknownEndpoint,
    UnreadableEvent,
    UnusedEndpoint,
)
from payment_webhooks.headers import single_header
from payment_webhooks.inbox.items import (
    UNREADABLE_PREFIX,
    UNREADABLE_TIMESTAMP,
    Delivery,
    Webhook,
    build_item,
)
from payment_webhooks.inbox.payloads import PayloadStore, place
from payment_webhooks.inbox.store import Inbox, Stored
from payment_webhooks.masking.mask import MaskedBody, mask
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.provider import Acknowledgement, FetchCertificate, Provider, read_envelope
from payment_webhooks.providers.registry import PROVIDERS, Providers
from payment_webhooks.receiving.fingerprint import canonical, fingerprint
from payment_webhooks.receiving.judgement import judge
from payment_webhooks.receiving.request import WebhookRequest
from payment_webhooks.timestamps import utc_timestamp

# Square gives up after 10 s, the shortest known; the rest is for the network and the gateway.
DEADLINE_SECONDS = 8.0
NOT_CONFIGURED = "endpoint_not_configured"  # no key: the endpoint is not used, or not yet
SETTING_MISSING = "endpoint_setting_missing"  # it has a key, and lacks what its provider signs with it


class Receipt(NamedTuple):
    """What became of a webhook. `outcome`: accepted, duplicate, conflict, quarantined, unexpected
    or ignored.

    `acknowledgement`: the answer that the provider demands; None for ours.
    `trusts_others`: a live endpoint trusts authorities or an API beside its provider's.
    `key_age_days`: since the key that verified it was added; None where the secret does not say.
    `secret_age_seconds` is there when the endpoint's secret should have been fetched anew and could not.
    """

    outcome: str
    webhook_id: str
    webhook: Webhook
    verified_by: str
    masked: Mapping[str, int]
    acknowledgement: Acknowledgement | None = None
    secret_age_seconds: float | None = None
    trusts_others: bool = False
    key_age_days: int | None = None


class Examined(NamedTuple):
    """What an authentic body is; `envelope`: what was read of it, None for an unreadable one."""

    webhook: Webhook
    envelope: Envelope | None


class Receiver:
    """Everything that one container keeps between requests. `clock` gives Unix seconds."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        fingerprint_key: CachedSecret[bytes],
        inbox: Inbox,
        payloads: PayloadStore,
        fetch_certificate: FetchCertificate,
        deadline: Deadline,
        clock: Callable[[], float] = time.time,
        providers: Providers = PROVIDERS,
    ) -> None:
        self._endpoints = endpoints
        self._providers = providers
        self._fingerprint_key = fingerprint_key
        self._inbox = inbox
        self._payloads = payloads
        self._fetch_certificate = fetch_certificate
        self._deadline = deadline
        self._clock = clock

    def prepare(self) -> None:
        """Loads what requests need, before the first; what can't be had now is loaded by the request that needs it."""
        self._deadline.start(DEADLINE_SECONDS)
        for endpoint in self._endpoints.values():
            self._providers.get(endpoint.provider)
            with suppress(Unavailable):
                endpoint.secret.get()
        with suppress(Unavailable):
            self._fingerprint_key.get()

    def receive(self, request: WebhookRequest) -> Receipt:
        """Store one webhook, once.

        Raises UnknownEndpoint, UnusedEndpoint, MalformedRequest and InvalidSignature for what is not authentic,
        Unavailable when that can't be found out or stored in time; then nothing is stored, or it may be, and the
        sender's next attempt is a duplicate.
        """
        self._deadline.start(DEADLINE_SECONDS)
        endpoint = self._endpoints.get(request.endpoint)
        if endpoint is None:
            raise UnknownEndpoint("unknown_endpoint")
        provider = self._providers.get(endpoint.provider)
        secret, verified_by = self._verify(provider, endpoint, request)
        webhook, envelope = self._examine(endpoint, provider, request.body, secret)
        masked = mask(request.body)
        if masked.is_suspect:
            webhook, masked = _set_aside(webhook, provider, envelope, request.body, masked)
        body = place(masked.body, endpoint.name, webhook.fingerprint, self._payloads)
        delivery = Delivery(
            verified_by=verified_by,
            source_ip=request.source_ip,
            trace_id=request.trace_id,
            received_at=utc_timestamp(self._clock()),
            size_bytes=len(request.body),
        )
        stored = self._inbox.store(
            build_item(webhook, delivery, body),
            _transmission_id(provider, request),
            lambda money: _tells(provider, masked.body, money),
        )
        return Receipt(
            outcome=outcome_of(stored, webhook),
            webhook_id=webhook.webhook_id,
            webhook=webhook,
            verified_by=verified_by,
            masked=masked.counts,
            acknowledgement=provider.acknowledgement,
            secret_age_seconds=endpoint.secret.overdue_age_seconds(),
            trusts_others=secret.mode == LIVE and bool(trusted_besides_provider(secret)),
            key_age_days=key_age_days(secret, verified_by, self._clock()),
        )

    def _examine(
        self, endpoint: Endpoint, provider: Provider, body: bytes, secret: EndpointSecret
    ) -> Examined:
        """What the body is. Before it waits for a person, the secret is fetched anew, if it was not lately: its mode
        may have been set right since.
        """
        key = self._fingerprint_key.get()
        examined = examine(endpoint.name, provider, body, secret, key)
        if examined.webhook.status != contract.STATUS_UNEXPECTED:
            return examined
        newer = endpoint.secret.refetch()
        return examined if newer is None else examine(endpoint.name, provider, body, newer, key)

    def _verify(
        self, provider: Provider, endpoint: Endpoint, request: WebhookRequest
    ) -> tuple[EndpointSecret, str]:
        """The secret and the id of its key that verified. A failure may be a key that was set since: then the
        secret is fetched anew, if it was not lately, and tried once more.
        """
        secret = endpoint.secret.get()
        try:
            return secret, self._verify_with(secret, provider, request)
        except (InvalidSignature, UnusedEndpoint, Unavailable) as error:
            if isinstance(error, Unavailable) and error.reason != SETTING_MISSING:
                raise
            newer = endpoint.secret.refetch()
            if newer is None or newer == secret:
                raise
        return newer, self._verify_with(newer, provider, request)

    def _verify_with(self, secret: EndpointSecret, provider: Provider, request: WebhookRequest) -> str:
        try:
            return provider.verify(request.headers, request.body, secret, self._clock(), self._certificate)
        except Unavailable as error:
            if error.reason == NOT_CONFIGURED:
                raise UnusedEndpoint(NOT_CONFIGURED) from None
            raise

    def _certificate(self, url: str) -> bytes:
        self._deadline.limit(0)
        return self._fetch_certificate(url)


def examine(
    endpoint: str, provider: Provider, body: bytes, secret: EndpointSecret, fingerprint_key: bytes
) -> Examined:
    """What an authentic body is, and what is to become of it."""
    try:
        envelope = read_envelope(provider, body)
    except UnreadableEvent as error:
        digest = fingerprint(fingerprint_key, canonical(None, body))
        unreadable = Webhook(
            endpoint=endpoint,
            provider=provider.name,
            event_id=f"{UNREADABLE_PREFIX}{digest[:32]}",
            event_type=None,
            timestamp=UNREADABLE_TIMESTAMP,
            livemode=None,
            status=contract.STATUS_QUARANTINED,
            status_reason=error.reason,
            fingerprint=digest,
        )
        return Examined(unreadable, None)
    verdict = judge(envelope.livemode, envelope.account, secret)
    webhook = Webhook(
        endpoint=endpoint,
        provider=provider.name,
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        timestamp=envelope.created,
        livemode=envelope.livemode,
        status=verdict.status,
        status_reason=verdict.reason,
        fingerprint=fingerprint(
            fingerprint_key, canonical(envelope.document, body, provider.volatile_fields)
        ),
    )
    return Examined(webhook, envelope)


def _set_aside(
    webhook: Webhook, provider: Provider, envelope: Envelope | None, body: bytes, masked: MaskedBody
) -> tuple[Webhook, MaskedBody]:
    from payment_webhooks.receiving.card_data import set_aside  # only the rare webhook pays for the import

    return set_aside(webhook, provider, envelope, body, masked)


def _tells(provider: Provider, body: bytes, money: str) -> bool:
    from payment_webhooks.providers.told_money import money_in, tell_the_same  # only after a reconciliation

    return tell_the_same(money_in(provider, body), money)


def outcome_of(stored: Stored, webhook: Webhook) -> str:
    if stored != "new":
        return stored
    return "accepted" if webhook.status == contract.STATUS_RECEIVED else webhook.status


def _transmission_id(provider: Provider, request: WebhookRequest) -> str | None:
    """The id that may come with one body only, where the provider's signature can be taken to another body."""
    header = provider.transmission_id_header
    return None if header is None else single_header(request.headers, header)
