"""Runs an archive: day by day, part by part, and deletes nothing that has not been proven.

    part opened     its key and its items are in the progress item: nothing is written, nothing deleted
    object written, read back, its manifest too
    part proven     its hash is in the progress item: the object is never written again
    items released  one by one, from what the object says
    part closed

Whatever ends a run, the next one begins with the part that is open. One that is not proven is written again under its
key: nothing of it has been deleted. One that is proven is released again, item by item: that changes nothing where it
was done. So no item is lost, and none is in two parts.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from payment_webhooks import contract
from payment_webhooks.archive.bucket import ArchiveBucket, ArchiveDamaged
from payment_webhooks.archive.parts import Line, Part, manifest, pack, unpack
from payment_webhooks.archive.progress import Progress, ProgressItem, begun, closed
from payment_webhooks.day_shards import cutoff_day, days, days_between, later, shards_of
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.telemetry.logs import ERROR, INFO, WARNING, LogField, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, metric_fields
from payment_webhooks.timestamps import utc_timestamp

# Large enough that an object in Glacier is worth its fixed cost; small enough for the memory, and for the list of its
# items in the progress item (400 KB at most).
MOST_ITEMS: Final = 1_000
MOST_BYTES: Final = 8_000_000
# How far back the first run looks; the system has recorded nothing before it was deployed.
FIRST_LOOK_BACK_DAYS: Final = 400
# Kept for what is under way, for the lease and for the report.
RESERVED_SECONDS: Final = 15.0


class OutOfTime(Exception):
    """The run ends here; the next one goes on."""


class Source(Protocol):
    """Where the items come from. Every method raises Unavailable."""

    name: str
    quiet_days: int

    def due(self, shard: str) -> Iterator[str]:
        """The names of items in a partition of the index."""
        ...

    def look(self, name: str, cutoff: str) -> Line | None:
        """The item's line if it is to be archived now; otherwise it is out of the way of this day."""
        ...

    def provider_of(self, line: Line) -> str: ...

    def counts(self, lines: list[Line]) -> dict[str, int]:
        """What the manifest says of a part."""
        ...

    def release(self, document: dict[str, Any], part: Part, location: str) -> None:
        """Take an item out of the table, as far as the part has it. Repeating it changes nothing."""
        ...


@dataclass
class Run:
    """What became of a run. `behind_days`: how many days that are due have not been worked through."""

    archive: str
    archived: int = 0
    parts: int = 0
    looked_at: int = 0
    behind_days: int = 0
    outcome: str = "complete"  # busy: another run is at work; incomplete: out of time; interrupted: `failure`
    failure: Unavailable | None = None


def report(run: Run, write: Logger = log, **fields: LogField) -> None:
    """One line: the log of the run and its metrics. A run that found another at work has none: there is nothing to
    count.
    """
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


@dataclass
class _Waiting:
    """Lines of one provider that will be a part."""

    lines: list[Line] = field(default_factory=list)
    size: int = 0

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.size += len(line.text)


class Archiver:
    """`clock` gives Unix seconds; `most_items`: of a part. One object for one run."""

    def __init__(
        self,
        source: Source,
        item: ProgressItem,
        bucket: ArchiveBucket,
        deadline: Deadline,
        clock: Callable[[], float] = time.time,
        most_items: int = MOST_ITEMS,
    ) -> None:
        self._source = source
        self._item = item
        self._bucket = bucket
        self._deadline = deadline
        self._clock = clock
        self._most_items = most_items
        self._progress = Progress()
        self._run = Run(source.name)

    def run(self) -> Run:
        """Never raises Unavailable: it is in the result, with how far the run came."""
        cutoff = cutoff_day(self._clock(), self._source.quiet_days)
        try:
            taken = self._item.take()
            if taken is None:
                self._run.outcome = "busy"
                return self._run
            self._progress = replace(taken, day=taken.day or later(cutoff, -FIRST_LOOK_BACK_DAYS))
            self._work(cutoff)
            self._item.release(self._progress)
        except Unavailable as failure:
            self._run.outcome, self._run.failure = "interrupted", failure
        if self._progress.day:
            self._run.behind_days = days_between(self._progress.day, cutoff)
        return self._run

    def _work(self, cutoff: str) -> None:
        try:
            if self._progress.open_part is not None:
                self._finish(self._progress.open_part, None, cutoff)
            for day in days(self._progress.day or cutoff, cutoff):
                # Before the day: the last one stays open, for what the index may show late.
                self._progress = replace(self._progress, day=day)
                self._archive_day(day, cutoff)
        except OutOfTime:
            self._run.outcome = "incomplete"
        except Unavailable:
            self._give_back()
            raise

    def _give_back(self) -> None:
        """Let the next run begin at once, if the table still answers."""
        try:
            self._item.release(self._progress)
        except Unavailable:
            return  # the lease ends by itself

    def _archive_day(self, day: str, cutoff: str) -> None:
        waiting: dict[str, _Waiting] = {}
        for shard in shards_of(day):
            for name in self._source.due(shard):
                self._in_time()
                self._run.looked_at += 1
                line = self._source.look(name, cutoff)
                if line is None:
                    continue
                provider = self._source.provider_of(line)
                found = waiting.setdefault(provider, _Waiting())
                found.add(line)
                if len(found.lines) >= self._most_items or found.size >= MOST_BYTES:
                    self._archive(day, provider, waiting.pop(provider).lines, cutoff)
        for provider, rest in sorted(waiting.items()):
            self._archive(day, provider, rest.lines, cutoff)

    def _archive(self, day: str, provider: str, lines: list[Line], cutoff: str) -> None:
        self._in_time()
        part = Part(
            archive=self._source.name,
            day=day,
            provider=provider,
            number=self._progress.next_part,
            opened_at=utc_timestamp(self._clock()),
            names=tuple(line.name for line in lines),
        )
        self._save(begun(self._progress, part))
        self._finish(part, lines, cutoff)

    def _finish(self, part: Part, lines: list[Line] | None, cutoff: str) -> None:
        """`lines`: None when an earlier run has opened the part; then its items are read again."""
        if part.sha256 is None:
            if lines is None:
                found = (self._source.look(name, cutoff) for name in part.names)
                lines = [line for line in found if line is not None]
            part = part.proven(self._write(part, lines))
            self._save(replace(self._progress, open_part=part))
        self._release(part)
        self._save(closed(self._progress))
        self._run.parts += 1

    def _write(self, part: Part, lines: list[Line]) -> str:
        content = pack(lines)
        sha256 = self._bucket.write(part.key, content, "application/gzip")
        proof = manifest(part, content, self._source.counts(lines))
        self._bucket.write(part.manifest_key, proof, "application/json")
        return sha256

    def _release(self, part: Part) -> None:
        """From what the archive holds, not from what was meant to be there."""
        assert part.sha256 is not None
        content = self._bucket.read(part.key, part.sha256)
        try:
            documents = unpack(content)
        except (OSError, EOFError, ValueError) as error:
            raise ArchiveDamaged from error
        for document in documents:
            self._in_time()
            self._source.release(document, part, self._bucket.location(part.key))
            self._run.archived += 1

    def _save(self, progress: Progress) -> None:
        self._item.save(progress)
        self._progress = progress

    def _in_time(self) -> None:
        if self._deadline.remaining_seconds() < RESERVED_SECONDS:
            raise OutOfTime
