"""Lists of transactions: complete, in order, each once, over whatever pages; and only what is still so."""

import string
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.deadline import Deadline
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.transaction_api.cursor import make_cursor
from payment_webhooks.transaction_api.listing import Days, Position
from payment_webhooks.transaction_api.request import InvalidRequest
from payment_webhooks.transaction_api.schemas import STATUSES
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of
from tests.support.library.ledger_strategies import events
from tests.support.library.listed_ledger import NOW, ListedLedger, all_pages, asked

DAYS = {"from": "2025-11-15", "to": "2025-11-21"}
ENDPOINTS = ("stripe", "billing")


def at(row: LedgerRow, day: str, transaction: str = "pi_1", endpoint: str = "stripe") -> LedgerRow:
    """The row on another day and of another transaction, with its keys."""
    occurred_at = f"{day}{row.occurred_at[10:]}"
    return row._replace(
        occurred_at=occurred_at,
        sort_key=f"{occurred_at}{row.sort_key[len(occurred_at) :]}",
        endpoint=endpoint,
        transaction_id=f"{endpoint}:{transaction}",
    )


@st.composite
def ledger_rows(draw: st.DrawFn) -> list[LedgerRow]:
    """Of a few transactions on a few days, of two endpoints that know the same event ids."""
    rows: dict[Position, LedgerRow] = {}
    for _ in range(draw(st.integers(0, 25))):
        event = draw(events())._replace(event_id=draw(st.sampled_from(string.ascii_lowercase[:6])))
        day, transaction = (
            draw(st.sampled_from(["2025-11-17", "2025-11-18", "2025-11-20"])),
            draw(st.integers(1, 4)),
        )
        row = at(row_of(event), day, f"pi_{transaction}", draw(st.sampled_from(ENDPOINTS)))
        rows[Position(row.sort_key, row.transaction_id)] = row
    return list(rows.values())


def states(rows: list[LedgerRow]) -> dict[str, Any]:
    ids = {row.transaction_id for row in rows}
    return {each: fold([row for row in rows if row.transaction_id == each]) for each in ids}


FILTERS = st.one_of(
    st.sampled_from(STATUSES).map(lambda status: {"status": status}),
    st.just({"provider": "stripe"}),
    st.sampled_from(["c-1", "c-2"]).flatmap(
        lambda name: st.sampled_from([{"customer_id": f"{each}:{name}"} for each in ENDPOINTS])
    ),
)


def is_asked_for(values: dict[str, str], transaction_id: str, state: Any) -> bool:
    """By its folded state alone: nothing here knows of rows, indexes or pages."""
    if "customer_id" in values:
        return f"{transaction_id.partition(':')[0]}:{state.customer_id}" == values["customer_id"]
    return values.get("status") in (None, state.status, state.dispute_status)


