"""The summary of archived rows: its stored form, what fits in it, and what is none."""

from random import Random

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.ledger.archived_rows import ArchivedPart, fits, from_item, merged, rows_of, to_item
from payment_webhooks.ledger.items import to_item as row_item
from tests.support.library.ledger import payment_event, refund_event, row_of

PAID = row_of(payment_event(words.SUCCEEDED, 900, 1))
REFUND = row_of(refund_event("re_1", words.REFUNDED, 100, 9))
PART = ArchivedPart(1, "s3://bucket/key", "0" * 64, "2026-01-01T00:00:00.000000Z", 2)


def test_a_summary_has_the_names_by_which_every_release_stores_it() -> None:
    summary = merged(None, "stripe:pi_1", [REFUND, PAID], PART)
    item = to_item(summary)
    assert {name: value for name, value in item.items() if name != "rows"} == {
        "transaction_id": {"S": "stripe:pi_1"},
        "timestamp": {"S": "archive#summary"},
        "generation": {"N": "1"},
        "parts": {
            "S": '[{"generation":1,"location":"s3://bucket/key","sha256":"'
            + "0" * 64
            + '","archived_at":"2026-01-01T00:00:00.000000Z","rows":2}]'
        },
    }
    assert from_item(item) == summary
    assert summary.rows == (PAID, REFUND)
    assert summary.sort_keys == {"event#evt_succeeded_900_1", "event#evt_re_1_refunded_9"}


def test_a_row_that_is_archived_again_is_once_in_the_summary() -> None:
    before = merged(None, "stripe:pi_1", [PAID], PART)
    after = merged(before, "stripe:pi_1", [PAID, REFUND], PART._replace(generation=2))
    assert (after.rows, [each.generation for each in after.parts]) == ((PAID, REFUND), [1, 2])


def test_ninety_rows_fit_into_one_transaction_and_no_more() -> None:
    assert fits([PAID] * 90)
    assert not fits([PAID] * 91)


def test_rows_of_more_than_an_item_should_hold_do_not_fit() -> None:
    noise = Random(1).randbytes(250_000).hex()
    assert not fits([PAID._replace(reason=noise)])
    assert fits([PAID._replace(reason=noise[:200_000])])


def test_the_rows_of_an_item_are_its_own_or_those_of_a_summary() -> None:
    item = to_item(merged(None, "stripe:pi_1", [PAID, REFUND], PART))
    assert rows_of(row_item(PAID)) == (PAID,)
    assert rows_of(item) == (PAID, REFUND)
    for broken in ({**item, "rows": {"B": b"no"}}, {**row_item(PAID), "timestamp": {"S": "payment"}}):
        with pytest.raises(ValueError, match="not a"):
            rows_of({name: value for name, value in broken.items() if name != "status"})
