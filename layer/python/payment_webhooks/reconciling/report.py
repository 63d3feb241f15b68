"""Tells what a reconciliation found: a line for each endpoint, and one for the run, which carry the metrics."""

from collections.abc import Sequence
from typing import Final

from payment_webhooks import contract
from payment_webhooks.reconciling.reconciler import EndpointRun
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, LogField, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, SECONDS, metric_fields
from payment_webhooks.timestamps import utc_timestamp

# They ring as deliveries with these outcomes do.
_TOLD_OUTCOMES: Final = (
    contract.STATUS_CONFLICT,
    contract.STATUS_QUARANTINED,
    contract.STATUS_UNEXPECTED,
)


def report(runs: Sequence[EndpointRun], write: Logger = log, **fields: LogField) -> None:
    """The last line of a scheduled run, with `fields`. Where an endpoint's figure is not known it has none, which the
    alarm takes for the worst.
    """
    behind = [run.behind_seconds for run in runs if run.behind_seconds is not None]
    is_known = len(behind) == len(runs)
    worst = {contract.METRIC_RECONCILIATION_BEHIND: (max(behind, default=0.0), SECONDS)}
    failed = sum(run.failure is not None for run in runs)
    write(
        ERROR if failed else INFO,
        "reconciliation",
        endpoints=len(runs),
        failed=failed,
        **fields,
        **(metric_fields(worst) if is_known else {}),
    )


def report_endpoint(run: EndpointRun, write: Logger = log, *, dry_run: bool = False) -> None:
    """What was found of one endpoint; a dry run counts nothing."""
    missed = len(run.compared.missed)
    metrics: dict[str, tuple[float, str]] = {
        contract.METRIC_LISTED: (run.compared.listed, COUNT),
        contract.METRIC_MISSED: (missed, COUNT),
        contract.METRIC_LIST_FAILURES: (int(run.failure is not None), COUNT),
    }
    dimensions = {contract.DIMENSION_ENDPOINT: run.endpoint}
    counted = {} if dry_run else metric_fields(metrics, dimensions)
    write(
        ERROR if run.failure or run.forgotten else WARNING if missed else INFO,
        "events reconciled",
        **{"endpoint": run.endpoint, **counted},
        outcome="interrupted" if run.failure else "complete" if run.next_since is None else "incomplete",
        listed=run.compared.listed,
        missed=missed,
        missed_types=", ".join(f"{name} {number}" for name, number in sorted(run.compared.types.items())),
        fed=run.compared.fed,
        calls=run.calls,
        behind_seconds=run.behind_seconds,
        forgotten_until=None if run.forgotten is None else utc_timestamp(run.forgotten.until),
        **(describe(run.failure) if run.failure else {}),
    )
    for outcome in _TOLD_OUTCOMES:
        number = run.compared.outcomes.get(outcome, 0)
        if number:
            values = {**dimensions, contract.DIMENSION_OUTCOME: outcome}
            line = metric_fields({contract.METRIC_RECEIVED: (number, COUNT)}, values)
            write(WARNING, "fetched events wait for a person", **line)
