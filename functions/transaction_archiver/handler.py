"""Every quarter of an hour: what is due moves to the archive, as far as the time goes; the next run goes on."""

import time
from typing import Any

from payment_webhooks.archive.report import report
from payment_webhooks.bootstrap import transaction_archiver as bootstrap_archive
from payment_webhooks.telemetry.logs import milliseconds_since, request_id, trace_id

# Kept so that a call that is cut off is still told from one that was never made.
RESERVED_SECONDS = 0.5


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises what interrupted a run, after the reports: the next run goes on, and the failure is counted."""
    started = time.monotonic()
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS
    runs = bootstrap_archive.archive().run(context.aws_request_id, seconds)
    for run in runs:
        report(
            run,
            request_id=request_id(context),
            trace_id=trace_id(),
            duration_ms=milliseconds_since(started),
        )
    failures = [run.failure for run in runs if run.failure is not None]
    if failures:
        raise failures[0]
