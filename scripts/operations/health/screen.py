"""A report of `health` on a terminal: once, or again and again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from scripts.command_line.console import OutputConsole
from scripts.command_line.plain_text import visible
from scripts.command_line.streams import print_json
from scripts.operations.health.finding import Finding, Level
from scripts.operations.health.report import Report

MARKS: Final = {
    Level.PROBLEM: ("ACT", "bold red"),
    Level.NOTICE: ("look", "yellow"),
    Level.OK: ("ok", "green"),
}


def show_once(report: Report, as_json: bool) -> None:
    """Print the report."""
    if as_json:
        print_json(report.document())
    else:
        _print(OutputConsole(highlight=False), report)


def _print(console: Console, report: Report) -> None:
    for line in lines_of(report):
        console.print(line, soft_wrap=isinstance(line, Text))  # a command is never broken: it is copied


def watch_screen(
    report: Report, read: Callable[[], Report], pause: Callable[[], None], as_json: bool
) -> None:
    """Show `report`, and after each pause what `read` gives, until Ctrl-C.

    On a terminal in the place of the one before; in a pipe below it, as JSON one a line.
    """
    console = OutputConsole(highlight=False)
    with suppress(KeyboardInterrupt):
        if as_json or not console.is_terminal:
            while True:
                if as_json:
                    print_json(report.document(), indent=None)
                else:
                    _print(console, report)
                pause()
                report = read()
        with Live(Group(*lines_of(report)), console=console, auto_refresh=False, screen=True) as live:
            while True:
                pause()
                report = read()
                live.update(Group(*lines_of(report)), refresh=True)


def lines_of(report: Report) -> list[RenderableType]:
    """What wants a person comes first, each with its next step."""
    head = Text.assemble((report.stack, "bold"), f" in {report.where}, {report.at:%Y-%m-%d %H:%M:%S} UTC")
    width = max(len(finding.subject) for finding in report.findings)
    order = [*MARKS]
    lines: list[RenderableType] = [head]
    for finding in sorted(report.findings, key=lambda each: order.index(each.level)):
        line = Table.grid(Column(width=4), Column(width=width), Column(overflow="fold"), padding=(0, 2, 0, 0))
        line.add_row(Text(*MARKS[finding.level]), finding.subject, Text(visible(finding.text)))
        lines.append(line)
        if (
            finding.next_step and finding.level is not Level.OK
        ):  # on a line of its own, never broken: it is copied
            lines.append(Text(f"      {finding.next_step}", "cyan", no_wrap=True, overflow="ignore"))
    return [*lines, Text(summary(report.findings))]


def summary(findings: Sequence[Finding]) -> str:
    """E.g. `2 to act on, 1 to look at`; `healthy` where there is neither."""
    told = ((Level.PROBLEM, "to act on"), (Level.NOTICE, "to look at"))
    counts = [(sum(each.level is level for each in findings), words) for level, words in told]
    return ", ".join(f"{count} {words}" for count, words in counts if count) or "healthy"
