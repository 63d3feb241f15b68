"""What a row changes: from what the head says, not from what its rows would add up to by now."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.changes import Changes, changes_of
from payment_webhooks.ledger.payment_items import INLINE_OBJECTS
from payment_webhooks.ledger.reader import Found, LedgerEntries, LedgerReader
from payment_webhooks.ledger.writer import LedgerWriter
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.ledger import payment_event, payment_of, refund_event, row_of
from tests.support.library.receiving import LEDGER, TABLES

PAID = row_of(payment_event(words.SUCCEEDED, 900, 1))
REFUND = row_of(refund_event("re_1", words.REFUNDED, 100, 9))


def entries_of(*rows: LedgerRow, captured_minor: int | None = None) -> LedgerEntries:
    """captured_minor: as a former release stored it, whose fold said something else."""
    payment = payment_of(rows)
    if captured_minor is not None:
        payment = payment._replace(state=payment.state._replace(captured_minor=captured_minor))
    return LedgerEntries(rows, payment=payment)


def of_partition(row: LedgerRow, name: str) -> LedgerRow:
    return row._replace(transaction_id=name, event_id=f"{row.event_id}{name}", sort_key=f"event#{name}")


def joined(first: LedgerEntries, second: LedgerEntries) -> Changes:
    return changes_of([REFUND], Found((first, second), ()), lambda *_: True)


def test_an_effect_begins_with_what_was_told_last() -> None:
    changes = changes_of([REFUND], Found((entries_of(PAID, captured_minor=700),), ()), lambda *_: False)
    (written,) = changes.written
    assert written.effect is not None
    assert written.effect.changes["captured_minor"] == (700, 900)


def test_so_do_the_effects_of_a_merge_for_both_payments() -> None:
    other = of_partition(PAID, "stripe:other")
    took, gone, _ = joined(
        entries_of(PAID, captured_minor=700), entries_of(other, captured_minor=300)
    ).written
    assert took.effect is not None
    assert took.effect.before is not None
    assert gone.effect is not None
    assert gone.effect.before is not None
    assert (took.effect.before.captured_minor, gone.effect.before.captured_minor) == (700, 300)


def test_a_merge_moves_no_money_that_people_are_told_of() -> None:
    other = of_partition(row_of(payment_event(words.SUCCEEDED, 5_000_000, 2)), "stripe:other")
    took, gone, own = joined(entries_of(PAID), entries_of(other)).written
    told = [each.effect and each.effect.high_value for each in (took, gone, own)]
    assert told == [False, False, True]


@pytest.mark.parametrize("number", [0, INLINE_OBJECTS + 4], ids=["left out of the head", "in the head"])
def test_a_refund_is_as_it_was_although_the_head_has_not_room_for_it(number: int) -> None:
    refunds = [row_of(refund_event(f"re_{each}", words.REFUNDED, 10, 10 + each)) for each in range(25)]
    entries = entries_of(PAID, *refunds)
    assert entries.payment is not None
    assert entries.payment.objects_left_out == 5
    failed = row_of(refund_event(f"re_{number}", words.FAILED, 10, 99))
    (written,) = changes_of([failed], Found((entries,), ()), lambda *_: False).written
    assert written.effect is not None
    before, after = written.effect.object_before, written.effect.object_after
    assert before is not None
    assert after is not None
    assert (before.object_id, before.status, after.status) == (f"re_{number}", words.REFUNDED, words.FAILED)


class Joined:
    """The payment O, which has taken over C; A is another id of it, and X was one of C before."""

    def __init__(self) -> None:
        self._dynamodb = FakeDynamoDB(TABLES, compared=False)
        self.asked: list[str] = []
        ledger = LedgerWriter(self._dynamodb, LEDGER, str, lambda attempts: None, lambda *_: False)
        told = [("O", "A"), ("C", "X"), ("O", "C")]
        for number, names in enumerate(told):
            event = payment_event(words.SUCCEEDED, 900, number)._replace(transaction_id=names[0])
            ledger.append(row_of(event), [f"stripe:{each}" for each in names])

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if "ExclusiveStartKey" not in parameters:
            self.asked.append(parameters["ExpressionAttributeValues"][":id"]["S"])
        return self._dynamodb(operation, parameters)


@pytest.mark.parametrize(
    ("names", "queries"),
    [("O", 2), ("OC", 2), ("OA", 3), ("OX", 3), ("OACX", 4), ("CO", 3), ("XO", 4), ("AO", 3)],
)
def test_a_payment_is_read_once_by_whichever_of_its_ids(names: str, queries: int) -> None:
    """A query for the payment, one for its member, and one for each id that could be of another."""
    joined = Joined()
    found = LedgerReader(joined, LEDGER).find([f"stripe:{each}" for each in names])
    (entries,) = found.payments
    assert entries.payment is not None
    assert (entries.payment.transaction_id, found.unknown) == ("stripe:O", ())
    assert entries.payment.state == fold(entries.rows)
    assert len(joined.asked) == queries
