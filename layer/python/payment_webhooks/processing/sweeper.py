"""Sends webhooks that are pending for too long to the processor again: the net under the inbox's stream.

A pipe's failure record has no payload, and a stream forgets after a day; the row itself says that it is
pending until the processor is done with it. So every webhook that was answered 200 is found here, whatever was
lost on its way. One that is sent twice does no harm: the processor finds that it is done.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from payment_webhooks import contract
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.pending_index import PendingIndex, PendingRow
from payment_webhooks.processing.messages import BATCH_SIZE, ProcessingQueue
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, LogField, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, SECONDS, metric_fields
from payment_webhooks.timestamps import utc_timestamp

SWEEP_AFTER_SECONDS = 600
# A run fills the queue up to this, so that repeated runs never pile up what the processor can't keep up with.
MOST_QUEUED = 20_000
# Kept for the report, and for the call that is under way.
RESERVED_SECONDS = 5.0


class Sweep(NamedTuple):
    """`oldest_seconds` is 0 when nothing is pending. `pending` counts all rows, `overdue` those that had to be
    sent again; `complete`: the whole index was read, and every overdue row was sent before the deadline. `failure`
    ended the run.
    """

    oldest_seconds: float
    pending: int
    overdue: int
    swept: int
    complete: bool
    failure: Unavailable | None = None


def overdue_rows(rows: Sequence[PendingRow], now_seconds: float) -> list[PendingRow]:
    """Those that are pending for longer than SWEEP_AFTER_SECONDS, oldest first."""
    until = utc_timestamp(now_seconds - SWEEP_AFTER_SECONDS)
    return sorted(row for row in rows if row.pending_since < until)


def chosen(overdue: Sequence[PendingRow], room: int) -> list[PendingRow]:
    """As many as there is room for: all, or the oldest, and as many picked from the others. So what fails at each
    attempt for hours, as while a provider is out, keeps nobody else waiting for good.
    """
    if len(overdue) <= room:
        return list(overdue)
    picked = room // 2
    return [*overdue[: room - picked], *random.sample(overdue[room - picked :], picked)]


def oldest_age_seconds(rows: Sequence[PendingRow], now_seconds: float) -> float:
    """0 when nothing is pending; never negative, whichever clock was ahead."""
    if not rows:
        return 0.0
    since = datetime.fromisoformat(min(row.pending_since for row in rows))
    return max(0.0, round(now_seconds - since.timestamp(), 3))


class Sweeper:
    """`clock` gives Unix seconds."""

    def __init__(
        self,
        index: PendingIndex,
        queue: ProcessingQueue,
        deadline: Deadline,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._index = index
        self._queue = queue
        self._deadline = deadline
        self._clock = clock

    def sweep(self) -> Sweep:
        """One run. Raises Unavailable when not even the index answers; what can't be sent is in the result."""
        rows, complete = self._index.read()
        now = self._clock()
        overdue = overdue_rows(rows, now)
        swept, failure = self._send(overdue)
        return Sweep(
            oldest_seconds=oldest_age_seconds(rows, now),
            pending=len(rows),
            overdue=len(overdue),
            swept=swept,
            complete=complete and swept == len(overdue),
            failure=failure,
        )

    def _send(self, overdue: Sequence[PendingRow]) -> tuple[int, Unavailable | None]:
        """How many were sent, as long as queue and time have room; and what went wrong."""
        swept = 0
        try:
            room = max(0, MOST_QUEUED - self._queue.waiting()) if overdue else 0
            keys = [row.keys for row in chosen(overdue, room)]
            for start in range(0, len(keys), BATCH_SIZE):
                if self._deadline.remaining_seconds() < RESERVED_SECONDS:
                    break
                swept += self._queue.send(keys[start : start + BATCH_SIZE])
        except Unavailable as error:
            return swept, error
        return swept, None


def report(sweep: Sweep, write: Logger = log, **fields: LogField) -> None:
    """One line: the log of the run and its metrics."""
    metrics = {
        contract.METRIC_OLDEST_PENDING: (sweep.oldest_seconds, SECONDS),
        contract.METRIC_PENDING: (float(sweep.pending), COUNT),
        contract.METRIC_SWEPT: (float(sweep.swept), COUNT),
    }
    write(
        ERROR if sweep.failure else WARNING if sweep.overdue else INFO,
        "inbox sweep",
        outcome="interrupted" if sweep.failure else "complete" if sweep.complete else "incomplete",
        overdue=sweep.overdue,
        **fields,
        **(describe(sweep.failure) if sweep.failure else {}),
        **metric_fields(metrics),
    )
