"""The inbox's stream: a batch of changes in, an audit object for each, and from where to deliver again out."""

import time
from typing import Any

from payment_webhooks import bootstrap
from payment_webhooks.audit import write_batch
from payment_webhooks.logs import (
    ERROR,
    INFO,
    WARNING,
    describe,
    log,
    milliseconds_since,
    request_id,
    trace_id,
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    started = time.monotonic()
    result = write_batch(event["Records"], bootstrap.audit_bucket())
    log(
        ERROR if result.failure else WARNING if result.unreadable else INFO,
        "audit records",
        outcome="interrupted" if result.failure else "written",
        written=result.written,
        guards=result.guards,
        unreadable=result.unreadable,
        request_id=request_id(context),
        trace_id=trace_id(),
        duration_ms=milliseconds_since(started),
        **(describe(result.failure) if result.failure else {}),
    )
    return result.answer
