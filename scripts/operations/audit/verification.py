"""Proves the audit trail of some hours by its digests: what was deleted, changed, forged, left out or cut off. Pure.

Each digest is there twice, in the bucket and as a copy outside it. Whoever has both and the public key needs no trust
in AWS, in this account or in us.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol

from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.audit.digest import (
    HOUR,
    Digest,
    digest_key,
    hour_of,
    read_digest,
    read_list,
    start_of,
)
from payment_webhooks.audit.digester import LISTED_BEFORE, SETTLES_AFTER
from scripts.command_line.counted import counted

Kind = Literal["deleted", "altered", "forged", "gap", "cut off", "unlisted", "cold", "unread"]
# With the quarter of an hour between two runs, and a quarter for the run.
DUE_AFTER: Final = SETTLES_AFTER + timedelta(minutes=30)
READS_AT_ONCE: Final = 16
_HASH_IN_KEY: Final = re.compile(r"-([0-9a-f]{64})\.jsonl\.gz")


class Cold(Exception):
    """An object is in Glacier: it can't be read before it is restored."""


class Trail(Protocol):
    """The audit bucket, or a copy of it."""

    def read(self, key: str) -> bytes | None:
        """The object; None when there is none. Raises Cold."""
        ...

    def listing(self, first: str, end: str) -> Iterable[tuple[str, datetime]]:
        """The keys after `first` and before `end` that are there, and when each came."""
        ...


class Copies(NamedTuple):
    """Texts of digests by hour, as they were kept outside the bucket. until: the last hour that must be among them, and
    whose objects a digest must have.
    """

    texts: Mapping[str, str]
    until: str


class Finding(NamedTuple):
    """what: the key of an object, or an hour. detail: more than the kind says."""

    kind: Kind
    what: str
    detail: str = ""


class Verdict(NamedTuple):
    """pending: objects whose digest is not due yet. first: the first hour, where the trail begins after the first one
    that was asked for. until: the end of the last hour that has a digest, as an hour; empty where none has.
    """

    findings: tuple[Finding, ...]
    digests: int
    objects: int
    pending: int
    first: str
    until: str

    @property
    def is_whole(self) -> bool:
        return all(finding.kind == "cold" for finding in self.findings)


IsSigned = Callable[[bytes, bytes], bool]


def verify(
    trail: Trail, copies: Copies, is_signed: IsSigned, first: datetime, end: datetime, now: datetime
) -> Verdict:
    """Hold each hour from `first` to before `end` against its digest, and each object against the hash in its key.

    is_signed: whether the second, a signature, is the public key's of the first, a hash.
    """
    findings: list[Finding] = []
    chain = _Chain(trail, copies, is_signed, findings)
    digests = [chain.digest_of(hour) for hour in _hours(first, end)]
    chain.check_order(digests, now)
    signed = [digest for digest in digests if digest.document is not None]
    listed = {key for each in signed for key in _listed(trail, each.document, findings)}
    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        findings += filter(None, pool.map(lambda key: _checked(trail, key), sorted(listed)))
    pending = _unlisted(chain, digests, signed, listed) if signed else 0
    return Verdict(
        tuple(findings),
        len(signed),
        len(listed),
        pending,
        signed[0].hour if signed else hour_of(first),
        hour_of(start_of(signed[-1].hour) + HOUR) if signed else "",
    )


def due_until(now: datetime) -> str:
    """The last hour that must have its digest."""
    return hour_of(now - DUE_AFTER - HOUR)


class _Hour(NamedTuple):
    """document: what is trusted of the hour, None when nothing is."""

    hour: str
    document: Digest | None
    is_known: bool


