"""What the sender is told, and the one log line about it."""

import base64
import json
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.endpoints.secret_document import Mode
from payment_webhooks.errors import (
    InvalidSignature,
    MalformedRequest,
    Unavailable,
    UnknownEndpoint,
)
from payment_webhooks.receiving.answer import handle
from payment_webhooks.receiving.receiver import Receipt
from payment_webhooks.receiving.request import WebhookRequest
from tests.support.library.receiving import KEY, Receiving, event

VISA = "4242424242424242"
Line = dict[str, Any]


def gateway_event(receiving: Receiving, endpoint: str, body: bytes) -> dict[str, Any]:
    return {
        "pathParameters": {"endpoint": endpoint},
        "multiValueHeaders": {
            **{name: [value] for name, value in receiving.headers(endpoint, body)},
            "X-Amzn-Trace-Id": ["Root=1-68e76f11-0123456789abcdef01234567"],
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "request-1", "identity": {"sourceIp": "192.0.2.7"}},
    }


class Lines:
    """Log lines, as `logs.log` would write them."""

    def __init__(self) -> None:
        self.written: list[Line] = []

    def __call__(self, level: str, message: str, **fields: Any) -> None:
        self.written.append({"level": level, "message": message, **fields})


def counted_metrics(line: Line) -> dict[str, list[list[str]]]:
    """The dimensions by which each metric of the line is counted."""
    directives = line["_aws"]["CloudWatchMetrics"]
    return {metric["Name"]: each["Dimensions"] for each in directives for metric in each["Metrics"]}


def raising(error: BaseException) -> Any:
    def receive(request: WebhookRequest) -> Receipt:
        raise error

    return receive


def test_what_is_not_expected_says_why_and_is_counted_by_endpoint_for_the_alarm() -> None:
    receiving, lines = Receiving(mode="live"), Lines()
    answers = []
    for _ in range(2):
        receiving.now += 1
        sent = gateway_event(receiving, "stripe", event("stripe"))
        answers.append(json.loads(handle(sent, receiving.receiver.receive, lines)["body"]))
    assert answers == [
        {"status": "unexpected", "webhook_id": "stripe:evt_1", "reason": "mode"},
        {"status": "duplicate", "webhook_id": "stripe:evt_1"},
    ]
    line, _ = lines.written
    assert (line["level"], line["outcome"], line["reason"]) == ("WARNING", "unexpected", "mode")
    assert ["environment", "endpoint", "outcome"] in counted_metrics(line)[contract.METRIC_RECEIVED]


def test_an_accepted_webhook_is_answered_with_its_id_and_logged_once() -> None:
    receiving, lines = Receiving(), Lines()
    answer = handle(gateway_event(receiving, "stripe", event("stripe")), receiving.receiver.receive, lines)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"status": "accepted", "webhook_id": "stripe:evt_1"}
    assert answer["headers"]["Content-Type"] == "application/json"
    (line,) = lines.written
    assert line["level"] == "INFO"
    assert {
        "outcome": "accepted",
        "webhook_id": "stripe:evt_1",
        "trace_id": "Root=1-68e76f11-0123456789abcdef01234567",
    }.items() <= line.items()
    assert {
        "request_id": "request-1",
        "status_code": 200,
        "event_type": "customer.created",
    }.items() <= line.items()
    assert line["duration_ms"] >= 0


def test_the_line_counts_by_endpoint_which_key_verified() -> None:
    receiving, lines = Receiving(), Lines()
    for _ in range(2):  # a redelivery counts too: as long as there are any, the key is in use
        receiving.now += 1
        handle(gateway_event(receiving, "internal", event()), receiving.receiver.receive, lines)
    for line in lines.written:
        counted = counted_metrics(line)
        assert ["environment", "endpoint", "verified_by"] in counted[contract.METRIC_VERIFIED]
        assert counted[contract.METRIC_RECEIVED] == [
            ["environment", "outcome"],
            ["environment", "endpoint", "outcome"],
        ]
        assert (line[contract.METRIC_VERIFIED], line["endpoint"]) == (1, "internal")
        assert line["verified_by"] == f"id-of-{KEY}"
    assert [line["outcome"] for line in lines.written] == ["accepted", "duplicate"]


