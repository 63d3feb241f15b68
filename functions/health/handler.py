"""GET /health, and the health function's own URL: that a function answers. It touches nothing and tells nothing
else.
"""

from typing import Any

from payment_webhooks.telemetry.logs import INFO, WARNING, log, request_id, trace_id

HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    method = _method(event)
    allowed = method in ("GET", "HEAD")
    outcome = "ok" if allowed else "method_not_allowed"
    log(
        INFO if allowed else WARNING,
        "health",
        outcome=outcome,
        request_id=request_id(context),
        trace_id=trace_id(),
    )
    if not allowed:
        return _answer(405, "", Allow="GET, HEAD")
    return _answer(200, "" if method == "HEAD" else '{"status":"ok"}')


def _method(event: dict[str, Any]) -> str:
    """Of a REST proxy event, or of a function URL's (payload format 2.0); neither is a call by hand."""
    context = event.get("requestContext", {})
    return str(event.get("httpMethod") or context.get("http", {}).get("method") or "GET")


def _answer(status_code: int, body: str, **headers: str) -> dict[str, Any]:
    return {
        "statusCode": status_code,
        "headers": {**HEADERS, **headers},
        "body": body,
        "isBase64Encoded": False,
    }
