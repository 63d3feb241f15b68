"""A trace as a JSON document and as a tree."""

import io
import json
from typing import Any

import pytest

from payment_webhooks.domain.payment_state import fold
from scripts.command_line.console import OutputConsole
from scripts.operations.trace.trace_tree import draw
from scripts.operations.trace.webhook_trace import Trace, trace
from stacks.names import Names
from tests.support.library.ledger import payment_event, row_of
from tests.support.scripts.stubs import stubbed

COLD = "webhooks/internal%3Aorder-5f2f8a0e6d4a4b3d9c8b7a6f5e4d3c2b/0123456789abcdef0123456789abcdef.json"
AT_HAND = COLD.replace("0123", "4567")
COMMAND = (
    "aws s3api restore-object --bucket s3-audit-dev-123456789012-eu-west-1"
    f" --key {COLD} --restore-request Days=7"
)


def test_rows_and_state_are_documents_with_the_names_of_their_fields() -> None:
    row = row_of(payment_event("succeeded", 1099))
    trace = Trace(
        webhook_id="stripe:evt_1", inbox=(), ledger=(row,), transitions=(), state=fold([row]), audit=()
    )
    document = json.loads(json.dumps(trace.as_document()))
    assert document["ledger"][0]["amount_minor"] == 1099
    assert document["state"]["captured_minor"] == 1099
    assert document["webhook_id"] == "stripe:evt_1"


def test_a_webhook_without_a_payment_has_no_state() -> None:
    trace = Trace(webhook_id="stripe:evt_1", inbox=(), ledger=(), transitions=(), state=None, audit=())
    assert trace.as_document()["state"] is None


def trace_with_a_cold_record() -> Trace:
    dynamodb, tables = stubbed("dynamodb")
    tables.add_response("query", {"Items": []})
    s3, objects = stubbed("s3")
    objects.add_response("list_objects_v2", {"Contents": [{"Key": AT_HAND}, {"Key": COLD}]})
    objects.add_response("get_object", {"Body": io.BytesIO(b'{"change": "INSERT", "sequence_number": "1"}')})
    objects.add_client_error("get_object", "InvalidObjectState", http_status_code=403)
    return trace(Names("dev", "123456789012", "eu-west-1"), dynamodb, s3, "internal:order-1")


def test_an_audit_record_in_glacier_is_said_to_be_cold_with_the_command_that_restores_it() -> None:
    found = trace_with_a_cold_record()
    assert found.audit == (
        {"key": COLD, "restore": COMMAND},
        {"key": AT_HAND, "change": "INSERT", "sequence_number": "1"},
    )


def test_another_refusal_of_s3_is_an_error() -> None:
    dynamodb, tables = stubbed("dynamodb")
    tables.add_response("query", {"Items": []})
    s3, objects = stubbed("s3")
    objects.add_response("list_objects_v2", {"Contents": [{"Key": AT_HAND}]})
    objects.add_client_error("get_object", "AccessDenied")
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        trace(Names("dev", "123456789012", "eu-west-1"), dynamodb, s3, "internal:order-1")


def test_keys_ids_and_commands_are_not_broken_in_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = row_of(payment_event("succeeded", 1099)._replace(event_id="evt_" + "x" * 100))
    inbox: dict[str, Any] = {"status": "failed", "last_error": "words " * 40}
    found = Trace("internal:order-1", (inbox,), (row,), (), None, trace_with_a_cold_record().audit)
    console = OutputConsole()
    console.width = 80
    console.print_whole(draw(found))
    shown = capsys.readouterr().out
    assert all(text in shown for text in (COLD, AT_HAND, COMMAND, row.sort_key))
