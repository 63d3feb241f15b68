"""Differences of money that were planted are found, each with its likely cause, and none else."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

import pytest
from click.testing import CliRunner

from payment_webhooks import contract
from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import correction
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.reader import LedgerEntries
from payment_webhooks.providers.event_list import Window
from payment_webhooks.reconciling.balance import balance_answer
from payment_webhooks.reconciling.reconciler import Reconciler
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.environment import Environment
from scripts.command_line.errors import RolledBack, UsageError
from scripts.command_line.main import load
from scripts.operations.reconcile.differences import CAUSES
from scripts.operations.reconcile.money import Books as ToldBooks
from scripts.operations.reconcile.money import Compared, began_on, books_of, compared
from stacks.names import Names
from tests.support.library.ledger import dispute_event, payment_event, payment_of, refund_event, row_of
from tests.support.library.listed_ledger import ListedLedger
from tests.support.library.reconciling import Reconciling, reconciling
from tests.support.provider_apis.balance_lists import (
    Books,
    balance_transaction,
    charge,
    paypal_transaction,
    taken_back,
)

DAY = datetime(2026, 11, 20, tzinfo=UTC)
NOON = DAY + timedelta(hours=12)


class Planted(NamedTuple):
    ledger: int
    provider: int
    cause: str


class System:
    """A ledger in memory, and a reconciler that asks the stand-ins of a provider's books."""

    def __init__(self, system: Reconciling, provider: str) -> None:
        self.provider, self._reconciler, self._server = provider, system.reconciler, system.server
        self.books = Books(page_size=50)
        self._server.routes.update(self.books.routes())
        self.rows: dict[str, list[LedgerRow]] = {}
        self.aliases: dict[str, str] = {}
        self._numbers = iter(range(10_000))
        self.invoked = 0

    @property
    def target(self) -> "System":
        return self

    @property
    def names(self) -> Names:
        return Names("dev")

    def function_client(self) -> "System":
        return self

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "lambda-reconciler-dev"
        asked = json.loads(Payload)
        assert asked[contract.RECONCILE_TASK] == "money"
        self.invoked += 1
        window = Window(asked["since"], asked["until"])
        part = Reconciler.balance(self._reconciler, asked["endpoint"], window, asked["cursor"])
        return {"Payload": io.BytesIO(json.dumps(balance_answer(part)).encode())}

    def ask(self) -> ToldBooks:
        return books_of(cast(Environment, self), self.provider, DAY)

    def told(self, event: NormalisedEvent, name: str, at: datetime = NOON, **changes: Any) -> LedgerRow:
        """The ledger has it."""
        when, currency = utc_timestamp(at.timestamp()), changes.pop("currency", "USD")
        made = event._replace(
            event_id=f"evt-{next(self._numbers)}", occurred_at=when, created=when, currency=currency
        )
        own_id = f"{self.provider}:{name}"
        row = row_of(made, own_id, **changes)._replace(provider=self.provider, endpoint=self.provider)
        self.rows.setdefault(own_id, []).append(row)
        return row

    def paid(self, number: str, minor: int = 1000, at: datetime = NOON, booked_at: datetime = NOON) -> None:
        """By both sides, at Stripe."""
        self.told(payment_event("succeeded", minor), f"pi_{number}", at)
        self.booked(charge(number, minor), minor, booked_at)

    def booked(self, source: dict[str, Any], minor: int, at: datetime = NOON) -> None:
        self.books.stripe.append(balance_transaction(next(self._numbers), source, minor, at))
        self.books.stripe.sort(key=lambda each: each["created"])

    def read(self, transaction_id: str) -> LedgerEntries:
        found = self.rows.get(self.aliases.get(transaction_id, transaction_id), [])
        return LedgerEntries(tuple(found), payment=payment_of(found) if found else None)

    def compare(self) -> Compared:
        heads = [payment_of(rows) for rows in self.rows.values()]
        began = began_on(ListedLedger(heads), self.provider, self.provider, DAY)
        return compared(self.read, began, self.ask(), self.provider, self.provider, DAY)


def found_in(compared: Compared) -> dict[tuple[str, str], Planted]:
    found = {(each.transaction_id, each.measure): Planted(*each[3:]) for each in compared.found}
    assert len(found) == len(compared.found)
    return found


@pytest.fixture
def stripe() -> Iterator[System]:
    with reconciling() as system:
        yield System(system, "stripe")


@pytest.fixture
def square() -> Iterator[System]:
    with reconciling() as system:
        yield System(system, "square")


@pytest.fixture
def paypal() -> Iterator[System]:
    with reconciling() as system:
        yield System(system, "paypal")


