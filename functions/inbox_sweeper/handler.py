"""Every five minutes: what is pending for too long is sent to the processor again."""

import time
from typing import Any

from payment_webhooks.bootstrap import webhook_receiver as bootstrap
from payment_webhooks.processing.sweeper import report
from payment_webhooks.telemetry.logs import milliseconds_since, request_id, trace_id

# Kept so that a call that is cut off is still told from one that was never made.
RESERVED_SECONDS = 0.5


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises what interrupted it, after the report: the next run goes on, and the failure is counted."""
    started = time.monotonic()
    sweeper, deadline = bootstrap.sweeper()
    deadline.start(context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    sweep = sweeper.sweep()
    report(
        sweep,
        request_id=request_id(context),
        trace_id=trace_id(),
        duration_ms=milliseconds_since(started),
    )
    if sweep.failure is not None:
        raise sweep.failure
