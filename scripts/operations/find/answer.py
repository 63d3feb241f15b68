"""What was found, as lines of a terminal and as CSV. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from scripts.command_line.plain_text import visible
from scripts.operations.find.search import Hit

WIDTH: Final = 80
COLUMNS: Final = (
    "at",
    "place",
    "status",
    "id",
    "amount",
    "event_type",
    "snippet",
    "location",
    "timestamp",
    "erased",
)
# A spreadsheet takes what begins so for a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def lines(hits: Sequence[Hit]) -> Iterator[str]:
    """A line for each, without the time of day where that makes one too long; no id is cut. Below it its
    timestamp where several have its id, what was found in its body, and the body where it was asked for.
    """
    ids = Counter(each.id for each in hits if each.timestamp)
    status = max((len(each.status) for each in hits), default=0)
    for at_length in (16, 10):
        rows = [_line(each, at_length, status) for each in hits]
        if all(len(row) <= WIDTH for row in rows):
            break
    for row, hit in zip(rows, hits, strict=True):
        yield row
        if hit.timestamp and ids[hit.id] > 1:
            yield f"    --timestamp {hit.timestamp}"
        yield from (f"    {each}" for each in (hit.erased, hit.snippet) if each)
        if hit.body is not None:
            yield visible(hit.body, "\n")


def _line(hit: Hit, at_length: int, status: int) -> str:
    at = hit.at[:at_length].replace("T", " ")
    return visible(f"{at:{at_length}} {hit.place:7} {hit.status:{status}} {hit.id} {hit.amount}".rstrip())


def as_csv(hits: Sequence[Hit]) -> str:
    """With a heading; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for hit in hits:
        values = hit._asdict()
        writer.writerow([_harmless(name, str(values[name])) for name in COLUMNS])
    return text.getvalue()


def _harmless(name: str, value: str) -> str:
    return f"'{value}" if name != "amount" and value.startswith(_FORMULA) else value
