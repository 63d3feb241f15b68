"""What is held of a person: what may go of it, and what stays, until when and why. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.erasure import erasure_of
from payment_webhooks.aws.dynamodb_items import Item, plain
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.operations.trace.audit_trail import opened_at
from stacks.retention import (
    ANALYTICS_COUNTERS,
    ARCHIVE,
    AUDIT_TRAIL,
    DEAD_LETTER_QUEUES,
    FAILED_BATCHES,
    LARGE_BODIES,
    LOG_GROUPS,
    NOTIFICATION_MARKERS,
    OLD_OBJECT_VERSIONS,
    STREAMS,
    TABLE_BACKUPS,
    Retention,
)

_WITHOUT_BODIES: Final = (
    ("audit trail", AUDIT_TRAIL, "ids, hashes, who decided"),
    ("dead letters", DEAD_LETTER_QUEUES, "keys, ids and amounts"),
    ("notifications", NOTIFICATION_MARKERS, "ids"),
    ("logs", LOG_GROUPS, "keys, ids and amounts"),
    ("analytics", ANALYTICS_COUNTERS, "sums, and ids of payments"),
)
_AS_IT_WAS: Final = (
    ("streams", STREAMS, "each change, with the body as it was"),
    ("backups", TABLE_BACKUPS, "nobody can change what they have"),
)
_ANY: Final = "-"  # in the place of who, when and why, to see what an erasure would change


class Held(NamedTuple):
    """payments, rows: of the ledger. erasable: items whose bodies have personal data. tickets: under which those were
    erased that have none any more. erased_on: when any were. bare: how many never had. waiting, altered: what is left
    alone, as it is not done, or its body not the one that came. large: the days on which bodies came that are too long
    for an item. archived: those on which parts of the archive were opened; of a webhook that is in the archive alone,
    today. of_others: how many name another customer. missing: what was asked for and is not there. unsearched: what
    waits, with a body that nobody can read.
    """

    payments: int
    rows: int
    erasable: tuple[Item, ...] = ()
    tickets: tuple[str, ...] = ()
    bare: int = 0
    waiting: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    large: tuple[date, ...] = ()
    archived: tuple[date, ...] = ()
    of_others: int = 0
    missing: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()
    erased_on: tuple[date, ...] = ()

    @property
    def left(self) -> tuple[str, ...]:
        """What was asked for and is not erased."""
        return (*self.waiting, *self.altered, *self.missing)

    @property
    def webhooks(self) -> int:
        in_inbox = (self.erasable, self.tickets, self.waiting, self.altered, self.large)
        return sum(map(len, in_inbox)) + self.bare


class Stays(NamedTuple):
    """number: None where nobody counts. until: the day on which the last of it is gone; None: not by time, or after as
    many days as a parameter says, which `why` names.
    """

    place: str
    number: int | None
    until: date | None
    why: str


def held(payments: int, rows: int, items: Iterable[Item], gone: int, today: date) -> Held:
    """items: of the inbox. gone: how many webhooks it has no more."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("erasable", "tickets", "waiting", "altered", "large", "erased_on")
    }
    archived = [today] * gone
    bare = 0
    for item in items:
        values = plain(item)
        name = f"{values[contract.WEBHOOK_ID]} ({values[contract.STATUS]})"
        opened = opened_at(str(values.get(contract.ARCHIVED_IN, "")))
        archived += [opened.date()] if opened else []
        erased_at = values.get(contract.ERASED_AT)
        found["erased_on"] += [datetime.fromisoformat(erased_at).date()] if erased_at else []
        if values[contract.STATUS] not in DONE_STATUSES:
            found["waiting"].append(name)
        elif "payload" not in values:
            found["large"].append(datetime.fromisoformat(values["received_at"]).date())
        elif not _is_as_it_came(values):
            found["altered"].append(name)
        elif erasure_of(item, _ANY, _ANY, _ANY) is not None:
            found["erasable"].append(item)
        elif contract.ERASED_AT in values:
            found["tickets"].append(str(values.get(contract.ERASURE_TICKET)))
        else:
            bare += 1
    lists: dict[str, Any] = {name: tuple(values) for name, values in found.items()}
    return Held(payments, rows, bare=bare, archived=tuple(archived), **lists)


