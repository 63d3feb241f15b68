"""Reads a delivery from the gateway's event.

API Gateway's REST proxy event (payload format 1.0) is the only shape that is read here:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from payment_webhooks.contract import KEYED_RESOURCE
from payment_webhooks.errors import MalformedRequest
from payment_webhooks.headers import Headers

ENDPOINT_PATH_PARAMETER = "endpoint"  # the resource is /webhook/{endpoint}
TRACE_HEADER = "x-amzn-trace-id"
# X-Ray's id of a trace. What else the header has is whatever the sender wrote, and anyone can send one.
# https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_TRACE = re.compile(r"(?:^|;)(Root=1-[0-9a-f]{8}-[0-9a-f]{24})(?=;|$)", re.ASCII)
# Longer than any value that AWS writes itself; what a sender puts there is cut, as it ends up in logs and
# rows.
MAX_CONTEXT_CHARACTERS = 256


class WebhookRequest(NamedTuple):
    """One delivery. `headers` keeps duplicates, names in lower case; `body` is exactly what was sent."""

    endpoint: str
    headers: Headers
    body: bytes
    source_ip: str
    trace_id: str
    request_id: str

    def __repr__(self) -> str:
        """Without headers, which carry signatures that can be replayed, and body, which may hold card data."""
        return f"WebhookRequest(endpoint={self.endpoint!r}, request_id={self.request_id!r})"


def from_api_gateway(event: object, keyed_endpoint: str = "") -> WebhookRequest:
    """Read a REST proxy event 1.0.

    The endpoint is what the route says, and nothing in the request: the last part of `/webhook/{endpoint}`, or
    `keyed_endpoint` for `/webhook` itself.

    Raises MalformedRequest: `malformed_event` when it is not of that shape, `malformed_body` when the body is
    not the base64 or the text that the event says it is.
    """
    if not isinstance(event, Mapping):
        raise MalformedRequest("malformed_event")
    endpoint = _endpoint(event, keyed_endpoint)
    headers = tuple(_headers(event))
    context = _mapping(event.get("requestContext"))
    return WebhookRequest(
        endpoint=endpoint,
        headers=headers,
        body=_body(event),
        source_ip=_context_text(_mapping(context.get("identity")).get("sourceIp")),
        trace_id=_trace_id(headers),
        request_id=_context_text(context.get("requestId")),
    )


def _endpoint(event: Mapping[str, object], keyed_endpoint: str) -> str:
    if event.get("resource") == KEYED_RESOURCE:
        endpoint: object = keyed_endpoint
    else:
        endpoint = _mapping(event.get("pathParameters")).get(ENDPOINT_PATH_PARAMETER)
    if not isinstance(endpoint, str) or not endpoint:
        raise MalformedRequest("malformed_event")
    return endpoint


def _headers(event: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """`multiValueHeaders` first: `headers` keeps only the last of several of one name."""
    many = _mapping(event.get("multiValueHeaders"))
    single = {name: [value] for name, value in _mapping(event.get("headers")).items()}
    for name, values in (many or single).items():
        if not isinstance(name, str) or not isinstance(values, list):
            raise MalformedRequest("malformed_event")
        for value in values:
            if not isinstance(value, str):
                raise MalformedRequest("malformed_event")
            yield name.lower(), value


def _body(event: Mapping[str, object]) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedRequest("malformed_event")
    try:
        return b64decode(body, validate=True) if event.get("isBase64Encoded") is True else body.encode()
    except ValueError:  # not base64, or a lone surrogate, which no UTF-8 text can hold
        raise MalformedRequest("malformed_body") from None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _trace_id(headers: Headers) -> str:
    header = next((value for name, value in headers if name == TRACE_HEADER), "")
    found = _TRACE.search(header)
    return found[1] if found else ""


def _context_text(value: object) -> str:
    """Text for logs and rows: printable ASCII of bounded length, or nothing."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return ""
    return value[:MAX_CONTEXT_CHARACTERS]
