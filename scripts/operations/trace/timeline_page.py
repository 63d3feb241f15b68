"""A timeline as a self-contained HTML page, without a script. Pure but for the style that it reads."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from scripts.command_line.html_page import page, safe
from scripts.command_line.relative_time import ago
from scripts.operations.trace.facts import Unread
from scripts.operations.trace.moment import Moment
from scripts.operations.trace.timeline_text import COMMAND, of_another

_STYLE: Final = Path(__file__).parent / "timeline.css"


def timeline_page(
    summary: Sequence[tuple[str, str]],
    found: Sequence[Moment],
    audit_objects: Sequence[str],
    unread: Sequence[Unread],
    now: datetime,
) -> str:
    """The whole page as text; its times are relative to `now`, which it names."""
    subject = summary[0][1]
    body = [
        f"<header><h1>{safe(subject)}</h1>",
        *_fields(summary[1:]),
        f'<p class="note">As of {now:%Y-%m-%d %H:%M:%S} UTC</p></header>',
        "<main><ol>",
        *(line for moment in found for line in _moment(moment, subject, now)),
        "</ol>",
        *_rest(audit_objects, unread),
        "</main>",
    ]
    return page(f"Trace of {subject}", body, _STYLE.read_text("utf-8").strip() + "\n")


def _moment(moment: Moment, subject: str, now: datetime) -> Iterator[str]:
    kind = ' class="look"' if moment.wants_look else ""
    then = datetime.fromisoformat(moment.at)
    yield f'<li{kind}><time datetime="{safe(moment.at)}">{safe(moment.at[:23].replace("T", " "))}</time>'
    yield f'<span class="note">{safe(ago(then, now))}</span> <strong>{safe(moment.what)}</strong>'
    yield f'<span class="badge">{safe(moment.source)}</span>'
    proof = [("audit object", moment.proof)] if moment.proof else []
    yield from _fields([*of_another(moment, subject), *moment.details, *proof])
    yield "</li>"


def _fields(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not pairs:
        return
    yield "<dl>"
    for name, value in pairs:
        text = f"<code>{safe(value)}</code>" if name == COMMAND else safe(value)
        yield f"<dt>{safe(name)}</dt><dd>{text}</dd>"
    yield "</dl>"


def _rest(audit_objects: Sequence[str], unread: Sequence[Unread]) -> Iterator[str]:
    if audit_objects:
        keys = "".join(f"<li><code>{safe(key)}</code></li>" for key in audit_objects)
        yield f"<h2>Objects of the audit trail</h2><ul>{keys}</ul>"
    if unread:
        yield "<h2>Not read</h2><ul>"
        for each in unread:
            command = f"<br><code>{safe(each.command)}</code>" if each.command else ""
            yield f'<li class="look">{safe(each.what)}{command}</li>'
        yield "</ul>"
