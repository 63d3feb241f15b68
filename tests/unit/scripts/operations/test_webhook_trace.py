"""A trace as a JSON document."""

import json

from payment_webhooks.domain.payment_state import fold
from scripts.operations.trace.webhook_trace import Trace
from tests.support.library.ledger import payment_event, row_of


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
