"""Attacks on the ledger are told; what processor and archiver do is not. Of the inbox: test_inbox_tampering."""

from collections.abc import Callable
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.audit import tampering as kinds
from payment_webhooks.audit.batch import write_batch
from payment_webhooks.audit.tampering import LedgerWatch, tampering
from payment_webhooks.aws.dynamodb_items import Item, attribute
from payment_webhooks.domain import events as words
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger import archived_rows
from payment_webhooks.ledger.items import to_item
from payment_webhooks.ledger.payment_items import Pointer, pointer_item
from payment_webhooks.ledger.reader import is_head
from tests.support.library.archiving import Archiving
from tests.support.library.audit_records import FakeBucket
from tests.support.library.ledger import payment_event, refund_event
from tests.support.library.ledger_stream import ledger_change, stream_records
from tests.support.library.receiving import LEDGER

PAID = payment_event(words.SUCCEEDED, 1099, 1)
LATE = refund_event("re_late", words.REFUNDED, 700, 9_000_000)


def paid() -> Archiving:
    """A payment of two rows that is due to be archived."""
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add([payment_event(words.PENDING, 1099), PAID])
    return archiving


def watch_of(archiving: Archiving) -> LedgerWatch:
    return LedgerWatch(archiving.reader.items, archived_rows.rows_of, lambda _: None)


def item_of(archiving: Archiving, name: str, sort_key: str) -> Item | None:
    items = archiving.reader.items(name)
    return next((each for each in items if each[contract.TRANSACTION_TIMESTAMP]["S"] == sort_key), None)


def summary_of(archiving: Archiving) -> Item | None:
    return item_of(archiving, "stripe:pi_1", contract.ARCHIVE_SUMMARY)


def row_of(archiving: Archiving) -> Item:
    return to_item(archiving.row(PAID))


def put(archiving: Archiving, item: Item) -> None:
    archiving.tables("PutItem", {"TableName": LEDGER, "Item": item})


def delete(archiving: Archiving, item: Item) -> None:
    names = (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)
    archiving.tables("DeleteItem", {"TableName": LEDGER, "Key": {name: item[name] for name in names}})


def found(archiving: Archiving, act: Callable[[], object]) -> list[str]:
    """What the audit logger finds wrong with what `act` does."""
    records = stream_records(archiving.tables, act)
    assert records
    return [kind for record in records if (kind := tampering(record, watch_of(archiving))) is not None]


def test_each_kind_of_tampering_is_called_as_the_runbook_calls_it() -> None:
    """An auditor searches the log for these words."""
    assert {
        name: value
        for name, value in vars(kinds).items()
        if name.endswith(("ED", "OTHERS")) and name[0] != "_"
    } == {
        "ROW_CHANGED": "row_changed",
        "ROW_REMOVED": "row_removed",
        "SUMMARY_OF_OTHERS": "summary_of_others",
        "SUMMARY_REDUCED": "summary_reduced",
        "SUMMARY_REMOVED": "summary_removed",
        "HEAD_CHANGED": "head_changed",
        "HEAD_REMOVED": "head_removed",
        "WEBHOOK_CHANGED": "webhook_changed",
        "WEBHOOK_REMOVED": "webhook_removed",
    }


def test_new_rows_and_the_heads_that_follow_them_are_ordinary() -> None:
    archiving = Archiving()
    assert found(archiving, lambda: archiving.add([payment_event(words.PENDING, 1099)])) == []
    assert found(archiving, lambda: archiving.add([PAID])) == []


def test_what_the_archiver_releases_and_moves_is_ordinary() -> None:
    archiving = paid()
    assert found(archiving, archiving.run) == []
    assert archiving.stored_rows() == []
    archiving.put(archiving.row(LATE, age_days=0))
    archiving.now += 200 * 86_400
    assert found(archiving, archiving.run) == []
    assert len(archiving.entries().archived) == 2


def test_the_only_row_of_a_payment_may_be_released() -> None:
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add([PAID])
    assert found(archiving, archiving.run) == []
    assert archiving.stored_rows() == []


def test_what_is_released_of_a_payment_that_has_taken_over_another_is_ordinary() -> None:
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add_merged()
    assert found(archiving, archiving.run) == []
    assert archiving.stored_rows() == []


def test_what_was_released_before_the_payment_was_taken_over_is_ordinary_still() -> None:
    """The stream comes late: by then the payment's summary is one pointer away, or two."""
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add_merged()
    released = stream_records(archiving.tables, archiving.run)
    archiving.add([payment_event(words.PENDING, 900, 5)], "pi_0")
    archiving.put(archiving.row(payment_event(words.SUCCEEDED, 900, 6), "pi_0"), "pi_0", "pi_1")
    assert {tampering(record, watch_of(archiving)) for record in released} == {None}


def test_a_row_of_a_payment_that_was_taken_over_is_told_when_it_is_deleted() -> None:
    archiving = Archiving()
    archiving.add_merged()
    row = to_item(archiving.row(payment_event(words.SUCCEEDED, 900, 2), "pi_2"))
    assert found(archiving, lambda: delete(archiving, row)) == [kinds.ROW_REMOVED]


