"""Writes a review: to the terminal, as a page, as Markdown."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.text import Text

from scripts.command_line.errors import UsageError
from scripts.deployment.context import Context
from scripts.deployment.deploy_command import STANDARD_OUTPUT
from scripts.review.model import Danger, Review
from scripts.review.render.html_page import render_html
from scripts.review.render.markdown import render_markdown
from scripts.review.render.terminal import render_terminal
from scripts.review.render.wording import short_type, stack_title, summary

_MUCH: Final = 40  # a first creation adds more than a hundred resources: a list that nobody reads


@dataclass(frozen=True)
class ReviewOutput:
    """Besides the terminal. `markdown` is a file, to which it is added, or `-` for standard output."""

    html: Path | None = None
    markdown: str | None = None

    def show(self, context: Context, review: Review) -> None:
        """Raises UsageError when a file cannot be written."""
        is_short = _only_adds_much(review) and not context.verbose
        whole = render_terminal(review, whole_values=context.verbose)
        context.console.print(_condensed(review) if is_short else whole)
        try:
            if self.html:
                self.html.write_text(render_html(review), encoding="utf-8")
                context.print_message(f"the review as a page: {self.html}")
            if self.markdown == STANDARD_OUTPUT:
                print(render_markdown(review), end="")
            elif self.markdown:
                with Path(self.markdown).open("a", encoding="utf-8") as file:
                    file.write(render_markdown(review))
        except OSError as error:
            raise UsageError(f"the review cannot be written: {error}") from error


def _only_adds_much(review: Review) -> bool:
    return review.danger is Danger.ADDS and len(review.changes) > _MUCH and not review.failing


def _condensed(review: Review) -> Text:
    """A line for each stack, with the types of what it adds."""
    lines = Text(
        f"{summary(review)}; one by one: --verbose, --html FILE, --markdown FILE or --json", style="bold"
    )
    for node in review.tree().walk():
        counts = Counter(short_type(change) for change in node.changes)
        if counts:
            lines.append(f"\n  {stack_title(node, review)}", style="bold cyan")
            kinds = (f"{count} {kind}" for kind, count in counts.most_common())
            lines.append(f"  + {', '.join(kinds)}", style="not bold")
    return lines


TERMINAL_ONLY: Final = ReviewOutput()
