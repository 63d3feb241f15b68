"""A receiver, a reconciler and providers' stand-ins around the same inbox in memory."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.endpoints.secret_document import ApiCredentials
from payment_webhooks.inbox.fetched import FetchedEvents
from payment_webhooks.providers.event_list import Window
from payment_webhooks.reconciling.reconciler import EndpointRun, Reconciler
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.receiving import INBOX, TABLES, Receiving
from tests.support.provider_apis.event_lists import SECRET, EventLists, listed_event
from tests.support.provider_apis.server import ApiServer, serving

HOUR: Final = 3600
NAMES: Final = {
    "stripe": "stripe/pi_succeeded",
    "paypal": "paypal/capture_completed_published",
    "square": "square/payment_updated_completed",
}


@dataclass
class Reconciling:
    """`made` is made at the provider half an hour ago; `deliver` brings it as a webhook. Waiting moves the clock."""

    lists: EventLists
    server: ApiServer
    receiving: Receiving = field(default_factory=lambda: Receiving(FakeDynamoDB(TABLES, compared=False)))
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in NAMES:
            self.give_credentials(name)
        self.lists.paypal_webhooks = tuple(key.value for key in self.receiving.secrets["paypal"].value.keys)
        self.deadline = Deadline(self.now)
        self.deadline.start(800)
        self.inbox = FetchedEvents(self.receiving.dynamodb, INBOX, lambda attempts: None)
        self.endpoints = {name: Endpoint(name, name, self._secret(name)) for name in NAMES}
        self.reconciler = Reconciler(
            self.endpoints,
            CachedSecret(self.receiving.fingerprint_key.load, self.now),
            self.inbox,
            self.receiving.payloads,
            self.deadline,
            self.now,
            self.now,
            self._sleep,
            self.receiving.providers,
        )

    def _secret(self, name: str) -> CachedSecret[Any]:
        return CachedSecret(self.receiving.secrets[name].load, self.now, fresh_seconds=0)

    def give_credentials(self, name: str, *, none: bool = False) -> None:
        secret = self.receiving.secrets[name]
        api = None if none else ApiCredentials("reader", SECRET, self.server.url)
        secret.value = secret.value._replace(api=api)

    def now(self) -> float:
        return self.receiving.now

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.receiving.now += seconds

    def made(self, provider: str, event_id: str = "ev-1", seconds_ago: float = 1800) -> dict[str, Any]:
        event = listed_event(NAMES[provider], event_id, int(self.now() - seconds_ago))
        event |= {"livemode": False} if "livemode" in event else {}
        getattr(self.lists, provider).append(copy.deepcopy(event))
        return event

    def deliver(self, provider: str, event: dict[str, Any]) -> str:
        return self.receiving.post(provider, json.dumps(event).encode(), seconds_later=0).outcome

    def runs(self) -> list[EndpointRun]:
        """A scheduled run, as if it were begun anew."""
        self.deadline.start(800)
        return list(self.reconciler.run())

    def run(self, provider: str) -> EndpointRun:
        """What a scheduled run says of one endpoint."""
        (found,) = [run for run in self.runs() if run.endpoint == provider]
        return found

    def ask(self, provider: str, hours: float = 1, *, dry_run: bool = False) -> EndpointRun | None:
        window = Window(int(self.now() - hours * HOUR), int(self.now()))
        return self.reconciler.ask(provider, window, dry_run=dry_run)

    def statuses(self) -> list[str]:
        return sorted(item[contract.STATUS]["S"] for item in self.receiving.inbox())


@contextmanager
def reconciling() -> Iterator[Reconciling]:
    lists = EventLists()
    with serving(lists.routes()) as server:
        yield Reconciling(lists, server)
