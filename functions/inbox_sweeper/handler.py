"""Every five minutes: what is pending for too long is sent to the processor again."""

import time
from typing import Any

from payment_webhooks.bootstrap.inbox_sweeper import sweeper
from payment_webhooks.processing.sweeper import report
from payment_webhooks.telemetry.logs import invocation_fields


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises what interrupted the run, after the report: the next run goes on, and the failure is counted."""
    started = time.monotonic()
    inbox_sweeper, deadline = sweeper()
    deadline.start_from(context)
    sweep = inbox_sweeper.sweep()
    report(sweep, **invocation_fields(context, started))
    if sweep.failure is not None:
        raise sweep.failure
