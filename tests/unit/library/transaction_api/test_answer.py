"""What callers of the transaction API are told: outages and faults of ours are never 200 or 404."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.bootstrap.transaction_api import HANDLER_MAKERS
from payment_webhooks.errors import Unavailable
from payment_webhooks.transaction_api.answer import Handler, handle
from payment_webhooks.transaction_api.operations import OPERATIONS
from payment_webhooks.transaction_api.request import ApiRequest, InvalidRequest, NotFound

EVENT = {
    "httpMethod": "GET",
    "resource": "/transactions/{id}",
    "pathParameters": {"id": "stripe:pi_1"},
    "requestContext": {"requestId": "r-1", "identity": {"userArn": "arn:aws:iam::1:role/desk"}},
}


def answered(
    outcome: Mapping[str, Any] | Exception, event: Mapping[str, Any] = EVENT, cors_origin: str = ""
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The answer, its document, and the line of the log."""
    lines: list[dict[str, Any]] = []

    def handler(request: ApiRequest) -> Mapping[str, Any]:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def write(level: str, message: str, **fields: Any) -> None:
        lines.append({"level": level, "message": message, **fields})

    handler_of: Callable[[str], Handler] = lambda name: handler  # noqa: E731 - one line
    answer = handle(event, handler_of, write, cors_origin=cors_origin)
    (line,) = lines
    return answer, json.loads(answer["body"]), line


def test_every_operation_has_a_handler_and_no_other_has() -> None:
    assert HANDLER_MAKERS.keys() == {operation.name for operation in OPERATIONS}


def test_a_success_has_the_status_of_its_operation() -> None:
    answer, document, line = answered({"status": "succeeded"})
    assert (answer["statusCode"], document) == (200, {"status": "succeeded"})
    assert answer["headers"] == {"Content-Type": "application/json", "Cache-Control": "no-store"}
    assert (line["level"], line["operation"], line["outcome"]) == ("INFO", "getTransaction", "answered")
    assert (line["caller"], line["request_id"]) == ("arn:aws:iam::1:role/desk", "r-1")


@pytest.mark.parametrize(
    ("error", "status", "code", "outcome", "level"),
    [
        (InvalidRequest("limit: 1 to 100."), 400, "invalid_request", "refused", "INFO"),
        (NotFound("There is none."), 404, "not_found", "refused", "INFO"),
        (Unavailable("dynamodb_timeout"), 503, "unavailable", "unavailable", "WARNING"),
        (
            ServiceError("dynamodb", "ResourceNotFoundException", 400, {}),
            503,
            "unavailable",
            "unavailable",
            "WARNING",
        ),
        (ValueError("4242424242424242"), 500, "internal_error", "failed", "ERROR"),
    ],
)
def test_what_went_wrong_decides_the_status(
    error: Exception, status: int, code: str, outcome: str, level: str
) -> None:
    answer, document, line = answered(error)
    assert (answer["statusCode"], document["error"]) == (status, code)
    assert document.keys() == {"error", "message"}
    assert (line["outcome"], line["level"], line["status_code"]) == (outcome, level, status)
    assert ("Retry-After" in answer["headers"]) == (status == 503)
    assert "4242" not in json.dumps([answer, line])


@pytest.mark.parametrize(
    "event", [{}, {"httpMethod": "GET", "resource": "/"}, {**EVENT, "httpMethod": "PUT"}]
)
def test_what_is_no_operation_is_404(event: dict[str, Any]) -> None:
    answer, document, line = answered({}, event)
    assert (answer["statusCode"], document["error"]) == (404, "not_found")
    assert line["operation"] is None


@pytest.mark.parametrize("outcome", [{}, NotFound("There is none."), Unavailable("x"), ValueError()])
def test_each_answer_names_the_origin_that_may_read_it_if_there_is_one(outcome: Any) -> None:
    closed, _, _ = answered(outcome)
    assert not [name for name in closed["headers"] if name.startswith("Access-Control")]
    opened, _, _ = answered(outcome, cors_origin="https://desk.example.com")
    assert opened["headers"]["Access-Control-Allow-Origin"] == "https://desk.example.com"
    assert opened["headers"]["Vary"] == "Origin"
