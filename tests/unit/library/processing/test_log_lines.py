"""Every line about a webhook can be found by the webhook's id and by its trace, however its processing ended."""

import json
from typing import Any

import pytest

from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.processing.from_queue import QueueProcessor
from payment_webhooks.telemetry.logs import log
from tests.support.library.notifying import Notifying
from tests.support.library.processing import SETTINGS, Processing, record
from tests.support.library.receiving import event

RECEIVERS_TRACE = "Root=1-2-3"
INVOCATIONS_TRACE = "Root=1-invocation"


@pytest.fixture(autouse=True)
def trace_of_the_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", INVOCATIONS_TRACE)


def ids(lines: list[dict[str, Any]]) -> set[tuple[str | None, str | None]]:
    return {(line.get("webhook_id"), line.get("trace_id")) for line in lines}


@pytest.mark.parametrize("receive_count", [1, 5])
@pytest.mark.parametrize("error", [Unavailable("events_throttled"), KeyError("x")], ids=["outage", "fault"])
def test_a_failed_attempt_is_found_by_the_webhooks_trace(error: Exception, receive_count: int) -> None:
    processing = Processing(publish_error=error)
    processing.deliver(processing.store("internal", event()), receive_count)
    assert [line["message"] for line in processing.lines] == ["webhook processing"]
    assert ids(processing.lines) == {("internal:ev-1", RECEIVERS_TRACE)}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [({}, "processed"), ({"amount_minor": "ten"}, "quarantined")],
)
def test_what_was_settled_is_found_by_the_webhooks_trace_and_so_is_its_repetition(
    changes: dict[str, Any], outcome: str
) -> None:
    processing = Processing()
    keys = processing.store("internal", event(**changes))
    processing.deliver(keys)
    processing.deliver(keys)
    assert [line["outcome"] for line in processing.lines] == [outcome, outcome]
    assert ids(processing.lines) == {("internal:ev-1", RECEIVERS_TRACE)}


def test_what_goes_wrong_beside_the_processing_says_of_which_webhook() -> None:
    processing = Processing(publish_error=Unavailable("events_throttled"))
    processing.queues.down = True
    processing.deliver(processing.store("internal", event()))
    of_the_batch, *lines = processing.lines
    assert of_the_batch["message"] == "visibility not shortened"
    assert [line["message"] for line in lines] == ["retry not delayed", "webhook processing"]
    assert ids(lines) == {("internal:ev-1", RECEIVERS_TRACE)}


@pytest.mark.parametrize(
    ("body", "webhook_id"),
    [("not JSON", None), (InboxKeys("internal:none", "2025-10-09T06:07:40.000000Z"), "internal:none")],
)
def test_what_was_never_read_has_the_invocations_trace(body: InboxKeys | str, webhook_id: str | None) -> None:
    processing = Processing()
    processing.deliver(body)
    assert ids(processing.lines) == {(webhook_id, INVOCATIONS_TRACE)}


def test_the_written_lines_are_json_and_quote_nothing_of_the_payload(
    capsys: pytest.CaptureFixture[str],
) -> None:
    processing = Processing(publish_error=KeyError("customer-secret-text"))
    keys = processing.store("internal", event(description="buyer-secret-text"))
    queue = QueueProcessor(
        processing.processor.process,
        processing.progress,
        processing.queues,
        SETTINGS,
        processing.deadline,
        log,
    )
    queue.handle({"Records": [record("m-1", keys), record("m-2", "buyer-secret-text")]})
    written = capsys.readouterr().out
    assert "secret-text" not in written
    lines = [json.loads(line) for line in written.splitlines()]
    assert ids(lines) == {("internal:ev-1", RECEIVERS_TRACE), (None, INVOCATIONS_TRACE)}


def test_a_notifications_lines_name_the_transaction_and_the_trace() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event())
    notifying.markers_table.fail(2, Unavailable("dynamodb_timeout"))
    assert notifying.deliver(message)
    assert [line["message"] for line in notifying.lines] == [
        "notification published but not marked",
        "notification",
    ]
    assert {(line["transaction_id"], line["trace_id"]) for line in notifying.lines} == {
        ("internal:t-1", INVOCATIONS_TRACE)
    }
