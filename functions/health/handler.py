"""GET /health, and the health function's own URL: answers that a function runs. It calls no service."""

from typing import Any

from payment_webhooks.aws.proxy_answer import proxy_answer
from payment_webhooks.telemetry.logs import INFO, WARNING, log, request_id, trace_id


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
        return proxy_answer(405, None, {"Allow": "GET, HEAD"})
    return proxy_answer(200, None if method == "HEAD" else {"status": "ok"})


def _method(event: dict[str, Any]) -> str:
    """The method of a REST proxy event, or of a function URL's (payload format 2.0); GET of a call by hand."""
    context = event.get("requestContext", {})
    return str(event.get("httpMethod") or context.get("http", {}).get("method") or "GET")
