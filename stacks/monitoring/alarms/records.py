"""Alarms of what is recorded of webhooks and transactions: audit trail, analytics, archive; and of what never came."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from stacks.function_catalogue import ANALYTICS_PROCESSOR, AUDIT_LOGGER, FunctionSettings
from stacks.monitoring import metrics
from stacks.monitoring.alarm import HOUR, MINUTE, TROUBLE, Alarm
from stacks.webhook_endpoints import LISTED_ENDPOINTS

ARCHIVES: Final = (contract.ARCHIVE_TRANSACTIONS, contract.ARCHIVE_WEBHOOKS)
MOST_DAYS_BEHIND: Final = 2
MOST_ERASED_AN_HOUR: Final = 100  # more than most people have webhooks
MOST_HOURS_UNRECONCILED: Final = 6  # of the 28 days or more that providers list


def record_alarms() -> Iterator[Alarm]:
    yield from _audit()
    yield from _analytics()
    yield from _archives()
    yield from _reconciliation()


def _audit() -> Iterator[Alarm]:
    yield _falls_behind(AUDIT_LOGGER, "The audit trail falls behind")
    yield _interruptions(
        "audit-logger-interruptions", "Audit records can't be written", contract.METRIC_AUDIT_INTERRUPTED
    )
    yield Alarm(
        "audit-records-unreadable",
        "Changes of inbox or ledger are not understood.",
        (metrics.own_metric(contract.METRIC_AUDIT_UNREADABLE),),
        0,
        "records",
    )
    yield Alarm(
        "ledger-tampering",
        "A row or head of the ledger or a webhook of the inbox was changed or removed, as no function does.",
        (metrics.own_metric(contract.METRIC_LEDGER_TAMPERED),),
        0,
        "changes",
    )
    yield Alarm(
        "mass-erasure",
        "More webhooks were erased within an hour than one person has.",
        (metrics.own_metric(contract.METRIC_ERASED),),
        MOST_ERASED_AN_HOUR,
        "webhooks",
        period_seconds=HOUR,
    )
    yield Alarm(
        "audit-digest-behind",
        "An hour of the audit trail that ended long ago has no signed digest, or the audit digest does not run.",
        (metrics.own_metric(contract.METRIC_DIGEST_BEHIND, "Maximum"),),
        0,
        "hours",
        period_seconds=HOUR,
        periods=2,
        datapoints=2,
        missing=TROUBLE,
    )
    yield Alarm(
        "audit-tampering",
        "An object of the audit bucket was deleted or replaced, or a copy of a digest forged, which no function does.",
        (metrics.own_metric(contract.METRIC_AUDIT_TAMPERED),),
        0,
        "objects",
    )


def _analytics() -> Iterator[Alarm]:
    yield _falls_behind(ANALYTICS_PROCESSOR, "Analytics fall behind")
    yield _interruptions(
        "analytics-interruptions",
        "Effects of webhooks can't be counted",
        contract.METRIC_ANALYTICS_INTERRUPTED,
    )
    yield Alarm(
        "analytics-records-unreadable",
        "Effects of webhooks are not understood, and so not counted; they are kept in the failures bucket.",
        (metrics.own_metric(contract.METRIC_ANALYTICS_UNREADABLE),),
        0,
        "records",
    )


def _archives() -> Iterator[Alarm]:
    for archive in ARCHIVES:
        dimension = {contract.DIMENSION_ARCHIVE: archive}
        yield Alarm(
            f"archive-{archive}-behind",
            f"Days of {archive} that are due are not archived, or the archiver does not run.",
            (metrics.own_metric(contract.METRIC_ARCHIVE_BEHIND, "Maximum", **dimension),),
            MOST_DAYS_BEHIND,
            "days",
            period_seconds=HOUR,
            periods=6,
            datapoints=6,
            missing=TROUBLE,
        )


def _reconciliation() -> Iterator[Alarm]:
    for endpoint in LISTED_ENDPOINTS:
        dimension = {contract.DIMENSION_ENDPOINT: endpoint.name}
        yield Alarm(
            f"missed-{endpoint.name}",
            f"Events of {endpoint.name} that its provider made had not come; they were fetched and fed.",
            (metrics.own_metric(contract.METRIC_MISSED, **dimension),),
            0,
            "events",
        )
    yield Alarm(
        "reconciliation-behind",
        "A provider's list of events was not read for hours, or the reconciler does not run: nobody looks for webhooks "
        "that never came.",
        (metrics.own_metric(contract.METRIC_RECONCILIATION_BEHIND, "Maximum"),),
        MOST_HOURS_UNRECONCILED * HOUR,
        "seconds",
        period_seconds=HOUR,
        periods=3,
        datapoints=3,
        missing=TROUBLE,
    )


def _falls_behind(function: FunctionSettings, meaning: str) -> Alarm:
    """Of a function that reads a stream: ten minutes behind, of the 24 hours that a stream keeps."""
    return Alarm(
        f"{function.folder.replace('_', '-')}-iterator-age",
        f"{meaning}; the stream forgets after 24 hours.",
        (metrics.function(function.folder, "IteratorAge", "Maximum"),),
        10 * MINUTE * 1000,
        "ms",
    )


def _interruptions(name: str, meaning: str, metric: str) -> Alarm:
    return Alarm(
        name,
        f"{meaning}; after ten tries they go to the failures bucket.",
        (metrics.own_metric(metric),),
        0,
        "batches",
        periods=3,
        datapoints=2,
    )
