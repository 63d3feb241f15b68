"""What the transaction API accepts, and what it says of what it does not."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.transaction_api.description import Operation, Parameter, Schema
from payment_webhooks.transaction_api.request import (
    ApiRequest,
    InvalidRequest,
    NotFound,
    find_operation,
    parse,
)

THING = Operation(
    "changeThing",
    "POST",
    "/things/{id}",
    "",
    "",
    (
        Parameter("id", "path", {"type": "string", "pattern": "^[a-z]+:[a-z0-9]+$"}, "an id", "", "", True),
        Parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 100}, "1 to 100", "", 1),
        Parameter("kind", "query", {"type": "string", "enum": ["a", "b"]}, "a or b", "", "a"),
        Parameter("from", "query", {"type": "string", "format": "date"}, "a date", "", ""),
        Parameter("all", "query", {"type": "boolean"}, "true or false", "", True),
    ),
    answer="Thing",
    body="Change",
)
SCHEMAS: dict[str, Schema] = {
    "Change": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]{1,5}$", "description": "one to five letters"}
        },
        "additionalProperties": False,
    }
}


def event(**fields: Any) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "resource": "/things/{id}",
        "pathParameters": {"id": "x:1"},
        "multiValueQueryStringParameters": None,
        "body": "{}",
        **fields,
    }


def query(**values: str) -> dict[str, Any]:
    return event(multiValueQueryStringParameters={name: [text] for name, text in values.items()})


def parsed(given: dict[str, Any]) -> ApiRequest:
    return parse(given, THING, SCHEMAS)


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as raised:
        parsed(given)
    assert (raised.value.status_code, raised.value.reason) == (400, "invalid_request")
    return raised.value.message


def test_an_operation_is_found_by_method_and_path() -> None:
    assert find_operation(event(), [THING]) is THING
    for other in ({"httpMethod": "GET"}, {"resource": "/things"}, {"resource": None}):
        with pytest.raises(NotFound):
            find_operation(event(**other), [THING])


def test_values_have_the_types_of_their_schemas() -> None:
    request = parsed(query(limit="100", kind="b", all="false", **{"from": "2026-11-21"}))
    assert request.values == {"id": "x:1", "limit": 100, "kind": "b", "all": False, "from": "2026-11-21"}
    assert request.body == {}


@pytest.mark.parametrize("text", ["x%3A1", "x:1"])
def test_an_id_may_come_encoded_or_not(text: str) -> None:
    assert parsed(event(pathParameters={"id": text})).values["id"] == "x:1"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (query(limit="0"), "limit: 1 to 100."),
        (query(limit="101"), "limit: 1 to 100."),
        (query(limit="1.0"), "limit: 1 to 100."),
        (query(limit="１"), "limit: 1 to 100."),
        (query(limit=""), "limit: 1 to 100."),
        (query(kind="c"), "kind: a or b."),
        (query(all="yes"), "all: true or false."),
        (query(**{"from": "2026-02-30"}), "from: a date."),
        (query(**{"from": "2026-11-21\n"}), "from: a date."),
        (query(**{"from": "20261121"}), "from: a date."),
        (query(**{"from": "2026-W47-6"}), "from: a date."),
        (event(pathParameters={"id": "x:1\n"}), "id: an id."),
        (event(pathParameters=None), "id: an id."),
        (
            query(limits="1"),
            "The query has a parameter that is not known here; known: all, from, kind, limit.",
        ),
        (event(multiValueQueryStringParameters={"kind": ["a", "a"]}), "kind: only once."),
    ],
)
def test_what_is_not_of_its_form_is_refused_with_the_form(given: dict[str, Any], message: str) -> None:
    assert refused(given) == message


def test_a_required_parameter_that_is_missing_is_named() -> None:
    needed = Parameter("to", "query", {"type": "string"}, "a date", "", "", True)
    operation = Operation("n", "POST", "/things/{id}", "", "", (*THING.parameters, needed), answer="Thing")
    with pytest.raises(InvalidRequest) as raised:
        parse(event(), operation, SCHEMAS)
    assert raised.value.message == "to is missing: a date."


@pytest.mark.parametrize(
    "headers",
    [None, {}, {"content-type": "application/json"}, {"Content-Type": "Application/JSON; charset=utf-8"}],
)
def test_a_body_is_json_or_said_to_be_nothing(headers: dict[str, str] | None) -> None:
    assert parsed(event(headers=headers)).body == {}


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json-patch+json", "x"])
def test_a_body_of_another_type_is_415_as_the_gateway_lets_it_pass(kind: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parsed(event(headers={"Content-Type": kind}))
    assert (raised.value.status_code, raised.value.reason) == (415, "unsupported_media_type")
    reading = Operation("n", "GET", "/things/{id}", "", "", THING.parameters, answer="Thing")
    assert parse(event(headers={"Content-Type": kind}), reading, SCHEMAS).body == {}


def test_an_empty_object_is_the_least_body() -> None:
    assert parsed(event(body=" {} ")).body == {}


def test_a_body_is_read_as_json_whatever_the_gateway_made_of_it() -> None:
    text = json.dumps({"name": "abc"})
    encoded = base64.b64encode(text.encode()).decode()
    assert parsed(event(body=text)).body == {"name": "abc"}
    assert parsed(event(body=encoded, isBase64Encoded=True)).body == {"name": "abc"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "The body is no JSON object of at most 4096 characters."),
        ("", "The body is no JSON object of at most 4096 characters."),
        (" ", "The body is no JSON object of at most 4096 characters."),
        ("{", "The body is no JSON object of at most 4096 characters."),
        ("[]", "The body is no JSON object of at most 4096 characters."),
        ('""', "The body is no JSON object of at most 4096 characters."),
        ("null", "The body is no JSON object of at most 4096 characters."),
        ("[" * 4000, "The body is no JSON object of at most 4096 characters."),
        ("{" + " " * 5000 + "}", "The body is no JSON object of at most 4096 characters."),
        ('{"nam": "a"}', "The body lacks a field or has one that is not known here; known: name."),
        ('{"name": "ABC"}', "name: one to five letters."),
        ('{"name": 1}', "name: one to five letters."),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(body: str | None, message: str) -> None:
    assert refused(event(body=body)) == message


@given(
    st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=12), min_size=1, max_size=2)),
    st.text(max_size=40),
)
def test_whatever_is_asked_is_parsed_or_refused_and_never_repeated(
    values: dict[str, list[str]], body: str
) -> None:
    secret = "4242424242424242"
    given = event(
        multiValueQueryStringParameters={name: [*texts, secret] for name, texts in values.items()},
        body=body + secret,
    )
    with pytest.raises(InvalidRequest) as raised:
        parsed(given)
    assert secret not in raised.value.message
