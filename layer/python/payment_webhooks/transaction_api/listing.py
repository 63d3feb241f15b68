"""Which rows of which index a list is made of, and how it is cut into pages. Pure.

A list is in the order of time, newest first. An index has a partition for each value, day and shard, so a day is
read from all its partitions at once and merged. A page ends at a position, not at a key of each partition: the
position alone says where the next page begins, whatever has been written since.

With unchanging data nothing is listed twice and nothing is left out. A transaction is listed at one row only: the
latest of those that tell what was asked for. Where that row is no longer what the transaction has come to, it is not
listed at all.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_amounts import STATUS_UNKNOWN
from payment_webhooks.domain.payment_state import PaymentState

_DISPUTES: Final = (words.INQUIRY, words.DISPUTED, words.DISPUTE_WON, words.DISPUTE_LOST)
_REFUNDS: Final = (words.PARTIALLY_REFUNDED, words.REFUNDED)
# Under which statuses of rows the payments of a status are found, where it is not that status alone: refunds add up
# to the payment's status, and a refund that failed in the end leaves a payment that has succeeded.
_TOLD_BY: Final = {
    words.SUCCEEDED: (words.SUCCEEDED, *_REFUNDS),
    words.PARTIALLY_REFUNDED: _REFUNDS,
    words.REFUNDED: _REFUNDS,
    STATUS_UNKNOWN: (words.PENDING, words.FAILED, words.CANCELED, words.REFUNDED, *_DISPUTES),
}
_AFTER_ANY_TIME: Final = "~"  # in text order after what follows a day in a sort key


class Position(NamedTuple):
    """Of a row in a list: rows of a later position come earlier."""

    sort_key: str
    transaction_id: str


class Days(NamedTuple):
    """From the first to the last, both included."""

    first: date
    last: date

    @property
    def bounds(self) -> tuple[str, str]:
        """Between which texts the sort keys of these days are."""
        return self.first.isoformat(), self.last.isoformat() + _AFTER_ANY_TIME

    def hold(self, sort_key: str) -> bool:
        return self.bounds[0] <= sort_key <= self.bounds[1]

    @property
    def newest_first(self) -> Iterator[str]:
        for number in range(self.last.toordinal(), self.first.toordinal() - 1, -1):
            yield date.fromordinal(number).isoformat()


class Step(NamedTuple):
    """Partitions that are read together; all their rows come before `end`, and all of later steps after it."""

    partitions: tuple[str, ...]
    end: Position


@dataclass(frozen=True)
class Listing:
    """attribute: the index's partition key. low, high: between which sort keys the rows are.

    tells: whether a row says what was asked for. holds: whether a payment's state is what was asked for.
    """

    index: str
    attribute: str
    steps: tuple[Step, ...]
    low: str
    high: str
    tells: Callable[[LedgerRow], bool]
    holds: Callable[[PaymentState], bool]


class Page(NamedTuple):
    """`ends_at` is None when there is nothing more."""

    items: list[Any]
    ends_at: Position | None


def by_status(status: str, days: Days, events: bool = False) -> Listing:
    """`events`: rows of this status whatever their payment has come to, instead of payments."""
    told_by = (status,) if events else _TOLD_BY.get(status, (status,))
    kinds: tuple[str, ...] = (words.KIND_DISPUTE,) if status in _DISPUTES else (words.KIND_PAYMENT,)
    if status in (*_REFUNDS, STATUS_UNKNOWN) or events:
        kinds = (words.KIND_PAYMENT, words.KIND_REFUND, words.KIND_DISPUTE)

    def holds(state: PaymentState) -> bool:
        return (state.dispute_status if status in _DISPUTES else state.status) == status

    return Listing(
        contract.STATUS_INDEX,
        contract.STATUS_SHARD,
        _steps_by_day(told_by, days),
        *days.bounds,
        tells=lambda row: row.status in told_by and row.object_kind in kinds,
        holds=holds,
    )


def by_provider(provider: str, days: Days) -> Listing:
    return Listing(
        contract.PROVIDER_INDEX,
        contract.PROVIDER_SHARD,
        _steps_by_day((provider,), days),
        *days.bounds,
        tells=lambda row: True,
        holds=lambda state: True,
    )


def by_customer(customer_key: str, days: Days) -> Listing:
    """`customer_key` as the index has it: "{endpoint}:{customer id}". Events without a customer are not in it."""
    customer_id = customer_key.partition(":")[2]
    low, high = days.bounds
    return Listing(
        contract.CUSTOMER_INDEX,
        contract.CUSTOMER_KEY,
        (Step((customer_key,), Position(low, "")),),
        low,
        high,
        tells=lambda row: row.customer_id == customer_id,
        holds=lambda state: state.customer_id == customer_id,
    )


def is_current(listing: Listing, row: LedgerRow, rows: Iterable[LedgerRow], state: PaymentState) -> bool:
    """Whether the transaction, of all whose rows `state` is the sum, is to be listed at `row`."""
    latest = max((each.sort_key for each in rows if listing.tells(each)), default=None)
    return row.sort_key == latest and listing.holds(state)


def merged(streams: Iterable[Iterator[LedgerRow]]) -> Iterator[LedgerRow]:
    """The rows of several partitions, each newest first, as one such stream; reads on only as far as it is read."""
    return heapq.merge(*(_in_order(stream) for stream in streams), key=position_of, reverse=True)


def position_of(row: LedgerRow) -> Position:
    return Position(row.sort_key, row.transaction_id)


def take(
    steps: Sequence[Step],
    rows_of: Callable[[Step], Iterator[LedgerRow]],
    after: Position | None,
    limit: int,
    show: Callable[[LedgerRow], Any | None],
    may_go_on: Callable[[], bool],
) -> Page:
    """One page: what `show` makes of the rows after the position, without what it makes None.

    `rows_of` gives the rows of a step, newest first. `may_go_on` is asked after each row and each step: it may end
    a page before it is full, so that one that finds little is answered in time, too.
    """
    items: list[Any] = []
    for step in steps:
        if after is not None and after <= step.end:
            continue
        for row in rows_of(step):
            position = position_of(row)
            if after is not None and position >= after:
                continue
            shown = show(row)
            if shown is not None:
                items.append(shown)
            if len(items) == limit or not may_go_on():
                return Page(items, position)
        if step is not steps[-1] and not may_go_on():
            return Page(items, step.end)
    return Page(items, None)


def _in_order(stream: Iterator[LedgerRow]) -> Iterator[LedgerRow]:
    """An index leaves open in which order rows of one sort key come: of two endpoints that know one event id."""
    for _, rows in groupby(stream, key=lambda row: row.sort_key):
        yield from sorted(rows, key=position_of, reverse=True)


def _steps_by_day(values: Sequence[str], days: Days) -> tuple[Step, ...]:
    return tuple(
        Step(
            tuple(f"{value}#{day}#{n}" for value in values for n in range(contract.LEDGER_SHARD_COUNT)),
            Position(day, ""),
        )
        for day in days.newest_first
    )
