"""Every quarter of an hour: the digest of each hour of the audit bucket that has ended and has none."""

import time
from typing import Any

from payment_webhooks.audit.digester import report
from payment_webhooks.bootstrap.audit_digest import digester
from payment_webhooks.telemetry.logs import invocation_fields


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises what interrupted the run, after the report: the next run goes on, and the failure is counted."""
    started = time.monotonic()
    audit_digester, deadline = digester()
    deadline.start_from(context)
    run = audit_digester.run()
    report(run, **invocation_fields(context, started))
    if run.failure is not None:
        raise run.failure
