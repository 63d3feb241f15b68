"""The processor as the state machine calls it: attempts, kinds of failure, and giving up."""

import json
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.processing.from_workflow import (
    AttemptFailed,
    PermanentlyFailed,
    Postponed,
    WorkflowFailure,
)
from tests.support.library.processing import SETTINGS, Processing
from tests.support.library.receiving import event

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:state-machine-processing-dev:1"
ABSENT = InboxKeys("internal:absent", "2026-11-21T09:30:00.000000Z")
CARD = "4242424242424242"
REFUSED = ServiceError("dynamodb", "ValidationException", 400, {})


def asked(task: str, webhooks: Any, **more: Any) -> dict[str, Any]:
    return {"task": task, "webhooks": webhooks, "execution": EXECUTION, "retries": 0, **more}


def message(keys: InboxKeys) -> dict[str, str]:
    return {contract.MESSAGE_WEBHOOK_ID: keys.webhook_id, contract.MESSAGE_TIMESTAMP: keys.timestamp}


def process(processing: Processing, webhooks: Any) -> dict[str, str]:
    return processing.workflow.handle(asked(contract.WORKFLOW_PROCESS, webhooks))


def give_up(processing: Processing, webhooks: Any, failure: dict[str, str]) -> dict[str, str]:
    return processing.workflow.handle(asked(contract.WORKFLOW_GIVE_UP, webhooks, failure=failure))


def caught(error: WorkflowFailure, name: str | None = None) -> dict[str, str]:
    """As the machine hands it on: Lambda's JSON of the exception. The local engine has a name of its own."""
    cause = {"errorType": name or type(error).__name__, "errorMessage": str(error), "stackTrace": []}
    return {"Error": cause["errorType"], "Cause": json.dumps(cause)}  # type: ignore[dict-item]


def test_a_webhook_is_applied_once_however_often_it_is_asked_for() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    assert process(processing, [message(keys)]) == {"outcome": "processed"}
    assert process(processing, [message(keys)]) == {"outcome": "processed"}
    assert (len(processing.rows()), len(processing.published)) == (1, 1)
    first, again = processing.lines
    assert (first["webhook_id"], first["execution"], first["outcome"]) == (
        keys.webhook_id,
        EXECUTION,
        "processed",
    )
    assert (first[contract.METRIC_PROCESSED], again["repeated"]) == (1, True)
    assert contract.METRIC_PROCESSED not in again


def test_a_person_may_start_an_execution_with_the_message_itself() -> None:
    processing = Processing()
    assert process(processing, message(processing.store("internal", event()))) == {"outcome": "processed"}


@pytest.mark.parametrize(
    ("error", "kind", "reason", "attempts"),
    [
        (Unavailable("deadline_exceeded"), Postponed, "deadline_exceeded", "0"),
        (Unavailable("paypal_timeout"), Postponed, "paypal_timeout", "0"),
        (REFUSED, AttemptFailed, "dynamodb_ValidationException", "1"),
        (ValueError(f"could not read {CARD}"), AttemptFailed, "unexpected_ValueError", "1"),
    ],
)
def test_a_failed_attempt_raises_its_kind_and_is_recorded(
    error: Exception, kind: type[WorkflowFailure], reason: str, attempts: str
) -> None:
    processing = Processing(publish_error=error)
    keys = processing.store("internal", event())
    with pytest.raises(kind) as raised:
        process(processing, [message(keys)])
    assert str(raised.value) == f"{kind.__name__}: {reason}"
    assert raised.value.__context__ is None  # nothing in it that a trace could quote
    item = processing.item(keys)
    assert (item["status"], item["last_error"], item["attempts"]) == ("received", reason, attempts)
    (line,) = processing.lines
    assert (line["outcome"], line["error_type"]) == ("retried", type(error).__name__)
    assert CARD not in json.dumps(processing.lines)
    assert processing.queues.sent == []


