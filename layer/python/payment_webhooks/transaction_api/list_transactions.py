"""The handler of `GET /transactions`."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

from payment_webhooks.deadline import Deadline
from payment_webhooks.ledger.indexes import Entry, PaymentIndex
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.transaction_api.cursor import make_cursor, read_cursor
from payment_webhooks.transaction_api.listing import (
    Days,
    Listing,
    Position,
    Step,
    by_customer,
    by_provider,
    by_status,
    merged,
    take,
)
from payment_webhooks.transaction_api.request import ApiRequest, InvalidRequest
from payment_webhooks.transaction_api.transaction_operations import DEFAULT_DAYS, DEFAULT_LIMIT, MAX_DAYS
from payment_webhooks.transaction_api.views import state_view

_FILTERS: Final = ("customer_id", "provider", "status")
_CONTINUATION: Final = ("cursor", "limit")  # not what a list is of, but how it is read
# A page ends while there is time left for a slow call and its retries.
LEAST_SECONDS_LEFT: Final = 8.0


class Indexes(Protocol):
    """As `LedgerIndexes`."""

    def entries(self, index: PaymentIndex, partition: str, low: str, high: str) -> Iterator[Entry]: ...

    def current(self, index: PaymentIndex, entries: Collection[Entry]) -> list[Payment]: ...


class TransactionLists:
    """`now_seconds` is the clock: Unix time."""

    def __init__(
        self, indexes: Indexes, deadline: Deadline, now_seconds: Callable[[], float] = time.time
    ) -> None:
        self._indexes = indexes
        self._deadline = deadline
        self._now_seconds = now_seconds

    def list(self, request: ApiRequest) -> dict[str, Any]:
        """Raises InvalidRequest, Unavailable."""
        values = request.values
        query = {name: value for name, value in values.items() if name not in _CONTINUATION}
        days, after = self._where(query, values.get("cursor"))
        listing = _listing(values, days)

        def entries_of(step: Step) -> Iterator[Entry]:
            return self._entries(listing, step, after)

        def show(entries: Collection[Entry]) -> list[dict[str, Any]]:
            return [state_view(each) for each in self._indexes.current(listing.payment_index, entries)]

        limit = values.get("limit", DEFAULT_LIMIT)
        page = take(listing.steps, entries_of, after, limit, show, self._may_go_on)
        following = None if page.ends_at is None else make_cursor(query, days, page.ends_at)
        return {
            "from": days.first.isoformat(),
            "to": days.last.isoformat(),
            "transactions": page.items,
            "next_cursor": following,
        }

    def _where(self, query: Mapping[str, Any], cursor: str | None) -> tuple[Days, Position | None]:
        if cursor is not None:
            days, after = read_cursor(query, cursor)
            return _checked(days), after
        today = datetime.fromtimestamp(self._now_seconds(), UTC).date()
        last = date.fromisoformat(query["to"]) if "to" in query else today
        first = date.fromordinal(max(1, last.toordinal() - DEFAULT_DAYS + 1))
        return _checked(Days(date.fromisoformat(query["from"]) if "from" in query else first, last)), None

    def _entries(self, listing: Listing, step: Step, after: Position | None) -> Iterator[Entry]:
        high = listing.high if after is None else min(listing.high, after.since)
        return merged(
            self._indexes.entries(listing.payment_index, partition, listing.low, high)
            for partition in step.partitions
        )

    def _may_go_on(self) -> bool:
        return self._deadline.remaining_seconds() > LEAST_SECONDS_LEFT


def _listing(values: Mapping[str, Any], days: Days) -> Listing:
    if len([name for name in _FILTERS if name in values]) != 1:
        raise InvalidRequest(f"Give one of {', '.join(_FILTERS)}, and only one.")
    if "status" in values:
        return by_status(values["status"], days)
    if "provider" in values:
        return by_provider(values["provider"], days)
    return by_customer(values["customer_id"], days)


def _checked(days: Days) -> Days:
    if days.first > days.last:
        raise InvalidRequest("from is after to.")
    if (days.last - days.first).days >= MAX_DAYS:
        raise InvalidRequest(
            f"from and to are at most {MAX_DAYS} days, both included; without to, it is today."
        )
    return days
