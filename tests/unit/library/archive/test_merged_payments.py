"""Payments that have taken over others: their members' rows are archived with them, whatever comes in meanwhile."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.writer import LedgerWriter
from tests.support.library.archiving import Archiving
from tests.support.library.ledger import refund_event
from tests.support.library.receiving import LEDGER


def merged() -> Archiving:
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add_merged()
    return archiving


def test_rows_of_members_are_archived_with_the_payment() -> None:
    archiving = merged()
    before = archiving.entries()
    assert before.payment is not None
    assert (before.payment.members, before.payment.state.captured_minor) == (("stripe:pi_2",), 900)
    assert archiving.run().archived == 1
    assert archiving.stored_rows() == []
    after = archiving.entries()
    assert (sorted(after.rows), after.payment) == (sorted(before.rows), before.payment)
    assert after.is_whole
    (line,) = archiving.s3.lines()
    assert (line["state"]["captured_minor"], line["state"]["status"]) == (900, words.SUCCEEDED)
    assert {row["transaction_id"] for row in line["rows"]} == {"stripe:pi_1", "stripe:pi_2"}


@pytest.mark.parametrize("partition", ["stripe:pi_1", "stripe:pi_2"])
def test_an_event_that_comes_in_while_the_payment_is_archived_keeps_its_money(partition: str) -> None:
    """The archiver runs between two queries of the writer: before the payment's own is asked, or a member's."""
    archiving = merged()
    runs: list[int] = []
    pauses: list[int] = []

    def meanwhile(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        asked = parameters.get("ExpressionAttributeValues", {}).get(":id")
        if operation == "Query" and asked == {"S": partition} and not runs:
            runs.append(archiving.run().archived)
        return archiving.tables(operation, parameters)

    late = archiving.row(refund_event("re_9", words.REFUNDED, 100, 40), "pi_2", age_days=0)
    ledger = LedgerWriter(meanwhile, LEDGER, str, pauses.append, lambda *_: False)
    (told,) = ledger.append(late, ["stripe:pi_1", "stripe:pi_2"])
    assert (runs, pauses) == ([1], [1] if partition == "stripe:pi_2" else [])
    assert told.effect is not None
    assert told.effect.changes["refunded_minor"] == (0, 100)
    assert "captured_minor" not in told.effect.changes
    entries = archiving.entries()
    assert entries.payment is not None
    assert entries.payment.state == fold(entries.rows)
    assert entries.payment.state.captured_minor == 900
