"""Finds events that a provider made and that never came, and feeds them: each hour, and when a person asks.

Only endpoints whose secret has API credentials are looked at. A provider that does not answer delays nobody: what was
not compared is compared by the next run, as far back as the provider lists its events.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.fetched import FetchedEvents, Progress
from payment_webhooks.inbox.payloads import PayloadStore
from payment_webhooks.providers.event_list import EventPage, ListAccess, Window
from payment_webhooks.providers.registry import PROVIDERS, Providers
from payment_webhooks.reconciling.balance import BalancePart, balance_part
from payment_webhooks.reconciling.comparison import Compared, Comparison
from payment_webhooks.reconciling.patient_list import (
    NO_TIME_LEFT,
    RESERVED_SECONDS,
    ListUnavailable,
    PatientList,
)
from payment_webhooks.reconciling.windows import SETTLE_SECONDS, due, kept, slices
from payment_webhooks.telemetry.logs import trace_id

# Of one answer to a person, who sees how far it has come.
ANSWER_SECONDS: Final = 20.0
MOST_IDS: Final = 20


class EndpointRun(NamedTuple):
    """What became of one endpoint. `next_since`: where to go on, None at the end. `behind_seconds`: for how long events
    have not been compared that should have been; None when a person asked. `forgotten`: what the provider does not list
    any more. `failure` ended the run.
    """

    endpoint: str
    compared: Compared
    calls: int
    next_since: int | None
    behind_seconds: float | None = None
    forgotten: Window | None = None
    failure: Unavailable | None = None


class Reconciler:
    """`deadline` is the invocation's; `clock` gives Unix seconds, `sleep` waits."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        fingerprint_key: CachedSecret[bytes],
        inbox: FetchedEvents,
        payloads: PayloadStore,
        deadline: Deadline,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        providers: Providers = PROVIDERS,
    ) -> None:
        self._endpoints = endpoints
        self._fingerprint_key = fingerprint_key
        self._inbox = inbox
        self._payloads = payloads
        self._deadline = deadline
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._providers = providers

    def run(self) -> list[EndpointRun]:
        """Each endpoint with credentials, from where the last run stopped; all have the same share of the time."""
        runs = []
        for number, endpoint in enumerate(self._endpoints.values()):
            share = self._deadline.remaining_seconds() / (len(self._endpoints) - number)
            try:
                run = self._go_on(endpoint, share)
            except Unavailable as error:  # before anything was listed
                run = EndpointRun(endpoint.name, Compared(), 0, None, failure=error)
            if run is not None:
                runs.append(run)
        return runs

    def ask(self, endpoint: str, window: Window, *, dry_run: bool) -> EndpointRun | None:
        """A part of the window, the oldest first, in about ANSWER_SECONDS; None for an endpoint without credentials.

        Raises KeyError for an endpoint that there is not, Unavailable when something of ours does not answer.
        """
        found = self._endpoints[endpoint]
        # A part that was begun is read to its end: else one that takes longer would never be answered.
        reader = self._reader(found, self._deadline.remaining_seconds(), ANSWER_SECONDS)
        if reader is None:
            return None
        listed = kept(window, self._clock(), self._providers.get(found.provider).listed_days)
        return reader.read(listed.window, lambda _: True, dry_run)._replace(forgotten=listed.forgotten)

    def balance(self, endpoint: str, window: Window, cursor: str | None) -> BalancePart | None:
        """What the provider's own books have of the window from `cursor` on, as much as ANSWER_SECONDS and one answer
        take; None for an endpoint without credentials. Raises as `ask`.
        """
        found = self._endpoints[endpoint]
        provider, secret = self._providers.get(found.provider), found.secret.get()
        if provider.list_balance is None or secret.api is None:
            return None
        books = provider.list_balance(ListAccess(secret.api, secret.mode, secret.account))
        pages = PatientList(books, self._deadline, self._monotonic, self._sleep)
        ends = self._monotonic() + ANSWER_SECONDS
        return balance_part(books.measures, pages.pages(window, cursor), lambda: self._monotonic() < ends)

    def _go_on(self, endpoint: Endpoint, seconds: float) -> EndpointRun | None:
        reader = self._reader(endpoint, seconds)
        if reader is None:
            return None
        now = self._clock()
        begun = self._inbox.progress(endpoint.name)
        progress = begun or self._inbox.advance(endpoint.name, None, int(now) - SETTLE_SECONDS)
        if progress is None:  # another run has just begun
            return None
        todo = due(progress.until, now, self._providers.get(endpoint.provider).listed_days)
        course = _Course(self._inbox, endpoint.name, progress)
        run = reader.read(todo.window, course.advance, dry_run=False)
        behind = max(0.0, now - SETTLE_SECONDS - course.progress.until)
        return run._replace(behind_seconds=behind, forgotten=todo.forgotten)

    def _reader(
        self, endpoint: Endpoint, seconds: float, begins_seconds: float = math.inf
    ) -> "_Reader | None":
        """`seconds`: of the list's time in all; in `begins_seconds` of it new parts are begun."""
        provider, secret = self._providers.get(endpoint.provider), endpoint.secret.get()
        if provider.list_events is None or secret.api is None:
            return None
        deadline = Deadline(self._monotonic, self._sleep)
        deadline.start(seconds)
        begins = Deadline(self._monotonic, self._sleep)
        begins.start(min(begins_seconds, seconds - RESERVED_SECONDS))
        access = ListAccess(secret.api, secret.mode, secret.account)
        return _Reader(
            endpoint.name,
            PatientList(provider.list_events(access), deadline, self._monotonic, self._sleep),
            Comparison(
                endpoint.name,
                provider,
                secret,
                self._fingerprint_key.get(),
                self._inbox,
                self._payloads,
                self._clock,
                trace_id(),
            ),
            begins,
        )


