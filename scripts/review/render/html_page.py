"""Renders a review as one self-contained HTML page: searchable, foldable, printable, light and dark, offline.

Every text is escaped, and a content security policy runs only the page's own script, named by its hash: text from a
template or an error message can never become code.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

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
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    entries = list(wording.entries(review))
    lines = (
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_safe(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{_safe(f'Review of {review.stack_name}')}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *_header(review, entries),
        "<main>",
        *(line for entry in entries for line in _entry(entry)),
        "</main>",
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    )
    return "\n".join(lines) + "\n"


def _safe(text: str) -> str:
    """Escapes markup, and makes control characters visible."""
    return escape(visible(text))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(review: Review, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"<header><h1>{_safe(review.stack_name)}</h1>"
    yield "<dl>"
    yield from (f"<dt>{word}</dt><dd>{_safe(said)}</dd>" for word, said in verdict(review).items())
    yield "</dl>"
    for word, names, why in wording.troubled(review, len(review.changes)):
        yield f'<p class="fails"><strong>{word}:</strong> {_safe(names)}: {_safe(why)}</p>'
    yield f'<p class="summary">{_safe(wording.summary(review))}</p>'
    if review.needs:
        yield f"<p>Needs <code>--allow {_safe(wording.allowance(review))}</code></p>"
    yield from (f'<p class="note">{_safe(note)}</p>' for note in wording.notes(review))
    if made := wording.origin(review):
        yield f'<p class="note">Of {_safe(made)}</p>'
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
        yield f'<label class="danger-{danger.name}">{box} {_safe(danger.title)} ({count})</label>'
    yield "</fieldset>"
    yield '<button type="button" id="unfold">Unfold all</button> <button type="button" id="fold">Fold all</button>'
    yield f'<output id="shown" aria-live="polite">{len(entries)} of {len(entries)} shown</output>'
    yield "</form>"


def _entry(entry: Entry) -> Iterator[str]:
    is_open = " open" if entry.danger >= _OPEN_FROM else ""
    yield f'<details class="change danger-{entry.danger.name}" data-danger="{entry.danger.name}"{is_open}>'
    name, physical_name, kind = wording.subject(entry)
    physical = f' <span class="name">{_safe(physical_name)}</span>' if physical_name else ""
    yield (
        f'<summary><span class="badge">{_safe(entry.danger.title)}</span> '
        f'<span class="verb">{_safe(wording.done(entry))}</span> <strong>{_safe(name)}</strong>{physical} '
        f'<span class="type">{_safe(kind)}</span></summary>'
    )
    yield from (f'<p class="reason">{_safe(reason)}</p>' for reason in entry.change.reasons)
    yield from _table(entry)
    if names := listed(entry.changes):
        yield f'<p class="note">{_safe(names)}</p>'
    yield "</details>"


def _table(entry: Entry) -> Iterator[str]:
    rows = [*wording.rows(entry.change)]
    if not rows:
        return
    yield f"<table><caption>Changes of {_safe(wording.subject(entry)[0])}</caption>"
    yield '<thead><tr><th scope="col">What</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>'
    yield "<tbody>"
    for row in rows:
        mark = f' <strong class="replaces">{_safe(row.note)}</strong>' if row.note else ""
        yield f'<tr><th scope="row" class="effect-{row.effect}">{_safe(row.text)}{mark}</th>'
        yield f'<td class="before">{_value(row.before)}</td><td class="after">{_value(row.after)}</td></tr>'
    yield "</tbody></table>"


def _value(value: Json) -> str:
    if value is None or not isinstance(value, Mapping | list):
        return _safe(shown(value))
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return f"<pre>{escape(visible(text, NEW_LINE))}</pre>"
