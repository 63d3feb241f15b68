"""A trace as a JSON document and as a tree."""

import json
from typing import Any

import pytest

from payment_webhooks.domain.payment_state import fold
from scripts.command_line.console import OutputConsole
from scripts.operations.trace.command import not_arrived
from scripts.operations.trace.trace_tree import draw
from scripts.operations.trace.webhook_trace import Trace
from tests.support.library.ledger import payment_event, row_of

COLD = f"changes/date=2025-10-09/minute=0853/085320-085321-{'5f2f8a0e' * 8}.jsonl.gz"
AT_HAND = COLD.replace("5f2f", "4567")
COMMAND = (
    "aws s3api restore-object --bucket s3-audit-dev-123456789012-eu-west-1"
    f" --key {COLD} --restore-request Days=7"
)
AUDIT = ({"key": COLD, "restore": COMMAND}, {"key": AT_HAND, "change": "INSERT", "sequence_number": "1"})


def test_rows_and_state_are_documents_with_the_names_of_their_fields() -> None:
    row = row_of(payment_event("succeeded", 1099))
    trace = Trace(webhook_id="stripe:evt_1", inbox=(), ledger=(row,), effects={}, state=fold([row]), audit=())
    document = json.loads(json.dumps(trace.as_document()))
    ledger_row, state = document["ledger"][0], document["state"]
    assert (ledger_row["amount_minor"], ledger_row["amount"]) == (1099, "10.99")
    assert (state["captured_minor"], state["amounts"]["captured"]) == (1099, "10.99")
    assert document["webhook_id"] == "stripe:evt_1"


def test_a_webhook_without_a_payment_has_no_state() -> None:
    trace = Trace(webhook_id="stripe:evt_1", inbox=(), ledger=(), effects={}, state=None, audit=())
    assert trace.as_document()["state"] is None


def test_amounts_are_those_that_people_read(capsys: pytest.CaptureFixture[str]) -> None:
    row = row_of(payment_event("succeeded", 109_900))
    OutputConsole().print_whole(draw(Trace("internal:order-1", (), (row,), {}, fold([row]), ())))
    shown = capsys.readouterr().out
    assert "captured 1,099.00 USD, refunded 0.00 USD, disputed 0.00 USD, net 1,099.00 USD" in shown
    assert "1099" not in shown.replace("1,099.00", "").replace("evt_succeeded_109900_0", "")


@pytest.mark.parametrize("columns", [60, 80, 128])
def test_ids_and_amounts_of_the_ledger_are_not_cut(columns: int, capsys: pytest.CaptureFixture[str]) -> None:
    row = row_of(payment_event("succeeded", 123_456_00)._replace(event_id="evt_" + "x" * 70))
    console = OutputConsole()
    console.width = columns
    console.print_whole(draw(Trace("internal:order-1", (), (row,), {}, None, ())))
    shown = capsys.readouterr().out
    for text in (row.event_id, "succeeded", "123,456.00 USD", "captured", "confirmed"):
        assert f" {text} " in shown


def test_keys_ids_and_commands_are_not_broken_in_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = row_of(payment_event("succeeded", 1099)._replace(event_id="evt_" + "x" * 100))
    inbox: dict[str, Any] = {"status": "failed", "last_error": "words " * 40}
    found = Trace("internal:order-1", (inbox,), (row,), {}, None, AUDIT)
    console = OutputConsole()
    console.width = 80
    console.print_whole(draw(found))
    shown = capsys.readouterr().out
    assert all(text in shown for text in (COLD, AT_HAND, COMMAND, row.event_id))


def test_an_endpoint_that_there_is_not_is_told_with_those_that_there_are() -> None:
    assert "there is no endpoint adyen; there are: stripe, paypal" in not_arrived("adyen:x").next_step
    assert not_arrived("stripe:evt_1").next_step == ""
