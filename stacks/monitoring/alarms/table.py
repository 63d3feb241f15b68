"""Every alarm of the system, as one table. docs/alarms.md is made from it, docs/runbook.md has a heading for each."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import ERROR_PERCENT, HOUR, MINUTE, TROUBLE, UNDER, Alarm, falls_behind, total
from stacks.monitoring.alarms.analytics import analytics_alarms
from stacks.monitoring.alarms.archive import archive_alarms
from stacks.monitoring.alarms.event_bus import event_alarms
from stacks.monitoring.alarms.notifications import delivery_alarms
from stacks.monitoring.alarms.processing import workflow_alarms
from stacks.monitoring.alarms.transaction_api import transaction_api_alarms
from stacks.monitoring.alarms.webhook_api import edge_alarms
from stacks.names import IN_TEMPLATE
from stacks.parameters import table as parameters
from stacks.webhook_endpoints import ENDPOINTS


def _dead_letters() -> Iterator[Alarm]:
    queues = {
        "processing-dlq": (IN_TEMPLATE.processing_dlq, "A webhook could not be applied to the ledger."),
        "pipe-dlq": (IN_TEMPLATE.pipe_dlq, "The pipe could not hand webhooks to the processor."),
        "events-dlq": (IN_TEMPLATE.events_dlq, "A rule could not deliver a Payment Processed event."),
        "notification-dlq": (IN_TEMPLATE.notification_dlq, "A notification could not be sent."),
        "schedules-dlq": (IN_TEMPLATE.schedules_dlq, "A scheduled run could not begin, or failed."),
    }
    for name, (queue, meaning) in queues.items():
        yield Alarm(name, meaning, (measured.queue(queue),), 0, "messages", period_seconds=MINUTE)


def _functions() -> Iterator[Alarm]:
    for folder in function_catalogue.FUNCTIONS:
        name = folder.replace("_", "-")
        yield Alarm(
            f"{name}-errors",
            f"The function {folder} fails.",
            (measured.function(folder, "Errors"), measured.function(folder, "Invocations")),
            ERROR_PERCENT,
            "% of invocations",
            expression="100 * m0 / m1",
        )
        throttles = measured.function(folder, "Throttles")
        meaning = f"More calls of {folder} at once than its reserved concurrency."
        yield Alarm(f"{name}-throttles", meaning, (throttles,), 0, "throttles")


def _tables() -> Iterator[Alarm]:
    purposes = {
        "inbox": IN_TEMPLATE.inbox_table,
        "transactions": IN_TEMPLATE.transactions_table,
        "notifications": IN_TEMPLATE.notifications_table,
        "analytics": IN_TEMPLATE.analytics_table,
    }
    for purpose, name in purposes.items():
        throttles, errors = measured.table_throttles(name), measured.table_errors(name)
        yield Alarm(
            f"{purpose}-table-throttles",
            f"DynamoDB puts off reads or writes of the table {purpose} or of its indexes.",
            throttles,
            0,
            "requests",
            expression=total(throttles),
            periods=3,
            datapoints=2,
        )
        yield Alarm(
            f"{purpose}-table-errors",
            f"DynamoDB itself fails on the table {purpose}.",
            errors,
            0,
            "requests",
            expression=total(errors),
        )


def _flow() -> Iterator[Alarm]:
    failures = (measured.pipe("ExecutionFailed"), measured.pipe("ExecutionTimeout"))
    yield Alarm(
        "pipe-failures",
        "The pipe from the inbox to the processor fails.",
        failures,
        0,
        "executions",
        expression=total(failures),
        periods=3,
        datapoints=2,
    )
    yield Alarm(
        "oldest-pending",
        "Webhooks that were answered 200 are not applied, although the sweeper sends them again after 10 minutes; "
        "or the sweeper does not run.",
        (measured.ours(contract.METRIC_OLDEST_PENDING, "Maximum"),),
        20 * MINUTE,
        "seconds",
        periods=3,
        datapoints=3,
        missing=TROUBLE,
    )
    for name, value, meaning in (
        ("conflicts", contract.STATUS_CONFLICT, "A known event came with another body; a person decides."),
        ("quarantined", contract.STATUS_QUARANTINED, "An authentic webhook can't be read; a person decides."),
    ):
        both = tuple(
            measured.outcome(metric, value)
            for metric in (contract.METRIC_RECEIVED, contract.METRIC_PROCESSED)
        )
        yield Alarm(name, meaning, both, 0, "webhooks", expression=total(both))


def _audit() -> Iterator[Alarm]:
    age = measured.function(function_catalogue.AUDIT_LOGGER.folder, "IteratorAge", "Maximum")
    yield falls_behind("audit-logger-iterator-age", "The audit trail falls behind", age)
    yield Alarm(
        "audit-logger-interruptions",
        "Audit records can't be written; after ten tries they go to the failures bucket.",
        (measured.ours(contract.METRIC_AUDIT_INTERRUPTED),),
        0,
        "batches",
        periods=3,
        datapoints=2,
    )
    unreadable = (measured.ours(contract.METRIC_AUDIT_UNREADABLE),)
    yield Alarm(
        "audit-records-unreadable", "Changes of the inbox are not understood.", unreadable, 0, "records"
    )


def _configuration() -> Iterator[Alarm]:
    refused = (measured.ours(contract.METRIC_CONFIGURATION_REFUSED),)
    meaning = (
        "The configuration parameter holds something that can't be used; the last good one stays in use."
    )
    yield Alarm("configuration-refused", meaning, refused, 0, "readings")


def _secrets() -> Iterator[Alarm]:
    age = measured.ours(contract.METRIC_SECRET_AGE, "Maximum")
    yield Alarm(
        "secret-age",
        "Secrets can't be fetched; after six hours webhooks are answered 503.",
        (age,),
        HOUR,
        "seconds",
    )


def _silence() -> Iterator[Alarm]:
    for endpoint in ENDPOINTS:
        verified = measured.ours(contract.METRIC_VERIFIED, **{contract.DIMENSION_ENDPOINT: endpoint.name})
        yield Alarm(
            f"silent-{endpoint.name}",
            f"No authentic webhook came to the endpoint {endpoint.name} for SilenceHours.",
            (verified,),
            1,
            "webhooks",
            expression="FILL(m0, 0)",
            comparison=UNDER,
            period_seconds=HOUR,
            missing=TROUBLE,
            hours=parameters.SILENCE_HOURS,
        )


ALARMS: Final[tuple[Alarm, ...]] = (
    *_dead_letters(),
    *_functions(),
    *edge_alarms(),
    *delivery_alarms(),
    *transaction_api_alarms(),
    *_tables(),
    *_flow(),
    *event_alarms(),
    *workflow_alarms(),
    *_audit(),
    *analytics_alarms(),
    *archive_alarms(),
    *_configuration(),
    *_secrets(),
    *_silence(),
)
