"""Reads a provider's list at a rate that it bears, and again when it is throttled or out, as long as time is left."""

import random
from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from payment_webhooks.deadline import LEAST_USEFUL_SECONDS, Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import Refused, Throttled, Window

# Five calls a second: Stripe allows 25 of one kind, and the others publish no figure.
SECONDS_BETWEEN_CALLS: Final = 0.2
ATTEMPTS: Final = 5
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0

NO_TIME_LEFT: Final = "no_time_left"


class ListUnavailable(Unavailable):
    """The provider did not give its list: no fault of ours, and the next run asks again."""


class Page(Protocol):
    @property
    def cursor(self) -> str | None: ...


PageOf = TypeVar("PageOf", bound=Page, covariant=True)


class PagedList(Protocol[PageOf]):
    """An EventList or a BalanceList."""

    def page(self, window: Window, cursor: str | None) -> PageOf: ...


class PatientList(Generic[PageOf]):
    """No call begins after the `deadline`, which cuts off the last. `monotonic` and `jitter` (from 0 to 1): as they
    say; `sleep` waits so many seconds. `calls` counts.
    """

    def __init__(
        self,
        listed: PagedList[PageOf],
        deadline: Deadline,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._listed = listed
        self._deadline = deadline
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._next_call = -1e9
        self.calls = 0

    def pages(self, window: Window, cursor: str | None = None) -> Iterator[PageOf]:
        """From the one that begins at `cursor`. Raises ListUnavailable."""
        while True:
            page = self._page(window, cursor)
            yield page
            if page.cursor is None:
                return
            cursor = page.cursor

    def _page(self, window: Window, cursor: str | None) -> PageOf:
        for attempt in range(1, ATTEMPTS + 1):
            self._wait(self._next_call - self._monotonic(), NO_TIME_LEFT)
            self._next_call = self._monotonic() + SECONDS_BETWEEN_CALLS
            self.calls += 1
            try:
                return self._listed.page(window, cursor)
            except Unavailable as error:
                if isinstance(error, Refused):
                    raise ListUnavailable(error.reason) from error
                if self._deadline.remaining_seconds() < LEAST_USEFUL_SECONDS:
                    raise ListUnavailable(NO_TIME_LEFT) from error  # cut off: it says nothing of the provider
                if attempt == ATTEMPTS:
                    raise ListUnavailable(error.reason) from error
                self._wait(self._pause_seconds(error, attempt), error.reason)
        raise AssertionError("attempts is at least one")

    def _pause_seconds(self, error: Unavailable, attempt: int) -> float:
        """What the provider asks for, else exponential with full jitter."""
        if isinstance(error, Throttled) and error.retry_after_seconds is not None:
            return error.retry_after_seconds
        return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**attempt) * self._jitter()

    def _wait(self, seconds: float, reason: str) -> None:
        """Raises ListUnavailable with the reason when no time would be left."""
        if max(seconds, 0.0) >= self._deadline.remaining_seconds():
            raise ListUnavailable(reason)
        if seconds > 0:
            self._sleep(seconds)
