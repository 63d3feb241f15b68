"""Finds events that a provider made and that never came, and feeds them: each hour, and when a person asks.

Only endpoints whose secret has API credentials are looked at. A provider that does not answer delays nobody: what was
not compared is compared by the next run, as far back as the provider lists its events.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.fetched import FetchedEvents, Progress
from payment_webhooks.inbox.payloads import PayloadStore
from payment_webhooks.providers.event_list import AccountNotNamed, EventPage, Window, access_of
from payment_webhooks.providers.registry import PROVIDERS, Providers
from payment_webhooks.reconciling.balance import BalancePart, balance_part
from payment_webhooks.reconciling.comparison import Compared, Comparison
from payment_webhooks.reconciling.patient_list import NO_TIME_LEFT, ListUnavailable, PatientList
from payment_webhooks.reconciling.windows import complete, due, early, kept, settled, slices
from payment_webhooks.telemetry.logs import trace_id

# Of one answer to a person, who sees how far it has come.
ANSWER_SECONDS: Final = 20.0
# Of an invocation: for what the last page brings, and for the last line. Calls of lists are cut off before.
RESERVED_SECONDS: Final = 20.0
MOST_IDS: Final = 20


class EndpointRun(NamedTuple):
    """What became of one endpoint. `next_since`: where to go on, None at the end. `behind_seconds`: for how long events
    have not been compared that should have been; None when a person asked, or nobody knows. `forgotten`: what the
    provider does not list any more. `failure` ended the run. `until`: of what a person asked, all that has settled.
    """

    endpoint: str
    compared: Compared
    calls: int
    next_since: int | None
    behind_seconds: float | None = None
    forgotten: Window | None = None
    failure: Exception | None = None
    until: int | None = None


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

    def run(self) -> Iterator[EndpointRun]:
        """Each endpoint with credentials, from where the last run stopped, told when it ends; those that are left share
        what is left of the time. Whatever one fails of is its own, and the others go on.
        """
        begun = []
        for endpoint in self._endpoints.values():
            progress = None
            try:
                progress = self._inbox.progress(endpoint.name)
                reader = self._reader(endpoint)
            except Exception as error:
                yield self._failed(endpoint, progress, error)
            else:
                begun += [] if reader is None else [(endpoint, progress, reader)]
        for number, (endpoint, progress, reader) in enumerate(begun):
            reader.start(self._usable_seconds() / (len(begun) - number))
            try:
                run = self._go_on(endpoint, progress, reader)
            except Exception as error:
                run = self._failed(endpoint, progress, error)
            if run is not None:
                yield run

    def ask(self, endpoint: str, window: Window, *, dry_run: bool) -> EndpointRun | None:
        """A part of the window, the oldest first, in about ANSWER_SECONDS; None for an endpoint without credentials.

        Raises KeyError for an endpoint that there is not, Unavailable when something of ours does not answer.
        """
        found = self._endpoints[endpoint]
        try:
            reader = self._reader(found)
        except AccountNotNamed as refused:
            return EndpointRun(endpoint, Compared(), 0, window.since, failure=refused)
        if reader is None:
            return None
        # A part that was begun is read to its end: else one that takes longer would never be answered.
        reader.start(self._usable_seconds(), ANSWER_SECONDS)
        now = self._clock()
        asked = Window(window.since, min(window.until, settled(now)))
        listed = kept(asked, now, self._providers.get(found.provider).listed_days)
        run = reader.read(slices(listed.window), lambda _: True, dry_run)
        if run.failure is not None and not isinstance(run.failure, Unavailable):
            raise run.failure
        return run._replace(forgotten=listed.forgotten, until=asked.until)

    def balance(self, endpoint: str, window: Window, cursor: str | None) -> BalancePart | None:
        """What the provider's own books have of the window from `cursor` on, as much as ANSWER_SECONDS and one answer
        take; None for an endpoint without credentials. Raises as `ask`.
        """
        found = self._endpoints[endpoint]
        provider, secret = self._providers.get(found.provider), found.secret.get()
        deadline = Deadline(self._monotonic, self._sleep)
        try:
            access = access_of(provider, secret, deadline)
        except AccountNotNamed as refused:
            return BalancePart((), (), None, refused)
        if provider.list_balance is None or access is None:
            return None
        books = provider.list_balance(access)
        deadline.start(self._usable_seconds())
        pages = PatientList(books, deadline, self._monotonic, self._sleep)
        ends = self._monotonic() + ANSWER_SECONDS
        return balance_part(books.measures, pages.pages(window, cursor), lambda: self._monotonic() < ends)

    def _go_on(self, endpoint: Endpoint, begun: Progress | None, reader: "_Reader") -> EndpointRun | None:
        now = self._clock()
        progress = begun or self._inbox.advance(endpoint.name, None, complete(now))
        if progress is None:  # another run has just begun
            return None
        todo = due(progress.until, now, self._providers.get(endpoint.provider).listed_days)
        course = _Course(self._inbox, endpoint.name, progress, todo.window.until)
        parts = chain(slices(todo.window), slices(early(now)))
        run = reader.read(parts, course.advance, dry_run=False)
        return run._replace(behind_seconds=_behind_seconds(course.progress, now), forgotten=todo.forgotten)

    def _failed(self, endpoint: Endpoint, progress: Progress | None, error: Exception) -> EndpointRun:
        """Before anything was listed."""
        behind = _behind_seconds(progress, self._clock())
        return EndpointRun(endpoint.name, Compared(), 0, None, behind_seconds=behind, failure=error)

    def _usable_seconds(self) -> float:
        return self._deadline.remaining_seconds() - RESERVED_SECONDS

    def _reader(self, endpoint: Endpoint) -> "_Reader | None":
        """None without credentials. Raises as access_of."""
        provider, secret = self._providers.get(endpoint.provider), endpoint.secret.get()
        deadline, begins = (Deadline(self._monotonic, self._sleep) for _ in range(2))
        access = access_of(provider, secret, deadline)
        if provider.list_events is None or access is None:
            return None
        return _Reader(
            endpoint.name,
            PatientList(provider.list_events(access), deadline, self._monotonic, self._sleep),
            Comparison(
                endpoint.name,
                [
                    each.name
                    for each in self._endpoints.values()
                    if each.provider == endpoint.provider and each.name != endpoint.name
                ],
                provider,
                secret,
                self._fingerprint_key.get(),
                self._inbox,
                self._payloads,
                self._clock,
                trace_id(),
            ),
            deadline,
            begins,
        )


def _behind_seconds(progress: Progress | None, now_seconds: float) -> float | None:
    return None if progress is None else max(0.0, complete(now_seconds) - progress.until)


class _Course:
    """How far an endpoint's comparison is recorded, no further than `last`: what is younger is compared again."""

    def __init__(self, inbox: FetchedEvents, endpoint: str, progress: Progress, last: int) -> None:
        self._inbox = inbox
        self._last = last
        self._endpoint = endpoint
        self.progress = progress

    def advance(self, until: int) -> bool:
        """Whether to go on; not where another run is under way."""
        if until > self._last:
            return True
        after = self._inbox.advance(self._endpoint, self.progress, until)
        self.progress = after or self.progress
        return after is not None


