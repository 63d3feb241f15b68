"""Answers the sender of a webhook, and writes the one log line about the request.

200 only after the webhook is stored. 4xx for what is not authentic, 404 also for an endpoint that has no key, 503 for
an outage (every provider sends again), 500 for a fault of ours; none of them says more than a reason code.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.proxy_answer import Answer, proxy_answer
from payment_webhooks.endpoints.endpoint import NAME_PATTERN
from payment_webhooks.errors import Rejected, Unavailable, UnknownEndpoint, WebhookError
from payment_webhooks.masking.mask import mask
from payment_webhooks.receiving.receiver import NOT_CONFIGURED, Receipt
from payment_webhooks.receiving.request import WebhookRequest, from_api_gateway
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, Logger, describe, log, milliseconds_since
from payment_webhooks.telemetry.metrics import COUNT, SECONDS, metric_fields

RETRY_AFTER_SECONDS = 30
REJECTED = "rejected"
NO_CERTIFICATE = "certificate_unavailable"
MESSAGES = {
    400: "The request is not a webhook in the form that this endpoint expects.",
    401: "The signature is not valid for this endpoint.",
    404: "There is no such endpoint.",
    413: "The body is too large.",
    500: "Something went wrong here. Please send it again.",
    503: "This can't be accepted right now. Please send it again.",
}


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
        answer, level, fields = _of_receipt(receive(request))
    except Exception as error:
        answer, level, fields = _of_error(error)
        endpoint = _known_endpoint(request, error)
    else:
        endpoint = request.endpoint
    write(
        level,
        "webhook request",
        **_request_fields(request, endpoint),
        **fields,
        **_metrics(endpoint, fields),
        status_code=answer["statusCode"],
        duration_ms=milliseconds_since(started),
    )
    return answer


def answer_error(status_code: int, reason: str) -> Answer:
    """The answer to a sender for an error; `reason` is a stable code."""
    document = {"error": reason, "message": MESSAGES[status_code]}
    is_outage = status_code == Unavailable.status_code or reason == NOT_CONFIGURED
    return proxy_answer(
        status_code, document, {"Retry-After": str(RETRY_AFTER_SECONDS)} if is_outage else None
    )


def _of_receipt(receipt: Receipt) -> tuple[Answer, str, dict[str, Any]]:
    document = {"status": receipt.outcome, "webhook_id": receipt.webhook_id}
    if receipt.outcome == receipt.webhook.status:  # the provider's dashboard shows why it is in no ledger
        document["reason"] = str(receipt.webhook.status_reason)
    answer = proxy_answer(200, document)
    if receipt.acknowledgement is not None:
        answer["headers"]["Content-Type"], answer["body"] = receipt.acknowledgement
    fields = {
        "outcome": receipt.outcome,
        "reason": receipt.webhook.status_reason,
        "webhook_id": receipt.webhook_id,
        "event_type": receipt.webhook.event_type,
        "provider": receipt.webhook.provider,
        "verified_by": receipt.verified_by,
        "secret_age_seconds": receipt.secret_age_seconds,
        "key_age_days": receipt.key_age_days,
        "trusts_others": receipt.trusts_others or None,
        **{f"masked_{kind}": count for kind, count in receipt.masked.items()},
        "masked": sum(receipt.masked.values()) or None,
    }
    return answer, WARNING if receipt.outcome in ("conflict", "quarantined", "unexpected") else INFO, fields


def _of_error(error: Exception) -> tuple[Answer, str, dict[str, Any]]:
    if isinstance(error, Rejected):
        fields: dict[str, Any] = {"outcome": REJECTED, "reason": error.reason}
        return answer_error(error.status_code, error.reason), WARNING, fields
    if isinstance(error, Unavailable):
        fields = {"outcome": "unavailable", **describe(error)}
        return answer_error(Unavailable.status_code, "unavailable"), ERROR, fields
    return answer_error(500, "internal_error"), ERROR, {"outcome": "failed", **describe(error)}


def _known_endpoint(request: WebhookRequest | None, error: Exception) -> str:
    """The endpoint, if it is a configured one: the receiver looks it up before it raises our own errors."""
    is_known = isinstance(error, WebhookError) and not isinstance(error, UnknownEndpoint)
    return request.endpoint if request is not None and is_known else contract.UNKNOWN_ENDPOINT


def _request_fields(request: WebhookRequest | None, endpoint: str) -> dict[str, Any]:
    """`endpoint` is the one that is known; what else was asked for is whatever the caller wrote."""
    if request is None:
        return {"endpoint": endpoint}
    return {
        "endpoint": endpoint,
        **_requested(request.endpoint, endpoint),
        "request_id": request.request_id or None,
        "trace_id": request.trace_id or None,
        "source_ip": request.source_ip or None,
        "size_bytes": len(request.body),
    }


def _requested(name: str, endpoint: str) -> dict[str, Any]:
    """The endpoint that was asked for, if it is another one, and only if it could be one: anyone can write there."""
    if name == endpoint:
        return {}
    if re.fullmatch(NAME_PATTERN, name) and not mask(name.encode(), spare_ids=False).counts:
        return {"requested_endpoint": name}
    return {"requested_endpoint_characters": len(name)}


def _metrics(endpoint: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What the line counts. A redelivery counts, too: a key may be retired once it verifies nothing any more."""
    metrics: dict[str, tuple[float, str]] = {contract.METRIC_RECEIVED: (1, COUNT)}
    if fields["outcome"] == REJECTED:
        metrics[contract.METRIC_REFUSED] = (1, COUNT)
    if fields.get("reason") == NO_CERTIFICATE:
        metrics[contract.METRIC_NO_CERTIFICATE] = (1, COUNT)
    if "verified_by" in fields:
        metrics[contract.METRIC_VERIFIED] = (1, COUNT)
    if fields.get("masked"):
        metrics[contract.METRIC_MASKED] = (fields["masked"], COUNT)
    if fields.get("trusts_others"):
        metrics[contract.METRIC_TRUSTING] = (1, COUNT)
    if fields.get("key_age_days") is not None:
        metrics[contract.METRIC_KEY_AGE] = (fields["key_age_days"], COUNT)
    if fields.get("secret_age_seconds"):
        metrics[contract.METRIC_SECRET_AGE] = (fields["secret_age_seconds"], SECONDS)
    found = metric_fields(metrics, {**fields, contract.DIMENSION_ENDPOINT: endpoint})
    return {name: value for name, value in found.items() if name not in fields and name != "endpoint"}
