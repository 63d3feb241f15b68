"""What commands print: answers on standard output, questions on standard error. rich is loaded for a table only."""

import json
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import click

from scripts.command_line.errors import Refused, UsageError

_PROGRESS_LINES = 20


def print_json(document: object, indent: int | None = 2) -> None:
    """To standard output, which holds nothing else. `indent` None: on one line."""
    print(json.dumps(document, indent=indent, sort_keys=True, default=str), flush=True)


def answer(document: object, as_json: bool, draw: Callable[[], None]) -> None:
    """`document` as JSON, or what `draw` prints."""
    if as_json:
        print_json(document)
    else:
        draw()


def print_table(
    headings: Sequence[str],
    rows: Sequence[Iterable[object]],
    *,
    title: str | None = None,
    empty: str = "",
    numbers: Collection[str] = (),
) -> None:
    """Print a table, or the sentence `empty` where there are no rows.

    A cell is plain text, not markup, as it may hold anything; an id is never cut or broken, so that it can be copied.
    Where the terminal is too narrow for that, each row is some lines.
    numbers: headings of the columns that are aligned to the right.
    """
    if empty and not rows:
        print(empty)
        return
    from scripts.command_line.tables import draw

    draw(headings, [[words_of(cell) for cell in row] for row in rows], title, numbers)


def words_of(cell: object) -> str:
    """As people write it: yes and no; a dash for what is not there; a list with commas."""
    match cell:
        case None | []:
            return "-"
        case bool():
            return "yes" if cell else "no"
        case list():
            return ", ".join(map(words_of, cell))
        case dict():
            return json.dumps(cell, default=str)
        case _:
            return str(cell)


def print_fields(*documents: Mapping[str, object]) -> None:
    """Each document as a table of names and values."""
    for document in documents:
        print_table(["", ""], [*document.items()])


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`. Raises Refused for any answer but y, EOFError where nobody answers."""
    if yes:
        return
    if _answered(f"{question} [y/N] ").lower() != "y":
        raise Refused("nothing was changed")


def ask_for(word: str, question: str) -> None:
    """Raises Refused for anything but `word`, EOFError where nobody answers."""
    if _answered(question) != word:
        raise Refused("nothing was changed")


def _answered(question: str) -> str:
    """What is typed after `question`, which is on standard error. The line is at its end then, as a terminal shows it:
    only what a person types brings a line end of its own.
    """
    print(question, end="", file=sys.stderr, flush=True)
    is_ended = False
    try:
        typed = input()
        is_ended = sys.stdin.isatty()
        return typed.strip()
    finally:
        if not is_ended:
            print(file=sys.stderr, flush=True)


def check_number(count: int | None, *, yes: bool) -> None:
    """Raises UsageError where nobody is asked and nobody has said how many there must be."""
    if yes and count is None:
        context = click.get_current_context(silent=True)
        has_dry_run = context is not None and "dry_run" in context.params
        look = "--dry-run says how many there are" if has_dry_run else "look first, without --yes"
        raise UsageError("--yes needs --count: how many there must be", look)


def agree_on_number(found: int, question: str, count: int | None, *, yes: bool) -> None:
    """Have the number `found` typed, unless `yes`. Raises Refused for another number, or where `count` is another.

    `question`: what is done with them, such as `discard all of them`.
    """
    check_number(count, yes=yes)
    if count not in (None, found):
        step = f"what an interrupted run has left: --count {found}; else look again, without --yes"
        raise Refused(f"there are {found}, not {count}; nothing was changed", step)
    if not yes:
        ask_for(str(found), f"Type {found} to {question}: ")


def say_progress(before: int, after: int, of: int) -> None:
    """To standard error, a line for each twentieth."""
    if before * _PROGRESS_LINES // of < after * _PROGRESS_LINES // of and after < of:
        print(f"{after:,} of {of:,}", file=sys.stderr, flush=True)
