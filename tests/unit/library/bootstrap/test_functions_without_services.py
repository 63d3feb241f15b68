"""The functions as Lambda calls them: what they need of the environment, and that health touches nothing."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from functions.health.handler import handler as health
from functions.payment_processor.handler import handler as processor
from payment_webhooks import contract
from payment_webhooks.bootstrap.inbox_sweeper import make_sweeper
from payment_webhooks.bootstrap.payment_processor import (
    make_queue_processor,
    make_workflow_processor,
    queue_processor,
    workflow_processor,
)
from payment_webhooks.bootstrap.webhook_receiver import make_receiver
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import fingerprint_key_of
from payment_webhooks.endpoints.endpoint import endpoints_of
from payment_webhooks.errors import Unavailable
from payment_webhooks.processing.from_workflow import Postponed
from payment_webhooks.receiving.answer import handle
from tests.support.library.receiving import Receiving, event

ROOT = Path(__file__).parents[4]
# Nothing listens on port 1, so every call is refused at once.
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "ASIA",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    contract.ENV_ENDPOINTS: json.dumps(
        {"internal": {"provider": "internal", "secret": "secret-endpoint-internal"}}
    ),
    contract.ENV_FINGERPRINT_SECRET: "secret-fingerprint",
    contract.ENV_INBOX_TABLE: "inbox",
    contract.ENV_TRANSACTIONS_TABLE: "transactions",
    contract.ENV_PAYLOAD_BUCKET: "payloads",
    contract.ENV_PROCESSING_QUEUE_URL: "http://127.0.0.1:1/queue",
    contract.ENV_PROCESSING_DLQ_URL: "http://127.0.0.1:1/dlq",
    contract.ENV_MAX_RECEIVE_COUNT: "5",
    contract.ENV_EVENT_BUS: "bus",
    contract.ENV_CONFIG_PARAMETER: "/payment-webhook/dev/config",
    contract.ENV_SUFFIX: "dev",
}
WORKFLOW_TASK = {
    "task": "process",
    "webhooks": [{contract.MESSAGE_WEBHOOK_ID: "internal:1", contract.MESSAGE_TIMESTAMP: "2026"}],
    "execution": "arn",
}


def post(endpoint: str) -> dict[str, Any]:
    body = event()
    headers = {name: [value] for name, value in Receiving().headers("internal", body)}
    return {"pathParameters": {"endpoint": endpoint}, "multiValueHeaders": headers, "body": body.decode()}


def test_health_answers_without_detail(capsys: pytest.CaptureFixture[str]) -> None:
    answer = health({}, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"status": "ok"})
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["outcome"]) == ("health", "ok")


def api_event(method: str) -> dict[str, Any]:
    return {"httpMethod": method, "requestContext": {"httpMethod": method}}


def url_event(method: str) -> dict[str, Any]:
    """Payload format 2.0."""
    return {"version": "2.0", "requestContext": {"http": {"method": method, "path": "/"}}}


@pytest.mark.parametrize("shape", [api_event, url_event])
@pytest.mark.parametrize(
    ("method", "status_code", "body"),
    [("GET", 200, '{"status":"ok"}'), ("HEAD", 200, ""), ("POST", 405, ""), ("PATCH", 405, "")],
)
def test_health_is_read_only_by_api_and_url_alike(
    shape: Callable[[str], dict[str, Any]], method: str, status_code: int, body: str
) -> None:
    answer = health(shape(method), None)
    assert (answer["statusCode"], answer["body"]) == (status_code, body)
    assert ("Allow" in answer["headers"]) == (status_code == 405)


def test_a_receiver_whose_services_are_out_answers_503(capsys: pytest.CaptureFixture[str]) -> None:
    answer = handle(post("internal"), lambda request: make_receiver(ENVIRONMENT).receive(request))
    assert answer["statusCode"] == 503
    line = json.loads(capsys.readouterr().out)
    assert line["reason"] == "secretsmanager_unreachable"
    assert line["cause_type"] == "ConnectionRefusedError"


RECEIVERS_MADE = """\
import sys
sys.path[:0] = sys.argv[1:]
import handler
print(handler.receiver.cache_info().currsize)
"""


@pytest.mark.parametrize(
    ("initialization", "receivers"), [("provisioned-concurrency", "1"), ("on-demand", "0")]
)
def test_a_container_that_is_kept_started_makes_its_receiver_before_a_request(
    initialization: str, receivers: str
) -> None:
    """Even while no secret can be had: else no container would start, and the deployment would fail."""
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RECEIVERS_MADE, "functions/webhook_receiver", "layer/python"],
        env={**ENVIRONMENT, "AWS_LAMBDA_INITIALIZATION_TYPE": initialization},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert process.stdout.strip() == receivers


def test_an_endpoint_that_is_not_configured_needs_no_service(capsys: pytest.CaptureFixture[str]) -> None:
    answer = handle(post("nobody"), lambda request: make_receiver(ENVIRONMENT).receive(request))
    assert answer["statusCode"] == 404
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(
    "setting", [contract.ENV_ENDPOINTS, contract.ENV_INBOX_TABLE, contract.ENV_PAYLOAD_BUCKET, "AWS_REGION"]
)
def test_a_missing_setting_is_a_fault_of_ours(setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != setting}
    answer = handle(post("internal"), lambda request: make_receiver(environment).receive(request))
    assert answer["statusCode"] == 500
    assert json.loads(capsys.readouterr().out)["error_type"] == "KeyError"


def test_the_processor_reports_what_it_can_not_do_now(capsys: pytest.CaptureFixture[str]) -> None:
    queue, deadline = make_queue_processor(ENVIRONMENT)
    deadline.start(45.0)
    records = [
        {
            "messageId": "m-1",
            "receiptHandle": "handle",
            "body": '{"webhookId":"internal:ev-1","timestamp":"t"}',
            "attributes": {"ApproximateReceiveCount": "1"},
        }
    ]
    assert queue.handle({"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["outcome"] == "retried"
    assert lines[-1]["reason"] == "dynamodb_unreachable"


class Invocation:
    """Lambda's context of one that may run for five minutes."""

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@pytest.mark.parametrize(
    ("event", "made"),
    [({"Records": []}, queue_processor), (WORKFLOW_TASK, workflow_processor)],
)
def test_the_processor_stops_itself_after_45_seconds(
    event: dict[str, Any], made: Callable[[], tuple[Any, Deadline]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it ends before its messages are visible again, or its task is tried again: after 60."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    queue_processor.cache_clear()
    workflow_processor.cache_clear()
    began = time.monotonic()
    with suppress(Postponed):
        processor(event, Invocation())
    _, deadline = made()
    remaining_seconds = deadline.remaining_seconds()
    assert remaining_seconds <= 45 <= remaining_seconds + time.monotonic() - began


def test_the_state_machines_processor_whose_services_are_out_says_that_another_attempt_may_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    workflow, deadline = make_workflow_processor(ENVIRONMENT)
    deadline.start(5)
    with pytest.raises(Postponed):
        workflow.handle(WORKFLOW_TASK)
    *_, line = capsys.readouterr().out.splitlines()
    assert json.loads(line)["reason"] == "dynamodb_unreachable"


def test_each_endpoint_has_its_provider_and_its_own_secret() -> None:
    asked: list[str] = []

    def secrets_manager(operation: str, parameters: Any) -> dict[str, str]:
        asked.append(parameters["SecretId"])
        return {"SecretString": '{"mode": "live", "account": null, "keys": []}'}

    settings = {
        "billing": {"provider": "stripe", "secret": "s-1"},
        "stripe": {"provider": "stripe", "secret": "s-2"},
    }
    endpoints = endpoints_of({contract.ENV_ENDPOINTS: json.dumps(settings)}, secrets_manager)
    assert not asked
    assert endpoints["stripe"].secret.get().mode == "live"
    assert endpoints["billing"].provider == "stripe"
    assert asked == ["s-2"]


def test_a_malformed_secret_is_an_outage() -> None:
    settings = {"stripe": {"provider": "stripe", "secret": "s-1"}}
    endpoints = endpoints_of(
        {contract.ENV_ENDPOINTS: json.dumps(settings)},
        lambda operation, parameters: {"SecretString": "nonsense"},
    )
    with pytest.raises(Unavailable, match="secret_malformed"):
        endpoints["stripe"].secret.get()


def test_the_fingerprint_key_is_the_secrets_text() -> None:
    key = fingerprint_key_of(
        {contract.ENV_FINGERPRINT_SECRET: "s-f"}, lambda operation, parameters: {"SecretString": "abc"}
    )
    assert key.get() == b"abc"


def test_the_sweeper_whose_table_is_out_fails_its_run() -> None:
    sweeper, deadline = make_sweeper(ENVIRONMENT)
    deadline.start(10.0)
    with pytest.raises(Unavailable, match="dynamodb_unreachable"):
        sweeper.sweep()
