"""A request to the transaction API, read as strictly as its description says: what is not described is refused."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import unquote

from payment_webhooks.errors import Rejected
from payment_webhooks.transaction_api.description import Operation, Parameter, Schema

MAX_BODY_CHARACTERS = 4096
JSON_TYPE = "application/json"


class InvalidRequest(Rejected):
    """`message` tells the caller what is wrong; it never quotes what was sent."""

    status_code = 400

    def __init__(self, message: str, reason: str = "invalid_request") -> None:
        super().__init__(reason)
        self.message = message


class NotFound(InvalidRequest):
    status_code = 404

    def __init__(self, message: str) -> None:
        super().__init__(message, "not_found")


class ApiRequest(NamedTuple):
    """`values`: each parameter that was given, as its schema's type. `body`: what was sent; {} without one."""

    operation: Operation
    values: Mapping[str, Any]
    body: Mapping[str, Any]


class UnsupportedMediaType(InvalidRequest):
    status_code = 415

    def __init__(self) -> None:
        super().__init__("The body has to be application/json.", "unsupported_media_type")


def find_operation(event: Mapping[str, Any], operations: Iterable[Operation]) -> Operation:
    """The operation of a REST proxy event (payload 1.0). Raises NotFound."""
    asked_for = event.get("httpMethod"), event.get("resource")
    for operation in operations:
        if asked_for == (operation.method, operation.path):
            return operation
    raise NotFound("There is no such path.")


def parse(event: Mapping[str, Any], operation: Operation, schemas: Mapping[str, Schema]) -> ApiRequest:
    """Raises InvalidRequest."""
    if operation.body is not None and not _is_json(event):
        raise UnsupportedMediaType
    values = {**_path_values(event, operation), **_query_values(event, operation)}
    body = {} if operation.body is None else _body(event, schemas[operation.body])
    return ApiRequest(operation, values, body)


def _is_json(event: Mapping[str, Any]) -> bool:
    """Whether the body is said to be JSON, or nothing is said, which the gateway takes for JSON. The gateway looks only
    into bodies that are, and lets the others pass."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    kind = headers.get("content-type") or JSON_TYPE
    return kind.partition(";")[0].strip().lower() == JSON_TYPE


def _path_values(event: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    given = event.get("pathParameters") or {}
    # No value of ours holds a percent sign, so it makes no difference whether the gateway has decoded it.
    return {each.name: _parse(each, unquote(given.get(each.name, ""))) for each in operation.of_place("path")}


def _query_values(event: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    known = {each.name: each for each in operation.of_place("query")}
    given = _query(event)
    if not given.keys() <= known.keys():
        names = ", ".join(sorted(known)) or "none"
        raise InvalidRequest(f"The query has a parameter that is not known here; known: {names}.")
    for name, texts in given.items():
        if len(texts) != 1:
            raise InvalidRequest(f"{name}: only once.")
    for name, parameter in known.items():
        if parameter.required and name not in given:
            raise InvalidRequest(f"{name} is missing: {parameter.form}.")
    return {name: _parse(known[name], texts[0]) for name, texts in given.items()}


def _query(event: Mapping[str, Any]) -> dict[str, list[str]]:
    several = event.get("multiValueQueryStringParameters")
    if several is not None:
        return {name: list(texts) for name, texts in several.items()}
    return {name: [text] for name, text in (event.get("queryStringParameters") or {}).items()}


def _parse(parameter: Parameter, text: str) -> Any:
    value: Any = text
    if parameter.schema["type"] == "boolean":
        value = {"true": True, "false": False}.get(text)
    elif parameter.schema["type"] == "integer":
        value = int(text) if re.fullmatch("-?[0-9]{1,15}", text) else None
    if not _is_valid(value, parameter.schema):
        raise InvalidRequest(f"{parameter.name}: {parameter.form}.")
    return value


def _body(event: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    document = _document(event)
    if not isinstance(document, dict):
        raise InvalidRequest(f"The body is no JSON object of at most {MAX_BODY_CHARACTERS} characters.")
    properties = schema["properties"]
    if not set(schema.get("required", ())) <= document.keys() <= properties.keys():
        names = ", ".join(sorted(properties))
        raise InvalidRequest(f"The body lacks a field or has one that is not known here; known: {names}.")
    for name, value in document.items():
        if not _is_valid(value, properties[name]):
            raise InvalidRequest(f"{name}: {properties[name]['description']}.")
    return document


def _document(event: Mapping[str, Any]) -> Any:
    """What the body holds as JSON; None for what can't be read, and for none at all: AWS leaves open whether the
    gateway's validator lets that pass.
    """
    text = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            text = base64.b64decode(text, validate=True).decode()
        return json.loads(text) if len(text) <= MAX_BODY_CHARACTERS else None
    except (ValueError, RecursionError):
        return None


def _is_valid(value: object, schema: Schema) -> bool:
    """Whether a plain value is what its schema says: type, enum, limits, pattern, date."""
    if "enum" in schema and value not in schema["enum"]:
        return False
    kind = schema["type"]
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return type(value) is int and schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return isinstance(value, str) and _is_valid_text(value, schema)


def _is_valid_text(value: str, schema: Schema) -> bool:
    if "pattern" in schema and re.fullmatch(schema["pattern"], value) is None:
        return False
    if schema.get("format") == "date":
        try:  # fromisoformat takes other forms of a day, too, such as 2026-W47-6
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return True
