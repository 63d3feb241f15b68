"""Writes a review: to the terminal, as a page, as Markdown."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.deployment.context import Context
from scripts.deployment.deploy_command import STANDARD_OUTPUT
from scripts.review.model import Review
from scripts.review.render.html_page import render_html
from scripts.review.render.markdown import render_markdown
from scripts.review.render.terminal import render_terminal


@dataclass(frozen=True)
class ReviewOutput:
    """Besides the terminal. `markdown` is a file, to which it is added, or `-` for standard output."""

    html: Path | None = None
    markdown: str | None = None

    def show(self, context: Context, review: Review) -> None:
        context.console.print(render_terminal(review, whole_values=context.verbose))
        if self.html:
            self.html.write_text(render_html(review), encoding="utf-8")
            context.print_message(f"the review as a page: {self.html}")
        if self.markdown == STANDARD_OUTPUT:
            print(render_markdown(review), end="")
        elif self.markdown:
            with Path(self.markdown).open("a", encoding="utf-8") as file:
                file.write(render_markdown(review))


TERMINAL_ONLY: Final = ReviewOutput()
