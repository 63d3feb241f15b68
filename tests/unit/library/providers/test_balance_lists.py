"""Providers' books, against stand-ins whose answers fit the published schemas."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payment_webhooks.endpoints.secret_document import ApiCredentials
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.balance_list import BalanceList
from payment_webhooks.providers.event_list import ListAccess, Window
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.provider_apis.balance_lists import (
    SCHEMAS,
    Books,
    balance_transaction,
    charge,
    paypal_transaction,
    taken_back,
)
from tests.support.provider_apis.server import ApiServer, serving

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT = "2026-11-20T12:00:00.000000Z"
CODES = SCHEMAS["paypal"]["codes"]
WINDOW = Window(int(NOON.timestamp()) - 3600, int(NOON.timestamp()) + 3600)


class StandIn:
    def __init__(self, books: Books, server: ApiServer) -> None:
        self.books, self.server = books, server

    def of(self, provider: str, account: str | None = None) -> BalanceList:
        connect = PROVIDERS.get(provider).list_balance
        assert connect is not None
        return connect(ListAccess(ApiCredentials("reader", "rk_test_1", self.server.url), "test", account))

    def told(self, provider: str) -> list[tuple[Any, ...]]:
        """By measure, payment, amount and currency."""
        books, cursor, found = self.of(provider), None, []
        while True:
            page = books.page(WINDOW, cursor)
            found += [each[:4] for each in page.entries]
            assert {each.occurred_at for each in page.entries if each.payment} <= {AT}
            if page.cursor is None:
                return sorted(found, key=str)
            cursor = page.cursor


@pytest.fixture
def apis() -> Iterator[StandIn]:
    books = Books()
    with serving(books.routes()) as server:
        yield StandIn(books, server)


def test_stripe_tells_what_moved_by_its_source(apis: StandIn) -> None:
    moved: list[tuple[Any, int]] = [
        (charge("1", 1000), 1000),
        (taken_back("refund", "1", 300), -300),
        (taken_back("refund", "2", 200), 200),  # it failed, so the money is back
        (taken_back("dispute", "3", 500), -500),
        (taken_back("dispute", "4", 400), 400),  # won
        (charge("5", 700, "pending"), 700),
        (charge("6", 700, "failed"), -700),
    ]
    apis.books.stripe = [balance_transaction(n, *each, NOON) for n, each in enumerate(moved)]
    apis.books.stripe += [
        balance_transaction(8, charge("8", 1000, currency="eur"), 1090, NOON),
        balance_transaction(9, None, -25, NOON, type="stripe_fee"),
        balance_transaction(10, {"object": "payout"}, -900, NOON, type="payout"),
    ]
    assert apis.told("stripe") == [
        ("captured", "pi_1", 1000, "USD"),
        ("captured", "pi_8", 1000, "EUR"),
        ("disputed", "pi_3", 500, "USD"),
        ("disputed", "pi_4", -400, "USD"),
        ("payout", None, 0, ""),
        ("refunded", "pi_1", 300, "USD"),
        ("refunded", "pi_2", -200, "USD"),
        ("stripe_fee", None, 0, ""),
    ]


def test_a_charge_without_an_intent_has_its_own_id(apis: StandIn) -> None:
    bare = charge("1", 1000) | {"payment_intent": None}
    refund = taken_back("refund", "1", 1000) | {"payment_intent": None}
    apis.books.stripe = [
        balance_transaction(1, bare, 1000, NOON),
        balance_transaction(2, refund, -1000, NOON),
    ]
    assert [each[1] for each in apis.told("stripe")] == ["ch_1", "ch_1"]


def test_stripes_books_of_a_connected_account_are_asked_for(apis: StandIn) -> None:
    apis.of("stripe", "acct_1").page(WINDOW, None)
    assert apis.server.asked[-1].headers["Stripe-Account"] == "acct_1"
    apis.server.routes["GET", "/v1/account"] = lambda _: (200, {"id": "acct_own"})
    apis.of("stripe", "acct_own").page(WINDOW, None)
    assert "Stripe-Account" not in apis.server.asked[-1].headers


def test_paypal_tells_what_moved_by_its_code(apis: StandIn) -> None:
    local = "2026-11-20T05:00:00-0700"
    apis.books.paypal = [
        paypal_transaction("C1", "T0006", "10.00", local),
        paypal_transaction("C2", "T0006", "11.00", local, status="P"),
        paypal_transaction("C3", "T0001", "-5.00", local),
        paypal_transaction("R1", "T1107", "-3.00", local, "C1"),
        paypal_transaction("R2", "T1106", "-2.00", local, "C4"),
        paypal_transaction("R3", "T1201", "-4.00", local, "C5"),
        paypal_transaction("R4", "T1202", "4.00", local, "C6"),
        paypal_transaction("H1", "T1110", "-9.00", local, "C7"),
        paypal_transaction("W1", "T0400", "-90.00", local),
    ]
    assert apis.told("paypal") == [
        ("T0001", None, 0, ""),
        ("T0400", None, 0, ""),
        ("T1110", None, 0, ""),
        ("captured", "C1", 1000, "EUR"),
        ("given_back", "C1", 300, "EUR"),
        ("given_back", "C4", 200, "EUR"),
        ("given_back", "C5", 400, "EUR"),
        ("given_back", "C6", -400, "EUR"),
    ]


def test_square_tells_payments_of_every_location_and_refunds(apis: StandIn) -> None:
    made = "2026-11-15T12:00:00Z"  # and captured five days later
    card = {"card_payment_timeline": {"captured_at": AT}}
    money = {"amount": 800, "currency": "CAD"}
    paid = {"status": "COMPLETED", "total_money": money, "location_id": "L1", "created_at": AT}
    apis.books.square_payments = [
        {**paid, "id": "p-1"},
        {**paid, "id": "p-2", "location_id": "L2", "created_at": made, "card_details": card},
        {**paid, "id": "p-3", "status": "APPROVED"},
        {**paid, "id": "p-4"},
        {**paid, "id": "p-5"},
    ]
    refund = {"status": "COMPLETED", "amount_money": money, "updated_at": AT, "created_at": made}
    apis.books.square_refunds = [
        {**refund, "id": "r-1", "payment_id": "p-9"},
        {**refund, "id": "r-2", "payment_id": "p-1", "status": "PENDING"},
        {**refund, "id": "r-3", "unlinked": True},
    ]
    assert apis.told("square") == [
        *(("captured", f"p-{number}", 800, "CAD") for number in (1, 2, 4, 5)),
        ("refunded", "p-9", 800, "CAD"),
        ("refunded", "r-3", 800, "CAD"),
    ]


def test_square_tells_payouts_of_every_location_and_nothing_of_one_that_failed(apis: StandIn) -> None:
    payout = {"status": "PAID", "location_id": "L1", "created_at": AT}
    apis.books.square_payouts = [
        {**payout, "id": "po-1", "amount_money": {"amount": 800, "currency": "CAD"}},
        {**payout, "id": "po-2", "location_id": "L2", "amount_money": {"amount": -90, "currency": "CAD"}},
        {**payout, "id": "po-3", "status": "FAILED", "amount_money": {"amount": 700, "currency": "CAD"}},
        {
            **payout,
            "id": "po-4",
            "amount_money": {"amount": 1, "currency": "CAD"},
            "created_at": "2026-11-19T12:00:00Z",
        },
    ]
    assert apis.told("square") == [
        ("paid_out", "po-1", 800, "CAD"),
        ("paid_out", "po-2", -90, "CAD"),
        ("paid_out", "po-3", 0, "CAD"),
    ]


@pytest.mark.parametrize("state", ["EVIDENCE_REQUIRED", "PROCESSING", "LOST", "ACCEPTED", "WON"])
def test_square_tells_a_dispute_when_it_began_and_back_when_it_was_won(apis: StandIn, state: str) -> None:
    dispute = {
        "amount_money": {"amount": 2209, "currency": "USD"},
        "disputed_payment": {"payment_id": "p-1"},
        "created_at": "2026-10-20T12:00:00Z",
        "updated_at": AT,
    }
    apis.books.square_disputes = [
        {**dispute, "id": "d-1", "state": state, "created_at": AT, "updated_at": "2026-12-01T12:00:00Z"},
        *({**dispute, "id": each, "state": each} for each in ("INQUIRY_PROCESSING", "INQUIRY_CLOSED")),
        {**dispute, "id": "d-2", "state": "WON", "disputed_payment": {"payment_id": "p-2"}},
        {**dispute, "id": "d-3", "state": "LOST"},  # a month ago
    ]
    assert apis.told("square") == [("disputed", "p-1", 2209, "USD"), ("disputed", "p-2", -2209, "USD")]


def test_square_tells_nothing_of_the_week_before(apis: StandIn) -> None:
    """Payments are listed from then on, as one may have been captured late."""
    paid = {"id": "p-1", "status": "COMPLETED", "location_id": "L1", "created_at": "2026-11-15T12:00:00Z"}
    apis.books.square_payments = [{**paid, "total_money": {"amount": 1, "currency": "USD"}}]
    assert apis.told("square") == []


@pytest.mark.parametrize(
    ("measure", "code"),
    [(measure, code) for measure in ("captured", "given_back") for code in CODES[measure]]
    + [(code, code) for code in CODES["of_no_payment"]],
)
def test_a_code_of_paypals_says_what_its_list_says(apis: StandIn, measure: str, code: str) -> None:
    apis.books.paypal = [paypal_transaction("R1", code, "3.00", AT, "C1")]
    ((told, _, _, _),) = apis.told("paypal")
    assert told == measure


def test_a_time_of_more_than_paypal_gives_is_halved_until_it_fits(apis: StandIn) -> None:
    apis.books.paypal_most = 3
    for number in range(20):
        at = NOON + timedelta(seconds=number * number)  # most of them are soon after noon
        apis.books.paypal.append(
            paypal_transaction(f"C{number}", "T0006", "1.00", f"{at:%Y-%m-%dT%H:%M:%SZ}")
        )
    books, cursor, found, calls = apis.of("paypal"), None, [], 0
    while calls == 0 or cursor is not None:
        page = books.page(WINDOW, cursor)
        found += [entry.payment for entry in page.entries]
        cursor, calls = page.cursor, calls + 1
    assert found == [f"C{number}" for number in range(20)]


def test_a_second_of_more_than_paypal_gives_is_refused(apis: StandIn) -> None:
    apis.books.paypal_most = 1
    apis.books.paypal = [paypal_transaction(f"C{number}", "T0006", "1.00", AT) for number in range(2)]
    with pytest.raises(Unavailable, match="paypal_http_400"):
        apis.told("paypal")


def test_a_time_that_grows_too_much_while_it_is_read_is_refused_and_tells_nothing_twice(
    apis: StandIn,
) -> None:
    apis.books.paypal_most = 3
    apis.books.paypal = [paypal_transaction(f"C{number}", "T0006", "1.00", AT) for number in range(3)]
    books = apis.of("paypal")
    page = books.page(WINDOW, None)
    assert len(page.entries) == 2
    apis.books.paypal.append(paypal_transaction("C4", "T0006", "1.00", AT))
    with pytest.raises(Unavailable, match="paypal_http_400"):
        books.page(WINDOW, page.cursor)


def test_another_400_of_paypals_is_not_halved(apis: StandIn) -> None:
    apis.server.routes["GET", "/v1/reporting/transactions"] = lambda _: (400, {"name": "INVALID_REQUEST"})
    with pytest.raises(Unavailable, match="paypal_http_400"):
        apis.of("paypal").page(WINDOW, None)


def test_an_entry_that_cannot_be_read_hides_no_other(apis: StandIn) -> None:
    odd = charge("1", 1000, currency="xxx")
    apis.books.stripe = [
        balance_transaction(1, odd, 1000, NOON),
        balance_transaction(2, charge("2", 1000), 1000, NOON),
    ]
    assert [each[0] for each in apis.told("stripe")] == ["captured", "unreadable"]


@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
def test_what_is_outside_of_the_window_is_not_asked_for(apis: StandIn, provider: str) -> None:
    for seconds in (-3601, 3601):
        at = NOON + timedelta(seconds=seconds)
        text, money = f"{at:%Y-%m-%dT%H:%M:%SZ}", {"amount": 1, "currency": "USD"}
        apis.books.stripe.append(balance_transaction(seconds, charge("1", 1), 1, at))
        apis.books.paypal.append(paypal_transaction("C1", "T0006", "1.00", text))
        if seconds > 0:  # Square's list begins a week before
            paid = {"id": "p", "status": "COMPLETED", "total_money": money, "location_id": "L1"}
            apis.books.square_payments.append({**paid, "created_at": text})
    assert apis.told(provider) == []


@pytest.mark.parametrize("provider", ["paypal", "square"])  # Stripe's times are whole seconds
def test_the_last_second_of_the_window_is_a_whole_one(apis: StandIn, provider: str) -> None:
    text, money = "2026-11-20T13:00:00.500Z", {"amount": 100, "currency": "USD"}
    apis.books.paypal = [paypal_transaction("C1", "T0006", "1.00", text)]
    paid = {"id": "C1", "status": "COMPLETED", "total_money": money, "location_id": "L1", "created_at": text}
    apis.books.square_payments = [paid]
    (entry,) = apis.of(provider).page(WINDOW, None).entries
    assert entry[:2] == ("captured", "C1")


@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
def test_a_refused_key_is_an_outage_that_names_no_secret(apis: StandIn, provider: str) -> None:
    apis.server.next_answers = [403, 403]
    with pytest.raises(Unavailable, match=f"{provider}_.*http_403") as refused:
        apis.of(provider).page(WINDOW, None)
    assert "rk_test" not in str(refused.value)
