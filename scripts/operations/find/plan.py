"""What a search is about to read, for the person who is asked. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from payment_webhooks import contract
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.operations.find.capacity import Reading, Sizes, estimate, share_of_days, sizes_of
from scripts.operations.find.question import (
    ARCHIVE,
    INBOX,
    Question,
    inbox_partitions,
    listings,
    with_endpoints,
)

UNITS_OF_A_KEY = 1.0  # of one id and its few items, about


class Plan(NamedTuple):
    """lines: what is read by which index. units: about how many."""

    lines: tuple[str, ...]
    units: float


def plan(question: Question, inbox: Mapping[str, Any], ledger: Mapping[str, Any], now: datetime) -> Plan:
    """inbox, ledger: what DescribeTable says of them."""
    lines, units = _by_key(question)
    asked = [(ledger, "ledger", each) for each in _of_ledger(question, ledger, now)]
    asked += [(inbox, "inbox", each) for each in _of_inbox(question, inbox, now)]
    lines += [
        f"{place} by {each.index_name}: {counted(each.partitions, 'partition')}"
        + (", then the items" if each.items else "")
        for _, place, each in asked
    ]
    if listings(question) or question.is_of_days:
        first, last = question.days
        lines.append(f"days: {'any' if first == date.min else first} to {last}")
    return Plan(tuple(lines), units + sum(estimate(each, sizes_of(table)) for table, _, each in asked))


def _by_key(question: Question) -> tuple[list[str], float]:
    if question.event is not None:
        ids = with_endpoints(question, question.event) if question.asks(INBOX) else []
        return [f"inbox by its key: {', '.join(ids)}"] if ids else [], len(ids) * UNITS_OF_A_KEY
    if question.transaction is None:
        return [], 0.0
    ids = with_endpoints(question, question.transaction)
    return [f"ledger and inbox by their keys: {', '.join(ids)}"], (9 + len(ids)) * UNITS_OF_A_KEY


def left_out(question: Question) -> Iterator[str]:
    """What a search that found nothing has not looked at, and how it does."""
    if not question.has_days:
        if question.asks(ARCHIVE):
            yield "webhooks that the inbox has no more: --from DAY, on which they were done"
        if question.days.first > date.min and (listings(question) or question.is_of_days):
            yield f"what was done, and payments that began, before {question.days.first}: --from DAY"
    if question.transaction is not None:
        yield f"what was deleted: {copyable('trace', '--transaction', question.transaction)}"


def _of_ledger(question: Question, table: Mapping[str, Any], now: datetime) -> list[Reading]:
    found = listings(question)
    if not found:
        return []
    partitions = sum(len(step.partitions) for listing in found for step in listing.steps)
    index = found[0].payment_index.name
    share = _share(question, table, now)
    if question.customer is not None:  # one of many, of whom nobody knows how many there are
        share = min(share, partitions / max(1, sizes_of(table).get(index, Sizes(0, 0)).items))
    return [Reading(index, partitions, share, items=True, is_consistent=True)]


def _of_inbox(question: Question, table: Mapping[str, Any], now: datetime) -> list[Reading]:
    """Of what waits, all; of what is done, its days."""
    by_index = Counter(each.index_name for each in inbox_partitions(question))
    return [
        Reading(
            index,
            partitions,
            _share(question, table, now) if index == contract.ARCHIVE_INDEX else 1.0,
            items=question.needs_items,
        )
        for index, partitions in by_index.items()
    ]


def _share(question: Question, table: Mapping[str, Any], now: datetime) -> float:
    age = (now - table["CreationDateTime"]).total_seconds() / 86_400
    return share_of_days((question.days.last - question.days.first).days + 1, age)


def archive_line(parts: Sequence[Mapping[str, Any]], first: date, last: date) -> str:
    """What of the archive is read; that takes no read units."""
    size = sum(int(each["bytes"]) for each in parts)
    return f"archive of {first} to {last}: {counted(len(parts), 'part')}, {counted(size, 'byte')}"
