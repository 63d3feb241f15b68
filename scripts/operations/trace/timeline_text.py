"""A timeline as text of 80 columns, in which no id, key or command is cut or broken. Pure."""

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from scripts.command_line.plain_text import visible
from scripts.command_line.relative_time import ago
from scripts.operations.trace.facts import Unread
from scripts.operations.trace.moment import Moment

WIDTH: Final = 80
COMMAND: Final = "run"
_INDENT: Final = "    "


def timeline_lines(
    summary: Sequence[tuple[str, str]],
    found: Sequence[Moment],
    audit_objects: Sequence[str],
    unread: Sequence[Unread],
    now: datetime,
) -> Iterator[str]:
    """`!` stands before what did not go as it should. Times are UTC; `now`: to which they are relative."""
    for name, value in summary:
        yield from _wrapped(f"{name}: {value}", "", "  ")
    day = ""
    for moment in found:
        if moment.at[:10] != day:
            day = moment.at[:10]
            yield ""
            yield f"{day} UTC"
        yield from _moment_lines(moment, summary[0][1], now)
    if audit_objects:
        yield ""
        yield "objects of the audit trail"
        yield from (f"  {key}" for key in audit_objects)
    for each in unread:
        yield ""
        yield from _wrapped(f"! not read: {each.what}", "", "  ")
        if each.command:
            yield from command_lines(each.command, "  ")


def _moment_lines(moment: Moment, subject: str, now: datetime) -> Iterator[str]:
    then = datetime.fromisoformat(moment.at)
    mark = "!" if moment.wants_look else " "
    yield from _wrapped(
        f"{mark} {moment.at[11:23]} {ago(then, now):>10}  {moment.what}  [{moment.source}]", "", " " * 27
    )
    for name, value in (*of_another(moment, subject), *moment.details):
        if name == COMMAND:
            yield from command_lines(value, _INDENT)
        else:
            yield from _wrapped(f"{name}: {value}", _INDENT, f"{_INDENT}  ")


def of_another(moment: Moment, subject: str) -> list[tuple[str, str]]:
    """Of what the moment is, where that is not what was asked for, and its details don't say it."""
    is_said = moment.subject == subject or moment.subject in dict(moment.details).values()
    return [] if is_said or not moment.subject else [("of", moment.subject)]


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    """Broken between words alone: a word that is longer than a line has a line of its own, whole."""
    return textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def command_lines(command: str, indent: str) -> list[str]:
    """A command over as many lines as it needs, which a shell reads as one."""
    lines = [indent + "$"]
    for word in shlex.split(command):
        quoted = shlex.quote(visible(word))
        if len(lines[-1]) + len(quoted) + 3 > WIDTH and lines[-1].strip() != "$":
            lines[-1] += " \\"
            lines.append(f"{indent}   ")
        lines[-1] += f" {quoted}"
    return lines