@pytest.mark.parametrize(
    ("webhooks", "reason"),
    [
        ([message(ABSENT)], "webhook_not_found"),
        ([], "message_malformed"),
        ([message(ABSENT), message(ABSENT)], "message_malformed"),
        ([{"webhookId": 1}], "message_malformed"),
        ("text", "message_malformed"),
    ],
)
def test_what_no_attempt_can_help_says_so(webhooks: Any, reason: str) -> None:
    with pytest.raises(PermanentlyFailed) as raised:
        process(Processing(), webhooks)
    assert raised.value.reason == reason


@pytest.mark.parametrize("name", [None, "Runtime.HandlerError"])
def test_giving_up_records_the_reason_and_sends_the_keys(name: str | None) -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    failure = caught(AttemptFailed("unexpected_ValueError"), name)
    assert give_up(processing, [message(keys)], failure) == {"outcome": "dead_lettered"}
    (sent,) = processing.queues.sent
    assert (sent["QueueUrl"], json.loads(sent["MessageBody"])) == (SETTINGS.dead_letter_url, message(keys))
    reason = sent["MessageAttributes"][contract.DLQ_REASON_ATTRIBUTE]["StringValue"]
    item = processing.item(keys)
    assert (item["status"], item["last_error"]) == ("failed", reason)
    assert reason == item["status_reason"] == "unexpected_ValueError"
    assert contract.PENDING_SHARD not in item
    assert item["attempts"] == "0"  # each attempt has been counted where it failed


@pytest.mark.parametrize("status", ["failed", "processed"])
def test_whatever_ends_it_again_a_webhook_is_given_up_once(status: str) -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    if status == "processed":
        processing.process(keys)
    for _ in range(6):
        give_up(processing, [message(keys)], caught(AttemptFailed("unexpected_ValueError")))
    assert processing.item(keys)["status"] == status
    assert len(processing.queues.sent) == (status == "failed")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({"Error": "Lambda.TooManyRequestsException", "Cause": "Rate exceeded"}, None),
        ({"Error": "Sandbox.Timedout", "Cause": json.dumps({"errorMessage": f"took {CARD}"})}, None),
        ({"Error": f"strange {CARD}", "Cause": "[]"}, "workflow_failure"),
        ({}, "None"),
    ],
)
def test_what_the_service_reports_is_of_no_webhooks_making_and_its_name_the_reason(
    failure: dict[str, str], reason: str | None
) -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    assert give_up(processing, [message(keys)], failure) == {"outcome": "left_pending"}
    assert processing.lines[0]["reason"] == (reason or failure["Error"])
    assert CARD not in json.dumps([processing.lines, processing.queues.sent])


@pytest.mark.parametrize("reason", ["paypal_timeout", "deadline_exceeded"])
def test_what_waits_for_what_passes_stays_pending(reason: str) -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    failure = caught(Postponed(reason))
    assert give_up(processing, [message(keys)], failure) == {"outcome": "left_pending"}
    assert contract.PENDING_SHARD in processing.item(keys)
    assert processing.queues.sent == []


def test_what_is_no_webhook_goes_to_the_dead_letter_queue_as_it_came() -> None:
    processing = Processing()
    failure = caught(PermanentlyFailed("message_malformed"))
    assert give_up(processing, ["?"], failure) == {"outcome": "dead_lettered"}
    assert json.loads(processing.queues.sent[0]["MessageBody"]) == ["?"]
    assert processing.lines[0]["endpoint"] == contract.UNKNOWN_ENDPOINT


def test_a_dead_letter_that_could_not_be_sent_is_sent_when_the_machine_tries_again() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.queues.down = True
    with pytest.raises(Postponed):
        give_up(processing, [message(keys)], caught(AttemptFailed("unexpected_ValueError")))
    assert processing.item(keys)["status"] == "failed"
    processing.queues.down = False
    for _ in range(2):
        give_up(processing, [message(keys)], caught(AttemptFailed("unexpected_ValueError")))
    assert len(processing.queues.sent) == 1
