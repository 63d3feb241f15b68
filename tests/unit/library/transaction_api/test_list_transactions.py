"""Lists of transactions: complete, in order, each once, over whatever pages; and only what is still so."""

import string
from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.deadline import Deadline
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.transaction_api.cursor import make_cursor
from payment_webhooks.transaction_api.listing import Days, Position
from payment_webhooks.transaction_api.operations import SCHEMAS
from payment_webhooks.transaction_api.request import InvalidRequest
from payment_webhooks.transaction_api.schemas import DISPUTE_STATUSES, STATUSES
from tests.support.library.ledger import dispute_event, payment_event, payments_of, refund_event, row_of
from tests.support.library.ledger_strategies import events
from tests.support.library.listed_ledger import NOW, ListedLedger, all_pages, asked

DAYS = {"from": "2025-11-15", "to": "2025-11-21"}
ENDPOINTS = ("stripe", "billing")


def at(row: LedgerRow, day: str, transaction: str = "pi_1", endpoint: str = "stripe") -> LedgerRow:
    """The row on another day and of another transaction, with its keys."""
    occurred_at = f"{day}{row.occurred_at[10:]}"
    return row._replace(
        occurred_at=occurred_at,
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


FILTERS = st.one_of(
    st.sampled_from(STATUSES).map(lambda status: {"status": status}),
    st.just({"provider": "stripe"}),
    st.sampled_from(["c-1", "c-2"]).flatmap(
        lambda name: st.sampled_from([{"customer_id": f"{each}:{name}"} for each in ENDPOINTS])
    ),
)


def is_asked_for(values: dict[str, str], payment: Payment) -> bool:
    """By its state alone: nothing here knows of indexes or pages."""
    state = payment.state
    if "customer_id" in values:
        return f"{payment.endpoint}:{state.customer_id}" == values["customer_id"]
    return values.get("status") in (None, state.status, state.dispute_status)


def since(values: dict[str, str], payment: Mapping[str, Any]) -> str:
    name = "dispute_since" if values.get("status") in DISPUTE_STATUSES else "status_since"
    return str(payment[name if "status" in values else "began_at"])


@given(ledger_rows(), FILTERS, st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_payment_that_is_so_is_listed_once_newest_first_over_all_pages(
    rows: list[LedgerRow], values: dict[str, str], limit: int, random: Random
) -> None:
    payments = payments_of(rows)
    pages = all_pages(ListedLedger(payments, random).lists(), {**DAYS, **values, "limit": limit})
    listed = [each for page in pages for each in page["transactions"]]
    wanted = [each.transaction_id for each in payments if is_asked_for(values, each)]
    assert sorted(each["transaction_id"] for each in listed) == sorted(wanted)
    order = [(since(values, each), each["transaction_id"]) for each in listed]
    assert order == sorted(order, reverse=True)
    assert all(len(page["transactions"]) == limit for page in pages[:-1])


@given(ledger_rows(), ledger_rows(), FILTERS, st.integers(1, 4))
def test_what_has_moved_on_is_not_listed_where_it_was_while_the_indexes_are_behind(
    rows: list[LedgerRow], later: list[LedgerRow], values: dict[str, str], limit: int
) -> None:
    before, after = payments_of(rows), payments_of([*rows, *later])
    pages = all_pages(ListedLedger(before, moved=after).lists(), {**DAYS, **values, "limit": limit})
    listed = [each["transaction_id"] for page in pages for each in page["transactions"]]
    now = {each.transaction_id: each for each in after}
    assert len(listed) == len(set(listed))
    assert all(is_asked_for(values, now[each]) for each in listed)
    assert set(listed) >= {
        each.transaction_id
        for each in before
        if is_asked_for(values, each) and now[each.transaction_id] == each
    }


def one_payment(*days: str) -> ListedLedger:
    """Succeeded on the first day, refunded in part and disputed on the others."""
    events_ = [
        payment_event("succeeded", 100),
        refund_event("re_1", "refunded", 30),
        dispute_event("d", "disputed", 9),
    ]
    rows = [at(row_of(event), day) for event, day in zip(events_, days, strict=False)]
    return ListedLedger(payments_of(rows))


def listed(ledger: ListedLedger, **values: Any) -> list[str]:
    return [each["status"] for page in all_pages(ledger.lists(), values) for each in page["transactions"]]


def test_a_payment_is_listed_under_what_it_is_and_not_under_what_it_was() -> None:
    ledger = one_payment("2025-11-20", "2025-11-21", "2025-11-21")
    assert listed(ledger, status="succeeded") == []
    assert listed(ledger, status="partially_refunded") == ["partially_refunded"]
    assert listed(ledger, status="disputed") == ["partially_refunded"]


def test_refunds_of_a_payment_that_was_never_told_are_listed_as_unknown() -> None:
    row = at(row_of(refund_event("re_1", "refunded", 30)), "2025-11-20")
    assert listed(ListedLedger(payments_of([row])), status="unknown") == ["unknown"]
    assert listed(one_payment("2025-11-20", "2025-11-20"), status="unknown") == []


@pytest.mark.parametrize(
    ("values", "day"),
    [
        ({"provider": "stripe"}, "2025-11-16"),
        ({"status": "partially_refunded"}, "2025-11-18"),
        ({"status": "disputed"}, "2025-11-20"),
    ],
)
def test_a_payment_is_listed_on_the_day_on_which_it_began_or_came_to_the_status(
    values: dict[str, str], day: str
) -> None:
    ledger = one_payment("2025-11-16", "2025-11-18", "2025-11-20")
    days = [f"2025-11-{number}" for number in range(15, 22)]
    assert [each for each in days if listed(ledger, **values, **{"from": each, "to": each})] == [day]


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
    cursor = make_cursor(query, years, Position("2025-11-20T08:00:00.000000Z", "stripe:pi_1"))
    ledger = many(3)
    with pytest.raises(InvalidRequest):
        ledger.lists().list(asked({**query, "cursor": cursor}))
    assert ledger.queries == 0


def many(count: int, **options: Any) -> ListedLedger:
    rows = [
        at(row_of(payment_event("succeeded", 100, n % 60)), "2025-11-20", f"pi_{n}") for n in range(count)
    ]
    return ListedLedger(payments_of(rows), **options)


def test_a_page_has_the_fields_of_its_schema_and_no_other() -> None:
    page = many(1).lists().list(asked({"provider": "stripe"}))
    assert page.keys() == SCHEMAS["TransactionList"]["properties"].keys()
    (shown,) = page["transactions"]
    assert shown.keys() == SCHEMAS["TransactionState"]["properties"].keys()


def test_the_payments_of_a_page_are_read_at_once() -> None:
    ledger = many(40)
    page = ledger.lists().list(asked({"status": "succeeded", "limit": 5}))
    assert (len(page["transactions"]), ledger.reads) == (5, [5])
    assert ledger.queries <= 2 * 10  # of two days: ten shards


def two_moved() -> ListedLedger:
    """Of two hundred payments, the newest two have moved on."""
    moved = [
        each._replace(status_since="2025-11-21T08:00:00.000000Z")
        for each in payments_of(
            [at(row_of(payment_event("succeeded", 100, 59)), "2025-11-20", f"pi_{n}") for n in (59, 119)]
        )
    ]
    return many(200, moved=moved)


def test_a_page_is_full_although_payments_have_moved_on() -> None:
    ledger = two_moved()
    page = ledger.lists().list(asked({"status": "succeeded", "limit": 10}))
    assert (len(page["transactions"]), ledger.reads) == (10, [10, 2])


@pytest.mark.parametrize(("seconds", "found"), [(10, 0), (14, 40)])
def test_a_page_ends_when_time_runs_out_and_the_next_goes_on(seconds: int, found: int) -> None:
    clock = iter(range(0, 1000, 5))
    deadline = Deadline(lambda: next(clock))
    deadline.start(seconds)
    days = {"from": "2025-11-15", "to": "2025-11-21"}
    ledger = many(40)
    first = ledger.lists(deadline).list(asked({**days, "provider": "stripe", "limit": 100}))
    assert len(first["transactions"]) == found
    assert first["next_cursor"] is not None
    rest = all_pages(
        ledger.lists(), {**days, "provider": "stripe", "limit": 100, "cursor": first["next_cursor"]}
    )
    assert sum(len(page["transactions"]) for page in (first, *rest)) == 40


def test_a_page_that_could_not_be_filled_in_time_ends_where_it_has_looked() -> None:
    clock = iter([0, 0, 10])
    deadline = Deadline(lambda: next(clock))
    deadline.start(12)
    values = {"status": "succeeded", "from": "2025-11-19", "to": "2025-11-21", "limit": 10}
    ledger = two_moved()
    first = ledger.lists(deadline).list(asked(values))
    assert len(first["transactions"]) == 8
    rest = all_pages(ledger.lists(), {**values, "cursor": first["next_cursor"]})
    ids = [each["transaction_id"] for page in (first, *rest) for each in page["transactions"]]
    assert len(ids) == len(set(ids)) == 198


def test_a_list_that_was_asked_for_without_days_stays_that_list_past_midnight() -> None:
    ledger, values = many(10), {"provider": "stripe", "limit": 4}
    first = ledger.lists().list(asked(values))
    later = ledger.lists(now=NOW + 24 * 3600).list(asked({**values, "cursor": first["next_cursor"]}))
    assert (later["from"], later["to"]) == (first["from"], first["to"])
    assert len(later["transactions"]) == 4
