"""GET /health: that the API and a function answer. It touches nothing and tells nothing else."""

from typing import Any

from payment_webhooks.logs import INFO, log, request_id, trace_id


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    log(INFO, "health", outcome="ok", request_id=request_id(context), trace_id=trace_id())
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": '{"status":"ok"}',
        "isBase64Encoded": False,
    }
