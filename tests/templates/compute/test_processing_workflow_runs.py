"""The state machine of the built template, run by an independent interpreter (moto's) with scripted answers.

Waits are cut. A time-out can't be scripted there: `States.Timeout` stands in the same retrier as `States.TaskFailed`.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from payment_webhooks.processing.from_workflow import (
    AttemptFailed,
    PermanentlyFailed,
    Postponed,
    WorkflowFailure,
)
from tests.support.library.processing import Processing
from tests.support.library.receiving import event
from tests.support.second_engine.state_machine import EXECUTION, Error, Run, run
from tests.support.templates.resources import resource

PROCESS, GIVE_UP = "ProcessWebhook", "GiveUp"
INPUT = {"webhookId": "stripe:evt_1", "timestamp": "2025-10-09T06:06:45.000000Z"}
DONE = {"outcome": "processed"}
GIVEN_UP = {"outcome": "dead_lettered"}


def raised(error: WorkflowFailure) -> Error:
    """What Lambda tells the machine of an exception of the handler."""
    kind = type(error).__name__
    return Error(kind, json.dumps({"errorMessage": str(error), "errorType": kind, "stackTrace": []}))


PERMANENT = raised(PermanentlyFailed("invalid_amount"))
FAILED = raised(AttemptFailed("dynamodb_timeout"))
SILENT = raised(Postponed("paypal_timeout"))
BUSY = Error("Lambda.TooManyRequestsException", "Rate Exceeded.")
EC2_BUSY = Error("Lambda.EC2ThrottledException")
LAMBDAS_OWN = [
    Error("Lambda.ServiceException"),
    Error("Lambda.AWSLambdaException"),
    Error("Lambda.SdkClientException"),
]
DENIED = Error("Lambda.AccessDeniedException", "is not authorized to perform: lambda:InvokeFunction")
KILLED = Error("Runtime.ExitError", '{"errorType": "Runtime.ExitError"}')


def resolved(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"Fn::Sub"}:
        return value["Fn::Sub"].replace("${AWS::Partition}", "aws")
    if isinstance(value, dict) and value.keys() == {"Fn::GetAtt"}:
        return "arn:aws:lambda:eu-west-1:123456789012:function:processor"
    if isinstance(value, dict):
        return {name: resolved(each) for name, each in value.items()}
    return [resolved(each) for each in value] if isinstance(value, list) else value


def run_with(process: Sequence[Any], give_up: Sequence[Any] = (), input_: Any = INPUT) -> Run:
    definition = resolved(resource("compute", "ProcessingWorkflow")["Definition"])
    return run(definition, {PROCESS: process, GIVE_UP: give_up}, input_)


@pytest.mark.parametrize(
    "process",
    [
        [DONE],
        [FAILED, FAILED, FAILED, DONE],
        [*[BUSY] * 12, DONE],
        [BUSY, EC2_BUSY, FAILED, BUSY, FAILED, FAILED, EC2_BUSY, DONE],
        [*LAMBDAS_OWN, DONE],
        [KILLED, SILENT, DONE],
    ],
    ids=["at once", "by the last attempt", "throttled", "mixed", "Lambda's own errors", "killed, silent"],
)
def test_a_webhook_is_done_however_often_it_took(process: list[Any]) -> None:
    done = run_with(process)
    assert done.end["type"] == "ExecutionSucceeded"
    assert json.loads(done.end["executionSucceededEventDetails"]["output"]) == DONE
    assert done.calls == [
        (PROCESS, {"task": "process", "webhooks": INPUT, "execution": EXECUTION, "retries": number})
        for number in range(len(process))
    ]


@pytest.mark.parametrize(
    ("process", "last"),
    [
        ([PERMANENT], PERMANENT),
        ([FAILED, PERMANENT], PERMANENT),
        ([FAILED] * 4, FAILED),
        ([BUSY] * 13, BUSY),
        ([DENIED] * 4, DENIED),
        ([LAMBDAS_OWN[0], FAILED, KILLED, SILENT], SILENT),
    ],
    ids=["permanent", "permanent in the end", "failed", "throttled", "denied", "one after the other"],
)
def test_what_can_not_be_done_is_given_up_with_the_last_failure(process: list[Any], last: Error) -> None:
    ended = run_with(process, [GIVEN_UP])
    assert [payload["retries"] for payload in ended.payloads(PROCESS)] == list(range(len(process)))
    failure = {"Error": last.name, "Cause": last.cause}
    assert ended.calls[len(process) :] == [
        (
            GIVE_UP,
            {"task": "give_up", "webhooks": INPUT, "execution": EXECUTION, "retries": 0, "failure": failure},
        )
    ]
    assert ended.end["executionFailedEventDetails"]["error"] == "WebhookNotProcessed"


@pytest.mark.parametrize(
    "give_up",
    [[FAILED] * 4, [BUSY, FAILED, BUSY, GIVEN_UP], [DENIED] * 4],
    ids=["never", "at last", "denied"],
)
def test_giving_up_is_tried_again_and_the_execution_fails_in_any_case(give_up: list[Any]) -> None:
    ended = run_with([PERMANENT], give_up)
    assert [payload["retries"] for payload in ended.payloads(GIVE_UP)] == list(range(len(give_up)))
    assert {payload["failure"]["Error"] for payload in ended.payloads(GIVE_UP)} == {"PermanentlyFailed"}
    assert ended.end["executionFailedEventDetails"]["error"] == "WebhookNotProcessed"


@pytest.mark.parametrize(
    ("process", "reason", "letters"),
    [
        ([PERMANENT], "invalid_amount", 1),
        ([FAILED] * 4, "dynamodb_timeout", 1),
        ([SILENT] * 4, "paypal_timeout", 0),
        ([KILLED] * 4, KILLED.name, 0),
        ([BUSY] * 13, BUSY.name, 0),
        ([DENIED] * 4, DENIED.name, 0),
    ],
    ids=["permanent", "failed", "silent", "killed", "throttled", "denied"],
)
def test_the_processor_understands_what_the_machine_hands_on(
    process: list[Any], reason: str, letters: int
) -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    input_ = [{"webhookId": keys.webhook_id, "timestamp": keys.timestamp}]  # a list, as the pipe sends it
    (payload,) = run_with(process, [GIVEN_UP], input_).payloads(GIVE_UP)
    outcome = {"outcome": "dead_lettered" if letters else "left_pending"}
    assert processing.workflow.handle(payload) == outcome
    assert [line["reason"] for line in processing.lines] == [reason]
    assert [json.loads(sent["MessageBody"]) for sent in processing.queues.sent] == input_[:letters]
