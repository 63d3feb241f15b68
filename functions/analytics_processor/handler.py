"""Counts the effects of a batch of the ledger's stream; returns the first record to deliver again."""

import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.analytics.stream_batch import count_batch
from payment_webhooks.bootstrap.analytics_processor import analytics
from payment_webhooks.telemetry.logs import invocation_fields
from payment_webhooks.telemetry.stream_report import report_batch


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    started = time.monotonic()
    parts = analytics()
    parts.deadline.start_from(context)
    batch = count_batch(event["Records"], parts.table, parts.keep)
    counts = {
        contract.METRIC_ANALYTICS_COUNTED: batch.counted,
        contract.METRIC_ANALYTICS_DUPLICATES: batch.duplicates,
        contract.METRIC_ANALYTICS_UNREADABLE: batch.unreadable,
        contract.METRIC_ANALYTICS_INTERRUPTED: int(batch.failure is not None),
    }
    fields = invocation_fields(context, started)
    report_batch("effects counted", "counted", batch, counts, others=batch.others, **fields)
    return batch.answer
