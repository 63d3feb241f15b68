"""Corrections of the ledger by a person: found, written once, and told."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader
from payment_webhooks.ledger.writer import LedgerWriter
from scripts.command_line.boto3_api import client_api
from scripts.command_line.errors import NotFound, RolledBack, UsageError
from scripts.operations.transactions.corrections import correction_of, states, write
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.ledger import payment_event, refund_event, row_of
from tests.support.library.receiving import LEDGER, TABLES

NOW = "2026-01-01T00:01:00.000000Z"
ANN = "arn:aws:iam::123456789012:user/ann"
PAID = row_of(payment_event(words.SUCCEEDED, 5000, 1, "evt_paid"))
REFUND = row_of(refund_event("re_1", words.REFUNDED, 700, 2))


class Ledger:
    def __init__(self, *rows: LedgerRow) -> None:
        self.dynamodb = FakeDynamoDB(TABLES)
        self.writer = LedgerWriter(self.dynamodb, LEDGER, str, lambda attempts: None, lambda *_: False)
        for row in rows:
            self.writer.append(row)

    def entries(self) -> LedgerEntries:
        return LedgerReader(self.dynamodb, LEDGER).read("stripe:pi_1")

    def made(self, status: str, second: int = 0, event_id: str = REFUND.event_id) -> LedgerRow:
        at = f"2026-01-01T00:00:{second:02d}.000000Z"
        return correction_of(self.entries(), event_id, status, ANN, at, "sent twice")


def test_a_correction_is_a_row_that_says_who_when_and_why_and_changes_the_money() -> None:
    ledger = Ledger(PAID, REFUND)
    made = ledger.made(words.RETRACTED)
    before, after = states(ledger.entries(), made)
    assert (before.refunded_minor, after.refunded_minor) == (700, 0)
    recorded = write(ledger.writer, made, NOW)
    assert (made.object_id, made.reason, made.answers) == (ANN, "sent twice", REFUND.event_id)
    assert recorded.effect is not None
    assert recorded.effect.changes["refunded_minor"] == (700, 0)
    found = ledger.entries()
    assert found.payment is not None
    assert found.payment.state.refunded_minor == fold(found.rows).refunded_minor == 0
    assert REFUND in found.rows


def test_the_same_command_again_writes_nothing_and_tells_the_same() -> None:
    ledger = Ledger(PAID, REFUND)
    first = write(ledger.writer, ledger.made(words.RETRACTED), NOW)
    items = ledger.dynamodb.items(LEDGER)
    assert write(ledger.writer, ledger.made(words.RETRACTED, 9), NOW) == first
    assert ledger.dynamodb.items(LEDGER) == items


def test_the_same_command_two_months_later_tells_nobody_again() -> None:
    """What says that subscribers were told it has expired by then."""
    ledger = Ledger(PAID, REFUND)
    made = ledger.made(words.RETRACTED)
    assert write(ledger.writer, made, NOW).effect is not None
    assert write(ledger.writer, ledger.made(words.RETRACTED, 9), "2026-03-05T00:00:00.000000Z") == (
        made,
        None,
    )


class OfBoto3:
    """The tables in memory behind a client's methods, with botocore's errors; a webhook comes in between."""

    meta = boto3.client("dynamodb", region_name="eu-west-1").meta

    def __init__(self, ledger: Ledger, comes_in: LedgerRow) -> None:
        self._ledger = ledger
        self._comes_in = [comes_in]

    def query(self, **parameters: Any) -> dict[str, Any]:
        return self._ledger.dynamodb("Query", parameters)

    def transact_write_items(self, **parameters: Any) -> dict[str, Any]:
        if self._comes_in:
            self._ledger.writer.append(self._comes_in.pop())
        try:
            return self._ledger.dynamodb("TransactWriteItems", parameters)
        except ServiceError as error:
            response: Any = {"Error": {"Code": error.code}, **error.details}
            raise ClientError(response, "TransactWriteItems") from error


def test_a_webhook_that_comes_in_between_does_not_stop_a_correction() -> None:
    ledger = Ledger(PAID, REFUND)
    pauses: list[int] = []
    client = OfBoto3(ledger, row_of(refund_event("re_2", words.REFUNDED, 50, 3)))
    writer = LedgerWriter(client_api(client), LEDGER, str, pauses.append, lambda *_: False)
    recorded = write(writer, ledger.made(words.RETRACTED), NOW)
    assert recorded.effect is not None
    assert (pauses, recorded.effect.changes["refunded_minor"]) == ([1], (750, 50))


def test_a_person_may_think_again() -> None:
    ledger = Ledger(PAID, REFUND)
    ids = []
    for second, status in enumerate([words.RETRACTED, words.CONFIRMED, words.RETRACTED]):
        ids.append(write(ledger.writer, ledger.made(status, second), NOW).row.event_id)
    assert len(set(ids)) == 3
    assert fold(ledger.entries().rows).refunded_minor == 0


def test_of_two_people_at_once_one_is_told_that_the_other_was_faster() -> None:
    ledger = Ledger(PAID._replace(confirmed=False), REFUND)
    made = [ledger.made(status, event_id="evt_paid") for status in (words.RETRACTED, words.CONFIRMED)]
    write(ledger.writer, made[0], NOW)
    with pytest.raises(RolledBack, match="somebody else"):
        write(ledger.writer, made[1], NOW)


@pytest.mark.parametrize(
    ("event_id", "status", "error", "said"),
    [
        ("evt_none", words.RETRACTED, NotFound, "the payment has no event evt_none"),
        ("evt_paid", words.CONFIRMED, UsageError, "confirmed already"),
        (f"{REFUND.event_id}#correction1", words.RETRACTED, UsageError, "a correction is not corrected"),
    ],
)
def test_what_cannot_be_corrected_is_said(
    event_id: str, status: str, error: type[Exception], said: str
) -> None:
    ledger = Ledger(PAID, REFUND)
    write(ledger.writer, ledger.made(words.RETRACTED), NOW)
    with pytest.raises(error, match=said):
        ledger.made(status, event_id=event_id)
