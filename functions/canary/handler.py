"""Every five minutes: a synthetic webhook goes the whole way, and is told how long it took. Also as a person asks."""

import time
from typing import Any

from payment_webhooks.bootstrap.canary import canary
from payment_webhooks.canary.round import answer_of, report
from payment_webhooks.telemetry.logs import invocation_fields


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises nothing for a round that failed: the alarm tells it, and the next round is the better try."""
    started = time.monotonic()
    webhooks_canary, deadline = canary()
    deadline.start_from(context)
    result = webhooks_canary.round()
    report(result, **invocation_fields(context, started))
    return answer_of(result)
