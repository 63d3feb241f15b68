"""Renders a review as GitHub Markdown, for the summary of a pull request."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from scripts.command_line.plain_text import NEW_LINE, visible
from scripts.review.folding import Entry
from scripts.review.model import Review
from scripts.review.render import wording
from scripts.review.verdict import listed, verdict

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>+!|~&])")
_LINKED: Final = re.compile(r"([@#]|://|www\.)")
_LONGEST_VALUE: Final = 400
_MOST_NAMES: Final = 20
# GitHub takes 1 MiB in a job summary, 65 536 characters in a comment.
LONGEST_COMMENT: Final = 65_536
_CUT: Final = "\n\n…cut: the whole review is in the job's files.\n"


def render_markdown(review: Review, longest: int = LONGEST_COMMENT) -> str:
    """The review with a heading for each danger, the worst first; details folded. At most `longest` characters."""
    text = "\n\n".join(_blocks(review)) + "\n"
    if len(text) <= longest:
        return text
    return text[: longest - len(_CUT)].rpartition("\n- ")[0] + _CUT


def _blocks(review: Review) -> Iterator[str]:
    yield f"## Review of {_escape(review.stack_name)}"
    yield "\n".join(f"- **{word}**: {_escape(said)}" for word, said in verdict(review).items())
    for word, names, why in wording.troubled(review, _MOST_NAMES):
        yield f"> **{word}**: {_escape(names)}: {_escape(why)}"
    yield f"**{_escape(wording.summary(review))}**"
    if review.needs:
        yield f"Needs `--allow {wording.allowance(review)}`."
    for danger, entries in groupby(wording.entries(review), lambda entry: entry.danger):
        yield f"### {danger.title}"
        yield "\n".join(line for entry in entries for line in _entry(entry))
    yield from (f"_{_escape(note)}_" for note in wording.notes(review))
    if made := wording.origin(review):
        yield f"_of {_escape(made)}_"


def _entry(entry: Entry) -> Iterator[str]:
    change, verb = entry.change, wording.done(entry)
    name, physical_name, kind = wording.subject(entry)
    physical = f" {_code(physical_name)}" if physical_name else ""
    kind = f" ({_escape(kind)})" if kind else ""
    yield f"- {verb[0]} **{_escape(verb[2:])}** {_code(name)}{physical}{kind}"
    for reason in change.reasons:
        yield f"  - {_escape(reason)}"
    for row in wording.rows(change):
        note = f" **{row.note}**" if row.note else ""
        before, after = map(_code, wording.cut_pair(row.before, row.after, _LONGEST_VALUE))
        values = f": {before} → {after}" if row.has_values else ""
        yield f"  - {_escape(row.text)}{values}{note}"
    if names := listed(entry.changes):
        yield f"  - <details><summary>which</summary>{_escape(names)}</details>"


def _escape(text: str) -> str:
    """Escapes text, so that no name or reason becomes markup, a link, a mention or HTML.

    GitHub looks for mentions, numbers of issues and addresses after the markup, where a backslash is gone already; an
    empty comment parts them.
    """
    escaped = _SPECIAL.sub(r"\\\1", " ".join(visible(text, NEW_LINE).split()))
    return _LINKED.sub(r"\1<!-- -->", escaped)


def _code(text: str) -> str:
    """Inline code for any text: between more backticks than the text has in a row."""
    short = " ".join(visible(text, NEW_LINE).split())
    fence = "`" * (max((len(run) for run in re.findall("`+", short)), default=0) + 1)
    pad = " " if short.startswith("`") or short.endswith("`") else ""
    return f"{fence}{pad}{short or ' '}{pad}{fence}"