def everything_agrees(stripe: System) -> None:
    """Payments of which both sides tell the same: on the day, and on other days beside it."""
    for number in range(100):
        stripe.paid(f"ok{number}")
    stripe.told(refund_event("re-1", "refunded", 300), "pi_ok1")
    stripe.booked(taken_back("refund", "ok1", 300), -300)
    stripe.told(dispute_event("dp-1", "disputed", 1000), "pi_ok2")
    stripe.booked(taken_back("dispute", "ok2", 1000), -1000)
    for days in (-3, -1, 1, 3):  # refunds of another day than the payment's are of their own day
        when = NOON + timedelta(days=days)
        stripe.told(refund_event(f"re{days}", "refunded", 50), "pi_ok3", when)
        stripe.paid(f"other{days}", at=when, booked_at=when)
    stripe.paid("old", at=NOON - timedelta(days=9), booked_at=NOON - timedelta(days=9))
    stripe.told(refund_event("re-old", "refunded", 20), "pi_old")
    stripe.booked(taken_back("refund", "old", 20), -20)
    stripe.told(payment_event("authorized", 100), "pi_open")
    stripe.booked(charge("slow", 100, "pending"), 100)


def test_what_agrees_has_no_differences(stripe: System) -> None:
    everything_agrees(stripe)
    result = stripe.compare()
    assert result.found == ()
    assert result.payments == 102  # a hundred, the old one and the open one
    assert stripe.invoked == 1


def test_what_is_planted_is_found_and_none_else(stripe: System) -> None:
    everything_agrees(stripe)
    midnight, evening = DAY + timedelta(days=1), DAY - timedelta(minutes=2)
    stripe.booked(charge("lost", 500), 500)
    stripe.told(payment_event("succeeded", 600), "pi_forged")
    stripe.paid("more")
    stripe.rows["stripe:pi_more"].clear()
    stripe.told(payment_event("succeeded", 900), "pi_more")
    stripe.paid("back")
    stripe.booked(taken_back("refund", "back", 400), -400)
    stripe.paid("claimed")
    stripe.booked(taken_back("dispute", "claimed", 1000), -1000)
    stripe.paid("faked")
    stripe.told(refund_event("re-faked", "refunded", 250), "pi_faked")
    stripe.paid("late", 700, at=midnight + timedelta(minutes=1), booked_at=midnight - timedelta(minutes=1))
    stripe.paid("early", 800, at=DAY + timedelta(minutes=1), booked_at=evening)
    stripe.told(payment_event("succeeded", 650), "pi_unsure", confirmed=False)
    won = NOON - timedelta(days=9)
    stripe.paid("won", at=won, booked_at=won)
    stripe.told(dispute_event("dp-won", "disputed", 1000), "pi_won", won)
    stripe.booked(taken_back("dispute", "won", 1000), 1000)
    planted = {
        ("stripe:pi_lost", "captured"): Planted(0, 500, "never_came"),
        ("stripe:pi_forged", "captured"): Planted(600, 0, "not_at_provider"),
        ("stripe:pi_more", "captured"): Planted(900, 1000, "amounts_differ"),
        ("stripe:pi_back", "refunded"): Planted(0, 400, "refund_missing"),
        ("stripe:pi_claimed", "disputed"): Planted(0, 1000, "dispute_missing"),
        ("stripe:pi_faked", "refunded"): Planted(250, 0, "not_at_provider"),
        ("stripe:pi_late", "captured"): Planted(0, 700, "day_after"),
        ("stripe:pi_early", "captured"): Planted(800, 0, "day_before"),
        ("stripe:pi_unsure", "captured"): Planted(650, 0, "unconfirmed"),
        ("stripe:pi_won", "disputed"): Planted(0, -1000, "dispute_missing"),
    }
    assert found_in(stripe.compare()) == planted
    assert {each.cause for each in planted.values()} == CAUSES.keys() - {"payout_differs"}


def test_what_is_planted_at_paypal_is_found_and_none_else(paypal: System) -> None:
    def booked(own_id: str, value: str, code: str = "T0006", of: str = "") -> None:
        paypal.books.paypal.append(paypal_transaction(own_id, code, value, "2026-11-20T12:00:00+0000", of))

    def told(own_id: str, minor: int) -> None:
        paypal.told(payment_event("succeeded", minor), own_id, currency="EUR")

    for number in range(100):
        told(f"OK{number}", 1000)
        booked(f"OK{number}", "10.00")
    paypal.told(refund_event("re-1", "refunded", 300), "OK1", currency="EUR")
    booked("REF1", "-3.00", "T1107", "OK1")
    booked("LOST", "5.00")
    told("FORGED", 600)
    told("MORE", 900)
    booked("MORE", "10.00")
    booked("REF2", "-4.00", "T1107", "OK2")
    booked("CLAIM3", "-10.00", "T1201", "OK3")
    paypal.told(refund_event("re-4", "refunded", 250), "OK4", currency="EUR")
    assert found_in(paypal.compare()) == {
        ("paypal:LOST", "captured"): Planted(0, 500, "never_came"),
        ("paypal:FORGED", "captured"): Planted(600, 0, "not_at_provider"),
        ("paypal:MORE", "captured"): Planted(900, 1000, "amounts_differ"),
        ("paypal:OK2", "given_back"): Planted(0, 400, "refund_missing"),
        ("paypal:OK3", "given_back"): Planted(0, 1000, "refund_missing"),
        ("paypal:OK4", "given_back"): Planted(250, 0, "not_at_provider"),
    }


