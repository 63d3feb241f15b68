"""What the functions call, in this process: DynamoDB is the local engine's, the other services are as small as can be.

One object is the whole of it, so a process that forks has two of them that go different ways.
"""

import base64
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from ministack.services import dynamodb

from payment_webhooks.aws.dynamodb_items import Item
from tests.support.library.audit_bucket import is_signed, sign

TEMPLATE: Final = Path(__file__).parents[3] / "output/data.template.json"
TABLES: Final = {
    "InboxTable": "inbox",
    "TransactionsTable": "transactions",
    "NotificationsTable": "notifications",
    "AnalyticsTable": "analytics",
}
_TARGETS: Final = {
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
    "AmazonSQS": "sqs",
    "AWSEvents": "events",
    "AmazonSSM": "ssm",
    "TrentService": "kms",
}
# The rights that a call takes, where they have another name.
ACTIONS: Final = {
    ("dynamodb", "TransactWriteItems"): (
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    ),
    ("s3", "PUT"): ("s3:PutObject",),
    ("s3", "GET"): ("s3:GetObject",),
    ("s3", "ListObjectVersions"): ("s3:ListBucketVersions",),
    ("sqs", "SendMessageBatch"): ("sqs:SendMessage",),
    ("sqs", "ChangeMessageVisibilityBatch"): ("sqs:ChangeMessageVisibility",),
}
# What PayPal is asked for, by a part of the path; else a resource.
_ASKED_OF_PAYPAL: Final = {
    "token": "token",
    "/webhooks-events?": "events",
    "/notifications/webhooks": "webhooks",
}
_VERSIONS: Final = "ListObjectVersions"
_XML: Final = {"Content-Type": "text/xml"}
# The first of these in a request is what it is about.
_RESOURCES: Final = ("TableName", "QueueUrl", "SecretId", "KeyId", "Name", "EventBusName")


