"""Requests as each provider of the registry sends them, and the example of a new one, to be forged in tests."""

import json
from datetime import UTC, datetime

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from payment_webhooks.errors import Rejected, Unavailable
from payment_webhooks.headers import Headers
from payment_webhooks.providers.provider import Provider
from payment_webhooks.providers.registry import PROVIDERS
from scripts.provider_simulator.simulator import Simulator, simulator_of
from tests.support.example_provider import provider as example
from tests.support.example_provider.simulator import SIMULATOR as EXAMPLE_SIMULATOR
from tests.support.library.receiving import KEY, NOW, Receiving, event

RECEIVING = Receiving()
RECEIVING_TIME = datetime.fromtimestamp(NOW, UTC)
EXAMPLE_KEY = "00ffa1" * 8
EXAMPLE_ITEM = {
    "reference": "R-1",
    "code": "CAPTURE",
    "date": "2025-10-09T06:07:40+02:00",
    "success": "true",
    "amount": {"currency": "ISK", "value": 129900},
}
EXAMPLE_EVENT = json.dumps({"live": "false", "notificationItems": [{"item": EXAMPLE_ITEM}]}).encode()
NAMES = (*PROVIDERS.names, example.PROVIDER.name)


class Sender:
    """One provider with a secret, its simulator and a readable event."""

    def __init__(self, name: str) -> None:
        is_example = name == example.PROVIDER.name
        self.record: Provider = example.PROVIDER if is_example else PROVIDERS.get(name)
        self.simulator: Simulator = EXAMPLE_SIMULATOR if is_example else simulator_of(name)
        self.body = EXAMPLE_EVENT if is_example else event(name)
        self.secret = RECEIVING.secret(EXAMPLE_KEY if is_example else KEY)
        self.fetched: list[str] = []

    def headers(self, body: bytes | None = None, key: str | None = None, now: float = NOW) -> Headers:
        """As the provider sends them; `key` signs in the place of the endpoint's own."""
        secret = self.secret if key is None else self.secret._replace(keys=(SecretKey("other", key),))
        sent = self.simulator.sign(self.body if body is None else body, secret, now, RECEIVING.authority)
        return tuple((name.lower(), value) for name, value in sent)

    def takes(
        self,
        headers: Headers,
        body: bytes | None = None,
        secret: EndpointSecret | None = None,
        now: float = NOW,
    ) -> bool:
        """Whether the request counts as authentic. Another error than a refusal is raised."""
        body = self.body if body is None else body
        secret = self.secret if secret is None else secret
        try:
            self.record.verify(headers, body, secret, now, self._fetch)
        except Rejected:
            return False
        except Unavailable as error:
            if error.reason != "endpoint_not_configured":
                raise
            return False
        return True

    def signed_names(self) -> list[str]:
        """The headers that the signature needs: without one of them nothing is taken."""
        headers = self.headers()
        return [name for name, _ in headers if not self.takes(without(headers, name))]

    def _fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        return RECEIVING.authority.certificates[url].encode()


def without(headers: Headers, name: str) -> Headers:
    return tuple(header for header in headers if header[0] != name)


def changed(headers: Headers, name: str, written: str) -> Headers:
    return tuple((each, written if each == name else value) for each, value in headers)
