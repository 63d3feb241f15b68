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
from tests.support.library.ledger import dispute_event, payment_event, payment_of, refund_event, row_of
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


def changes_after(before: LedgerEntries, *rows: LedgerRow) -> Changes:
    return changes_of(rows, Found((before,), ()), lambda *_: False)


def test_an_event_of_several_parts_has_a_row_for_each_and_one_effect() -> None:
    parts = [
        row_of(refund_event(f"re_{number}", words.REFUNDED, 0, 9)._replace(amount_minor=amount))
        for number, amount in ((1, 100), (2, None), (3, 150))
    ]
    changes = changes_after(entries_of(PAID), *parts)
    found = [(each.row, each.version) for each in changes.written]
    assert found == [(parts[0], 2), (parts[1], 3), (parts[2], 4)]
    assert [each.effect and each.effect.amount_minor for each in changes.written] == [None, None, 250]
    assert changes.after.version == 4
    (alone,) = changes_after(entries_of(PAID), parts[0]).written
    assert alone.effect is not None
    assert alone.effect.amount_minor is None
    both = changes_after(entries_of(PAID), *parts[1:])
    assert [each.effect and each.effect.amount_minor for each in both.written] == [None, 150]
    again = changes_after(entries_of(PAID, *parts), *(part._replace(event_id="x") for part in parts[:2]))
    assert [each.effect for each in again.written] == [None, None]


def test_payments_that_join_get_a_row_each_by_the_event_that_says_so() -> None:
    others = [of_partition(PAID, f"stripe:other{number}") for number in (1, 2)]
    entries = tuple(map(entries_of, [PAID, *others]))
    rows = [row_of(refund_event("re_2", words.REFUNDED, 5, 9)), REFUND]
    written = changes_of(rows, Found(entries, ()), lambda *_: False).written
    event = "evt_re_1_refunded_9"
    assert [(each.row.transaction_id, each.row.event_id, each.version) for each in written] == [
        ("stripe:pi_1", f"{event}#took1", 2),
        ("stripe:other1", f"{event}#merged1", 2),
        ("stripe:pi_1", f"{event}#took2", 3),
        ("stripe:other2", f"{event}#merged2", 2),
        ("stripe:pi_1", "evt_re_2_refunded_9", 4),
        ("stripe:pi_1", event, 5),
    ]
    effects = [each.effect for each in written]
    assert effects[0] is not None
    assert effects[2] is not None
    assert effects[5] is not None
    assert effects[0].after == effects[2].before
    assert effects[2].after == effects[5].before


def test_a_refund_of_a_payment_that_joins_is_as_it_was_there() -> None:
    pending = of_partition(row_of(refund_event("re_1", words.PENDING, 100, 5)), "stripe:other")
    *_, own = joined(entries_of(PAID), entries_of(pending)).written
    assert own.effect is not None
    assert own.effect.object_before is not None
    assert own.effect.object_before.status == words.PENDING


def test_a_refund_is_as_the_head_has_it_where_it_has_it() -> None:
    entries = entries_of(PAID, row_of(refund_event("re_1", words.PENDING, 100, 5)))
    assert entries.payment is not None
    state = entries.payment.state
    shown = state._replace(objects=(state.objects[0]._replace(amount_minor=7),))
    entries = entries._replace(payment=entries.payment._replace(state=shown, objects_left_out=1))
    (written,) = changes_after(entries, REFUND).written
    assert written.effect is not None
    assert written.effect.object_before == shown.objects[0]


@pytest.mark.parametrize(("total", "captured", "pending"), [(0, 900, True), (1, 950, False)])
def test_a_refund_is_said_to_be_pending_only_where_the_payments_total_has_fallen(
    total: int, captured: int, pending: bool
) -> None:
    def told(refunded: int, amount: int, second: int) -> LedgerRow:
        return row_of(payment_event(words.SUCCEEDED, amount, second)._replace(refunded_total_minor=refunded))

    before = entries_of(told(1, 900, 1), row_of(refund_event("re_1", words.PENDING, 1, 2)))
    (written,) = changes_after(before, told(total, captured, 4)).written
    assert written.effect is not None
    assert written.effect.refund_pending is pending


def test_the_head_says_since_when_the_payment_is_what_it_is() -> None:
    rows = [
        row_of(payment_event(words.SUCCEEDED, 900, 5)),
        row_of(dispute_event("du_1", words.DISPUTED, 100, 7)),
        row_of(payment_event(words.PENDING, 900, 3)),
        row_of(refund_event("re_1", words.REFUNDED, 100, 8)),
        row_of(dispute_event("du_1", words.DISPUTE_WON, 100, 9)),
    ]
    heads = [payment_of(rows[:number]) for number in range(1, 6)]

    def second(time: str | None) -> int | None:
        return None if time is None else int(time[18])

    found = [
        (each.version, second(each.began_at), second(each.status_since), second(each.dispute_since))
        for each in heads
    ]
    assert found == [(1, 5, 5, None), (2, 5, 5, 7), (3, 3, 5, 7), (4, 3, 8, 7), (5, 3, 8, 9)]
    assert payment_of(rows[1:]).dispute_since == rows[4].occurred_at
    assert payment_of(rows[1:2]).dispute_since == rows[1].occurred_at


def test_entries_are_whole_with_as_many_rows_as_the_head_counts() -> None:
    member = of_partition(REFUND, "stripe:other")
    payment = payment_of([PAID, member])._replace(version=1)
    assert LedgerEntries((PAID, member), payment=payment).is_whole
    for rows, version in (((PAID,), 1), ((PAID, PAID), 1), ((PAID, member), 2), ((member, member), 1)):
        assert not LedgerEntries(rows, payment=payment._replace(version=version)).is_whole
    assert LedgerEntries(()).is_whole is True


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
