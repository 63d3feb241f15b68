"""The archive's lines follow from the calls of its own code, and from parts, not from single items."""

import pytest

from payment_webhooks import contract
from scripts.planning.cost.bill import Span
from scripts.planning.recorded_calls import INBOX, LEDGER, record_archival, record_webhook
from tests.unit.scripts.planning.cost.test_bill import bill, line


def test_a_webhook_and_its_payment_are_archived_by_the_code_itself() -> None:
    archival = record_archival(record_webhook(3_000, claims_transmission=True))
    (expiring,) = archival.calls.writes_to(INBOX)
    assert contract.INBOX_EXPIRES_AT in expiring.after
    assert contract.ARCHIVE_SHARD not in expiring.after
    summary, row, head = archival.calls.writes_to(LEDGER)
    assert summary.after[contract.TRANSACTION_TIMESTAMP] == {"S": contract.ARCHIVE_SUMMARY}
    assert (summary.in_transaction, row.in_transaction, row.after) == (True, True, {})
    assert row.before is not None
    assert contract.ARCHIVE_SHARD in (head.before or {})
    assert contract.ARCHIVE_SHARD not in head.after
    assert [len(archival.calls.reads_of(table)) for table in (INBOX, LEDGER)] == [1, 1]
    assert archival.line_bytes > 4_000


def test_glacier_is_paid_by_part_and_not_by_payment() -> None:
    priced = bill()
    archive = "data/ArchiveBucket"
    moved = line(priced, archive, "objects moved to Glacier")
    assert moved.quantity == line(priced, archive, "objects written").quantity == 4_000
    assert moved.usd == pytest.approx(0.12)
    writes = [entry for entry in priced.of(Span.WEBHOOKS) if entry.item == "writes of the archiver"]
    assert {entry.resource for entry in writes} == {"data/InboxTable", "data/TransactionsTable"}
