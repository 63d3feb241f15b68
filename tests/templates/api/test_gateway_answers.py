"""What a sender is told when the gateway answers by itself: JSON of our form, whatever went wrong.

The types and their status codes are those of the API Gateway developer guide, "Gateway response types".
"""

import json
from typing import Any

import pytest

from tests.support.templates.resources import of_api

ANSWERS = {each["ResponseType"]: each for each in of_api("AWS::ApiGateway::GatewayResponse")}
SEND_AGAIN = "Please send it again."
OWN_STATUS = {
    "ACCESS_DENIED": 403,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "EXPIRED_TOKEN": 403,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
}


def told(response_type: str) -> tuple[int, dict[str, Any]]:
    """Status and document for what has gone wrong: its own answer, or that of its class."""
    status = OWN_STATUS[response_type]
    answer = ANSWERS.get(response_type) or ANSWERS[f"DEFAULT_{status // 100}XX"]
    document = json.loads(answer["ResponseTemplates"]["application/json"])
    return int(answer.properties.get("StatusCode", status)), document


@pytest.mark.parametrize("response_type", OWN_STATUS)
def test_every_answer_of_the_gateway_is_a_code_and_a_sentence(response_type: str) -> None:
    _, document = told(response_type)
    assert document.keys() == {"error", "message"}
    assert document["error"].replace("_", "").isalpha()


def test_a_body_over_the_limits_is_413() -> None:
    # 10 MB at the gateway; 6 MB at Lambda, of which a body in base64 may fill 4.5 MB.
    assert told("REQUEST_TOO_LARGE")[0] == 413
    assert told("REQUEST_TOO_LARGE")[1]["error"] == "payload_too_large"


@pytest.mark.parametrize("response_type", ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "THROTTLED"])
def test_what_is_worth_another_try_keeps_a_status_that_makes_providers_try_again(response_type: str) -> None:
    status, document = told(response_type)
    assert status == OWN_STATUS[response_type]
    assert status == 429 or status >= 500
    assert document["message"].endswith(SEND_AGAIN)


def test_no_answer_quotes_the_request_or_says_what_is_behind() -> None:
    for answer in ANSWERS.values():
        text = json.dumps(answer.properties)
        assert "$context" not in text
        assert "$input" not in text


def test_a_class_of_errors_keeps_the_status_of_each() -> None:
    # With a status of its own, the default would answer a missing path as it does a server's fault.
    assert "StatusCode" not in ANSWERS["DEFAULT_4XX"].properties
    assert "StatusCode" not in ANSWERS["DEFAULT_5XX"].properties