class Request(NamedTuple):
    """`headers`: names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class Step(NamedTuple):
    """A call, as the list of what is covered names it."""

    service: str
    operation: str
    resource: str


class Message(NamedTuple):
    """In a queue; `receives`: how often it was received."""

    body: str
    reason: str = ""
    receives: int = 0


class Aws:
    """`secrets`: texts by name. `paypal`: resources by their path, as PayPal itself tells them; `made`: the events that
    it made. `published`: what the topic took; `events`: what the bus did.
    """

    def __init__(
        self, secrets: Mapping[str, str], paypal: Mapping[str, Any], made: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        self._secrets = secrets
        self._paypal = paypal
        self._made = made
        self.objects: dict[str, bytes] = {}
        self.came: dict[str, datetime] = {}
        self.queues: dict[str, list[Message]] = {}
        self.events: list[dict[str, Any]] = []
        self.published: list[dict[str, Any]] = []
        dynamodb.reset()  # type: ignore[no-untyped-call]
        for resource in json.loads(TEMPLATE.read_text())["Resources"].items():
            self._create(*resource)

    def _create(self, title: str, resource: Mapping[str, Any]) -> None:
        if title not in TABLES:
            return
        given = resource["Properties"]
        names = ("KeySchema", "AttributeDefinitions", "BillingMode")
        indexes = [
            {name: value for name, value in index.items() if name != "WarmThroughput"}
            for index in given.get("GlobalSecondaryIndexes", ())
        ]
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self.dynamodb(
            "CreateTable",
            {
                "TableName": TABLES[title],
                **{name: given[name] for name in names},
                **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
                "StreamSpecification": stream,
            },
        )

    def answer(self, request: Request) -> Answer:
        """Do what the request asks for."""
        step = step_of(request)
        if step.service == "dynamodb":
            return _dynamodb(step.operation, request.body)
        if step.service == "s3":
            return self._s3(request)
        if step.service == "paypal":
            return self._paypal_answer(request)
        if step.service == "sns":
            return self._sns(request)
        document = json.loads(request.body)
        return _json(getattr(self, f"_{step.operation}")(document))

    def dynamodb(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A call of the harness's own, which is no step."""
        answer = _dynamodb(operation, json.dumps(parameters).encode())
        assert answer.status == 200, (operation, answer.body)
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def items(self, table: str) -> list[Item]:
        items: list[Item] = self.dynamodb("Scan", {"TableName": table})["Items"]
        return items

    def in_place(self, table: str) -> Iterator[Item]:
        """The items themselves: what is changed in them is time that passes, which no stream tells."""
        for of_partition in dynamodb._tables[table]["items"].values():
            yield from of_partition.values()

    def stream(self, table: str, position: int) -> list[dict[str, Any]]:
        """The records from a position on."""
        found: list[dict[str, Any]] = dynamodb.stream_records_since(table, position, 1_000)
        return found

    def queue(self, name: str) -> list[Message]:
        return self.queues.setdefault(name, [])

    def put(self, key: str, content: bytes, came: datetime | None = None) -> None:
        """`key`: with the bucket's name before it."""
        self.objects[key], self.came[key] = content, came or datetime.now(UTC)

    def _s3(self, request: Request) -> Answer:
        key = unquote(urlsplit(request.path).path)
        if step_of(request).operation == _VERSIONS:
            return self._versions(request.path)
        if request.method == "PUT":
            if request.headers.get("if-none-match") == "*" and key in self.objects:
                return _s3_error(412, "PreconditionFailed")
            self.put(key, request.body)
            return Answer(200, b"", {"ETag": '"etag"'})
        if key not in self.objects:
            return _s3_error(404, "NoSuchKey")
        return Answer(200, self.objects[key])

    def _versions(self, path: str) -> Answer:
        """All on one page; nothing was ever replaced."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        bucket = f"{urlsplit(path).path.rstrip('/')}/"
        found = [
            f"<Version><Key>{key}</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>"
            f"<LastModified>{came:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Version>"
            for path, came in sorted(self.came.items())
            if (key := path.removeprefix(bucket)) != path
            and path in self.objects
            and key.startswith(asked["prefix"])
            and key > asked["key-marker"]
        ]
        text = f"<ListVersionsResult><IsTruncated>false</IsTruncated>{''.join(found)}</ListVersionsResult>"
        return Answer(200, text.encode(), _XML)

    def _sns(self, request: Request) -> Answer:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.published.append(json.loads(json.loads(fields["Message"])["default"]))
        text = f"<PublishResult><MessageId>{uuid.uuid4()}</MessageId></PublishResult>"
        return Answer(200, f"<PublishResponse>{text}</PublishResponse>".encode(), _XML)

    def _paypal_answer(self, request: Request) -> Answer:
        if request.path == "/v1/oauth2/token":
            return _json({"access_token": "token", "expires_in": 32_400})
        if step_of(request).resource == "events":
            return _json({"events": self._made})
        if step_of(request).resource == "webhooks":
            documents = [json.loads(text) for text in self._secrets.values() if text.startswith("{")]
            return _json({"webhooks": [{"id": key["value"]} for each in documents for key in each["keys"]]})
        found = self._paypal.get(request.path)
        return Answer(404, b"{}") if found is None else _json(found)

    def _GetSecretValue(self, document: Mapping[str, Any]) -> dict[str, Any]:
        return {"SecretString": self._secrets[document["SecretId"]]}

    def _GetParameter(self, _: object) -> dict[str, Any]:
        return {"Parameter": {"Value": json.dumps({"high_value_thresholds": {"EUR": "5000"}})}}

    def _Sign(self, document: Mapping[str, Any]) -> dict[str, Any]:
        signature = sign(base64.b64decode(document["Message"]))
        return {"Signature": base64.b64encode(signature).decode()}

    def _Verify(self, document: Mapping[str, Any]) -> dict[str, Any]:
        message, signature = (base64.b64decode(document[name]) for name in ("Message", "Signature"))
        return {"SignatureValid": is_signed(message, signature)}

    def _PutEvents(self, document: Mapping[str, Any]) -> dict[str, Any]:
        self.events += [json.loads(entry["Detail"]) for entry in document["Entries"]]
        return {
            "FailedEntryCount": 0,
            "Entries": [{"EventId": str(uuid.uuid4())} for _ in document["Entries"]],
        }

    def _SendMessage(self, document: Mapping[str, Any]) -> dict[str, Any]:
        reason = document.get("MessageAttributes", {}).get("reason", {}).get("StringValue", "")
        self.queue(_name(document["QueueUrl"])).append(Message(document["MessageBody"], reason))
        return {"MessageId": str(uuid.uuid4())}

    def _SendMessageBatch(self, document: Mapping[str, Any]) -> dict[str, Any]:
        entries = document["Entries"]
        self.queue(_name(document["QueueUrl"])).extend(Message(entry["MessageBody"]) for entry in entries)
        return {"Successful": [{"Id": entry["Id"]} for entry in entries]}

    def _GetQueueAttributes(self, document: Mapping[str, Any]) -> dict[str, Any]:
        waiting = len(self.queue(_name(document["QueueUrl"])))
        return {"Attributes": {"ApproximateNumberOfMessages": str(waiting)}}

    def _ChangeMessageVisibility(self, _: object) -> dict[str, Any]:
        return {}

    def _ChangeMessageVisibilityBatch(self, document: Mapping[str, Any]) -> dict[str, Any]:
        return {"Successful": [{"Id": entry["Id"]} for entry in document["Entries"]]}


def step_of(request: Request) -> Step:
    service, _, operation = request.headers.get("x-amz-target", "").partition(".")
    if service:
        document = json.loads(request.body)
        return Step(_TARGETS[service], operation, _resource(document))
    if request.body.startswith(b"Action="):
        return Step("sns", request.body.split(b"&")[0].decode().partition("=")[2], "topic")
    if request.path.startswith(("/v1/", "/v2/")):
        asked = (name for part, name in _ASKED_OF_PAYPAL.items() if part in request.path)
        return Step("paypal", request.method, next(asked, "resource"))
    address = urlsplit(request.path)
    operation = _VERSIONS if "versions" in address.query.split("&") else request.method
    return Step("s3", operation, address.path.split("/")[1])


def _resource(document: Mapping[str, Any]) -> str:
    for name in _RESOURCES:
        if name in document:
            index = document.get("IndexName")
            return _name(document[name]) + (f" {index}" if index else "")
    if "RequestItems" in document:
        return "+".join(sorted(document["RequestItems"]))
    actions = [next(iter(action.values())) for action in document.get("TransactItems", ())]
    return (
        "+".join(sorted({action["TableName"] for action in actions}))
        or document["Entries"][0]["EventBusName"]
    )


def error_of(step: Step, status: int, code: str) -> Answer:
    """The service's own form of an error."""
    if step.service in ("s3", "sns"):
        return _s3_error(status, code) if step.service == "s3" else _sns_error(status, code)
    return Answer(status, json.dumps({"__type": code, "message": "injected"}).encode())


def _s3_error(status: int, code: str) -> Answer:
    text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    return Answer(status, text.encode(), _XML)


def _sns_error(status: int, code: str) -> Answer:
    text = f"<ErrorResponse><Error><Code>{code}</Code><Message>injected</Message></Error></ErrorResponse>"
    return Answer(status, text.encode(), _XML)


def _dynamodb(operation: str, body: bytes) -> Answer:
    call = dynamodb.handle_request("POST", "/", {"x-amz-target": f"DynamoDB_20120810.{operation}"}, body, {})
    try:
        call.send(None)
    except StopIteration as done:
        status, _, content = done.value
        return Answer(status, content if isinstance(content, bytes) else content.encode())
    raise AssertionError(f"{operation} waits for something")


def _json(document: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1]
