"""Answers a caller of the transaction API, and writes the one log line about the call.

404 only when the ledger was read and does not know it; an outage is 503, never 200 or 404. The line has no id
that a caller wrote: they are in the answer's own records.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from payment_webhooks.aws.proxy_answer import Answer, proxy_answer
from payment_webhooks.errors import Unavailable
from payment_webhooks.telemetry.logs import (
    ERROR,
    INFO,
    WARNING,
    Logger,
    describe,
    log,
    milliseconds_since,
    trace_id,
)
from payment_webhooks.transaction_api.description import Operation
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from payment_webhooks.transaction_api.request import ApiRequest, InvalidRequest, find_operation, parse

RETRY_AFTER_SECONDS: Final = 5
UNAVAILABLE: Final = "This can't be answered right now. Please send it again."
FAILED: Final = "Something went wrong here."

# Gives the document of the operation's success; raises InvalidRequest, NotFound or Unavailable.
Handler = Callable[[ApiRequest], Mapping[str, Any]]


def handle(
    event: Mapping[str, Any],
    handler_of: Callable[[str], Handler],
    write: Logger = log,
    *,
    cors_origin: str = "",
) -> Answer:
    """One proxy event in, one proxy answer out, one log line. Never raises an Exception.

    `handler_of` gives the handler of an operation by its name. With `cors_origin`, scripts of that origin's pages
    may read the answer.
    """
    started = time.monotonic()
    operation: Operation | None = None
    try:
        operation = find_operation(event, OPERATIONS)
        document = handler_of(operation.name)(parse(event, operation, SCHEMAS))
        answer, level, fields = proxy_answer(operation.status, document), INFO, {"outcome": "answered"}
    except Exception as error:
        answer, level, fields = _of_error(error)
    if cors_origin:
        answer["headers"] |= {"Access-Control-Allow-Origin": cors_origin, "Vary": "Origin"}
    write(
        level,
        "api request",
        operation=operation.name if operation else None,
        **_caller(event),
        **fields,
        status_code=answer["statusCode"],
        trace_id=trace_id(),
        duration_ms=milliseconds_since(started),
    )
    return answer


def _of_error(error: Exception) -> tuple[Answer, str, dict[str, Any]]:
    if isinstance(error, InvalidRequest):
        answer = proxy_answer(error.status_code, {"error": error.reason, "message": error.message})
        return answer, INFO, {"outcome": "refused", "reason": error.reason}
    if isinstance(error, Unavailable):
        document = {"error": "unavailable", "message": UNAVAILABLE}
        answer = proxy_answer(error.status_code, document, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        return answer, WARNING, {"outcome": "unavailable", **describe(error)}
    answer = proxy_answer(500, {"error": "internal_error", "message": FAILED})
    return answer, ERROR, {"outcome": "failed", **describe(error)}


def _caller(event: Mapping[str, Any]) -> dict[str, Any]:
    context = event.get("requestContext") or {}
    identity = context.get("identity") or {}
    return {"request_id": context.get("requestId"), "caller": identity.get("userArn")}
