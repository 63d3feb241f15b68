"""What the sender is told, and the one log line about it.

200 only after the webhook is stored. 4xx for what is not authentic, 503 for an outage (every provider sends
again), 500 for a fault of ours; none of them says more than a reason code.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from payment_webhooks import contract
from payment_webhooks.errors import Rejected, Unavailable
from payment_webhooks.logs import ERROR, INFO, WARNING, Logger, describe, log, milliseconds_since
from payment_webhooks.metrics import COUNT, metric_fields
from payment_webhooks.receiver import Receipt
from payment_webhooks.request import WebhookRequest, from_api_gateway

RETRY_AFTER_SECONDS = 30
MESSAGES = {
    400: "The request is not a webhook in the form that this endpoint expects.",
    401: "The signature is not valid for this endpoint.",
    404: "There is no such endpoint.",
    413: "The body is too large.",
    500: "Something went wrong here. Please send it again.",
    503: "This can't be accepted right now. Please send it again.",
}

Answer = dict[str, Any]


def handle(
    event: object,
    receive: Callable[[WebhookRequest], Receipt],
    write: Logger = log,
    *,
    keyed_endpoint: str = "",
) -> Answer:
    """One proxy event in, one proxy answer out, one log line. Never raises an Exception.

    `keyed_endpoint` is the endpoint that `/webhook`, the path with an API key, stands for.
    """
    started = time.monotonic()
    request: WebhookRequest | None = None
    try:
        request = from_api_gateway(event, keyed_endpoint)
        receipt = receive(request)
        answer, level, fields = _answer_receipt(receipt)
    except Rejected as error:
        answer, level = answer_error(error.status_code, error.reason), WARNING
        fields = {"outcome": "rejected", "reason": error.reason}
    except Unavailable as error:
        answer, level = answer_error(Unavailable.status_code, "unavailable"), ERROR
        fields = {"outcome": "unavailable", **describe(error)}
    except Exception as error:
        answer, level = answer_error(500, "internal_error"), ERROR
        fields = {"outcome": "failed", **describe(error)}
    write(
        level,
        "webhook request",
        **{**_request_fields(request), **fields},
        status_code=answer["statusCode"],
        duration_ms=milliseconds_since(started),
    )
    return answer


def answer_json(status_code: int, document: dict[str, str]) -> Answer:
    return {
        "statusCode": status_code,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(document, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def answer_error(status_code: int, reason: str) -> Answer:
    answer = answer_json(status_code, {"error": reason, "message": MESSAGES[status_code]})
    if status_code == Unavailable.status_code:
        answer["headers"]["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _answer_receipt(receipt: Receipt) -> tuple[Answer, str, dict[str, Any]]:
    answer = answer_json(200, {"status": receipt.outcome, "webhook_id": receipt.webhook_id})
    fields = {
        "outcome": receipt.outcome,
        "reason": receipt.webhook.status_reason,
        "webhook_id": receipt.webhook_id,
        "event_type": receipt.webhook.event_type,
        "provider": receipt.webhook.scheme,
        **{f"masked_{kind}": count for kind, count in receipt.masked.items()},
        **_verified_by(receipt),
    }
    return answer, WARNING if receipt.outcome in ("conflict", "quarantined") else INFO, fields


def _verified_by(receipt: Receipt) -> dict[str, Any]:
    """A metric of every authentic webhook, redeliveries too: a key that no longer has any may be retired."""
    return metric_fields(
        {contract.METRIC_VERIFIED: (1, COUNT)},
        {
            contract.DIMENSION_ENDPOINT: receipt.webhook.endpoint,
            contract.DIMENSION_KEY: receipt.verified_by,
        },
    )


def _request_fields(request: WebhookRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    return {
        "endpoint": request.endpoint[:64],  # of an unknown endpoint it is whatever the caller wrote
        "request_id": request.request_id or None,
        "trace_id": request.trace_id or None,
        "source_ip": request.source_ip or None,
        "size_bytes": len(request.body),
    }
