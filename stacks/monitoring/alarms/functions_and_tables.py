"""Alarms of every function and every table alike, and of scheduled runs."""

from collections.abc import Iterator
from typing import Final

from stacks.function_catalogue import ANALYTICS_PROCESSOR, AUDIT_LOGGER, CANARY, FUNCTIONS
from stacks.monitoring import metrics
from stacks.monitoring.alarm import ERROR_PERCENT, HOUR, MINUTE, Alarm, dead_letters, total
from stacks.names import IN_TEMPLATE
from stacks.parameters.features import CANARY_ON

# Table name by the word for it in names and texts of alarms.
TABLES: Final = {
    "inbox": IN_TEMPLATE.inbox_table,
    "transactions": IN_TEMPLATE.transactions_table,
    "notifications": IN_TEMPLATE.notifications_table,
    "analytics": IN_TEMPLATE.analytics_table,
}
# A stream has as many readers as shards and parallel batches, whatever the concurrency. What
# is throttled is read again and uses up no attempt: those are counted "when the function returns an error" (Lambda,
# MaximumRetryAttempts). Their iterator age says when they fall behind.
STREAM_READERS: Final = (AUDIT_LOGGER.folder, ANALYTICS_PROCESSOR.folder)


def function_and_table_alarms() -> Iterator[Alarm]:
    for folder in FUNCTIONS:
        yield from _function_alarms(folder)
    yield dead_letters(
        "schedules-dlq",
        "A scheduled run could not begin, or failed.",
        metrics.queue(IN_TEMPLATE.schedules_dlq),
    )
    for purpose, name in TABLES.items():
        yield from _table_alarms(purpose, name)


def _function_alarms(folder: str) -> Iterator[Alarm]:
    name = folder.replace("_", "-")
    # An error counts at the time of the call (O9003): the period must still be looked at when a long run ends.
    is_long = FUNCTIONS[folder].timeout_seconds > 5 * MINUTE
    only_with = CANARY_ON if folder == CANARY.folder else None
    yield Alarm(
        f"{name}-errors",
        f"The function {folder} fails.",
        (metrics.function(folder, "Errors"), metrics.function(folder, "Invocations")),
        ERROR_PERCENT,
        "% of invocations",
        expression="100 * m0 / m1",
        period_seconds=HOUR if is_long else 5 * MINUTE,
        only_with=only_with,
    )
    if folder in STREAM_READERS:
        return
    throttles = metrics.function(folder, "Throttles")
    meaning = f"More calls of {folder} at once than it may have."
    yield Alarm(f"{name}-throttles", meaning, (throttles,), 0, "throttles", only_with=only_with)


def _table_alarms(purpose: str, name: str) -> Iterator[Alarm]:
    # An alarm each: CloudWatch takes ten metrics in an expression, so a table may have nine indexes.
    for kind in ("Read", "Write"):
        throttles = metrics.table_throttles(name, kind)
        yield Alarm(
            f"{purpose}-table-{kind.lower()}-throttles",
            f"DynamoDB puts off {kind.lower()}s of the table {purpose} or of its indexes.",
            throttles,
            0,
            "requests",
            expression=total(throttles),
            periods=3,
            datapoints=2,
        )
    errors = metrics.table_errors(name)
    yield Alarm(
        f"{purpose}-table-errors",
        f"DynamoDB itself fails on the table {purpose}.",
        errors,
        0,
        "requests",
        expression=total(errors),
    )