class _Reader:
    """Reads an endpoint's list, slice by slice, until the time is over."""

    def __init__(
        self,
        endpoint: str,
        pages: PatientList[EventPage],
        comparison: Comparison,
        deadline: Deadline,
        begins: Deadline,
    ) -> None:
        self._endpoint = endpoint
        self._pages = pages
        self._comparison = comparison
        self._deadline = deadline
        self._begins = begins

    def start(self, seconds: float, begins_seconds: float = math.inf) -> None:
        """Calls begin for so many seconds, and new parts in `begins_seconds` of them."""
        self._deadline.start(seconds)
        self._begins.start(min(begins_seconds, seconds))

    def read(self, parts: Iterable[Window], done: Callable[[int], bool], dry_run: bool) -> EndpointRun:
        """`done` is told up to when all is compared, and says whether to go on."""
        total, failure, following = Compared(), None, None
        for number, part in enumerate(parts):
            following = part.since
            if self._begins.remaining_seconds() < 0:
                break
            try:
                for page in self._pages.pages(part):
                    total = total.plus(self._comparison.compare(page.bodies, dry_run=dry_run))
                if not done(part.until):
                    break
            except Exception as error:
                is_out_of_time = isinstance(error, ListUnavailable) and error.reason == NO_TIME_LEFT
                failure = None if is_out_of_time and number > 0 else error
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
        "missed_types": run.compared.types,
        "calls": run.calls,
        "next": run.next_since,
        "until": run.until,  # earlier than asked, where what is younger may be on its way
        "forgotten_until": None if run.forgotten is None else run.forgotten.until,
        "failure": run.failure.reason if isinstance(run.failure, Unavailable) else None,
    }


def failure_of_ours(runs: Sequence[EndpointRun]) -> Exception | None:
    """What the invocation fails of: not a provider that gives no list, nor credentials that may not list."""
    theirs = (ListUnavailable, AccountNotNamed)
    return next((run.failure for run in runs if run.failure and not isinstance(run.failure, theirs)), None)
