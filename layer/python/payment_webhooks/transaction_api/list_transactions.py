"""The handler of `GET /transactions`."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, Protocol

from payment_webhooks.deadline import Deadline
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.transaction_api.cursor import make_cursor, read_cursor
from payment_webhooks.transaction_api.get_transaction import ReadsTransactions
from payment_webhooks.transaction_api.listing import (
    Days,
    Listing,
    Position,
    Step,
    by_customer,
    by_provider,
    by_status,
    is_current,
    merged,
    take,
)
from payment_webhooks.transaction_api.request import ApiRequest, InvalidRequest
from payment_webhooks.transaction_api.transaction_operations import (
    DEFAULT_DAYS,
    DEFAULT_LIMIT,
    MAX_DAYS,
    MAX_EXAMINED_ROWS,
)
from payment_webhooks.transaction_api.views import event_view, state_view

_FILTERS: Final = ("customer_id", "provider", "status")
_CONTINUATION: Final = ("cursor", "limit")  # not what a list is of, but how it is read
# A page ends while there is time left for a slow call and its retries.
LEAST_SECONDS_LEFT: Final = 8.0


class Indexes(Protocol):
    """As `LedgerIndexes`."""

    def rows(
        self, index: str, attribute: str, partition: str, low: str, high: str
    ) -> Iterator[LedgerRow]: ...


class TransactionLists:
    """`now_seconds` is the clock: Unix time. `examined_rows`: most that are looked at for a page."""

    def __init__(
        self,
        indexes: Indexes,
        ledger: ReadsTransactions,
        deadline: Deadline,
        now_seconds: Callable[[], float] = time.time,
        examined_rows: int = MAX_EXAMINED_ROWS,
    ) -> None:
        self._indexes = indexes
        self._ledger = ledger
        self._deadline = deadline
        self._now_seconds = now_seconds
        self._examined_rows = examined_rows

    def list(self, request: ApiRequest) -> dict[str, Any]:
        """Raises InvalidRequest, Unavailable."""
        values = request.values
        query = {name: value for name, value in values.items() if name not in _CONTINUATION}
        days, after = self._where(query, values.get("cursor"))
        events = values.get("include") == "events"
        listing = _listing(values, days, events)
        show = _show_event(listing) if events else self._show_current(listing)

        def rows_of(step: Step) -> Iterator[LedgerRow]:
            return self._rows(listing, step, after)

        limit = values.get("limit", DEFAULT_LIMIT)
        page = take(listing.steps, rows_of, after, limit, show, self._budget())
        following = None if page.ends_at is None else make_cursor(query, days, page.ends_at)
        return {
            "from": days.first.isoformat(),
            "to": days.last.isoformat(),
            "events" if events else "transactions": page.items,
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

    def _rows(self, listing: Listing, step: Step, after: Position | None) -> Iterator[LedgerRow]:
        high = listing.high if after is None else min(listing.high, after.sort_key)
        read = self._indexes.rows
        return merged(
            read(listing.index, listing.attribute, partition, listing.low, high)
            for partition in step.partitions
        )

    def _show_current(self, listing: Listing) -> Callable[[LedgerRow], dict[str, Any] | None]:
        @cache  # the rows of one payment are often near each other
        def read(transaction_id: str) -> tuple[LedgerRow, ...]:
            return self._ledger.read(transaction_id).rows

        def show(row: LedgerRow) -> dict[str, Any] | None:
            rows = read(row.transaction_id)
            return state_view(rows) if is_current(listing, row, rows, fold(rows)) else None

        return show

    def _budget(self) -> Callable[[], bool]:
        examined = 0

        def may_go_on() -> bool:
            nonlocal examined
            examined += 1
            return examined < self._examined_rows and self._deadline.remaining_seconds() > LEAST_SECONDS_LEFT

        return may_go_on


def _show_event(listing: Listing) -> Callable[[LedgerRow], dict[str, Any] | None]:
    return lambda row: event_view(row) if listing.tells(row) else None


def _listing(values: Mapping[str, Any], days: Days, events: bool) -> Listing:
    if len([name for name in _FILTERS if name in values]) != 1:
        raise InvalidRequest(f"Give one of {', '.join(_FILTERS)}, and only one.")
    if "status" in values:
        return by_status(values["status"], days, events)
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