def test_what_is_refused_counts_for_no_key() -> None:
    receiving, lines = Receiving(), Lines()
    handle(gateway_event(receiving, "internal", event()), raising(InvalidSignature("no_match")), lines)
    (line,) = lines.written
    assert counted_metrics(line) == {
        contract.METRIC_RECEIVED: [["environment", "outcome"], ["environment", "endpoint", "outcome"]],
        contract.METRIC_REFUSED: [["environment", "endpoint", "reason"]],
    }
    assert (line["endpoint"], line["outcome"], line["reason"]) == ("internal", "rejected", "no_match")
    assert "verified_by" not in line


@pytest.mark.parametrize(
    "error", [UnknownEndpoint("unknown_endpoint"), KeyError("before the endpoint was looked up")]
)
def test_what_a_caller_writes_is_never_a_dimension(error: Exception) -> None:
    receiving, lines = Receiving(), Lines()
    request = {**gateway_event(receiving, "internal", event()), "pathParameters": {"endpoint": "strip"}}
    handle(request, raising(error), lines)
    (line,) = lines.written
    assert line["endpoint"] == contract.UNKNOWN_ENDPOINT
    assert line["requested_endpoint"] == "strip"


@pytest.mark.parametrize(
    "written", [VISA, "4242-4242-4242-4242", "Stripe", "x" * 99, "a\nb", '{"level": "INFO"}', "\uff14" * 16]
)
def test_what_can_be_no_endpoint_is_not_logged(written: str) -> None:
    receiving, lines = Receiving(), Lines()
    request = {**gateway_event(receiving, "internal", event()), "pathParameters": {"endpoint": written}}
    handle(request, receiving.receiver.receive, lines)
    (line,) = lines.written
    assert line["status_code"] == 404
    assert line["requested_endpoint_characters"] == len(written)
    assert written not in repr(line)


def test_the_age_of_a_secret_is_counted_once_it_is_overdue() -> None:
    receiving, lines = Receiving(), Lines()
    handle(gateway_event(receiving, "internal", event()), receiving.receiver.receive, lines)
    receiving.secrets["internal"].value = None
    receiving.now += 360
    handle(gateway_event(receiving, "internal", event()), receiving.receiver.receive, lines)
    fresh, stale = lines.written
    assert contract.METRIC_SECRET_AGE not in counted_metrics(fresh)
    assert counted_metrics(stale)[contract.METRIC_SECRET_AGE] == [
        ["environment"],
        ["environment", "endpoint"],
    ]
    assert stale[contract.METRIC_SECRET_AGE] == 360


def test_a_live_endpoint_that_trusts_others_is_told_with_each_webhook() -> None:
    modes: dict[Mode, int | None] = {"live": 1, "test": None}
    for mode, told in modes.items():
        receiving, lines = Receiving(mode=mode), Lines()
        handle(gateway_event(receiving, "paypal", event("paypal")), receiving.receiver.receive, lines)
        (line,) = lines.written
        assert line["status_code"] == 200
        assert line.get(contract.METRIC_TRUSTING) == told
        assert (counted_metrics(line).get(contract.METRIC_TRUSTING) == [["environment"]]) is (told == 1)


def test_the_age_of_the_key_that_verified_is_told_where_it_is_known() -> None:
    for added_at, told in (("1970-01-01T00:00:00+00:00", 20_000), ("", None)):
        receiving, lines = Receiving(), Lines()
        receiving.now = 20_000.9 * 86_400
        secret = receiving.secrets["internal"]
        secret.value = secret.value._replace(keys=(secret.value.keys[0]._replace(added_at=added_at),))
        handle(gateway_event(receiving, "internal", event()), receiving.receiver.receive, lines)
        (line,) = lines.written
        assert line["status_code"] == 200
        assert line.get("key_age_days") == told
        assert counted_metrics(line).get(contract.METRIC_KEY_AGE) == (told and [["environment"]])


