"""Renders a review as one self-contained HTML page: searchable, foldable, printable, light and dark, offline.

Every text is escaped, and a content security policy runs only the page's own script, named by its hash: text from a
template or an error message can never become code.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

from scripts.command_line.plain_text import NEW_LINE, visible
from scripts.review.model import Change, Danger, Node, Review
from scripts.review.render import wording
from scripts.review.shared_tags import without_shared_tags
from scripts.review.values import shown

_HERE: Final = Path(__file__).parent
_OPEN_FROM: Final = Danger.WIDENS_ACCESS  # what is this bad is unfolded from the start


def render_html(review: Review) -> str:
    """The whole page as text."""
    style, script = ((_HERE / name).read_text("utf-8").strip() + "\n" for name in ("page.css", "page.js"))
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
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
        *_header(review),
        "<main>",
        *(_stack(review.tree(), review) if review.changes else [f"<p>{_safe(wording.NOTHING)}</p>"]),
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


def _header(review: Review) -> Iterator[str]:
    yield f"<header><h1>{_safe(review.stack_name)}</h1>"
    yield f'<p class="summary">{_safe(wording.summary(review))}</p>'
    if review.needs:
        yield f"<p>Needs <code>--allow {_safe(wording.allowance(review))}</code></p>"
    for path, word, why in wording.troubled(review):
        yield f'<p class="fails"><strong>{word}:</strong> {_safe(path)}: {_safe(why)}</p>'
    _, tags = without_shared_tags(review)
    yield from (f'<p class="note">{_safe(str(note))}</p>' for note in (*tags, *review.notes))
    if review.changes:
        yield from _controls(review)
    yield "</header>"


def _controls(review: Review) -> Iterator[str]:
    yield '<form role="search" class="controls">'
    yield '<label for="search">Search</label>'
    yield '<input id="search" type="search" autocomplete="off" placeholder="name, type, property, value">'
    yield "<fieldset><legend>Show</legend>"
    for danger, count in review.count().items():
        box = f'<input type="checkbox" name="danger" value="{danger.name}" checked>'
        yield f'<label class="danger-{danger.name}">{box} {_safe(danger.title)} ({count})</label>'
    yield "</fieldset>"
    yield '<button type="button" id="unfold">Unfold all</button> <button type="button" id="fold">Fold all</button>'
    yield f'<output id="shown" aria-live="polite">{len(review.changes)} of {len(review.changes)} shown</output>'
    yield "</form>"


def _stack(node: Node, review: Review) -> Iterator[str]:
    level = min(2 + len(node.path), 6)
    yield f'<section class="stack"><h{level}>{_safe(wording.stack_title(node, review))}</h{level}>'
    own = max((change.danger for change in node.changes), default=Danger.ADDS)
    worse = [child for child in node.children if child.danger > own]
    for child in worse:  # what must be looked at first stands first on the page
        yield from _stack(child, review)
    if worse and node.changes:
        yield f'<p class="note">{_safe(wording.stack_title(node, review))} itself:</p>'
    slim, _ = without_shared_tags(review)
    more = {(change.shown_path, change.action) for change in slim.changes}
    for change in sorted(node.changes, key=lambda change: (change.shown_path, change.action) not in more):
        yield from _change(change)
    for child in node.children[len(worse) :]:  # they come worst first
        yield from _stack(child, review)
    yield "</section>"


def _change(change: Change) -> Iterator[str]:
    is_open = " open" if change.danger >= _OPEN_FROM else ""
    yield f'<details class="change danger-{change.danger.name}" data-danger="{change.danger.name}"{is_open}>'
    name = f' <span class="name">{_safe(change.physical_name)}</span>' if change.physical_name else ""
    yield (
        f'<summary><span class="badge">{_safe(change.danger.title)}</span> '
        f'<span class="verb">{_safe(wording.verb(change))}</span> <strong>{_safe(change.logical_id)}</strong>{name} '
        f'<span class="type">{_safe(wording.short_type(change))}</span></summary>'
    )
    if trouble := wording.trouble(change):
        yield f'<p class="fails"><strong>{trouble[0]}:</strong> {_safe(trouble[1])}</p>'
    yield from (f'<p class="reason">{_safe(reason)}</p>' for reason in change.reasons)
    yield from _access_list(change)
    yield from _property_table(change)
    yield "</details>"


def _access_list(change: Change) -> Iterator[str]:
    for access in change.access:
        text = f"{wording.access_sign(access)} {access.summary}"
        yield f'<div class="access effect-{access.effect.name}"><p>{_safe(text)}</p>'
        yield '<div class="sides">'
        for word, value in (("Before", access.before), ("After", access.after)):
            text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
            text = "(none)" if value is None else text
            yield f"<figure><figcaption>{word}</figcaption><pre>{escape(visible(text, NEW_LINE))}</pre></figure>"
        yield "</div></div>"


def _property_table(change: Change) -> Iterator[str]:
    if not change.properties:
        return
    yield f"<table><caption>Properties of {_safe(change.logical_id)}</caption>"
    yield '<thead><tr><th scope="col">Property</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>'
    yield "<tbody>"
    for row in change.properties:
        note = wording.replacement_note(row)
        mark = f' <strong class="replaces">{_safe(note.strip(" []"))}</strong>' if note else ""
        before, after = (_safe(shown(value)) for value in (row.before, row.after))
        name = f'<th scope="row">{_safe(row.path)}{mark}</th>'
        yield f'<tr>{name}<td class="before">{before}</td><td class="after">{after}</td></tr>'
    yield "</tbody></table>"
