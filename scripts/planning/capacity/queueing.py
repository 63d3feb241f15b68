"""Queues in closed form. Rates are per second, times in seconds, arrivals Poisson, service times fixed.

tests/unit/scripts/planning/capacity/test_queueing.py holds each formula against a discrete-event simulation, with
its tolerance.
"""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

_NEGLIGIBLE = 1e-12


class Wait(NamedTuple):
    """In seconds; `is_bound`: at most so long."""

    seconds: float
    is_bound: bool


@dataclass(frozen=True)
class Station:
    """`servers` that each take up to `batch` waiting items at once and need `call_seconds` for the call and
    `item_seconds` for each item of it.
    """

    servers: int
    batch: int
    call_seconds: float
    item_seconds: float

    def seconds(self, items: float) -> float:
        """Service time of a batch of so many items."""
        return self.call_seconds + items * self.item_seconds

    @property
    def per_second(self) -> float:
        """Items a second while there is always a full batch waiting."""
        return self.servers * self.batch / self.seconds(self.batch)

    def mean_batch(self, rate: float) -> float:
        """The size of the batches at `rate`: where servers are short, waiting items gather until a batch of
        them is as large as what arrives between two completions; n = rate * (call + n * item) / servers.
        """
        spare = self.servers - rate * self.item_seconds
        if spare <= 0:
            return float(self.batch)
        return min(float(self.batch), max(1.0, rate * self.call_seconds / spare))

    def mean_wait(self, rate: float) -> Wait:
        """Mean time before service begins; infinite from saturation on.

        One item a batch: M/D/c, by half of M/M/c's wait (exact for one server; with more it is within 15 % where
        the wait is worth a hundredth of the service time). Larger batches: a bound. As long as items are served
        singly, M/M/c's wait; else one call, and what randomness adds near saturation, which in heavy traffic is
        1 / (2 * batch * (1 - use)) of the time between two completions.
        """
        use, busy = rate / self.per_second, rate * self.seconds(1)
        if use >= 1:
            return Wait(inf, is_bound=False)
        singly = inf
        if busy < self.servers:
            singly = erlang_c(self.servers, busy) * self.seconds(1) / (self.servers - busy)
        if self.batch == 1:
            return Wait(singly / 2, is_bound=False)
        randomness = use * self.seconds(self.batch) / self.servers / (2 * self.batch * (1 - use))
        return Wait(min(singly, self.seconds(self.mean_batch(rate)) + randomness), is_bound=True)


def erlang_b(servers: int, busy: float) -> float:
    """Share of arrivals that find all servers busy and are refused; `busy` is rate times service time.

    It holds for any distribution of the service time. By Jagerman's recursion, which neither overflows nor
    loses digits.
    """
    inverse = 1.0
    if busy <= _NEGLIGIBLE:
        return 0.0 if servers else 1.0
    for number in range(1, servers + 1):
        inverse = 1.0 + inverse * number / busy
    return 1.0 / inverse


def erlang_c(servers: int, busy: float) -> float:
    """Share of arrivals that must wait, when they may (M/M/c); 1 from saturation on."""
    if busy >= servers:
        return 1.0
    refused = erlang_b(servers, busy)
    return refused / (1 - busy / servers * (1 - refused))
