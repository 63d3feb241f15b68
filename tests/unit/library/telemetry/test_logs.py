"""Log lines are one JSON document each, and never quote what an exception said."""

import json

import pytest

from payment_webhooks.errors import Unavailable
from payment_webhooks.telemetry.logs import (
    ERROR,
    INFO,
    describe,
    log,
    milliseconds_since,
    request_id,
    trace_id,
)

CARD = "4242424242424242"


def test_a_line_is_one_json_document_without_empty_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log(INFO, "two\nlines", webhook_id="stripe:evt_1", trace_id=None, count=2)
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert out.endswith("\n")
    assert json.loads(out) == {
        "level": "INFO",
        "message": "two\nlines",
        "webhook_id": "stripe:evt_1",
        "count": 2,
    }
    assert err == ""


def test_an_error_is_described_by_type_reason_and_place_never_by_its_message() -> None:
    def read() -> None:
        raise ValueError(f"could not read {CARD}")

    try:
        try:
            read()
        except ValueError as error:
            raise Unavailable("table_unavailable") from error
    except Unavailable as error:
        described = describe(error)
    assert described["error_type"] == "Unavailable"
    assert described["reason"] == "table_unavailable"
    assert described["cause_type"] == "ValueError"
    assert str(described["cause_location"]).startswith("test_logs.py:")
    assert str(described["cause_location"]).endswith(" read")
    assert CARD not in json.dumps(described)


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert describe(KeyError(CARD)) == {"error_type": "KeyError", "error_location": None}


def test_ids_of_an_invocation(capsys: pytest.CaptureFixture[str]) -> None:
    class Context:
        aws_request_id = "request-1"

    assert request_id(Context()) == "request-1"
    assert request_id(None) is None
    assert trace_id({"_X_AMZN_TRACE_ID": "Root=1-2"}) == "Root=1-2"
    assert trace_id({}) is None


def test_milliseconds() -> None:
    assert milliseconds_since(10.0, lambda: 10.01234) == 12.3
    assert ERROR == "ERROR"
