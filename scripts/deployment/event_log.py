"""Shows a running operation as a tree of nested stacks, with counts, times and the slowest resource."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from scripts.cloudformation.stack_events import StackEvent, last_of_each
from scripts.command_line.plain_text import visible

_STYLES: Final = {"failed": "bold red", "in progress": "yellow", "done": "green"}


@dataclass(frozen=True)
class Running:
    """A resource in progress. `since` is the time of the event that began it."""

    path: tuple[str, ...]
    status: str
    since: datetime

    def seconds(self, now: datetime) -> int:
        return max(int((now - self.since).total_seconds()), 0)


@dataclass(frozen=True)
class StackProgress:
    """One stack: its state, the number of its own resources by state, and those that are not done, longest first."""

    path: tuple[str, ...]
    status: str
    began: datetime
    ended: datetime | None
    done: int
    failed: int
    running: tuple[Running, ...]

    def elapsed(self, now: datetime) -> timedelta:
        seconds = ((self.ended or now) - self.began).total_seconds()
        return timedelta(seconds=max(int(seconds), 0))


def progress_of(events: Sequence[StackEvent]) -> list[StackProgress]:
    """One entry for each stack that occurs in `events` (oldest first), a parent before its nested stacks."""
    last = last_of_each(events)
    stacks = sorted({event.path for event in events if event.is_of_stack_itself or event.is_of_nested_stack})
    return [_progress(path, events, last) for path in stacks]


def _progress(
    path: tuple[str, ...], events: Sequence[StackEvent], last: dict[tuple[str, ...], StackEvent]
) -> StackProgress:
    own = [
        event
        for other, event in last.items()
        if other[:-1] == path and not (event.is_of_stack_itself or event.is_of_nested_stack)
    ]
    running = [
        Running(event.path, event.status, _since(events, event.path))
        for event in own
        if _state(event.status) == "in progress"
    ]
    status = last[path].status
    return StackProgress(
        path=path,
        status=status,
        began=next(event.time for event in events if event.path == path),
        ended=None if _state(status) == "in progress" else last[path].time,
        done=sum(_state(event.status) == "done" for event in own),
        failed=sum(event.has_failed for event in own),
        running=tuple(sorted(running, key=lambda resource: resource.since)),
    )


def _since(events: Sequence[StackEvent], path: tuple[str, ...]) -> datetime:
    """The time at which the resource's present status began: a creation reports CREATE_IN_PROGRESS twice."""
    began: datetime | None = None
    word = ""
    for event in events:
        if event.path == path and event.status != word:
            began, word = event.time, event.status
    assert began is not None
    return began


def _state(status: str) -> str:
    if status.endswith("_FAILED"):
        return "failed"
    return "in progress" if status.endswith("_IN_PROGRESS") else "done"


def progress_tree(stacks: Sequence[StackProgress], now: datetime) -> RenderableType:
    """Draw the tree, and under it the resource that has been in progress for longest."""
    if not stacks:
        return Text("waiting for the first event", style="dim")
    nodes: dict[tuple[str, ...], Tree] = {}
    for stack in stacks:
        line = _line(stack, now)
        parent = nodes.get(stack.path[:-1])
        nodes[stack.path] = Tree(line) if parent is None else parent.add(line)
    parts: list[RenderableType] = [nodes[stacks[0].path]]
    running = [resource for stack in stacks for resource in stack.running]
    if running:
        slowest = min(running, key=lambda resource: resource.since)
        shown = "/".join(slowest.path)
        parts.append(Text(f"slowest: {shown} {slowest.status} for {slowest.seconds(now)} s", style="dim"))
    parts.append(Text("Ctrl-C detaches; the operation goes on", style="dim"))
    return Group(*parts)


def _line(stack: StackProgress, now: datetime) -> Text:
    line = Text(stack.path[-1])
    line.append(f"  {stack.status}", style=_STYLES[_state(stack.status)])
    counts = [(stack.done, "done"), (len(stack.running), "in progress"), (stack.failed, "failed")]
    line.append("  " + ", ".join(f"{count} {word}" for count, word in counts if count), style="dim")
    line.append(f"  {stack.elapsed(now)}", style="dim")
    return line


def event_line(event: StackEvent) -> Text:
    """`12:03:44  CREATE_COMPLETE  payment-webhooks-dev/Data/InboxTable`, and the reason of a failure."""
    line = Text(f"{event.time:%H:%M:%S}  ")
    line.append(f"{event.status:<28}", style=_event_style(event))
    line.append(f"  {event.shown_path}")
    if event.has_failed and event.reason:
        line.append(f"  {visible(event.reason)}", style="red")
    return line


def _event_style(event: StackEvent) -> str:
    if event.has_failed:
        return "bold red"
    if "ROLLBACK" in event.status:
        return "yellow"
    return "green" if event.status.endswith("_COMPLETE") else "dim"


class EventLog:
    """Shows an operation: live on a terminal; elsewhere a line for each stack and each failure."""

    def __init__(self, console: Console, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._console, self._now = console, now
        self._events: list[StackEvent] = []
        self._live = Live(get_renderable=self._picture, console=console, transient=True, refresh_per_second=4)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, events: Iterable[StackEvent]) -> None:
        for event in events:
            self._events.append(event)
            if event.has_failed or event.is_of_stack_itself:
                self._console.print(event_line(event), soft_wrap=True)

    def _picture(self) -> RenderableType:
        return progress_tree(progress_of(self._events), self._now())
