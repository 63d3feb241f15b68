"""Which transactions may be archived, and how the index moves for those that may not."""

import pytest

from payment_webhooks.archive.eligibility import FINAL, Verdict, is_final, judge, next_day
from payment_webhooks.contract import ARCHIVE_SHARD_COUNT
from payment_webhooks.day_shards import cutoff_day, day_of, days, days_between, later, shard_of, shards_of
from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.ledger_row import RANKS
from payment_webhooks.domain.payment_amounts import STATUS_UNKNOWN
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.archived_rows import MOST_ROWS, ArchivedPart, fits, from_item, merged, to_item
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of, rows_of

PAID = payment_event(words.SUCCEEDED, 5000, 1)
RECORDED = day_of(row_of(PAID).recorded_at)
PART = ArchivedPart(1, "s3://b/k", "0" * 64, "2026-01-01T00:00:00.000000Z", 1)


@pytest.mark.parametrize(
    ("events", "final"),
    [
        ([PAID], True),
        ([payment_event(words.PENDING, 5000)], False),
        ([payment_event(words.AUTHORIZED, 5000)], False),
        ([payment_event(words.AUTHORIZED, 5000), PAID], True),
        ([payment_event(words.CANCELED, 5000)], True),
        ([payment_event(words.FAILED, 5000)], True),
        ([PAID, refund_event("re_1", words.REFUNDED, 5000, 2)], True),
        ([PAID, refund_event("re_1", words.PENDING, 5000, 2)], False),
        ([PAID, refund_event("re_1", words.FAILED, 5000, 2)], True),
        ([PAID, dispute_event("dp_1", words.DISPUTED, 5000, 2)], False),
        (
            [
                PAID,
                dispute_event("dp_1", words.DISPUTED, 1, 2),
                dispute_event("dp_1", words.DISPUTE_WON, 1, 3),
            ],
            True,
        ),
        (
            [
                PAID,
                dispute_event("dp_1", words.DISPUTED, 1, 2),
                dispute_event("dp_1", words.DISPUTE_LOST, 1, 3),
            ],
            True,
        ),
        ([refund_event("re_1", words.REFUNDED, 5000, 2)], False),  # the payment itself was never told
    ],
)
def test_a_payment_is_final_when_nothing_of_it_is_open(events: list[NormalisedEvent], final: bool) -> None:
    assert is_final(fold(rows_of(*events))) is final


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["pending", "in_transit"], Verdict.NOT_FINAL),
        (["pending", "in_transit", "paid"], Verdict.ARCHIVE),
        (["pending", "canceled"], Verdict.ARCHIVE),
        (["paid", "failed"], Verdict.ARCHIVE),
    ],
)
def test_a_payout_is_final_when_it_has_arrived_or_will_not(statuses: list[str], verdict: Verdict) -> None:
    rows = [
        row_of(payment_event(status, 5000, second)._replace(object_kind="payout", object_id="po_1"))
        for second, status in enumerate(statuses)
    ]
    assert judge(rows, [], rows[-1].recorded_at, RECORDED) is verdict


def test_every_state_of_a_payment_is_decided() -> None:
    states = {status for kind, status in RANKS if kind == words.KIND_PAYMENT} | {STATUS_UNKNOWN}
    assert states - FINAL == {words.PENDING, words.AUTHORIZED, STATUS_UNKNOWN}


def test_it_waits_until_nothing_comes_any_more() -> None:
    row = row_of(PAID)
    assert judge([row], [], row.recorded_at, RECORDED) is Verdict.ARCHIVE
    assert judge([row], [], row.recorded_at, later(RECORDED, -1)) is Verdict.NOT_QUIET


def test_one_that_is_archived_is_archived_again_only_with_new_rows() -> None:
    row, refund = rows_of(PAID, refund_event("re_1", words.REFUNDED, 100, 9))
    assert judge([], [row], row.recorded_at, RECORDED) is Verdict.NOTHING
    assert (
        judge([refund], [row], row.recorded_at, RECORDED) is Verdict.ARCHIVE
    )  # final only with the archived row
    assert judge([refund], [], row.recorded_at, RECORDED) is Verdict.NOT_FINAL


def test_one_with_more_rows_than_a_transaction_takes_stays() -> None:
    rows = [row_of(payment_event(words.SUCCEEDED, 5000, second)) for second in range(MOST_ROWS + 1)]
    assert fits(rows[:-1])
    assert judge(rows, [], rows[0].recorded_at, RECORDED) is Verdict.TOO_LARGE


@pytest.mark.parametrize(
    ("verdict", "day"),
    [
        (Verdict.NOTHING, None),
        (Verdict.NOT_QUIET, RECORDED),
        (Verdict.NOT_FINAL, "2026-02-09"),
        (Verdict.TOO_LARGE, "2026-02-09"),
    ],
)
def test_when_it_is_looked_at_again(verdict: Verdict, day: str | None) -> None:
    assert next_day(verdict, row_of(PAID).recorded_at, "2026-01-10") == day


def test_a_summary_comes_back_as_it_was() -> None:
    first, second = rows_of(PAID, refund_event("re_1", words.REFUNDED, 100, 9))
    summary = merged(None, first.transaction_id, [first], PART)
    again = merged(summary, first.transaction_id, [second], PART._replace(generation=2))
    assert from_item(to_item(again)) == again
    assert (again.generation, again.rows) == (2, (first, second))


def test_days() -> None:
    assert cutoff_day(1_790_000_000, 180) == "2026-03-24"  # 2026-09-21 less 181: a day that is over for 180
    assert list(days("2026-02-27", "2026-03-01")) == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert list(days("2026-03-01", "2026-02-27")) == []
    assert days_between("2026-02-27", "2026-03-01") == 2
    assert days_between("2026-03-01", "2026-02-27") == 0
    assert len(set(shards_of("2026-03-01"))) == ARCHIVE_SHARD_COUNT
    assert {shard_of("2026-03-01", str(name)) for name in range(200)} == set(shards_of("2026-03-01"))
