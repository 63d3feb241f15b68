"""Makes the digest of each hour that has none: lists what came, signs, keeps a copy outside the bucket, and writes.

    list of the hour ─► bucket      as its key holds its hash, a run that dies here leaves no more than a list
    digest, signed   ─► copy        decides: there is one for an hour, whoever else is at work on it
    digest           ─► bucket      by this run, or by the next one that finds the copy

The digest before it is that of the copy, not of the bucket: whoever removes digests there does not make the function
begin anew. A copy counts when the key has signed it, for this bucket, for its own hour, and that hour has begun. Any
other is told as tampering, is never followed, and gives its place to the digest of its hour.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from payment_webhooks import contract
from payment_webhooks.audit.batch import late_prefix, minute_prefix
from payment_webhooks.audit.digest import (
    HOUR,
    Digest,
    SignedDigest,
    digest_key,
    hour_of,
    pack_list,
    read_digest,
    start_of,
)
from payment_webhooks.audit.digest_store import Copy, Version
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.telemetry.logs import ERROR, INFO, LogField, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, metric_fields

# S3's times are those of its own clock, and a write may be under way as its hour ends.
SETTLES_AFTER = timedelta(minutes=10)
# Objects without a marker are an hour younger than their minute at most; twice that, as clocks differ.
LISTED_BEFORE = 2 * HOUR
# Less than a day, after which an audit trail may expire (AuditRetentionDays): what expires is marked as deleted.
DIGESTS_LISTED_BEFORE = 20 * HOUR
MOST_TOLD = 200  # characters of the sort keys of forged copies, which somebody has chosen
# An hour at a thousand webhooks a second takes less: docs/audit.md.
LEAST_SECONDS = 300.0


class Versions(Protocol):
    def between(self, prefix: str, first: str, end: str) -> Iterable[Version]: ...


class Bucket(Protocol):
    def add(self, key: str, content: bytes) -> None: ...


class Copies(Protocol):
    def newest_first(self) -> Iterable[Copy]: ...

    def add(self, copy: Copy, forged: str) -> Copy: ...


class SigningKey(NamedTuple):
    """sign: gives the signature of a hash. is_signed: whether the second is the key's signature of the first, a hash.
    Both raise Unavailable.
    """

    arn: str
    sign: Callable[[bytes], bytes]
    is_signed: Callable[[bytes, bytes], bool]


class Run(NamedTuple):
    """`behind`: hours that still have no digest; None if that could not be found out. `replaced`: versions in whose
    place something else is, or nothing. `failure` ended the run. `forged`: sort keys of copies that are no digests.
    """

    made: tuple[Digest, ...]
    behind: int | None
    replaced: int
    failure: Unavailable | None = None
    forged: tuple[str, ...] = ()


class Digester:
    """`clock` gives Unix seconds."""

    def __init__(
        self,
        name: str,
        signing_key: SigningKey,
        versions: Versions,
        bucket: Bucket,
        copies: Copies,
        deadline: Deadline,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._signing_key = signing_key
        self._versions = versions
        self._bucket = bucket
        self._copies = copies
        self._deadline = deadline
        self._clock = clock

    def run(self) -> Run:
        made: list[Digest] = []
        due: list[str] | None = None
        replaced = 0
        failure: Unavailable | None = None
        forged: dict[str, str] = {}
        try:
            now = datetime.fromtimestamp(self._clock(), UTC)
            latest = self._latest(now, forged)
            due = due_hours(latest, now)
            if latest is not None:
                self._bucket.add(latest.digest.key, latest.text.encode())
            for hour in due:
                if made and self._deadline.remaining_seconds() < LEAST_SECONDS:
                    break
                latest, found = self._make(hour, latest, forged.get(hour, ""))
                made.append(latest.digest)
                replaced += found
        except Unavailable as error:
            failure = error
        behind = None if due is None else len(due) - len(made)
        return Run(tuple(made), behind, replaced, failure, tuple(forged))

    def _latest(self, now: datetime, forged: dict[str, str]) -> SignedDigest | None:
        """The digest to follow. Adds the copies to `forged` that stand after it and are none, by their sort keys."""
        for copy in self._copies.newest_first():
            signed = self._genuine(copy, now)
            if signed is not None:
                return signed
            forged[copy.hour] = copy.text
        return None

    def _genuine(self, copy: Copy, now: datetime) -> SignedDigest | None:
        try:
            signed = read_digest(copy.text)
        except ValueError:
            return None
        digest = signed.digest
        fits = copy.hour == digest.hour <= hour_of(now) and digest.bucket == self._name
        return signed if fits and self._signing_key.is_signed(digest.sha256, signed.signature) else None

    def _make(self, hour: str, before: SignedDigest | None, forged: str) -> tuple[SignedDigest, int]:
        """The digest of the hour, and how many versions were replaced. `forged`: the copy that it may replace."""
        keys, replaced = self._came_in(hour)
        content, sha256, count = pack_list(keys)
        previous = before.digest.sha256.hex() if before else None
        digest = Digest(self._name, hour, count, sha256, previous, self._signing_key.arn)
        self._bucket.add(digest.list_key, content)
        own = SignedDigest(digest, self._signing_key.sign(digest.sha256))
        kept = self._copies.add(Copy(hour, own.text), forged)
        signed = (
            own if kept.text == own.text else self._genuine(kept, datetime.fromtimestamp(self._clock(), UTC))
        )
        if signed is None:  # put there since this run began: the next one tells of it and replaces it
            raise Unavailable("audit_digest_copy_forged")
        self._bucket.add(signed.digest.key, signed.text.encode())
        return signed, replaced

    def _came_in(self, hour: str) -> tuple[set[str], int]:
        """The keys of the objects that came in the hour, and how many of all that was listed have been replaced."""
        start = start_of(hour)
        end = start + HOUR
        keys: set[str] = set()
        replaced = 0
        for prefix, first, last in (
            (contract.AUDIT_PREFIX, _minute(start - LISTED_BEFORE), _minute(end + HOUR)),
            (contract.AUDIT_LATE_PREFIX, late_prefix(start - HOUR), late_prefix(end + HOUR)),
            (
                contract.AUDIT_DIGEST_PREFIX,
                digest_key(hour_of(start - DIGESTS_LISTED_BEFORE)),
                digest_key(hour_of(end)),
            ),
        ):
            for version in self._versions.between(prefix, first, last):
                replaced += not version.is_latest
                if start <= version.came < end and prefix != contract.AUDIT_DIGEST_PREFIX:
                    keys.add(version.key if prefix == contract.AUDIT_PREFIX else _named(version.key))
        return keys, replaced


def due_hours(latest: SignedDigest | None, now: datetime) -> list[str]:
    """The hours that need a digest, oldest first. The first digest of an environment is that of the last hour."""
    last = start_of(hour_of(now - SETTLES_AFTER)) - HOUR
    hour = start_of(latest.digest.hour) + HOUR if latest else last
    hours = []
    while hour <= last:
        hours.append(hour_of(hour))
        hour += HOUR
    return hours


def report(run: Run, write: Logger = log, **fields: LogField) -> None:
    """One line for each digest, and one with the metrics."""
    for digest in run.made:
        write(INFO, "audit digest", hour=digest.hour, objects=digest.objects, sha256=digest.sha256.hex())
    metrics = {
        contract.METRIC_DIGESTED: (float(sum(digest.objects for digest in run.made)), COUNT),
        contract.METRIC_AUDIT_TAMPERED: (float(run.replaced + len(run.forged)), COUNT),
    }
    if run.behind is not None:
        metrics[contract.METRIC_DIGEST_BEHIND] = (float(run.behind), COUNT)
    outcome: dict[str, Any] = {"outcome": "interrupted" if run.failure else "complete"}
    write(
        ERROR if run.failure or run.replaced or run.forged else INFO,
        "audit digests",
        **outcome,
        digests=len(run.made),
        **({"forged_copies": repr(run.forged)[:MOST_TOLD]} if run.forged else {}),
        **fields,
        **(describe(run.failure) if run.failure else {}),
        **metric_fields(metrics),
    )


def _minute(instant: datetime) -> str:
    return minute_prefix(instant.isoformat())


def _named(marker: str) -> str:
    """The key of the object that a marker names."""
    return marker.split("/", 2)[2]
