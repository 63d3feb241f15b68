"""A PayPal that tells what a test wants, and events of its fixtures, confirmed by it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Mode
from payment_webhooks.providers.confirmation import Confirmation
from payment_webhooks.providers.paypal.event_lookup import EventLookup, Resources
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.processing import Processing
from tests.support.library.providers import normalise

EVENTS = Path(__file__).parents[2] / "events" / "paypal"
CREDENTIALS = ApiCredentials("client-1", "secret-1")
CAPTURE = "capture_completed_published.json"
CONTRADICTED = "not_as_paypal_tells"


class FakePayPal:
    """What PayPal tells by path; an exception is raised."""

    def __init__(self, answer: dict[str, Any] | Exception | None) -> None:
        self.answer = answer
        self.paths: list[str] = []

    def read(self, path: str) -> dict[str, Any] | None:
        self.paths.append(path)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def confirmation_by(
    secret: Callable[[], EndpointSecret], connect: Callable[[ApiCredentials, Mode], Resources]
) -> Confirmation:
    """With PayPal's API at hand as `connect` gives it."""
    paypal = PROVIDERS.get("paypal")._replace(connect=lambda *with_: EventLookup(connect(*with_)))
    return Confirmation({"paypal": secret}, PROVIDERS.with_provider(paypal))


def delivered(name: str) -> tuple[bytes, dict[str, Any], NormalisedEvent]:
    """An event's body, its resource and what it says."""
    body = (EVENTS / name).read_bytes()
    return body, json.loads(body)["resource"], normalise("paypal", body)


def confirm(name: str, paypal: FakePayPal) -> NormalisedEvent | None:
    body, _, event = delivered(name)
    secret = EndpointSecret(api=CREDENTIALS)
    return confirmation_by(lambda: secret, lambda *_: paypal).confirmed("paypal", body, event)


def processing(paypal: FakePayPal) -> Processing:
    secret = EndpointSecret(api=CREDENTIALS)
    confirmation = confirmation_by(lambda: secret, lambda *_: paypal)
    return Processing(confirm=confirmation.confirmed)
