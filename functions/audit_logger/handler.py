"""The streams of inbox and ledger: a batch of changes in, one audit object out; the first record to deliver again."""

import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.audit.batch import TAMPERING, write_batch
from payment_webhooks.bootstrap.audit_logger import audit
from payment_webhooks.telemetry.logs import ERROR, invocation_fields, log
from payment_webhooks.telemetry.stream_report import report_batch

_TOLD = (
    TAMPERING,
    "change",
    "changed_at",
    "changed_by",
    "transaction_id",
    "entry",
    "webhook_id",
    "webhook_timestamp",
    "stream_event_id",
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    started = time.monotonic()
    parts = audit()
    parts.deadline.start_from(context)
    batch = write_batch(event["Records"], parts.bucket, parts.watch)
    for record in batch.tampered:
        log(
            ERROR,
            "ledger or inbox tampered with",
            outcome="tampered",
            **{name: record.get(name) for name in _TOLD},
        )
    counts = {
        contract.METRIC_AUDIT_WRITTEN: batch.written,
        contract.METRIC_AUDIT_UNREADABLE: batch.unreadable,
        contract.METRIC_AUDIT_INTERRUPTED: int(batch.failure is not None),
        contract.METRIC_LEDGER_TAMPERED: len(batch.tampered),
        contract.METRIC_ERASED: batch.erased,
    }
    fields = invocation_fields(context, started)
    report_batch("audit records", "written", batch, counts, guards=batch.guards, **fields)
    return batch.answer
