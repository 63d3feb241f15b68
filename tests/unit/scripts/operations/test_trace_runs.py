"""How a webhook ran is read from logs, executions and dead letters, and what can't be read is said."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from payment_webhooks.domain import events as words
from scripts.operations.redrive.letters import Letter
from scripts.operations.trace.facts import Trace
from scripts.operations.trace.moments import moments, summary
from scripts.operations.trace.runs import Services, services_of, steps_of, with_runs
from stacks.names import Names
from tests.support.library.ledger import payment_event, told_of
from tests.support.scripts.traces import WEBHOOK_ID

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:state-machine-processing-dev:e-1"


def logs_with(stubber: Stubber, *lines: dict[str, Any]) -> None:
    """A log whose answer is these lines."""
    events = [{"timestamp": 1_760_000_000_000, "message": json.dumps(line)} for line in lines]
    stubber.add_response("filter_log_events", {"events": events})


def test_what_was_tampered_with_is_told_though_nothing_is_left_of_it() -> None:
    at = "2025-10-09T09:00:12.000000Z"
    removed = {"outcome": "tampered", "tampering": "row_removed", "change": "REMOVE", "changed_at": at}
    ours = {**removed, "transaction_id": "stripe:pi_1", "entry": "event#evt_1"}
    client: Any = boto3.client("logs", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    with Stubber(client) as stubber:
        logs_with(stubber, ours, {**removed, "transaction_id": "stripe:pi_2"})
        services = Services(client, None, lambda: (each for each in list[Letter]()))
        now = datetime(2025, 10, 9, 10, tzinfo=UTC)
        found = with_runs(Trace("stripe:pi_1", of_payment=True), Names("dev"), services, now)
    assert found.found
    (told,) = moments(found)
    assert (told.at, told.what, told.wants_look) == (at, "tampered with: row_removed", True)
    assert dict(told.details)["objects"] == "changes/date=2025-10-09/minute=0900/"
    assert summary(found) == [("payment", "stripe:pi_1"), ("ledger", "no row")]


def test_a_queue_that_may_not_be_asked_for_leaves_out_its_letters_alone() -> None:
    (told,) = told_of(payment_event(words.SUCCEEDED, 1099))
    row = told.row
    clients: dict[str, Any] = {
        name: boto3.client(name, "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
        for name in ("logs", "sqs", "stepfunctions")
    }
    with Stubber(clients["logs"]) as logs, Stubber(clients["sqs"]) as sqs:
        logs_with(logs)
        logs_with(logs)
        sqs.add_client_error("get_queue_url", "AccessDenied")
        trace = Trace(row.webhook_id, ledger=(row,), effects={row.event_id: told.effect})
        now = datetime.fromisoformat(row.recorded_at)
        found = with_runs(trace, Names("dev"), services_of(Names("dev"), clients.__getitem__), now)
    assert [each.what for each in found.unread] == ["dead letters of notifications: AccessDenied"]


@pytest.mark.fact("O9005")
@pytest.mark.parametrize(("days", "letters"), [(27, 1), (29, 0)])
def test_a_letter_is_looked_for_as_long_as_it_can_be_there(days: int, letters: int) -> None:
    """14 days from the first sending, and 14 once it was moved back."""
    (told,) = told_of(payment_event(words.SUCCEEDED, 1099))
    row = told.row
    recorded = datetime.fromisoformat(row.recorded_at)
    letter = Letter("q-1", row.transaction_id, "", recorded)
    trace = Trace(row.webhook_id, ledger=(row,), effects={row.event_id: told.effect})
    logs: Any = boto3.client("logs", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    with Stubber(logs) as stubber:
        for _ in range(2):
            stubber.add_response("filter_log_events", {"events": []})
        services = Services(logs, None, lambda: (each for each in (letter,)))
        found = with_runs(trace, Names("dev"), services, recorded + timedelta(days=days))
    assert len(found.letters) == letters


def test_of_dead_letters_those_of_payments_that_are_not_told_are_shown() -> None:
    (told,) = told_of(payment_event(words.SUCCEEDED, 1099))
    row, since = told.row, datetime(2025, 10, 9, 6, 10, 1, tzinfo=UTC)
    ours, other = (Letter("q-1", each, "", since) for each in (row.transaction_id, "stripe:pi_2"))
    logs: Any = boto3.client("logs", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    stubber = Stubber(logs)
    for _ in range(4):
        stubber.add_client_error("filter_log_events", "ResourceNotFoundException")
    stubber.activate()
    trace = Trace(row.webhook_id, ledger=(row,), effects={row.event_id: told.effect})
    found = with_runs(
        trace, Names("dev"), Services(logs, None, lambda: (each for each in (ours, other))), since
    )
    assert found.letters == (ours,)
    assert [each.what for each in found.unread] == [
        f"log /aws/lambda/lambda-{name}-dev: ResourceNotFoundException"
        for name in ("notification-handler", "audit-logger")
    ]
    endless = Services(logs, None, lambda: (other for _ in count()))
    found = with_runs(trace, Names("dev"), endless, since)
    assert found.unread[-1].what == "dead letters of notifications, after 500"


def event(number: int, kind: str, details_name: str, **values: str) -> dict[str, Any]:
    """An event of a history, in the form of AWS's API reference:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
    """
    at = datetime(2025, 10, 9, 8, 53, 20 + number, tzinfo=UTC)
    return {"id": number, "previousEventId": number - 1, "timestamp": at, "type": kind, details_name: values}


def test_an_executions_history_is_told_by_its_steps_with_retries_and_errors() -> None:
    cause = json.dumps({"errorType": "AttemptFailed", "errorMessage": "AttemptFailed: dynamodb_unavailable"})
    history = [
        event(
            1, "ExecutionStarted", "executionStartedEventDetails", roleArn="arn:aws:iam::123456789012:role/r"
        ),
        event(2, "TaskStateEntered", "stateEnteredEventDetails", name="ProcessWebhook"),
        event(3, "TaskScheduled", "taskScheduledEventDetails", resource="invoke", resourceType="lambda"),
        event(4, "TaskStarted", "taskStartedEventDetails", resource="invoke", resourceType="lambda"),
        event(5, "TaskFailed", "taskFailedEventDetails", error="AttemptFailed", cause=cause),
        event(6, "TaskScheduled", "taskScheduledEventDetails", resource="invoke", resourceType="lambda"),
        event(7, "TaskTimedOut", "taskTimedOutEventDetails", error="States.Timeout"),
        event(8, "TaskStateEntered", "stateEnteredEventDetails", name="GiveUp"),
        event(9, "TaskScheduled", "taskScheduledEventDetails", resource="invoke", resourceType="lambda"),
        event(10, "FailStateEntered", "stateEnteredEventDetails", name="NotProcessed"),
        event(11, "ExecutionFailed", "executionFailedEventDetails", error="WebhookNotProcessed", cause="why"),
    ]
    found = moments(Trace(WEBHOOK_ID, steps=tuple(steps_of(EXECUTION, history))))
    assert [(each.what, each.wants_look) for each in found] == [
        ("execution started", False),
        ("ProcessWebhook: task state entered", False),
        ("ProcessWebhook: task failed", True),
        ("ProcessWebhook: retry 1", False),
        ("ProcessWebhook: task timed out", True),
        ("GiveUp: task state entered", False),
        ("NotProcessed: fail state entered", True),
        ("execution failed", True),
    ]
    assert dict(found[0].details) == {"execution": EXECUTION}
    assert dict(found[2].details) == {
        "error": "AttemptFailed",
        "cause": "AttemptFailed: dynamodb_unavailable",
    }
