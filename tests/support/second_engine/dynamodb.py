"""moto's DynamoDB, in this process and without a socket: the library's own client speaks to it.

It shares no code with the local engine. A test's DynamoDB (fake_dynamodb.py) asks it at every call whether it would
have answered the same. What differs between the engines is in docs/local-engine.md.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.common_types import TYPE_RESPONSE
from moto.core.request import Request
from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from payment_webhooks.aws.json_client import DYNAMODB, Api, CallLimits, JsonApi
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.aws.signature_v4 import Credentials
from payment_webhooks.deadline import Deadline
from tests.support.scripts.stubs import REGION, shared_session

TEMPLATE = Path(__file__).parents[3] / "output/data.template.json"
KEY_TYPES = ("HASH", "RANGE")
COMPARED = frozenset({"Item", "Items", "Attributes", "LastEvaluatedKey"})
Outcome = Mapping[str, Any] | ServiceError


@cache
def table_definition(keys: tuple[str, str]) -> dict[str, Any]:
    """What makes the table with these key attributes (partition, sort), with its indexes, as the template has it."""
    schema = [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, KEY_TYPES, strict=True)]
    resources = json.loads(TEMPLATE.read_text())["Resources"].values()
    found = [
        each["Properties"] for each in resources if each.get("Properties", {}).get("KeySchema") == schema
    ]
    assert len(found) == 1, (
        f"{TEMPLATE.name} has {len(found)} tables with the keys {keys}; build_template.py makes it"
    )
    (table,) = found
    names = ("KeySchema", "AttributeDefinitions", "BillingMode")
    indexes = [
        {name: value for name, value in index.items() if name != "WarmThroughput"}
        for index in table.get("GlobalSecondaryIndexes", ())
    ]
    definition = {name: table[name] for name in names}
    return {**definition, "GlobalSecondaryIndexes": indexes} if indexes else definition


def second_dynamodb(tables: Mapping[str, tuple[str, str]]) -> Api:
    """An empty DynamoDB with these tables, each by its name and its key attributes."""
    backend = DynamoDBBackend(REGION, "123456789012")
    api = JsonApi(
        DYNAMODB,
        REGION,
        f"https://dynamodb.{REGION}.amazonaws.com",
        lambda: Credentials("AKID", "SECRET", None),
        Deadline(),
        lambda: CallLimits(attempts=1),
        connect=lambda scheme, host, timeout_seconds: _Connection(backend),  # type: ignore[arg-type, return-value]
    )
    for name, keys in tables.items():
        api("CreateTable", {"TableName": name, **table_definition(keys)})
    return api


def second_client(tables: Mapping[str, tuple[str, str]]) -> Any:
    """A boto3 client of an empty DynamoDB with these tables: each request is answered before it is sent."""
    backend = DynamoDBBackend(REGION, "123456789012")

    def answer(request: Any, **_: Any) -> AWSResponse:
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        connection = _Connection(backend)
        connection.request(
            request.method, "/", request.body, {**headers, "host": f"dynamodb.{REGION}.amazonaws.com"}
        )
        return AWSResponse(request.url, connection.status, HTTPHeaders(), connection)

    session: Any = shared_session()
    client = session.client("dynamodb")
    client.meta.events.register("before-send.dynamodb.*", answer)
    for name, keys in tables.items():
        client.create_table(TableName=name, **table_definition(keys))
    return client


def outcome(api: Api, operation: str, parameters: Mapping[str, Any]) -> Outcome:
    """What becomes of a call: its answer, or the service's refusal."""
    try:
        return api(operation, parameters)
    except ServiceError as error:
        return error


def comparable(found: Outcome) -> dict[str, Any]:
    """What engines must agree on: an answer's items, attributes and next page; of a refusal, all but its words."""
    if isinstance(found, ServiceError):
        reasons = [
            {name: value for name, value in reason.items() if name != "Message"}
            for reason in found.cancellation_reasons
        ]
        refused = {"Code": found.code, "Status": found.http_status, "Item": found.details.get("Item")}
        return _as_json({**refused, "Reasons": reasons})
    return _as_json({name: value for name, value in found.items() if name in COMPARED})


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _as_json(document: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_json(document))
    return read


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, default=lambda content: base64.b64encode(content).decode())


class _Handler(DynamoHandler):
    """moto's, with tables of its own."""

    def __init__(self, backend: DynamoDBBackend) -> None:
        super().__init__()
        self._backend = backend

    @property
    def dynamodb_backend(self) -> DynamoDBBackend:
        return self._backend

    def serialized(self, action_result: ActionResult) -> TYPE_RESPONSE:
        """Items as they are: moto would look for every kind of value in each attribute, by several names."""
        found = action_result.result
        if isinstance(found, dict) and COMPARED.intersection(found):
            return 200, dict(self.response_headers), _json(found)
        return super().serialized(action_result)


class _Connection:
    """http.client's connection, and its response, as far as JsonApi uses them."""

    will_close = False

    def __init__(self, backend: DynamoDBBackend) -> None:
        self._backend = backend
        self.sock = self
        self.status = 0
        self._content = b""

    def settimeout(self, seconds: float) -> None:
        """Nothing to wait for."""

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        handler = _Handler(self._backend)
        handler.setup_class(
            Request.from_primitives(method, f"https://{headers['host']}{path}", headers, body)
        )
        status, _, content = handler.call_action()
        self.status = status
        self._content = content.encode() if isinstance(content, str) else content

    def getresponse(self) -> "_Connection":
        return self

    def read(self) -> bytes:
        return self._content

    def stream(self) -> Iterator[bytes]:
        yield self._content

    def close(self) -> None:
        """Nothing is kept."""
