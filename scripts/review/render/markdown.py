"""Renders a review as GitHub Markdown, for the summary of a pull request."""

import re
from collections.abc import Iterator
from typing import Final

from scripts.command_line.plain_text import NEW_LINE, visible
from scripts.review.model import Change, Danger, Replacement, Review
from scripts.review.render import wording
from scripts.review.shared_tags import without_shared_tags
from scripts.review.values import shown

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>+!|~&])")
_LINKED: Final = re.compile(r"([@#]|://|www\.)")
_REPLACES: Final = {Replacement.ALWAYS: " **replaces**", Replacement.CONDITIONAL: " **may replace**"}
_LONGEST_VALUE: Final = 400
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
    yield f"**{_escape(wording.summary(review))}**"
    if review.needs:
        yield f"Needs `--allow {wording.allowance(review)}`."
    for path, word, why in wording.troubled(review):
        yield f"> **{word}**: {_code(path)}: {_escape(why)}"
    slim, tags = without_shared_tags(review)
    yield from (_escape(str(tag)) for tag in tags)
    for danger in slim.count():
        yield f"### {danger.title}"
        changes = (change for change in slim.changes if change.danger is danger)
        yield "\n".join(line for change in changes for line in _change(change))
    yield from (f"_{_escape(note)}_" for note in review.notes)


def _change(change: Change) -> Iterator[str]:
    name = f" {_code(change.physical_name)}" if change.physical_name else ""
    yield (
        f"- {wording.sign(change)} **{_escape(wording.verb(change))}** {_code(change.shown_path)}{name} "
        f"({_escape(wording.short_type(change))})"
    )
    for reason in change.reasons:
        yield f"  - {_escape(reason)}"
    for access in change.access:
        yield f"  - {wording.access_sign(access)} {_escape(access.summary)}"
        for word, value in (("before", access.before), ("after", access.after)):
            if value is not None and change.danger >= Danger.WIDENS_ACCESS:
                yield f"    - {word}: {_code(shown(value))}"
    for property_change in change.properties:
        values = f"{_code(shown(property_change.before))} → {_code(shown(property_change.after))}"
        yield f"  - {_code(property_change.path)}: {values}{_REPLACES.get(property_change.replacement, '')}"


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
    short = short if len(short) <= _LONGEST_VALUE else short[: _LONGEST_VALUE - 1] + "…"
    fence = "`" * (max((len(run) for run in re.findall("`+", short)), default=0) + 1)
    pad = " " if short.startswith("`") or short.endswith("`") else ""
    return f"{fence}{pad}{short or ' '}{pad}{fence}"
