"""10,000 events at a provider, of which 3 % never came: how many are found and fed, how many doubled, time and calls.

    python benchmarks/reconcile_events.py [--events 10000] [--missed-percent 3]

The provider is a stand-in on this machine, which throttles each hundredth call for a second; the inbox is the local
engine's DynamoDB in this process. So the time is that of the list at its own rate, and of our code.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import project_imports  # noqa: F401 - finds the project

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, SecretKey
from payment_webhooks.inbox.fetched import FetchedEvents
from payment_webhooks.inbox.store import Inbox
from payment_webhooks.providers.event_list import Window
from payment_webhooks.receiving.receiver import Receiver
from payment_webhooks.receiving.request import WebhookRequest
from payment_webhooks.reconciling.reconciler import Reconciler, answer_of
from scripts.provider_simulator.simulator import sign
from tests.support.faults.aws import Aws
from tests.support.library.receiving import FakePayloads
from tests.support.provider_apis.event_lists import SECRET, EventLists, listed_event
from tests.support.provider_apis.server import ApiServer, Asked, serving

DAY_SECONDS = 24 * 3600
THROTTLED_EACH = 100
KEY = SecretKey("key-1", "whsec_benchmark")


class Counted:
    """DynamoDB, with the number of calls by operation."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.calls: Counter[str] = Counter()

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls[operation] += 1
        return self._aws.dynamodb(operation, parameters)


class System:
    """A receiver and a reconciler of one endpoint of Stripe's, over one table."""

    def __init__(self, server: ApiServer) -> None:
        credentials = ApiCredentials("reader", SECRET, server.url)
        self.secret = EndpointSecret(mode="live", keys=(KEY,), api=credentials)
        self.dynamodb = Counted(aws := Aws({}, {}))
        self.aws = aws
        endpoints = {"stripe": Endpoint("stripe", "stripe", CachedSecret(lambda: self.secret))}
        key: CachedSecret[bytes] = CachedSecret(lambda: b"f" * 64)
        payloads, deadline = FakePayloads(), Deadline()
        self.receiver = Receiver(
            endpoints, key, Inbox(aws.dynamodb, "inbox"), payloads, lambda _: b"", deadline
        )
        inbox = FetchedEvents(self.dynamodb, "inbox", lambda _: None)
        self.reconciler = Reconciler(endpoints, key, inbox, payloads, Deadline())

    def deliver(self, event: Mapping[str, Any]) -> None:
        body = json.dumps(event).encode()
        headers = tuple(
            (name.lower(), value) for name, value in sign("stripe", body, self.secret, time.time())
        )
        self.receiver.receive(WebhookRequest("stripe", headers, body, "192.0.2.7", "", "r"))

    def reconcile(self, window: Window) -> dict[str, Any]:
        """Answer by answer, as the command asks."""
        total: Counter[str] = Counter()
        since: int | None = window.since
        started = time.monotonic()
        while since is not None:
            answer = answer_of(self.reconciler.ask("stripe", Window(since, window.until), dry_run=False))
            assert answer["failure"] is None, answer
            total.update({name: answer[name] for name in ("listed", "missed", "fed", "conflicts", "calls")})
            total["answers"] += 1
            since = answer["next"]
        return {**total, "seconds": round(time.monotonic() - started, 1)}

    def copies(self) -> Counter[str]:
        items = self.aws.in_place("inbox")
        return Counter(item[contract.WEBHOOK_ID]["S"] for item in items if "event_id" in item)


def measure(events: int, missed_percent: float) -> dict[str, Any]:
    lists, now = EventLists(), int(time.time())
    chance = random.Random(1)  # noqa: S311 - no secret
    made_at = sorted(chance.randrange(now - DAY_SECONDS, now - 900) for _ in range(events))
    lists.stripe = [
        listed_event("stripe/pi_succeeded", f"evt_{number}", at) for number, at in enumerate(made_at)
    ]
    missed = set(chance.sample(range(events), round(events * missed_percent / 100)))
    with serving(_throttling(lists)) as server:
        system = System(server)
        for number, event in enumerate(lists.stripe):
            if number not in missed:
                system.deliver(event)
        window = Window(now - DAY_SECONDS, now)
        first = system.reconcile(window)
        calls = dict(system.dynamodb.calls)
        second = system.reconcile(window)
    copies = system.copies()
    fetched = [item for item in system.aws.in_place("inbox") if contract.SOURCE in item]
    return {
        "events": events,
        "never_delivered": len(missed),
        "found": first["missed"],
        "fed": first["fed"],
        "doubled": sum(number - 1 for number in copies.values()),
        "lost": events - len(copies),
        "right_ones": {item["event_id"]["S"] for item in fetched} == {f"evt_{number}" for number in missed},
        "first_run": {**first, "dynamodb": calls},
        "second_run": second,
    }


def _throttling(lists: EventLists) -> dict[tuple[str, str], Any]:
    routes, answered = lists.routes(), 0
    listed = routes["GET", "/v1/events"]

    def answer(asked: Asked) -> tuple[int, dict[str, Any]]:
        nonlocal answered
        answered += 1
        return (429, {}) if answered % THROTTLED_EACH == 0 else listed(asked)

    return {**routes, ("GET", "/v1/events"): answer}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--missed-percent", type=float, default=3.0)
    options = parser.parse_args()
    print(json.dumps(measure(options.events, options.missed_percent), indent=1))


if __name__ == "__main__":
    main()
