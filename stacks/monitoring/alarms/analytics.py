"""Alarms of analytics: behind, interrupted, or with records that it does not understand."""

from collections.abc import Iterator

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import Alarm, falls_behind


def analytics_alarms() -> Iterator[Alarm]:
    age = measured.function(function_catalogue.ANALYTICS_PROCESSOR.folder, "IteratorAge", "Maximum")
    yield falls_behind("analytics-processor-iterator-age", "Analytics fall behind", age)
    yield Alarm(
        "analytics-interruptions",
        "Transitions can't be counted; after ten tries they go to the failures bucket.",
        (measured.ours(contract.METRIC_ANALYTICS_INTERRUPTED),),
        0,
        "batches",
        periods=3,
        datapoints=2,
    )
    yield Alarm(
        "analytics-records-unreadable",
        "Transitions are not understood, and so not counted; they are kept in the failures bucket.",
        (measured.ours(contract.METRIC_ANALYTICS_UNREADABLE),),
        0,
        "records",
    )