def test_pointers_that_lead_in_a_circle_hold_nothing() -> None:
    archiving = paid()
    for pair in (("stripe:pi_1", "stripe:pi_2"), ("stripe:pi_2", "stripe:pi_1")):
        put(archiving, pointer_item(Pointer(*pair)))
    assert found(archiving, lambda: delete(archiving, row_of(archiving))) == [kinds.ROW_REMOVED]


def test_a_row_that_another_is_put_over_is_told() -> None:
    archiving = paid()
    forged = {**row_of(archiving), "amount_minor": attribute(1)}
    assert found(archiving, lambda: put(archiving, forged)) == [kinds.ROW_CHANGED]


def test_a_row_of_the_key_that_names_its_event_alone_is_told_too() -> None:
    row = {**row_of(paid()), contract.TRANSACTION_TIMESTAMP: {"S": f"{contract.EVENT_PREFIX}evt_1"}}
    changed = ledger_change(row, {**row, "amount_minor": attribute(1)})
    assert tampering(changed, watch_of(Archiving())) == kinds.ROW_CHANGED


def test_a_row_that_is_deleted_is_told() -> None:
    archiving = paid()
    assert found(archiving, lambda: delete(archiving, row_of(archiving))) == [kinds.ROW_REMOVED]


def test_a_row_that_is_deleted_is_told_although_the_summary_holds_others() -> None:
    archiving = paid()
    archiving.run()
    late = archiving.row(LATE)
    archiving.put(late)
    assert found(archiving, lambda: delete(archiving, to_item(late))) == [kinds.ROW_REMOVED]


def test_a_row_that_the_summary_holds_with_another_amount_is_told() -> None:
    """With the archiver's own rights: a summary of its own beside the deletion."""
    archiving = paid()

    def release_forged() -> None:
        part = archived_rows.ArchivedPart(1, "s3://forged/key", "0" * 64, "2026-01-01T00:00:00.000000Z", 2)
        rows = [row._replace(amount_minor=1) for row in archiving.entries().rows]
        put(archiving, archived_rows.to_item(archived_rows.merged(None, "stripe:pi_1", rows, part)))
        for row in archiving.entries().rows:
            delete(archiving, to_item(row))

    assert found(archiving, release_forged) == [kinds.ROW_REMOVED, kinds.ROW_REMOVED]


@pytest.mark.parametrize("left", [0, 1])
def test_a_summary_that_loses_rows_or_goes_is_told(left: int) -> None:
    archiving = paid()
    archiving.run()
    summary = summary_of(archiving)
    assert summary is not None
    if left:
        whole = archived_rows.from_item(summary)
        reduced = archived_rows.to_item(whole._replace(rows=whole.rows[:1]))
        assert found(archiving, lambda: put(archiving, reduced)) == [kinds.SUMMARY_REDUCED]
    else:
        assert found(archiving, lambda: delete(archiving, summary)) == [kinds.SUMMARY_REMOVED]


def test_a_summary_that_nobody_can_read_holds_nothing() -> None:
    archiving = paid()
    archiving.run()
    summary = summary_of(archiving)
    assert summary is not None
    broken = {**summary, "rows": {"B": b"no rows"}}
    assert found(archiving, lambda: put(archiving, broken)) == [kinds.SUMMARY_REDUCED]


def test_a_head_that_goes_is_told() -> None:
    archiving = paid()
    (head,) = archiving.heads()
    assert is_head(head)
    assert found(archiving, lambda: delete(archiving, head)) == [kinds.HEAD_REMOVED]


def test_a_head_that_another_state_is_put_over_is_told() -> None:
    archiving = paid()
    (head,) = archiving.heads()
    richer = {**head, "state": {"S": head["state"]["S"].replace("1099", "88888800")}}
    assert richer != head
    assert found(archiving, lambda: put(archiving, richer)) == [kinds.HEAD_CHANGED]


@pytest.mark.parametrize("rise", [-1, 1])
def test_a_head_whose_version_rises_without_a_row_or_falls_is_told(rise: int) -> None:
    archiving = paid()
    (head,) = archiving.heads()
    other = {**head, contract.VERSION: attribute(2 + rise)}
    assert found(archiving, lambda: put(archiving, other)) == [kinds.HEAD_CHANGED]


def test_a_payment_that_points_to_another_without_the_row_that_says_so_is_told_and_so_is_the_way_back() -> (
    None
):
    archiving = paid()
    archiving.add([payment_event(words.SUCCEEDED, 1099, 1)], "pi_2")
    head = next(each for each in archiving.heads() if each[contract.TRANSACTION_ID] == {"S": "stripe:pi_1"})
    pointer = pointer_item(Pointer("stripe:pi_1", "stripe:pi_2"))
    assert found(archiving, lambda: put(archiving, pointer)) == [kinds.HEAD_CHANGED]
    assert found(archiving, lambda: put(archiving, head)) == [kinds.HEAD_CHANGED]


