"""A receiver with everything around it in memory, and requests signed as the providers sign them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.endpoints.secret_document import EndpointSecret, Mode, SecretKey
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.payloads import PayloadMissing
from payment_webhooks.inbox.store import Inbox
from payment_webhooks.providers.registry import PROVIDERS, Providers
from payment_webhooks.receiving.receiver import Receipt, Receiver
from payment_webhooks.receiving.request import WebhookRequest
from scripts.provider_simulator.local_authority import LocalAuthority, make_authority
from scripts.provider_simulator.simulator import sign
from tests.support.library.fake_dynamodb import FakeDynamoDB

INBOX = "inbox"
LEDGER = "ledger"
NOW = 1_760_000_000.0
KEY = "whsec_test_receiving_0001"
TABLES = {
    INBOX: (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP),
    LEDGER: (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP),
}


class FakePayloads:
    """The payload bucket; `down` makes it unreachable."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.down = False

    def put(self, key: str, content: bytes) -> None:
        self._check()
        self.objects[key] = content

    def get(self, key: str) -> bytes:
        self._check()
        if key not in self.objects:
            raise PayloadMissing
        return self.objects[key]

    def _check(self) -> None:
        if self.down:
            raise Unavailable("payload_store_unavailable")


class FakeSecret:
    """A secret in Secrets Manager: `value` is what is there now; None when it does not answer."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.fetches = 0
        self.while_loading: Callable[[], None] = lambda: None

    def load(self) -> Any:
        self.fetches += 1
        self.while_loading()
        if self.value is None:
            raise Unavailable("secretsmanager_timeout")
        return self.value


@dataclass
class Receiving:
    """`post` signs with `signing_key` and gives the request to the receiver. `now`: both clocks, in seconds.

    Each provider has one endpoint, of the same name.
    """

    dynamodb: FakeDynamoDB = field(default_factory=lambda: FakeDynamoDB(TABLES))
    payloads: FakePayloads = field(default_factory=FakePayloads)
    fingerprint_key: FakeSecret = field(default_factory=lambda: FakeSecret(b"f" * 64))
    mode: Mode = "test"
    account: str | None = None
    signing_key: str = KEY
    now: float = NOW
    pinned: bool = True
    certificate_error: Exception | None = None
    client: Callable[[FakeDynamoDB], Api] = lambda dynamodb: dynamodb
    providers: Providers = PROVIDERS

    def __post_init__(self) -> None:
        self.authority = _authority(self.mode)
        self.secrets = {name: FakeSecret(self.secret(KEY)) for name in self.providers.names}
        self.receiver = Receiver(
            endpoints={
                name: Endpoint(name, name, CachedSecret(self.secrets[name].load, lambda: self.now))
                for name in self.providers.names
            },
            fingerprint_key=CachedSecret(self.fingerprint_key.load, lambda: self.now),
            inbox=Inbox(self.client(self.dynamodb), INBOX),
            payloads=self.payloads,
            fetch_certificate=self._fetch_certificate,
            deadline=Deadline(lambda: self.now),
            clock=lambda: self.now,
            providers=self.providers,
        )

    def secret(self, *keys: str) -> EndpointSecret:
        return EndpointSecret(
            mode=self.mode,
            account=self.account,
            keys=tuple(SecretKey(f"id-of-{key}", key) for key in keys),
            notification_url="https://example.com/webhook/square",
            certificates=self.authority.certificates if self.pinned else {},
            trust_anchors=self.authority.trust_anchors,
        )

    def request(
        self, endpoint: str, body: bytes, headers: Sequence[tuple[str, str]] | None = None
    ) -> WebhookRequest:
        sent = headers if headers is not None else self.headers(endpoint, body)
        return WebhookRequest(
            endpoint=endpoint,
            headers=tuple((name.lower(), value) for name, value in sent),
            body=body,
            source_ip="192.0.2.7",
            trace_id="Root=1-2-3",
            request_id="request-1",
        )

    def headers(self, endpoint: str, body: bytes) -> list[tuple[str, str]]:
        return sign(endpoint, body, self.secret(self.signing_key), self.now, self.authority)

    def post(
        self,
        endpoint: str,
        body: bytes,
        headers: Sequence[tuple[str, str]] | None = None,
        seconds_later: float = 1,
    ) -> Receipt:
        self.now += seconds_later
        return self.receiver.receive(self.request(endpoint, body, headers))

    def inbox(self) -> list[dict[str, Any]]:
        """Webhooks and conflicts, without the guards."""
        items = self.dynamodb.items(INBOX)
        return [item for item in items if item[contract.STATUS]["S"] != contract.STATUS_GUARD]

    def guards(self) -> list[dict[str, Any]]:
        items = self.dynamodb.items(INBOX)
        return [item for item in items if item[contract.STATUS]["S"] == contract.STATUS_GUARD]

    def _fetch_certificate(self, url: str) -> bytes:
        if self.certificate_error is not None:
            raise self.certificate_error
        return self.authority.certificates[url].encode()


def text(item: Mapping[str, Any], name: str) -> str:
    """A string attribute of a DynamoDB item."""
    value: str = item[name]["S"]
    return value


def event(provider: str = "internal", **changes: Any) -> bytes:
    """A readable event of the provider. `changes` replace top-level fields; None removes one."""
    document = {**_EVENTS[provider], **changes}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


_EVENTS: Mapping[str, dict[str, Any]] = {
    "internal": {
        "id": "ev-1",
        "type": "payment",
        "created_at": "2025-10-09T06:07:40Z",
        "transaction_id": "t-1",
        "amount_minor": 1099,
        "currency": "EUR",
        "status": "succeeded",
        "customer_id": "c-1",
    },
    "stripe": {
        "id": "evt_1",
        "object": "event",
        "type": "customer.created",
        "created": 1_759_990_060,
        "livemode": False,
        "pending_webhooks": 1,
        "data": {"object": {"id": "cus_1", "object": "customer"}},
    },
    "paypal": {
        "id": "WH-1",
        "event_type": "PAYMENT.CAPTURE.PENDING",
        "create_time": "2025-10-09T10:03:07.940Z",
        "resource_type": "capture",
        "resource": {"id": "3CP1", "status": "PENDING", "amount": {"currency_code": "USD", "value": "1.00"}},
    },
    "square": {
        "event_id": "e7f3",
        "merchant_id": "ML1",
        "type": "payment.updated",
        "created_at": "2025-10-09T10:03:07.940Z",
        "data": {"type": "payment", "id": "p1", "object": {}},
    },
}


@cache  # a key takes a while to make
def _authority(mode: Mode) -> LocalAuthority:
    return make_authority(mode, datetime.fromtimestamp(NOW, UTC))
