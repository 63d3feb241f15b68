"""The inbox's stream: a batch of changes in, one audit object out; the first record to deliver again, if any."""

import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.audit.batch import write_batch
from payment_webhooks.bootstrap.audit_logger import audit_bucket
from payment_webhooks.telemetry.logs import invocation_fields
from payment_webhooks.telemetry.stream_report import report_batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    started = time.monotonic()
    batch = write_batch(event["Records"], audit_bucket())
    counts = {
        contract.METRIC_AUDIT_WRITTEN: batch.written,
        contract.METRIC_AUDIT_UNREADABLE: batch.unreadable,
        contract.METRIC_AUDIT_INTERRUPTED: int(batch.failure is not None),
    }
    fields = invocation_fields(context, started)
    report_batch("audit records", "written", batch, counts, guards=batch.guards, **fields)
    return batch.answer
