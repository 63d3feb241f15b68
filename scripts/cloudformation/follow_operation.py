"""Follows an operation on a stack to its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.cloudformation.stack_events import EventReader, StackEvent
from scripts.cloudformation.stack_states import NO_STACK, STATES, Outcome

Show = Callable[[Sequence[StackEvent]], None]
# How often a stack at rest may say nothing before we believe that the operation's last event will not come.
_SILENT_POLLS: Final = 15


@dataclass(frozen=True)
class OperationEnd:
    """The state in which the operation left its stack, and all its events, oldest first."""

    status: str
    events: tuple[StackEvent, ...]


def follow(
    reader: EventReader,
    read_status: Callable[[], str],
    show: Show,
    sleep: Callable[[float], None],
    poll_seconds: float,
) -> OperationEnd:
    """Show the events as they come, until the root stack has come to rest.

    The root's own last event decides: its status alone may still be the old one just after an operation
    began.
    """
    events: list[StackEvent] = []
    silent_polls = 0
    while True:
        status = read_status()  # before the events, so that none is missed after the last status
        fresh = reader.new_events()
        show(fresh)
        events += fresh
        silent_polls = 0 if fresh else silent_polls + 1
        last = _last_of_root(events)
        if last is not None and _is_at_rest(last.status):
            return OperationEnd(last.status, tuple(events))
        if status == NO_STACK or (_is_at_rest(status) and silent_polls >= _SILENT_POLLS):
            return OperationEnd("DELETE_COMPLETE" if status == NO_STACK else status, tuple(events))
        sleep(poll_seconds)


def _is_at_rest(status: str) -> bool:
    return status != "REVIEW_IN_PROGRESS" and STATES[status].outcome is not Outcome.IN_PROGRESS


def _last_of_root(events: Sequence[StackEvent]) -> StackEvent | None:
    return next(
        (event for event in reversed(events) if event.is_of_stack_itself and len(event.path) == 1), None
    )
