"""Tables of texts in which no id and no amount is cut or broken, however narrow the terminal is."""

import sys
from collections.abc import Collection, Sequence
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from scripts.command_line.console import OutputConsole
from scripts.command_line.plain_text import visible

_BESIDE_A_CELL: Final = 3  # a border and two spaces


def draw(
    headings: Sequence[str], rows: Sequence[Sequence[str]], title: str | None, numbers: Collection[str]
) -> None:
    """Print the rows as a table, or as lines on a terminal that is narrower than its longest words.

    numbers: headings of the columns that are aligned to the right.
    """
    console = OutputConsole()
    columns = [[row[position] for row in rows] for position in range(len(headings))]
    widest = [
        _limits(console, heading, cells, heading in numbers)
        for heading, cells in zip(headings, columns, strict=True)
    ]
    borders = len(headings) * _BESIDE_A_CELL + 1
    if sys.stdout.isatty() and borders + sum(each.minimum for each in widest) > console.width:
        _print_lines(headings, rows, title)
        return
    widths = _shared(widest, console.width - borders)
    table = Table(
        *(
            Column(heading, overflow="fold", justify="right" if heading in numbers else "left", width=width)
            for heading, width in zip(headings, widths, strict=True)
        ),
        title=title,
    )
    table.show_header = any(headings)
    for row in rows:
        table.add_row(*map(Text, row))
    console.width = max(console.width, borders + sum(widths))
    console.print(table)


def _limits(console: Console, heading: str, cells: Sequence[str], is_number: bool) -> Measurement:
    """Of a column: the least width that breaks nothing but sentences, and that of its longest text."""
    unbounded = console.options.update(width=sys.maxsize)
    head, *texts = (Measurement.get(console, unbounded, Text(each)) for each in (heading, *cells))
    least = max((each.maximum if is_number else each.minimum for each in texts), default=0)
    longest = max(each.maximum for each in (head, *texts))
    return Measurement(max(head.minimum, least), longest)


def _shared(columns: Sequence[Measurement], width: int) -> list[int]:
    """The width of each column: what it needs at least, and the rest to those with most to break."""
    widths = [each.minimum for each in columns]
    while sum(widths) < width:
        wants = [each.maximum - has for each, has in zip(columns, widths, strict=True)]
        if max(wants, default=0) <= 0:
            break
        widths[wants.index(max(wants))] += 1
    return widths


def _print_lines(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str | None) -> None:
    """A line for each cell, and an empty one between rows; a row without headings is one line."""
    if title:
        print(title)
    for number, row in enumerate(rows):
        texts = [visible(each) for each in row]
        if not any(headings):
            print(": ".join(texts))
            continue
        if number:
            print()
        for heading, text in zip(headings, texts, strict=True):
            print(f"{heading}: {text}")
    if not any(headings):
        print()  # another item may follow
