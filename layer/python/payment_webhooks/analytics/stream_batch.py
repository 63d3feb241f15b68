"""Counts the effects of a batch of the ledger's stream, and keeps records that can't be read for a person."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from payment_webhooks.analytics.counted_effects import Counted, chunks, counted_of
from payment_webhooks.aws.batch_response import BatchResponse, batch_response, sequence_number
from payment_webhooks.errors import Unavailable

UNREADABLE_PREFIX: Final = "unreadable/analytics-processor/"
UNREADABLE: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
Keep = Callable[[str, bytes], None]


class Counters(Protocol):
    def count(self, chunk: Sequence[Counted]) -> int:
        """How many of the chunk had not been counted before. Raises Unavailable."""
        ...


class CountedBatch(NamedTuple):
    """`failed_at`: the sequence number from which the stream must deliver again; "" means the whole batch."""

    counted: int
    duplicates: int
    others: int
    unreadable: int
    failed_at: str | None
    failure: Unavailable | None

    @property
    def answer(self) -> BatchResponse:
        return batch_response([] if self.failed_at is None else [self.failed_at])


def count_batch(records: Sequence[Any], counters: Counters, keep: Keep) -> CountedBatch:
    """Count the effects of a batch, and tell from which record the stream must deliver again, if from any.

    `keep(key, content)` stores what can't be read, once for each key, and raises Unavailable. Such a record never
    stops the others. What came before `failed_at` is counted or kept; what comes after it may be: to be given it
    again changes nothing.
    """
    positions: dict[tuple[str, str], int] = {}
    effects: list[Counted] = []
    unreadable: list[int] = []
    repeated = 0
    for position, record in enumerate(records):
        try:
            found = counted_of(record)
        except UNREADABLE:
            unreadable.append(position)
            continue
        if found is not None and found.keys in positions:
            repeated += 1
        elif found is not None:
            positions[found.keys] = position
            effects.append(found)
    kept, not_kept = _keep(records, unreadable, keep)
    counted, known, not_counted = _count(effects, counters)
    failures = [not_kept] if not_kept else []
    failures += [(positions[not_counted[0].keys], not_counted[1])] if not_counted else []
    first = min(failures, key=lambda failure: failure[0], default=None)
    return CountedBatch(
        counted=counted,
        duplicates=known + repeated,
        others=len(records) - len(effects) - len(unreadable) - repeated,
        unreadable=kept,
        failed_at=None if first is None else sequence_number(records[first[0]]),
        failure=None if first is None else first[1],
    )


def _count(
    effects: Sequence[Counted], counters: Counters
) -> tuple[int, int, tuple[Counted, Unavailable] | None]:
    """How many were counted now, how many before, and at which one it stopped, with the reason."""
    counted = known = 0
    for chunk in chunks(effects):
        try:
            new = counters.count(chunk)
        except Unavailable as error:
            return counted, known, (chunk[0], error)
        counted += new
        known += len(chunk) - new
    return counted, known, None


def _keep(
    records: Sequence[Any], positions: Sequence[int], keep: Keep
) -> tuple[int, tuple[int, Unavailable] | None]:
    """How many were kept, and at which position it stopped, with the reason."""
    for done, position in enumerate(positions):
        key, content = unreadable_object(records[position])
        try:
            keep(key, content)
        except Unavailable as error:
            return done, (position, error)
    return len(positions), None


def unreadable_object(record: Any) -> tuple[str, bytes]:
    """The record as an event that the function takes, under a name that is the same at each delivery. The ledger holds
    no card data, and neither does its stream."""
    text = json.dumps({"Records": [record]}, sort_keys=True, separators=(",", ":"), default=repr)
    return f"{UNREADABLE_PREFIX}{hashlib.sha256(text.encode()).hexdigest()}.json", text.encode()
