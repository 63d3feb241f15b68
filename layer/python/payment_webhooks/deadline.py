"""Limits the time that one invocation may spend on calls to other services."""

import math
import time
from collections.abc import Callable
from typing import Any

from payment_webhooks.errors import Unavailable

# Of one call to a service, which the deadline shortens.
CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 2.0
# Below this no call is begun: it could not be answered in time, and its outcome would be unknown.
LEAST_USEFUL_SECONDS = 0.25
# Of an invocation's time, kept for its answer and its log lines, so that a call that is cut off is still told from one
# that was never made.
RESERVED_SECONDS = 0.5


def usable_seconds(context: Any) -> float:
    """The seconds that Lambda's invocation `context` leaves for work."""
    seconds: float = context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS
    return seconds


class Deadline:
    """One clock for all calls of an invocation. A container runs one invocation at a time, so one object
    serves them all: `start` begins a new one. Before the first `start` there is no limit.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._ends = math.inf

    def start(self, seconds: float) -> None:
        self._ends = self._monotonic() + seconds

    def start_from(self, context: Any, longest_seconds: float = math.inf) -> None:
        """Begin an invocation, of which Lambda's `context` says how long it may run; at most `longest_seconds`."""
        self.start(min(usable_seconds(context), longest_seconds))

    def leave(self, seconds: float) -> None:
        """Put the end off, if less than `seconds` are left."""
        self._ends = max(self._ends, self._monotonic() + seconds)

    def remaining_seconds(self) -> float:
        return self._ends - self._monotonic()

    def limit(self, seconds: float) -> float:
        """The time-out for a step that may take `seconds`: less when the invocation has less left.

        Raises Unavailable("deadline_exceeded") when too little is left to begin anything.
        """
        remaining = self.remaining_seconds()
        if remaining < LEAST_USEFUL_SECONDS:
            raise Unavailable("deadline_exceeded")
        return min(seconds, remaining)

    def pause(self, attempts: int, first_seconds: float, longest_seconds: float) -> None:
        """Wait before another attempt at what others contend for: up to `first_seconds` after the first, then twice as
        long each time, with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").

        Raises Unavailable("deadline_exceeded") when no time is left.
        """
        import random  # here: nobody contends, as a rule

        longest = min(longest_seconds, first_seconds * 2 ** (attempts - 1))
        self._sleep(self.limit(random.uniform(0, longest)))  # noqa: S311 - no secret
