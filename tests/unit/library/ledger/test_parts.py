"""An event of several parts: those of one payment are written and told as one, of several payments each by itself."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.domain.events import parts_of
from payment_webhooks.domain.told import notification_types
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.ledger.writer import LedgerWriter, Recorded
from payment_webhooks.publishing.publisher import event_detail
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.providers import normalise
from tests.support.library.receiving import LEDGER, TABLES
from tests.support.money import paypal_bodies as paypal

RECORDED_AT = "2026-11-21T20:00:00.000000Z"
HALVES = {"C1": 60_000, "C2": 60_000}
CLAIM = paypal.dispute("PP-1", HALVES, "CHARGEBACK", 120_000, 10, 10)
LOST = paypal.resolved(CLAIM, "RESOLVED_BUYER_FAVOUR", 120_000, 30)
RESOLVED = paypal.event(9, "CUSTOMER.DISPUTE.RESOLVED", "dispute", LOST, 30)


class Ledger:
    def __init__(self, *, compared: bool = True) -> None:
        self.dynamodb = FakeDynamoDB(TABLES, compared=compared)
        self.transactions: list[list[str]] = []  # the sort keys that were written at once
        self.fails_at: int | None = None

    def tell(self, body: bytes, **changes: Any) -> list[Recorded]:
        ledger = LedgerWriter(
            self._call, LEDGER, lambda: RECORDED_AT, lambda _: None, lambda minor, _: minor > 100_000
        )
        event = normalise("paypal", body)._replace(**changes)
        keys = InboxKeys(f"paypal:{event.event_id}", event.created)
        named = ("paypal", "paypal", event.event_id, "received", RECORDED_AT)
        webhook = StoredWebhook(keys, *named, None, None, None, "")
        return ledger.record(webhook, event, confirmed=True)

    def capture(self, identity: str, order: str, at: int) -> None:
        told = paypal.capture(identity, "COMPLETED", 60_000, at, at, **paypal.named(order))
        self.tell(paypal.event(at, "PAYMENT.CAPTURE.COMPLETED", "capture", told, at))

    def payment(self, identity: str) -> Payment:
        entries = LedgerReader(self.dynamodb, LEDGER).read(f"paypal:{identity}")
        assert entries.is_whole
        assert entries.payment is not None
        return entries.payment

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            items = [each["Put"]["Item"]["timestamp"]["S"] for each in parameters["TransactItems"]]
            self.transactions.append(items)
            if len(self.transactions) == self.fails_at:
                raise Unavailable("dynamodb_timeout")
        return self.dynamodb(operation, parameters)


def test_the_halves_of_a_loss_of_one_payment_are_written_at_once_and_told_as_one() -> None:
    ledger = Ledger()
    ledger.capture("C1", "ORDER", 1)
    ledger.capture("C2", "ORDER", 2)
    half, whole = ledger.tell(RESOLVED)
    assert ledger.transactions[-1] == ["event#WH-9#part2", "event#WH-9", "payment"]
    assert half.effect is None
    assert whole.effect is not None
    detail = event_detail(*whole)  # type: ignore[arg-type]
    assert (detail["event_id"], detail["amount_minor"], detail["amount"]) == ("WH-9", 120_000, "1200.00")
    assert detail["summary"].startswith(
        "1,200.00 USD was withdrawn for a dispute; Dispute PP-1 over 1,200.00 USD is dispute lost"
    )
    assert detail["changes"]["disputed_minor"] == (0, 120_000)
    assert notification_types(whole.row, whole.effect) == ["high_value_alert", "payment_disputed"]
    payment = ledger.payment("C1")
    assert (payment.version, whole.effect.version, payment.state.net_minor) == (4, 4, 0)


def test_a_retry_tells_the_whole_again_and_writes_nothing() -> None:
    ledger = Ledger()
    ledger.capture("C1", "ORDER", 1)
    ledger.capture("C2", "ORDER", 2)
    first = ledger.tell(RESOLVED)
    items = ledger.dynamodb.items(LEDGER)
    assert ledger.tell(RESOLVED) == first
    assert ledger.dynamodb.items(LEDGER) == items


def test_parts_of_two_payments_are_told_of_each() -> None:
    ledger = Ledger()
    ledger.capture("C1", "ORDER", 1)
    ledger.capture("C2", "OTHER", 2)
    recorded = ledger.tell(RESOLVED)
    assert [each.row.transaction_id for each in recorded] == ["paypal:ORDER", "paypal:OTHER"]
    changes = [each.effect and each.effect.changes["disputed_minor"] for each in recorded]
    assert changes == [(0, 60_000), (0, 60_000)]
    assert [each.effect and each.effect.amount_minor for each in recorded] == [None, None]


def test_a_part_that_names_its_payment_and_an_id_that_is_new_is_of_the_payment() -> None:
    ledger = Ledger()
    ledger.capture("C2", "ORDER", 2)
    recorded = ledger.tell(RESOLVED, payment_ids=("ORDER", "C1"))
    assert ledger.transactions[-1][:2] == ["event#WH-9#part2", "event#WH-9"]
    assert {each.row.transaction_id for each in recorded} == {"paypal:ORDER"}


def test_parts_that_were_written_before_their_payments_became_one_are_kept() -> None:
    ledger = Ledger()
    ledger.fails_at = 2
    with pytest.raises(Unavailable):
        ledger.tell(RESOLVED)  # of C1, not of C2
    ledger.capture("C1", "ORDER", 1)
    ledger.capture("C2", "ORDER", 2)
    ledger.tell(RESOLVED)
    payment = ledger.payment("ORDER")
    assert (payment.state.disputed_minor, payment.state.net_minor) == (120_000, 0)


def test_more_parts_than_a_transaction_takes_are_written_in_several() -> None:
    ledger = Ledger(compared=False)
    captures = {f"C{number}": 100 for number in range(1, 83)}
    for number, each in enumerate(captures, start=1):
        told = paypal.capture(each, "COMPLETED", 100, number, number)
        ledger.tell(paypal.event(100 + number, "PAYMENT.CAPTURE.COMPLETED", "capture", told, number))
    claim = paypal.dispute("PP-1", captures, "CHARGEBACK", 8200, 100, 100)
    lost = paypal.resolved(claim, "RESOLVED_BUYER_FAVOUR", 8200, 130)
    body = paypal.event(9, "CUSTOMER.DISPUTE.RESOLVED", "dispute", lost, 130)
    assert len(parts_of(normalise("paypal", body))) == 82
    ledger.tell(body)
    assert [len(each) for each in ledger.transactions[-2:]] == [81, 3]
    assert ledger.payment("ORDER").state.net_minor == 0
