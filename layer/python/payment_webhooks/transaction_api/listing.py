"""Which entries of which index a list is made of, and how it is cut into pages. Pure.

A list is in the order of time, newest first. An index has a partition for each value, day and shard, so a day is
read from all its partitions at once and merged. A page ends at a position, not at a key of each partition: the
position alone says where the next page begins, whatever has been written since.

A payment has one place in an index, so with unchanging data nothing is listed twice and nothing is left out. An entry
is a moment behind its payment; one whose payment is no longer there is not shown.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.ledger.indexes import (
    BY_CUSTOMER,
    BY_DISPUTE,
    BY_PROVIDER,
    BY_STATUS,
    Entry,
    PaymentIndex,
)
from payment_webhooks.transaction_api.schemas import DISPUTE_STATUSES

_AFTER_ANY_TIME: Final = "~"  # in text order after what follows a day in a time


class Position(NamedTuple):
    """Of a payment in a list: those of a later position come earlier."""

    since: str
    transaction_id: str


class Days(NamedTuple):
    """From the first to the last, both included."""

    first: date
    last: date

    @property
    def bounds(self) -> tuple[str, str]:
        """Between which texts the times of these days are."""
        return self.first.isoformat(), self.last.isoformat() + _AFTER_ANY_TIME

    def hold(self, since: str) -> bool:
        return self.bounds[0] <= since <= self.bounds[1]

    @property
    def newest_first(self) -> Iterator[str]:
        for number in range(self.last.toordinal(), self.first.toordinal() - 1, -1):
            yield date.fromordinal(number).isoformat()


class Step(NamedTuple):
    """Partitions that are read together; all their entries come before `end`, and all of later steps after it."""

    partitions: tuple[str, ...]
    end: Position


class Listing(NamedTuple):
    """low, high: between which times the entries are."""

    payment_index: PaymentIndex
    steps: tuple[Step, ...]
    low: str
    high: str


class Page(NamedTuple):
    """`ends_at` is None when there is nothing more."""

    items: list[Any]
    ends_at: Position | None


def by_status(status: str, days: Days) -> Listing:
    """Payments that have had this status, or a dispute of this status, since one of these days."""
    index = BY_DISPUTE if status in DISPUTE_STATUSES else BY_STATUS
    return Listing(index, _steps_by_day(status, days), *days.bounds)


def by_provider(provider: str, days: Days) -> Listing:
    return Listing(BY_PROVIDER, _steps_by_day(provider, days), *days.bounds)


def by_customer(customer_key: str, days: Days) -> Listing:
    """`customer_key` as the index has it: "{endpoint}:{customer id}"."""
    low, high = days.bounds
    return Listing(BY_CUSTOMER, (Step((customer_key,), Position(low, "")),), low, high)


def merged(streams: Iterable[Iterator[Entry]]) -> Iterator[Entry]:
    """The entries of several partitions, each newest first, as one such stream; reads on only as far as it is read."""
    return heapq.merge(*(_in_order(stream) for stream in streams), key=position_of, reverse=True)


def position_of(entry: Entry) -> Position:
    return Position(entry.since, entry.transaction_id)


def take(
    steps: Sequence[Step],
    entries_of: Callable[[Step], Iterator[Entry]],
    after: Position | None,
    limit: int,
    show: Callable[[Sequence[Entry]], list[Any]],
    may_go_on: Callable[[], bool],
) -> Page:
    """One page: what `show` makes of the entries after the position, `limit` of them at most at once.

    `entries_of` gives those of a step, newest first. `show` leaves out what has moved on, and the page reads on until
    it is full. `may_go_on` is asked at each reading and each step: it may end a page before, so that one that finds
    little is answered in time, too.
    """
    items: list[Any] = []
    found: list[Entry] = []
    for step in steps:
        if after is not None and after <= step.end:
            continue
        for entry in entries_of(step):
            position = position_of(entry)
            if after is not None and position >= after:
                continue
            found.append(entry)
            if len(items) + len(found) == limit:
                items += show(found)
                found = []
                if len(items) == limit or not may_go_on():
                    return Page(items, position)
        if step is not steps[-1] and not may_go_on():
            return Page(items + show(found), step.end)
    return Page(items + show(found), None)


def _in_order(stream: Iterator[Entry]) -> Iterator[Entry]:
    """An index leaves open in which order entries of one time come."""
    for _, entries in groupby(stream, key=lambda entry: entry.since):
        yield from sorted(entries, key=position_of, reverse=True)


def _steps_by_day(value: str, days: Days) -> tuple[Step, ...]:
    return tuple(
        Step(tuple(f"{value}#{day}#{n}" for n in range(contract.LEDGER_SHARD_COUNT)), Position(day, ""))
        for day in days.newest_first
    )
