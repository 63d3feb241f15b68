"""What commands show: answers on standard output, the rest on standard error; without colour where that is no terminal.

Text objects only, never markup: a reason given by AWS may hold square brackets.
"""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.status import Status
from rich.text import Text

from scripts.command_line.plain_text import visible

_WIDTH_OF_FILES: Final = 240


class PipedConsole(Console):
    """Where nobody reads any more, rich would end the program with 1; a command ends as `start_command` says."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console() -> Console:
    """On standard error. Where that is a file or a pipe, lines are as long as they need to be."""
    return PipedConsole(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _WIDTH_OF_FILES)


class OutputConsole(PipedConsole):
    """On standard output. Where that is a file or a pipe, an id is not broken over lines, so that grep finds it."""

    def __init__(self, highlight: bool = True) -> None:
        super().__init__(highlight=highlight, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)

    def print_whole(self, renderable: RenderableType) -> None:
        """Print a table or tree as wide as its longest words, such as ids and keys, so that they can be copied."""
        unbounded = self.options.update(width=sys.maxsize)
        self.width = max(self.width, Measurement.get(self, unbounded, renderable).minimum)
        self.print(renderable)


def print_pairs(console: Console, title: str, pairs: Mapping[str, str]) -> None:
    """Name and value in two columns; a value is never broken over lines, so that it can be copied."""
    console.print(Text(title, style="bold"))
    width = max((len(name) for name in pairs), default=0)
    for name, value in sorted(pairs.items()):
        console.print(Text.assemble((f"  {name:<{width}}  ", "cyan"), visible(value)), soft_wrap=True)


class CountLine:
    """A line that counts up while something long goes on, and stays with the total."""

    def __init__(self, console: Console, text: str) -> None:
        self._console, self._text, self._count = console, text, 0
        self._status = Status(text, console=console)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()
        self._console.print(f"{self._text}: {self._count:,}", markup=False)

    def add(self, count: int) -> None:
        self._count += count
        self._status.update(f"{self._text}: {self._count:,}")
