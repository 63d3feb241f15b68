"""The ledger's stream: a batch of changes in, its transitions counted, and from where to deliver again out."""

import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.analytics.stream_batch import count_batch
from payment_webhooks.bootstrap.analytics_processor import analytics
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


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    started = time.monotonic()
    parts = analytics()
    parts.deadline.start_from(context)
    result = count_batch(event["Records"], parts.table, parts.keep)
    log(
        ERROR if result.failure else WARNING if result.unreadable else INFO,
        "transitions counted",
        outcome="interrupted" if result.failure else "counted",
        others=result.others,
        request_id=request_id(context),
        trace_id=trace_id(),
        duration_ms=milliseconds_since(started),
        **(describe(result.failure) if result.failure else {}),
        **metric_fields(
            {
                contract.METRIC_ANALYTICS_COUNTED: (result.counted, COUNT),
                contract.METRIC_ANALYTICS_DUPLICATES: (result.duplicates, COUNT),
                contract.METRIC_ANALYTICS_UNREADABLE: (result.unreadable, COUNT),
                contract.METRIC_ANALYTICS_INTERRUPTED: (int(result.failure is not None), COUNT),
            }
        ),
    )
    return result.answer