def test_what_is_planted_at_square_is_found_and_none_else(square: System) -> None:
    done = {"status": "COMPLETED", "created_at": utc_timestamp(NOON.timestamp())}
    done["updated_at"] = done["created_at"]

    def booked(own_id: str, minor: int) -> None:
        money = {"amount": minor, "currency": "USD"}
        square.books.square_payments.append({**done, "id": own_id, "location_id": "L1", "total_money": money})

    def given_back(payment: str, minor: int) -> None:
        money = {"amount": minor, "currency": "USD"}
        refund = {**done, "id": f"r-{payment}", "payment_id": payment, "amount_money": money}
        square.books.square_refunds.append(refund)

    for number in range(100):
        square.told(payment_event("succeeded", 1000), f"ok{number}")
        booked(f"ok{number}", 1000)
    square.told(refund_event("re-1", "refunded", 300), "ok1")
    booked("lost", 500)
    square.told(payment_event("succeeded", 600), "forged")
    square.told(payment_event("succeeded", 900), "more")
    booked("more", 1000)
    given_back("ok1", 300)
    given_back("ok2", 400)
    money, of = {"amount": 1000, "currency": "USD"}, {"payment_id": "ok3"}
    claim = {**done, "id": "d-3", "state": "PROCESSING", "amount_money": money, "disputed_payment": of}
    square.books.square_disputes.append(claim)
    square.told(refund_event("re-4", "refunded", 250), "ok4")
    assert found_in(square.compare()) == {
        ("square:lost", "captured"): Planted(0, 500, "never_came"),
        ("square:forged", "captured"): Planted(600, 0, "not_at_provider"),
        ("square:more", "captured"): Planted(900, 1000, "amounts_differ"),
        ("square:ok2", "refunded"): Planted(0, 400, "refund_missing"),
        ("square:ok3", "disputed"): Planted(0, 1000, "dispute_missing"),
        ("square:ok4", "refunded"): Planted(250, 0, "not_at_provider"),
    }


def test_payouts_of_square_are_compared_and_one_that_failed_is_none(square: System) -> None:
    def told(name: str, minor: int, status: str, at: datetime = NOON) -> None:
        kind: dict[str, Any] = {
            "object_kind": words.KIND_PAYOUT,
            "amount_meaning": words.MEANING_PAID_OUT,
            "status": status,
        }
        square.told(
            payment_event("succeeded", minor)._replace(**kind, object_id=f"po_{name}"), f"po_{name}", at
        )

    def booked(name: str, minor: int, status: str, at: datetime = NOON) -> None:
        payout = {"id": f"po_{name}", "location_id": "L2", "status": status}
        money = {"amount_money": {"amount": minor, "currency": "USD"}}
        square.books.square_payouts.append({**payout, **money, "created_at": utc_timestamp(at.timestamp())})

    late = DAY + timedelta(days=2)
    for number in range(20):
        told(f"ok{number}", 1000, "in_transit")
        told(f"ok{number}", 1000, "paid", late)  # which is when it was paid before, not again
        booked(f"ok{number}", 1000, "PAID")
    told("taken", -300, "paid")
    booked("taken", -300, "PAID")
    told("back", 400, "paid")
    told("back", 400, "failed", late)
    booked("back", 400, "FAILED")
    booked("lost", 500, "SENT")
    told("fails", 600, "paid")
    booked("fails", 600, "FAILED")
    told("less", 700, "paid")
    booked("less", 800, "PAID")
    told("midnight", 900, "paid", DAY + timedelta(days=1, minutes=1))
    booked("midnight", 900, "PAID", DAY + timedelta(hours=23.9))
    assert found_in(square.compare()) == {
        ("square:po_lost", "paid_out"): Planted(0, 500, "payout_differs"),
        ("square:po_fails", "paid_out"): Planted(600, 0, "payout_differs"),
        ("square:po_less", "paid_out"): Planted(700, 800, "payout_differs"),
        ("square:po_midnight", "paid_out"): Planted(0, 900, "day_after"),
    }


