"""Renders a review as one self-contained HTML page, searchable and foldable."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from scripts.command_line.html_page import page, safe
from scripts.command_line.plain_text import NEW_LINE, visible
from scripts.review.folding import Entry
from scripts.review.model import Danger, Review
from scripts.review.render import wording
from scripts.review.values import shown
from scripts.review.verdict import listed, verdict
from stacks.evaluation.intrinsics import Json

_HERE: Final = Path(__file__).parent
_OPEN_FROM: Final = Danger.WIDENS_ACCESS  # what is this bad is unfolded from the start


def render_html(review: Review) -> str:
    """The whole page as text."""
    style, script = ((_HERE / name).read_text("utf-8").strip() + "\n" for name in ("page.css", "page.js"))
    entries = list(wording.entries(review))
    body = [
        *_header(review, entries),
        "<main>",
        *(line for entry in entries for line in _entry(entry)),
        "</main>",
    ]
    return page(f"Review of {review.stack_name}", body, style, script)


def _header(review: Review, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"<header><h1>{safe(review.stack_name)}</h1>"
    yield "<dl>"
    yield from (f"<dt>{word}</dt><dd>{safe(said)}</dd>" for word, said in verdict(review).items())
    yield "</dl>"
    for word, names, why in wording.troubled(review, len(review.changes)):
        yield f'<p class="fails"><strong>{word}:</strong> {safe(names)}: {safe(why)}</p>'
    yield f'<p class="summary">{safe(wording.summary(review))}</p>'
    if review.needs:
        yield f"<p>Needs <code>--allow {safe(wording.allowance(review))}</code></p>"
    yield from (f'<p class="note">{safe(note)}</p>' for note in wording.notes(review))
    if made := wording.origin(review):
        yield f'<p class="note">Of {safe(made)}</p>'
    if entries:
        yield from _controls(entries)
    yield "</header>"


def _controls(entries: Sequence[Entry]) -> Iterator[str]:
    yield '<form role="search" class="controls">'
    yield '<label for="search">Search</label>'
    yield '<input id="search" type="search" autocomplete="off" placeholder="name, type, property, value">'
    yield "<fieldset><legend>Show</legend>"
    for danger, count in Counter(entry.danger for entry in entries).items():
        box = f'<input type="checkbox" name="danger" value="{danger.name}" checked>'
        yield f'<label class="danger-{danger.name}">{box} {safe(danger.title)} ({count})</label>'
    yield "</fieldset>"
    yield '<button type="button" id="unfold">Unfold all</button> <button type="button" id="fold">Fold all</button>'
    yield f'<output id="shown" aria-live="polite">{len(entries)} of {len(entries)} shown</output>'
    yield "</form>"


def _entry(entry: Entry) -> Iterator[str]:
    is_open = " open" if entry.danger >= _OPEN_FROM else ""
    yield f'<details class="change danger-{entry.danger.name}" data-danger="{entry.danger.name}"{is_open}>'
    name, physical_name, kind = wording.subject(entry)
    physical = f' <span class="name">{safe(physical_name)}</span>' if physical_name else ""
    yield (
        f'<summary><span class="badge">{safe(entry.danger.title)}</span> '
        f'<span class="verb">{safe(wording.done(entry))}</span> <strong>{safe(name)}</strong>{physical} '
        f'<span class="type">{safe(kind)}</span></summary>'
    )
    yield from (f'<p class="reason">{safe(reason)}</p>' for reason in entry.change.reasons)
    yield from _table(entry)
    if names := listed(entry.changes):
        yield f'<p class="note">{safe(names)}</p>'
    yield "</details>"


def _table(entry: Entry) -> Iterator[str]:
    rows = [*wording.rows(entry.change)]
    if not rows:
        return
    yield f"<table><caption>Changes of {safe(wording.subject(entry)[0])}</caption>"
    yield '<thead><tr><th scope="col">What</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>'
    yield "<tbody>"
    for row in rows:
        mark = f' <strong class="replaces">{safe(row.note)}</strong>' if row.note else ""
        yield f'<tr><th scope="row" class="effect-{row.effect}">{safe(row.text)}{mark}</th>'
        yield f'<td class="before">{_value(row.before)}</td><td class="after">{_value(row.after)}</td></tr>'
    yield "</tbody></table>"


def _value(value: Json) -> str:
    if value is None or not isinstance(value, Mapping | list):
        return safe(shown(value))
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return f"<pre>{escape(visible(text, NEW_LINE))}</pre>"
