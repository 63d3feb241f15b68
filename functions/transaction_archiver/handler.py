"""Every quarter of an hour: what is due moves to the archive, as far as the time goes; the next run goes on."""

import time
from typing import Any

from payment_webhooks.archive.archiver import report
from payment_webhooks.bootstrap.transaction_archiver import archive
from payment_webhooks.deadline import usable_seconds
from payment_webhooks.telemetry.logs import invocation_fields


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises what interrupted a run, after the reports: the next run goes on, and the failure is counted."""
    started = time.monotonic()
    runs = archive().run(context.aws_request_id, usable_seconds(context))
    for run in runs:
        report(run, **invocation_fields(context, started))
    failures = [run.failure for run in runs if run.failure is not None]
    if failures:
        raise failures[0]