def test_an_amount_in_another_currency_is_a_difference_of_each(stripe: System) -> None:
    stripe.told(payment_event("succeeded", 1000), "pi_1", currency="CAD")
    stripe.booked(charge("1", 1000), 1000)
    found = stripe.compare().found
    assert [(each.currency, each.ledger_minor, each.provider_minor) for each in found] == [
        ("CAD", 1000, 0),
        ("USD", 0, 1000),
    ]


def test_what_a_person_retracted_is_not_counted(stripe: System) -> None:
    row = stripe.told(payment_event("succeeded", 1000), "pi_1")
    assert len(stripe.compare().found) == 1
    later = utc_timestamp((NOON + timedelta(days=5)).timestamp())
    stripe.rows["stripe:pi_1"].append(correction(row, words.RETRACTED, "retract-1", later, "pi_1"))
    assert fold(stripe.rows["stripe:pi_1"]).captured_minor == 0
    assert stripe.compare().found == ()


def test_paypals_captures_are_found_by_the_order_that_the_ledger_has(paypal: System) -> None:
    paypal.told(payment_event("succeeded", 1000), "ORDER1", currency="EUR")
    paypal.aliases["paypal:CAP1"] = "paypal:ORDER1"
    noon = "2026-11-20T12:00:00+0000"
    paypal.books.paypal = [
        paypal_transaction("CAP1", "T0006", "10.00", noon),
        paypal_transaction("FEE1", "T0100", "-1.00", noon),
    ]
    result = paypal.compare()
    assert (result.found, result.others, result.payments) == ((), {"T0100": 1}, 1)
    paypal.books.paypal.append(paypal_transaction("REF1", "T1106", "-4.00", noon, "CAP1"))
    assert found_in(paypal.compare()) == {
        ("paypal:ORDER1", "given_back"): Planted(0, 400, "refund_missing"),
    }


def test_books_longer_than_an_answer_are_asked_for_until_their_end(stripe: System) -> None:
    for number in range(10_050):
        stripe.books.stripe.append(balance_transaction(number, charge(str(number), 5), 5, NOON))
    stripe.books.page_size = 100
    told = stripe.ask()
    assert len({each.payment for each in told.entries}) == 10_050
    assert stripe.invoked == 2


def test_lines_are_short_and_say_where_to_look(stripe: System) -> None:
    stripe.booked(charge("lost", 500), 500)
    stripe.told(payment_event("succeeded", 123_456_789), "pi_forged")
    stripe.paid("late", 700, at=DAY + timedelta(days=1, minutes=1), booked_at=DAY + timedelta(hours=23.9))
    result = stripe.compare()
    text = "\n".join(result.lines())
    assert (
        max(len(line) for line in result.lines() if "scripts/" not in line) <= 80
    )  # a command is in one piece
    assert "captured: ledger 1,234,567.89 USD, provider 0.00 USD" in text
    assert "python scripts/trace.py --transaction stripe:pi_forged" in text
    assert "likely: a webhook of it never came, or waits here" in text
    assert "python scripts/find.py --transaction stripe:pi_lost" in text
    assert "scripts/reconcile.py --provider stripe --from 2026-11-20 --to 2026-11-20" in text
    assert "scripts/reconcile.py --money --provider stripe --from 2026-11-21" in text
    assert all(len(likely) <= 70 for likely in CAUSES.values())
    document = json.loads(json.dumps(result.document()))
    assert document["compared"] == ["captured", "refunded", "disputed"]
    assert {each["cause"] for each in document["differences"]} == {
        "never_came",
        "not_at_provider",
        "day_after",
    }
    assert all(each["likely"] and each["look"] for each in document["differences"])


def test_a_provider_that_refuses_is_told_and_nothing_is_compared(stripe: System) -> None:
    stripe._server.next_answers = [403]
    with pytest.raises(RolledBack, match="stripe_http_403"):
        stripe.compare()


def test_an_endpoint_without_credentials_is_wrong_usage() -> None:
    with reconciling() as system:
        system.give_credentials("stripe", none=True)
        with pytest.raises(UsageError, match="stripe has no API credentials"):
            System(system, "stripe").compare()


@pytest.mark.parametrize("more", [["--dry-run"], ["--to", "2026-11-21"], ["--from", "2026-11-20T09:30"]])
def test_one_whole_day_is_compared(more: list[str]) -> None:
    words = ["--suffix", "dev", "--provider", "stripe", "--from", "2026-11-20", "--money", *more]
    done = CliRunner().invoke(load("reconcile"), words)
    assert (done.exit_code, "--money takes one day" in done.output) == (2, True)
