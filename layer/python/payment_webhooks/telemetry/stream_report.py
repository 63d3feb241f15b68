"""Reports how a function dealt with a batch of a stream: one log line, which carries its metrics."""

from collections.abc import Mapping
from typing import Protocol

from payment_webhooks.errors import Unavailable
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, LogField, describe, log
from payment_webhooks.telemetry.metrics import COUNT, metric_fields


class StreamBatch(Protocol):
    """`failure` is what kept the batch from being done, `unreadable` the number of records that can't be read."""

    @property
    def unreadable(self) -> int: ...

    @property
    def failure(self) -> Unavailable | None: ...


def report_batch(
    message: str, outcome: str, batch: StreamBatch, counts: Mapping[str, int], **fields: LogField
) -> None:
    """`outcome`: of a batch that is done. `counts` are metrics by name."""
    log(
        ERROR if batch.failure else WARNING if batch.unreadable else INFO,
        message,
        outcome="interrupted" if batch.failure else outcome,
        **fields,
        **(describe(batch.failure) if batch.failure else {}),
        **metric_fields({name: (count, COUNT) for name, count in counts.items()}),
    )
