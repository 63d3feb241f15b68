"""What deploy and destroy show: on standard error, by rich; without colour where that is no terminal.

Text objects only, never markup: a reason given by AWS may hold square brackets.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.status import Status
from rich.table import Table
from rich.text import Text

from deployment.artifacts import Upload
from deployment.change_sets import Change, ChangeSet
from deployment.errors import ToolError
from deployment.events import StackEvent, last_of_each
from deployment.live_stacks import NESTED_STACK

_ACTION_STYLES: Final = {
    "Add": "green",
    "Modify": "yellow",
    "Remove": "red",
    "Import": "cyan",
    "Dynamic": "dim",
}
_WIDTH_OF_FILES: Final = 240
_REPLACEMENTS: Final = {"True": "REPLACED", "Conditional": "may be replaced", "False": "", "": ""}


def make_console() -> Console:
    """On standard error. Where that is a file or a pipe, lines are as long as they need to be."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _WIDTH_OF_FILES)


def print_json(document: object, indent: int | None = 2) -> None:
    """To standard output, which holds nothing else."""
    print(json.dumps(document, indent=indent, sort_keys=True), flush=True)


def show_error(console: Console, error: ToolError) -> None:
    """One line that says what is wrong, one that says what to do."""
    console.print(Text(f"error: {error.message}", style="bold red"))
    if error.next_step:
        console.print(Text(f"  next: {error.next_step}"))


def changes_table(change_set: ChangeSet) -> Table:
    """One row a resource, in the order of the layers; a nested stack heads its own."""
    table = Table(
        title=f"Change set {change_set.name}",
        title_style="bold",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for heading in ("change", "resource", "type", "what", "effect"):
        table.add_column(heading, overflow="fold")
    for change in change_set.changes:
        table.add_row(
            Text(change.action, style=_ACTION_STYLES.get(change.action, "")),
            Text(change.shown_path, style="bold" if change.resource_type == NESTED_STACK else ""),
            Text(change.resource_type.removeprefix("AWS::"), style="dim"),
            ", ".join(change.scope),
            Text(effect(change), style="bold red"),
        )
    return table


def count_changes(changes: Iterable[Change]) -> str:
    """E.g. `12 to add, 3 to modify, 1 to remove`."""
    words = {
        "Add": "add",
        "Modify": "modify",
        "Remove": "remove",
        "Import": "import",
        "Dynamic": "decide later",
    }
    counts = dict.fromkeys(words, 0)
    for change in changes:
        counts[change.action] += 1
    return ", ".join(f"{count} to {words[action]}" for action, count in counts.items() if count)


def print_pairs(console: Console, title: str, pairs: Mapping[str, str]) -> None:
    """Name and value in two columns; a value is never broken over lines, so that it can be copied."""
    console.print(Text(title, style="bold"))
    width = max((len(name) for name in pairs), default=0)
    for name, value in sorted(pairs.items()):
        console.print(Text.assemble((f"  {name:<{width}}  ", "cyan"), value), soft_wrap=True)


class UploadBar:
    """A progress bar over the bytes of `uploads`; nothing where standard error is no terminal."""

    def __init__(self, console: Console, uploads: Sequence[Upload]) -> None:
        columns = (TextColumn("uploading"), BarColumn(), DownloadColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("", total=sum(len(upload.content) for upload in uploads))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def done(self, upload: Upload, sent: bool) -> None:
        self._progress.advance(self._task, len(upload.content))


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


class EventLog:
    """Shows events as they come; on a terminal with a line that counts, else only stacks and failures."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._started = clock()
        self._events: list[StackEvent] = []
        self._status = Status("waiting for the first event", console=console)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def show(self, events: Sequence[StackEvent]) -> None:
        self._events += events
        for event in events:
            if self._is_worth_a_line(event):
                self._console.print(event_line(event), soft_wrap=True)
        self._status.update(Text(self._counts()))

    def _is_worth_a_line(self, event: StackEvent) -> bool:
        if event.has_failed or event.is_of_stack_itself:
            return True
        return self._console.is_terminal and not event.status.endswith("_IN_PROGRESS")

    def _counts(self) -> str:
        states = [event.status for event in last_of_each(self._events).values()]
        under_way = sum(status.endswith("_IN_PROGRESS") for status in states)
        elapsed = timedelta(seconds=int(self._clock() - self._started))
        return f"{len(states) - under_way} done, {under_way} in progress, {elapsed}"


def event_line(event: StackEvent) -> Text:
    """`12:03:44  CREATE_COMPLETE  payment-webhooks-dev/Data/InboxTable`, and the reason of a failure."""
    line = Text(f"{event.time:%H:%M:%S}  ")
    line.append(f"{event.status:<28}", style=_event_style(event))
    line.append(f"  {event.shown_path}")
    if event.has_failed and event.reason:
        line.append(f"  {event.reason}", style="red")
    return line


def _event_style(event: StackEvent) -> str:
    if event.has_failed:
        return "bold red"
    if "ROLLBACK" in event.status:
        return "yellow"
    return "green" if event.status.endswith("_COMPLETE") else "dim"


def effect(change: Change) -> str:
    """What a reader must not miss: data that goes, and replacements (fixed names forbid them)."""
    # A nested stack is updated in place; a Conditional on it only means that its outputs are not known yet.
    in_place = change.resource_type == NESTED_STACK and change.replacement == "Conditional"
    parts = ["" if in_place else _REPLACEMENTS.get(change.replacement, change.replacement)]
    if change.action == "Remove" or change.policy_action in ("Delete", "ReplaceAndDelete"):
        parts.append("DELETED" if change.action == "Remove" else change.policy_action)
    return ", ".join(part for part in parts if part)
