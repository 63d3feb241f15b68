"""Alarms of the archive: that it runs, and that it keeps up."""

from collections.abc import Iterator
from typing import Final

from payment_webhooks import contract
from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import HOUR, TROUBLE, Alarm

ARCHIVES: Final = (contract.ARCHIVE_TRANSACTIONS, contract.ARCHIVE_WEBHOOKS)
MOST_DAYS_BEHIND: Final = 2


def archive_alarms() -> Iterator[Alarm]:
    for archive in ARCHIVES:
        behind = measured.ours(
            contract.METRIC_ARCHIVE_BEHIND, "Maximum", **{contract.DIMENSION_ARCHIVE: archive}
        )
        yield Alarm(
            f"archive-{archive}-behind",
            f"Days of {archive} that are due are not archived, or the archiver does not run.",
            (behind,),
            MOST_DAYS_BEHIND,
            "days",
            period_seconds=HOUR,
            periods=6,
            datapoints=6,
            missing=TROUBLE,
        )
