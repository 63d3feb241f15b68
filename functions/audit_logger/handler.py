"""The inbox's stream: a batch of changes in, an audit object for each, and from where to deliver again out."""

import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.audit.batch import write_batch
from payment_webhooks.bootstrap.audit_logger import audit_bucket
from payment_webhooks.telemetry.logs import (
    ERROR,
    INFO,
    WARNING,
    describe,
    log,
    milliseconds_since,
    request_id,
    trace_id,
)
from payment_webhooks.telemetry.metrics import COUNT, metric_fields


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    started = time.monotonic()
    result = write_batch(event["Records"], audit_bucket())
    log(
        ERROR if result.failure else WARNING if result.unreadable else INFO,
        "audit records",
        outcome="interrupted" if result.failure else "written",
        guards=result.guards,
        request_id=request_id(context),
        trace_id=trace_id(),
        duration_ms=milliseconds_since(started),
        **(describe(result.failure) if result.failure else {}),
        **metric_fields(
            {
                contract.METRIC_AUDIT_WRITTEN: (result.written, COUNT),
                contract.METRIC_AUDIT_UNREADABLE: (result.unreadable, COUNT),
                contract.METRIC_AUDIT_INTERRUPTED: (int(result.failure is not None), COUNT),
            }
        ),
    )
    return result.answer
