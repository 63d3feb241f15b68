"""Workflow mode on the local engine: the pipe starts a state machine for each webhook."""

import hashlib
import json
import secrets
import time
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.inbox.items import Delivery, build_item
from payment_webhooks.inbox.payloads import StoredBody
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.receiving.receiver import examine
from payment_webhooks.timestamps import utc_timestamp
from scripts.local_engine.state import EngineState
from stacks.compute.processing_workflow import FAILED
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.canary_rounds import check_round
from tests.support.system.system import System, body_of, processed, wait_for

ABSENT = [{contract.MESSAGE_WEBHOOK_ID: "internal:absent", contract.MESSAGE_TIMESTAMP: "2026-11-21"}]


@pytest.fixture(scope="module")
def workflow(engine: EngineState) -> System:
    deployed = System(engine, "workflow")
    done = deployed.deploy("--parameter", "ProcessingMode=workflow", "--parameter", "SendCanary=true")
    assert done.exit_code == 0, done.text
    key = f"whsec_{secrets.token_hex(16)}"
    done = deployed.secrets("internal", "set", "--mode", "live", key=key)
    assert done.exit_code == 0, done.text
    return deployed


def executions(system: System) -> list[dict[str, Any]]:
    """Each execution of the system's machine, as it stands."""
    states = system.client("stepfunctions")
    listed = states.list_executions(stateMachineArn=system.names.processing_workflow_arn)["executions"]
    return [states.describe_execution(executionArn=each["executionArn"]) for each in listed]


def dead_letters(system: System) -> list[dict[str, Any]]:
    sqs = system.client("sqs")
    answer = sqs.receive_message(
        QueueUrl=system.outputs["ProcessingDlqUrl"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    for message in found:
        sqs.delete_message(
            QueueUrl=system.outputs["ProcessingDlqUrl"], ReceiptHandle=message["ReceiptHandle"]
        )
    return found


def test_the_machine_is_among_the_outputs(workflow: System) -> None:
    assert workflow.outputs["StateMachineArn"] == workflow.names.processing_workflow_arn


def test_a_webhook_is_an_execution_that_holds_its_keys_alone(workflow: System) -> None:
    event = in_house_event()
    assert workflow.send("internal", body_of(event)).status_code == 200
    found = workflow.wait_for_trace(f"internal:{event['id']}", processed)
    assert found.state is not None
    assert found.state.captured_minor == event["amount_minor"]
    told = workflow.wait_for_trace(f"internal:{event['id']}", lambda trace: bool(trace.notifications))
    (marker,) = told.notifications
    assert marker[contract.NOTIFICATION_ID].startswith(contract.NOTIFY_CONFIRMATION)
    (item,) = found.inbox
    ended = wait_for(
        lambda: [each for each in executions(workflow) if item[contract.WEBHOOK_ID] in each["input"]],
        lambda those: [each["status"] for each in those] == ["SUCCEEDED"],
    )
    keys = {name: item[name] for name in (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)}
    assert json.loads(ended[0]["input"]) == [keys]
    assert json.loads(ended[0]["output"]) == {contract.WORKFLOW_OUTCOME: contract.STATUS_PROCESSED}
    traced = workflow.run(
        "trace.py", "--suffix", workflow.suffix, "--local", item[contract.WEBHOOK_ID], "--json"
    )
    moments = json.loads(traced.stdout)["moments"]
    (started,) = [each for each in moments if each["what"] == "execution started"]
    assert started["details"] == {"execution": ended[0]["executionArn"]}
    steps = [each["what"] for each in moments if each["source"] == "workflow"]
    assert steps == ["execution started", "ProcessWebhook: task state entered", "execution succeeded"]
    assert "attempt: processed" in {each["what"] for each in moments}


def test_the_canarys_webhook_goes_this_way_too(workflow: System) -> None:
    check_round(workflow)


def test_what_can_not_be_processed_goes_to_the_dead_letter_queue_with_the_reason(workflow: System) -> None:
    started = workflow.client("stepfunctions").start_execution(
        stateMachineArn=workflow.names.processing_workflow_arn, input=json.dumps(ABSENT)
    )
    (letter,) = wait_for(lambda: dead_letters(workflow), bool)
    assert json.loads(letter["Body"]) == ABSENT[0]
    assert letter["MessageAttributes"][contract.DLQ_REASON_ATTRIBUTE]["StringValue"] == "webhook_not_found"
    ended = wait_for(
        lambda: workflow.client("stepfunctions").describe_execution(executionArn=started["executionArn"]),
        lambda each: each["status"] != "RUNNING",
    )
    assert (ended["status"], ended["error"]) == ("FAILED", "WebhookNotProcessed")


def test_a_webhook_that_every_attempt_fails_for_is_given_up_with_the_reason(workflow: System) -> None:
    body = body_of(in_house_event())
    webhook, _ = examine("internal", PROVIDERS.get("internal"), body, EndpointSecret(mode="live"), b"key")
    delivery = Delivery("key-1", "192.0.2.7", "Root=1-2-3", utc_timestamp(time.time()), len(body))
    stored_body = StoredBody(body, None, hashlib.sha256(body).hexdigest())
    item = build_item(webhook, delivery, stored_body) | {
        "received_at": {"S": "yesterday"}
    }  # nobody can read that
    workflow.client("dynamodb").put_item(TableName=workflow.names.inbox_table, Item=item)
    webhook_id = item[contract.WEBHOOK_ID]["S"]
    found = workflow.wait_for_trace(webhook_id, lambda trace: trace.inbox_statuses == ("failed",))
    (stored,) = found.inbox
    assert stored["last_error"] == stored["status_reason"] == "unexpected_ValueError"
    assert stored["attempts"] == 1 + FAILED["MaxAttempts"]
    assert contract.PENDING_SHARD not in stored
    (letter,) = wait_for(lambda: dead_letters(workflow), bool)
    assert json.loads(letter["Body"])[contract.MESSAGE_WEBHOOK_ID] == webhook_id
    reason = letter["MessageAttributes"][contract.DLQ_REASON_ATTRIBUTE]["StringValue"]
    assert reason == "unexpected_ValueError"