def _is_as_it_came(values: dict[str, Any]) -> bool:
    payload = values["payload"]
    body = payload.encode() if isinstance(payload, str) else bytes(payload)
    proof = values.get(contract.ERASED_SHA256) or values["payload_sha256"]
    return bool(hashlib.sha256(body).hexdigest() == proof)


def stays(found: Held, batches: Iterable[datetime] | None, today: date) -> Iterator[Stays]:
    """What is not erased. batches: since when each batch of a stream that was given up is there; None: not listed."""
    if found.rows:
        yield Stays("ledger", found.rows, None, "money, which must add up; rows have ids and no names")
    if found.archived:
        last = _end(ARCHIVE, found.archived)
        yield Stays("archive", len(found.archived), last, "books, sealed by manifests that prove them")
    if found.large:
        last = _end(LARGE_BODIES, found.large)
        yield Stays("payload bucket", len(found.large), last, "over 350 KB: nothing could prove the change")
    yield from _given_up(batches)
    erased = max((*found.erased_on, *([today] if found.erasable else ())), default=date.min)
    for place, retention, why in _AS_IT_WAS:
        if (last := erased + _days(retention)) >= today:
            yield Stays(place, None, last, why)
    for place, retention, why in _WITHOUT_BODIES:
        end = None if retention.parameter or retention.days is None else today + _days(retention)
        default = counted(retention.days or 0, "day")
        unless = f"{retention.parameter}, {default} if not set: " if retention.parameter else ""
        yield Stays(place, None, end, f"{unless}{why}")


def _given_up(batches: Iterable[datetime] | None) -> Iterator[Stays]:
    place = "failed batches"
    if batches is None:
        yield Stays(place, None, None, "may not be listed (s3:ListBucket); they may have bodies")
    elif since := [each.astimezone(UTC).date() for each in batches]:
        redrive = copyable("redrive", "move", "failed-batches")
        last = _end(FAILED_BATCHES, since)
        yield Stays(place, len(since), last, f"of anybody, with bodies; first: {redrive}")


def _end(retention: Retention, since: Iterable[date]) -> date:
    """When the last object is gone for good: its old version stays for a while."""
    return max(since) + _days(retention) + _days(OLD_OBJECT_VERSIONS)


def _days(retention: Retention) -> timedelta:
    return timedelta(seconds=retention.seconds)


def lines(found: Held, kept: Iterable[Stays]) -> Iterator[str]:
    """For people; no value of a body is in them."""
    yield f"  {len(found.erasable):,} with personal data, which goes; ids, amounts, states, times stay"
    others = (
        (len(found.tickets), "erased before"),
        (found.bare, "without personal data"),
        (found.of_others, "name another customer, whose payment it was: they go, too"),
    )
    yield from (f"  {number:,} {what}" for number, what in others if number)
    for names, why in (
        (found.waiting, "in work or waiting, left alone; run it again when they are done"),
        (found.altered, "left alone: not as they came (docs/incidents.md)"),
        (found.missing, "not in the inbox: never came, or expired (archive: find --event, --from)"),
        (found.unsearched, "waiting, of nobody knows whom: decide them, or look with find --text"),
    ):
        if names:
            yield f"  {len(names):,} {why}:"
            yield from (f"    {name}" for name in names)
    yield "not looked at: what is ignored, or has another customer by now: find --text"
    yield "what stays:"
    for each in kept:
        number = "" if each.number is None else f"{each.number:,}"
        until = "" if each.until is None else f"until {each.until} at the latest"
        yield f"  {each.place:14} {', '.join(filter(None, [number, until]))}".rstrip()
        yield f"    {each.why}"