class _Course:
    """How far an endpoint's comparison is recorded."""

    def __init__(self, inbox: FetchedEvents, endpoint: str, progress: Progress) -> None:
        self._inbox = inbox
        self._endpoint = endpoint
        self.progress = progress

    def advance(self, until: int) -> bool:
        """Whether to go on; not where another run is under way."""
        if until <= self.progress.until:  # of the overlap
            return True
        after = self._inbox.advance(self._endpoint, self.progress, until)
        self.progress = after or self.progress
        return after is not None


class _Reader:
    """Reads an endpoint's list, slice by slice, until the time is over."""

    def __init__(
        self, endpoint: str, pages: PatientList[EventPage], comparison: Comparison, begins: Deadline
    ) -> None:
        self._endpoint = endpoint
        self._pages = pages
        self._comparison = comparison
        self._begins = begins

    def read(self, window: Window, done: Callable[[int], bool], dry_run: bool) -> EndpointRun:
        """`done` is told up to when all is compared, and says whether to go on."""
        total, failure, following = Compared(), None, None
        for part in slices(window):
            following = part.since
            if self._begins.remaining_seconds() < 0:
                break
            try:
                for page in self._pages.pages(part):
                    total = total.plus(self._comparison.compare(page.bodies, dry_run=dry_run))
                if not done(part.until):
                    break
            except Unavailable as error:
                is_cut_off = error.reason == NO_TIME_LEFT and part.since > window.since
                failure = None if is_cut_off else error
                break
            following = None
        return EndpointRun(self._endpoint, total, self._pages.calls, following, failure=failure)


def answer_of(run: EndpointRun | None) -> dict[str, Any]:
    """What a person is answered, as JSON; None: the endpoint has no credentials."""
    if run is None:
        return {"has_credentials": False}
    return {
        "has_credentials": True,
        "listed": run.compared.listed,
        "missed": len(run.compared.missed),
        "fed": run.compared.fed,
        "conflicts": run.compared.outcomes.get(contract.STATUS_CONFLICT, 0),
        "webhook_ids": run.compared.missed[:MOST_IDS],
        "calls": run.calls,
        "next": run.next_since,
        "forgotten_until": None if run.forgotten is None else run.forgotten.until,
        "failure": None if run.failure is None else run.failure.reason,
    }


def failure_of_ours(runs: Sequence[EndpointRun]) -> Unavailable | None:
    """What the invocation fails of: not a provider that gives no list, which the next run asks again."""
    return next(
        (run.failure for run in runs if run.failure and not isinstance(run.failure, ListUnavailable)), None
    )
