"""What a run of the archiver says of itself: one line for each archive, with its metrics."""

from payment_webhooks import contract
from payment_webhooks.archive.archiver import Run
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, metric_fields


def report(run: Run, write: Logger = log, **fields: str | float | None) -> None:
    """A run that found another at work has nothing to count, so it writes no metric."""
    metrics = {
        contract.METRIC_ARCHIVED: (float(run.archived), COUNT),
        contract.METRIC_ARCHIVE_BEHIND: (float(run.behind_days), COUNT),
    }
    counted = (
        {} if run.outcome == "busy" else metric_fields(metrics, {contract.DIMENSION_ARCHIVE: run.archive})
    )
    level = ERROR if run.failure else INFO if run.outcome == "complete" else WARNING
    write(
        level,
        "archive run",
        **{contract.DIMENSION_OUTCOME: run.outcome, contract.DIMENSION_ARCHIVE: run.archive},
        parts=run.parts,
        looked_at=run.looked_at,
        **fields,
        **(describe(run.failure) if run.failure else {}),
        **{name: value for name, value in counted.items() if name != contract.DIMENSION_ARCHIVE},
    )