class _Chain(NamedTuple):
    """Reads digests, and adds what is wrong with them to `findings`."""

    trail: Trail
    copies: Copies
    is_signed: IsSigned
    findings: list[Finding]

    def digest_of(self, hour: str) -> _Hour:
        key = digest_key(hour)
        stored, copy = self.trail.read(key), self.copies.texts.get(hour)
        if stored is None and copy is None:
            return _Hour(hour, None, False)
        if stored is None:
            self.findings.append(Finding("deleted", key, "the digest; its copy is there"))
        elif copy is None and hour <= self.copies.until:
            self.findings.append(Finding("deleted", f"copy of {key}", "the digest is in the bucket"))
        found = [
            self._signed(hour, text, place)
            for text, place in ((copy, f"copy of {key}"), (stored, key))
            if text is not None
        ]
        trusted = [digest for digest in found if digest is not None]
        if len({digest.sha256 for digest in trusted}) > 1:
            self.findings.append(Finding("forged", key, "both it and its copy are signed, and they differ"))
        return _Hour(hour, trusted[0] if trusted else None, True)

    def _signed(self, hour: str, text: str | bytes, place: str) -> Digest | None:
        try:
            digest, signature = read_digest(text)
        except ValueError:
            digest, signature = None, b""
        if digest is None or digest.hour != hour or not self.is_signed(digest.sha256, signature):
            self.findings.append(Finding("forged", place, "its signature is not the key's"))
            return None
        return digest

    def check_order(self, digests: list[_Hour], now: datetime) -> None:
        """Adds hours without a digest, and digests that do not carry the hash of the one before."""
        known = [each for each in digests if each.is_known] or [
            self.digest_of(hour) for hour in sorted(self.copies.texts)[:1]
        ]
        first = known[0].document if known else None
        begins = known[0].hour if first is not None and first.previous is None else ""
        last = max([*self.copies.texts, *(each.hour for each in known)], default="")
        for at, each in enumerate(digests):
            before = digests[at - 1].document if at else None
            if each.document and before and each.document.previous != before.sha256.hex():
                self.findings.append(
                    Finding("forged", digest_key(each.hour), "does not follow the one before")
                )
            if each.is_known or each.hour < begins:
                continue
            if each.hour < last:
                self.findings.append(Finding("gap", each.hour, "no digest, and there are later ones"))
            elif start_of(each.hour) + HOUR + DUE_AFTER <= now:
                self.findings.append(Finding("cut off", each.hour, "no digest, and none after it"))


def _unlisted(chain: _Chain, digests: list[_Hour], signed: list[_Hour], listed: set[str]) -> int:
    """Adds objects that no digest has, though that of the hour in which they came is due; how many are not due yet. Of
    hours that are cut off, the hour is found, and not each of its objects.

    Of these hours is an object by its minute, or by when it came. Somebody may put one under a minute that is long
    past, or to come: then its digest is none of those that are asked for.
    """
    start, end = start_of(signed[0].hour), start_of(digests[-1].hour) + HOUR
    proven = start_of(signed[-1].hour) + HOUR
    begins = signed[0].document is not None and signed[0].document.previous is None
    lists: dict[str, Collection[str]] = {each.hour: listed for each in digests}
    pending = 0
    for key, came in chain.trail.listing(_minute(start - LISTED_BEFORE), _minute(end + HOUR)):
        is_of_these = start <= came < end or _minute(start) <= key < _minute(end)
        if key in listed or not is_of_these or (begins and came < start):
            continue
        # What is named by a marker may stand in the digest of the hour after it came.
        hours = (hour_of(came), hour_of(came + HOUR))
        for hour in hours:
            if hour not in lists and hour <= chain.copies.until:
                lists[hour] = frozenset(_listed(chain.trail, chain.digest_of(hour).document, chain.findings))
        if any(key in lists.get(hour, ()) for hour in hours):
            continue
        if hours[-1] > chain.copies.until:
            pending += 1
        elif came < proven or key < _minute(proven):
            chain.findings.append(Finding("unlisted", key, f"it came at {came:%Y-%m-%dT%H:%M:%SZ}"))
    return pending


def _listed(trail: Trail, digest: Digest | None, findings: list[Finding]) -> list[str]:
    if digest is None:
        return []
    try:
        content = trail.read(digest.list_key)
        if content is not None:
            return read_list(content, digest.list_sha256)
        findings.append(
            Finding("deleted", digest.list_key, f"the list of {counted(digest.objects, 'object')}")
        )
    except ValueError as error:
        findings.append(Finding("altered", digest.list_key, str(error)))
    except Cold:
        findings.append(
            Finding(
                "unread",
                digest.list_key,
                "the list is in Glacier: its hour is not proven until it is restored",
            )
        )
    return []


def _checked(trail: Trail, key: str) -> Finding | None:
    """What is wrong with an object that a digest lists."""
    try:
        content = trail.read(key)
    except Cold:
        return Finding("cold", key)
    if content is None:
        return Finding("deleted", key)
    named = _HASH_IN_KEY.search(key)
    is_right = named is not None and named[1] == hashlib.sha256(content).hexdigest()
    return None if is_right else Finding("altered", key, "not the object whose hash is in the key")


def _hours(first: datetime, end: datetime) -> Iterator[str]:
    while first < end:
        yield hour_of(first)
        first += HOUR


def _minute(instant: datetime) -> str:
    return minute_prefix(instant.isoformat())