@given(ledger_rows(), FILTERS, st.integers(1, 4), st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_transaction_that_is_so_is_listed_once_over_all_pages(
    rows: list[LedgerRow], values: dict[str, str], limit: int, examined: int, random: Random
) -> None:
    lists = ListedLedger(rows, random).lists(examined)
    pages = all_pages(lists, {**DAYS, **values, "limit": limit})
    listed = [each["transaction_id"] for page in pages for each in page["transactions"]]
    wanted = {each for each, state in states(rows).items() if is_asked_for(values, each, state)}
    assert sorted(listed) == sorted(wanted)
    assert all(len(page["transactions"]) <= limit for page in pages)


@given(ledger_rows(), FILTERS, st.integers(1, 4), st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_event_is_listed_once_newest_first(
    rows: list[LedgerRow], values: dict[str, str], limit: int, examined: int, random: Random
) -> None:
    lists = ListedLedger(rows, random).lists(examined)
    pages = all_pages(lists, {**DAYS, **values, "include": "events", "limit": limit})
    listed = [each for page in pages for each in page["events"]]
    names = ("occurred_at", "object_kind", "status", "event_id", "transaction_id")
    keys = [tuple(each[name] for name in names) for each in listed]
    assert len(keys) == len(set(keys))
    assert all(later["occurred_at"] <= earlier["occurred_at"] for earlier, later in pairwise(listed))
    wanted = {
        tuple(getattr(row, name) for name in names)
        for row in rows
        if values.get("status") in (None, row.status)
        and values.get("customer_id") in (None, f"{row.endpoint}:{row.customer_id}")
    }
    assert set(keys) == wanted


def one_payment(*days: str) -> ListedLedger:
    """Succeeded on the first day, refunded in part and disputed on the others."""
    events_ = [
        payment_event("succeeded", 100),
        refund_event("re_1", "refunded", 30),
        dispute_event("d", "disputed", 9),
    ]
    return ListedLedger([at(row_of(event), day) for event, day in zip(events_, days, strict=False)])


def listed(ledger: ListedLedger, **values: Any) -> list[str]:
    return [each["status"] for page in all_pages(ledger.lists(), values) for each in page["transactions"]]


def test_what_has_moved_on_is_not_listed_under_what_it_was() -> None:
    ledger = one_payment("2025-11-20", "2025-11-21", "2025-11-21")
    assert listed(ledger, status="succeeded") == []
    assert listed(ledger, status="partially_refunded") == ["partially_refunded"]
    assert listed(ledger, status="disputed") == ["partially_refunded"]
    (page,) = all_pages(ledger.lists(), {"status": "succeeded", "include": "events"})
    assert [each["status"] for each in page["events"]] == ["succeeded"]


def test_refunds_of_a_payment_that_was_never_told_are_listed_as_unknown() -> None:
    ledger = ListedLedger([at(row_of(refund_event("re_1", "refunded", 30)), "2025-11-20")])
    assert listed(ledger, status="unknown") == ["unknown"]
    assert listed(one_payment("2025-11-20", "2025-11-20"), status="unknown") == []


def test_a_transaction_is_listed_on_the_day_of_the_latest_event_that_tells_it() -> None:
    ledger = one_payment("2025-11-16", "2025-11-20")
    for day, found in {"2025-11-16": [], "2025-11-20": ["partially_refunded"]}.items():
        assert listed(ledger, provider="stripe", **{"from": day, "to": day}) == found


@pytest.mark.parametrize(
    ("given_days", "first", "last"),
    [
        ({}, "2025-11-15", "2025-11-21"),
        ({"to": "2025-11-10"}, "2025-11-04", "2025-11-10"),
        ({"from": "2025-11-01"}, "2025-11-01", "2025-11-21"),
        ({"from": "2025-10-22", "to": "2025-11-21"}, "2025-10-22", "2025-11-21"),
        ({"to": "0001-01-03"}, "0001-01-01", "0001-01-03"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, "9999-12-31", "9999-12-31"),
    ],
)
def test_the_days_of_a_list_are_said_in_it(given_days: dict[str, str], first: str, last: str) -> None:
    page = ListedLedger([]).lists().list(asked({"provider": "stripe", **given_days}))
    assert (page["from"], page["to"], page["next_cursor"]) == (first, last, None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Give one of customer_id, provider, status, and only one."),
        (
            {"status": "failed", "provider": "stripe"},
            "Give one of customer_id, provider, status, and only one.",
        ),
        ({"status": "failed", "from": "2025-11-22"}, "from is after to."),
        (
            {"status": "failed", "from": "2025-10-21"},
            "from and to are at most 31 days, both included; without to, it is today.",
        ),
    ],
)
def test_what_no_list_can_be_made_of_is_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        ListedLedger([]).lists().list(asked(values))
    assert raised.value.message == message


def test_no_cursor_leads_past_the_bounds_of_a_list() -> None:
    """It needs no key to be made, so what it holds is checked as what is asked for is."""
    query, years = {"provider": "stripe"}, Days(date(2000, 1, 1), date(2025, 11, 21))
    cursor = make_cursor(query, years, Position("2025-11-20T08:00:00.000000Z#40#evt_1", "stripe:pi_1"))
    ledger = many(3)
    with pytest.raises(InvalidRequest):
        ledger.lists().list(asked({**query, "cursor": cursor}))
    assert ledger.queries == 0


def many(count: int) -> ListedLedger:
    return ListedLedger(
        [at(row_of(payment_event("succeeded", 100, n % 60)), "2025-11-20", f"pi_{n}") for n in range(count)]
    )


def test_a_page_reads_no_more_payments_than_it_shows() -> None:
    ledger = many(40)
    page = ledger.lists().list(asked({"status": "succeeded", "limit": 5}))
    assert (len(page["transactions"]), ledger.reads) == (5, 5)
    assert ledger.queries <= 2 * 3 * 10  # of two days: three statuses, ten shards


def test_a_page_ends_when_time_runs_out_and_the_next_goes_on() -> None:
    clock = iter(range(1000))
    deadline = Deadline(lambda: next(clock))
    deadline.start(14)
    first = many(40).lists(deadline=deadline).list(asked({"status": "succeeded", "limit": 100}))
    assert 0 < len(first["transactions"]) < 40
    rest = all_pages(many(40).lists(), {"status": "succeeded", "limit": 100, "cursor": first["next_cursor"]})
    ids = [each["transaction_id"] for page in [first, *rest] for each in page["transactions"]]
    assert len(ids) == len(set(ids)) == 40


def test_a_list_that_was_asked_for_without_days_stays_that_list_past_midnight() -> None:
    ledger, values = many(10), {"provider": "stripe", "limit": 4}
    first = ledger.lists().list(asked(values))
    later = ledger.lists(now=NOW + 24 * 3600).list(asked({**values, "cursor": first["next_cursor"]}))
    assert (later["from"], later["to"]) == (first["from"], first["to"])
    assert len(later["transactions"]) == 4