def test_a_sender_of_an_endpoint_without_a_key_is_told_to_come_again_and_counted() -> None:
    receiving, lines = Receiving(), Lines()
    receiving.secrets["internal"].value = receiving.secret()
    answer = handle(gateway_event(receiving, "internal", event()), receiving.receiver.receive, lines)
    (line,) = lines.written
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (404, "30")
    assert (line["endpoint"], line["reason"]) == ("internal", "endpoint_not_configured")
    assert counted_metrics(line)[contract.METRIC_REFUSED] == [["environment", "endpoint", "reason"]]


def test_a_certificate_that_could_not_be_had_is_counted_by_itself() -> None:
    receiving = Receiving(pinned=False, certificate_error=Unavailable("certificate_unavailable"))
    lines = Lines()
    answer = handle(gateway_event(receiving, "paypal", event("paypal")), receiving.receiver.receive, lines)
    (line,) = lines.written
    assert (answer["statusCode"], line[contract.METRIC_NO_CERTIFICATE]) == (503, 1)
    assert counted_metrics(line)[contract.METRIC_NO_CERTIFICATE] == [["environment"]]


def test_the_line_about_masked_data_counts_and_does_not_quote() -> None:
    receiving, lines = Receiving(), Lines()
    body = event(note="4242 4242 4242 4242")
    handle(gateway_event(receiving, "internal", body), receiving.receiver.receive, lines)
    (line,) = lines.written
    assert line["masked_card_number"] == line[contract.METRIC_MASKED] == 1
    assert counted_metrics(line)[contract.METRIC_MASKED] == [["environment", "endpoint"]]
    assert "4242 4242" not in repr(line)


@pytest.mark.parametrize(
    ("error", "status_code", "code"),
    [
        (MalformedRequest("missing_header"), 400, "missing_header"),
        (InvalidSignature("signature_mismatch"), 401, "signature_mismatch"),
        (UnknownEndpoint("unknown_endpoint"), 404, "unknown_endpoint"),
        (Unavailable("secretsmanager_timeout"), 503, "unavailable"),
        (ServiceError("dynamodb", "ThrottlingException", 400, {"Item": "secret"}), 503, "unavailable"),
        (ValueError("4242424242424242"), 500, "internal_error"),
        (RecursionError(), 500, "internal_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_error_has_its_answer_and_one_line(error: Exception, status_code: int, code: str) -> None:
    receiving, lines = Receiving(), Lines()
    answer = handle(gateway_event(receiving, "internal", event()), raising(error), lines)
    assert answer["statusCode"] == status_code
    body = json.loads(answer["body"])
    assert body["error"] == code
    assert body["message"].endswith(".")
    assert ("Retry-After" in answer["headers"]) is (status_code == 503)
    (line,) = lines.written
    assert line["status_code"] == status_code
    assert line["level"] == ("ERROR" if status_code >= 500 else "WARNING")
    assert "4242" not in repr((answer, line))
    assert "secret'" not in repr((answer, line))


def test_the_log_says_what_was_out_and_the_sender_is_not_told() -> None:
    receiving, lines = Receiving(), Lines()
    receiving.secrets["internal"].value = None
    answer = handle(gateway_event(receiving, "internal", event()), receiving.receiver.receive, lines)
    assert "secretsmanager" not in answer["body"]
    (line,) = lines.written
    assert line["reason"] == "secretsmanager_timeout"
    assert line["outcome"] == "unavailable"


@pytest.mark.parametrize("broken", [None, 1, {}, {"pathParameters": {"endpoint": "stripe"}, "body": 3}])
def test_an_event_that_is_no_proxy_event_is_answered_too(broken: object) -> None:
    lines = Lines()
    answer = handle(broken, raising(AssertionError("not reached")), lines)
    assert answer["statusCode"] == 400
    assert len(lines.written) == 1
