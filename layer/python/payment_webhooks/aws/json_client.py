"""A client for the AWS services that speak JSON over POST (DynamoDB, Secrets Manager, SQS,
EventBridge, Systems Manager, KMS), with one deadline.

botocore takes 0.6 of the time of `import boto3` plus a client before its first call; the receiver's whole cold start
may take 0.28. This takes 0.1 of it, and lets every time-out shrink with the invocation's deadline. It does what our
calls need: environment credentials, one kept connection, bounded retries. Everything else stays with botocore.
"""

import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from payment_webhooks.aws.http_connection import LeanConnection, LeanTlsConnection
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.aws.signature_v4 import Credentials, sign_post
from payment_webhooks.deadline import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, Deadline
from payment_webhooks.errors import Unavailable

# Services and NAT gateways drop a connection that is quiet for longer; using it then costs a whole time-out.
KEEP_ALIVE_SECONDS = 20.0
FIRST_BACKOFF_SECONDS = 0.025
LONGEST_BACKOFF_SECONDS = 1.0


class Service(NamedTuple):
    """`sdk_id` ends the name of its AWS_ENDPOINT_URL variable; `target` is the prefix of the X-Amz-Target
    header; `json_version` the protocol's version in the content type.
    """

    name: str
    sdk_id: str
    target: str
    json_version: str


DYNAMODB = Service("dynamodb", "DYNAMODB", "DynamoDB_20120810", "1.0")
SECRETS_MANAGER = Service("secretsmanager", "SECRETS_MANAGER", "secretsmanager", "1.1")
SQS = Service("sqs", "SQS", "AmazonSQS", "1.0")
EVENTS = Service("events", "EVENTBRIDGE", "AWSEvents", "1.1")
SSM = Service("ssm", "SSM", "AmazonSSM", "1.1")
KMS = Service("kms", "KMS", "TrentService", "1.1")


class CallLimits(NamedTuple):
    """`attempts` counts the first one; the time-out is of one attempt's answer."""

    attempts: int
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS


class Api(Protocol):
    """One call: operation and parameters as the service's API reference names them; the answer likewise.

    Raises ServiceError when the service refuses, Unavailable when it can't be reached in time.
    """

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]: ...


class JsonApi:
    """`connect` opens a connection to (scheme, host and port, time-out in seconds); `credentials` is asked at
    each attempt. `limits` is asked at each call. Not for use by two threads at once.
    """

    def __init__(
        self,
        service: Service,
        region: str,
        endpoint_url: str,
        credentials: Callable[[], Credentials],
        deadline: Deadline,
        limits: Callable[[], CallLimits],
        connect: Callable[[str, str, float], http.client.HTTPConnection] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service
        self._region = region
        self._scheme, self._host = _origin(endpoint_url)
        self._credentials = credentials
        self._deadline = deadline
        self._limits = limits
        self._connect = connect or open_connection
        self._clock = clock
        self._sleep = sleep
        self._connection: http.client.HTTPConnection | None = None
        self._last_used = 0.0

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(parameters, separators=(",", ":"), default=_encode_binary).encode()
        limits = self._limits()
        for attempt in range(1, limits.attempts + 1):
            try:
                return self._attempt(operation, body, limits.read_timeout_seconds)
            except ServiceError as error:
                if not error.transient or attempt == limits.attempts:
                    raise
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if attempt == limits.attempts:
                    kind = "timeout" if isinstance(error, TimeoutError) else "unreachable"
                    raise Unavailable(f"{self._service.name}_{kind}") from error
            self._sleep(self._deadline.limit(_backoff_seconds(attempt)))
        raise AssertionError("attempts is at least one")

    def _attempt(self, operation: str, body: bytes, timeout_seconds: float) -> dict[str, Any]:
        status, answer = self._exchange(self._headers(operation, body), body, timeout_seconds)
        try:
            document = json.loads(answer) if answer else {}
        except ValueError:
            document = None
        if not isinstance(document, dict):  # a proxy's or a load balancer's page, not the service's answer
            raise ServiceError(self._service.name, f"Http{status}", max(status, 500), {})
        if status != 200:
            code = str(document.get("__type", "")).rpartition("#")[2] or f"Http{status}"
            raise ServiceError(self._service.name, code, status, document)
        return document

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        headers = {
            "content-type": f"application/x-amz-json-{self._service.json_version}",
            "host": self._host,
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        return sign_post(headers, body, self._service.name, self._region, self._credentials(), self._clock())

    def _exchange(self, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> tuple[int, bytes]:
        connection = self._reusable()
        if connection is not None:
            try:
                return self._send(connection, headers, body, timeout_seconds)
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()  # the other side had closed it while it was idle
        connection = self._connect(self._scheme, self._host, self._deadline.limit(CONNECT_TIMEOUT_SECONDS))
        self._connection = connection
        return self._send(connection, headers, body, timeout_seconds)

    def _reusable(self) -> http.client.HTTPConnection | None:
        if self._connection is not None and self._clock() - self._last_used > KEEP_ALIVE_SECONDS:
            self.close()
        return self._connection

    def _send(
        self,
        connection: http.client.HTTPConnection,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
    ) -> tuple[int, bytes]:
        connection.sock.settimeout(self._deadline.limit(timeout_seconds))
        connection.request("POST", "/", body, dict(headers))
        response = connection.getresponse()
        answer = response.read()
        self._last_used = self._clock()
        if response.will_close:
            self.close()
        return response.status, answer

    def close(self) -> None:
        """Close the kept connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def open_connection(scheme: str, host: str, timeout_seconds: float) -> http.client.HTTPConnection:
    """A connected connection: TLS 1.2 or later with the system's authorities, or plain for a local engine."""
    connection: http.client.HTTPConnection
    if scheme == "https":
        connection = LeanTlsConnection(host, timeout=timeout_seconds, context=_tls_context())
    else:
        connection = LeanConnection(host, timeout=timeout_seconds)
    connection.connect()
    return connection


@cache
def _tls_context() -> ssl.SSLContext:
    """Once for each container: reading the authorities takes 20 ms."""
    return ssl.create_default_context()


def default_endpoint_url(service: str, region: str, url_suffix: str) -> str:
    """Source: AWS, "Regional endpoints". `url_suffix`: the domain of the partition, which CloudFormation tells."""
    return f"https://{service}.{region}.{url_suffix}"


def _origin(endpoint_url: str) -> tuple[str, str]:
    parts = urlsplit(endpoint_url)
    if parts.scheme not in ("https", "http") or not parts.netloc or parts.path.strip("/"):
        raise ValueError(
            "an endpoint is a scheme and a host, such as https://dynamodb.us-east-1.amazonaws.com"
        )
    return parts.scheme, parts.netloc


def _encode_binary(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _backoff_seconds(attempt: int) -> float:
    """Exponential with full jitter (AWS Builders' Library, "Timeouts, retries and backoff with jitter")."""
    import random  # here: the first attempt nearly always succeeds

    return random.uniform(0, min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempt))  # noqa: S311