def test_a_pointer_takes_the_row_that_says_so_and_no_other() -> None:
    archiving = paid()
    put(archiving, to_item(archiving.row(LATE)))
    pointer = pointer_item(Pointer("stripe:pi_1", "stripe:pi_2"))
    assert found(archiving, lambda: put(archiving, pointer)) == [kinds.HEAD_CHANGED]


def test_a_payment_that_is_taken_over_is_ordinary_and_no_head_comes_back() -> None:
    archiving = Archiving()
    archiving.add([payment_event(words.PENDING, 900, 1)], "pi_1")
    archiving.add([payment_event(words.SUCCEEDED, 900, 2)], "pi_2")
    before = next(each for each in archiving.heads() if each[contract.TRANSACTION_ID] == {"S": "stripe:pi_2"})
    joins = archiving.row(payment_event(words.AUTHORIZED, 900, 3))
    assert found(archiving, lambda: archiving.put(joins, "pi_1", "pi_2")) == []
    assert found(archiving, lambda: put(archiving, before)) == [kinds.HEAD_CHANGED]


def test_a_row_that_hides_in_the_summary_of_another_transaction_is_told_at_each_step() -> None:
    archiving = paid()
    row, (head,) = archiving.entries().rows[0], archiving.heads()
    part = archived_rows.ArchivedPart(1, "s3://forged/key", "0" * 64, "2026-01-01T00:00:00.000000Z", 1)
    summary = archived_rows.to_item(archived_rows.merged(None, "internal:EVIL", [row], part))
    pointer = pointer_item(Pointer("stripe:pi_1", "internal:EVIL"))
    assert found(archiving, lambda: put(archiving, summary)) == [kinds.SUMMARY_OF_OTHERS]
    assert found(archiving, lambda: put(archiving, pointer)) == [kinds.HEAD_CHANGED]
    assert found(archiving, lambda: delete(archiving, to_item(row))) == [kinds.ROW_REMOVED]
    assert found(archiving, lambda: put(archiving, head)) == [kinds.HEAD_CHANGED]


def test_what_a_query_met_half_way_is_looked_at_again() -> None:
    """The head's row is not there yet at the first look."""
    archiving = paid()
    archiving.add([payment_event(words.PENDING, 5, 7)], "pi_2")
    records = stream_records(archiving.tables, lambda: archiving.add([LATE]))
    waits: list[int] = []

    def items(transaction_id: str) -> list[Item]:
        there = archiving.reader.items(transaction_id)
        return there if waits else [each for each in there if each.get("event_id") != {"S": LATE.event_id}]

    watch = watch_of(archiving)._replace(items=items, pause=waits.append)
    assert [tampering(each, watch) for each in records] == [None, None]
    assert waits == [1]


def test_the_record_in_the_bucket_says_what_is_wrong_and_by_its_hashes_what_it_was() -> None:
    archiving, bucket = paid(), FakeBucket()
    forged = {**row_of(archiving), "amount_minor": attribute(1)}
    records = stream_records(archiving.tables, lambda: put(archiving, forged))
    result = write_batch(records, bucket, watch_of(archiving))
    (document,) = bucket.records
    assert result.tampered == (document,)
    assert document["tampering"] == "row_changed"
    assert document["sha256_from"] != document["sha256_to"]
    assert (document["transaction_id"], document["change"]) == ("stripe:pi_1", "MODIFY")
    assert "amount_minor" in document["changed_attributes"]


def test_a_record_of_the_ledger_says_who_what_and_when() -> None:
    archiving, bucket = Archiving(), FakeBucket()
    records = stream_records(archiving.tables, lambda: archiving.add([PAID]))
    assert write_batch(records, bucket, watch_of(archiving)).tampered == ()
    (head,) = (each for each in bucket.records if each["entry"] == contract.PAYMENT_ENTRY)
    (row,) = (each for each in bucket.records if each.get("event_id") == PAID.event_id)
    assert (head["version_to"], row["version_to"]) == (1, 1)
    assert row.keys() == {
        "amount_meaning",
        "amount_minor",
        "change",
        "changed_at",
        "changed_attributes",
        "confirmed",
        "currency",
        "endpoint",
        "entry",
        "event_id",
        "event_type",
        "object_id",
        "object_kind",
        "occurred_at",
        "of_webhook",
        "provider",
        "recorded_at",
        "sequence_number",
        "sha256_to",
        "status_to",
        "stream_event_id",
        "transaction_id",
        "version_to",
    }


def test_while_the_ledger_does_not_answer_the_batch_comes_again() -> None:
    archiving, bucket = paid(), FakeBucket()
    records: list[dict[str, Any]] = stream_records(
        archiving.tables, lambda: delete(archiving, row_of(archiving))
    )

    def out(_: str) -> list[Item]:
        raise Unavailable("dynamodb_unavailable")

    result = write_batch(records, bucket, watch_of(archiving)._replace(items=out))
    assert result.answer == {"batchItemFailures": [{"itemIdentifier": "20001"}]}
    assert bucket.records == []
