"""Each hour: events that providers made and that never came are found and fed. Also as a person asks."""

import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.bootstrap.reconciler import is_on, reconciler
from payment_webhooks.providers.event_list import Window
from payment_webhooks.reconciling.balance import balance_answer
from payment_webhooks.reconciling.reconciler import answer_of, failure_of_ours
from payment_webhooks.reconciling.report import report, report_endpoint
from payment_webhooks.telemetry.logs import invocation_fields


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    """Raises what of ours interrupted a scheduled run, after the report: the next run goes on, and it is counted."""
    started = time.monotonic()
    event_reconciler, deadline = reconciler()
    deadline.start_from(context)
    if contract.RECONCILE_ENDPOINT in event:
        window = Window(event[contract.RECONCILE_SINCE], event[contract.RECONCILE_UNTIL])
        if event.get(contract.RECONCILE_TASK) == contract.TASK_MONEY:
            endpoint, cursor = event[contract.RECONCILE_ENDPOINT], event[contract.RECONCILE_CURSOR]
            return balance_answer(event_reconciler.balance(endpoint, window, cursor))
        dry_run = event[contract.RECONCILE_DRY_RUN]
        asked = event_reconciler.ask(event[contract.RECONCILE_ENDPOINT], window, dry_run=dry_run)
        if asked is not None:
            report_endpoint(asked, dry_run=dry_run)
        return answer_of(asked)
    runs = []
    for run in event_reconciler.run() if is_on() else ():
        report_endpoint(run)
        runs.append(run)
    report(runs, **invocation_fields(context, started))
    failure = failure_of_ours(runs)
    if failure is not None:
        raise failure
    return None
