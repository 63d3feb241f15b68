"""Reads the events of a stack and of the stacks nested in it, as one sequence in time, and follows them to the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import NESTED_STACK
from scripts.cloudformation.stack_states import NO_STACK, STATES, Outcome

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

Answer = TypeVar("Answer")
_THROTTLED: Final = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})
# CloudFormation stops what else is going on when something fails.
_CANCELLED: Final = ("cancelled", "canceled")
_OPERATIONS: Final = frozenset(
    {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}
)
# How often a stack at rest may say nothing before we believe that the operation's last event will not come.
_SILENT_POLLS: Final = 15


@dataclass(frozen=True)
class StackEvent:
    """One event. `path` goes from the root stack's name over the nested stacks to the resource."""

    event_id: str
    time: datetime
    stack_id: str
    path: tuple[str, ...]
    resource_type: str
    physical_id: str
    status: str
    reason: str

    @property
    def shown_path(self) -> str:
        return "/".join(self.path)

    @property
    def is_of_stack_itself(self) -> bool:
        return self.resource_type == NESTED_STACK and self.physical_id == self.stack_id

    @property
    def is_of_nested_stack(self) -> bool:
        return self.resource_type == NESTED_STACK and self.physical_id != self.stack_id

    @property
    def has_failed(self) -> bool:
        return self.status.endswith("_FAILED")


@dataclass
class EventReader:
    """Reads new events of the stack `root_id` (an ARN) and of the nested stacks that turn up in its events.

    Without `mark`, begins at the start of the newest operation; after it, only what comes later counts.
    """

    cloudformation: "CloudFormationClient"
    root_id: str
    _paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _since: datetime | None = None
    _marked: bool = False

    def __post_init__(self) -> None:
        self._paths[self.root_id] = (stack_name(self.root_id),)

    def mark(self) -> None:
        """Ignore all events so far: call it before the operation that is to be followed."""
        self._seen.update(event.event_id for event in self._read(self.root_id, newest_page_only=True))
        self._marked = True

    def new_events(self) -> list[StackEvent]:
        """Events since the last call, oldest first."""
        events: list[StackEvent] = []
        to_read, read_ids = [*self._paths], set[str]()
        while to_read:
            stack_id = to_read.pop()
            read_ids.add(stack_id)
            events += reversed(self._new_of(stack_id))  # oldest first: the sort keeps equal times in order
            to_read += [known for known in self._paths if known not in read_ids and known not in to_read]
        return sorted(events, key=lambda event: event.time)

    def _new_of(self, stack_id: str) -> list[StackEvent]:
        fresh, nested = _unless_throttled(lambda: self._read_with_nested(stack_id)) or ([], {})
        if stack_id == self.root_id and self._since is None and fresh:
            self._since = fresh[-1].time
        self._seen.update(event.event_id for event in fresh)
        self._paths.update(nested)
        return fresh

    def _read_with_nested(self, stack_id: str) -> tuple[list[StackEvent], dict[str, tuple[str, ...]]]:
        """The stack's new events, newest first, and the path of each nested stack in them, by its id."""
        fresh, nested = list(self._read(stack_id)), {}
        for event in fresh:
            if event.is_of_nested_stack:
                has_id = event.physical_id.startswith("arn:")
                nested[event.physical_id if has_id else self._failed_child(event)] = event.path
        nested.pop("", None)
        return fresh, nested

    def _failed_child(self, event: StackEvent) -> str:
        """The id of a nested stack whose failure came without one (the local engine gives none); empty if not found.

        CloudFormation names it after its parent and its logical id.
        """
        if not event.has_failed or event.path in self._paths.values():
            return ""
        prefix = f"{stack_name(event.stack_id)}-{event.path[-1]}-"
        pages = self.cloudformation.get_paginator("list_stacks").paginate()
        children = [
            (stack["CreationTime"], stack["StackId"])
            for stack in pages.search("StackSummaries[]")
            if stack["StackName"].startswith(prefix)
        ]
        return max(children)[1] if children else ""

    def _read(self, stack_id: str, newest_page_only: bool = False) -> Iterator[StackEvent]:
        """Events newest first, down to one that was read before or belongs to an earlier operation."""
        for page in self._pages(stack_id):
            for raw in page["StackEvents"]:
                event = _event(raw, self._paths[stack_id])
                if event.event_id in self._seen or (self._since is not None and event.time < self._since):
                    return
                yield event
                starts_operation = event.is_of_stack_itself and event.status in _OPERATIONS
                if not self._marked and self._since is None and starts_operation:
                    return
            if newest_page_only:
                return

    def _pages(self, stack_id: str) -> Iterator[Mapping[str, Any]]:
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        try:
            yield from pages
        except ClientError as error:
            # A nested stack has an id before it can be read, and the root may be gone after a deletion.
            if "does not exist" not in str(error):
                raise


def stack_name(stack_id: str) -> str:
    """`arn:aws:cloudformation:eu-west-1:123456789012:stack/NAME/uuid` gives NAME."""
    return stack_id.split("/")[1] if "/" in stack_id else stack_id


def first_cause(events: Iterable[StackEvent]) -> StackEvent | None:
    """The failure that came first in time, in whatever stack; what follows it is cancelled or rolled back.

    A nested stack's own failure only says that something in it failed, so it counts when nothing else does.
    """
    failed = [event for event in events if event.has_failed]
    real = [event for event in failed if not any(word in event.reason.lower() for word in _CANCELLED)]
    in_resources = [event for event in real if event.resource_type != NESTED_STACK]
    of_nested = [event for event in real if event.is_of_nested_stack]
    for candidates in (in_resources, of_nested, real, failed):
        if candidates:
            return min(candidates, key=lambda event: event.time)
    return None


def last_of_each(events: Sequence[StackEvent]) -> dict[tuple[str, ...], StackEvent]:
    """The newest event of each resource, by path; `events` are oldest first."""
    return {event.path: event for event in events}


def _event(raw: Mapping[str, Any], stack_path: tuple[str, ...]) -> StackEvent:
    stack_id, physical_id = raw["StackId"], raw.get("PhysicalResourceId", "")
    itself = raw.get("ResourceType") == NESTED_STACK and physical_id == stack_id
    return StackEvent(
        event_id=raw["EventId"],
        time=raw["Timestamp"],
        stack_id=stack_id,
        path=stack_path if itself else (*stack_path, raw["LogicalResourceId"]),
        resource_type=raw.get("ResourceType", ""),
        physical_id=physical_id,
        status=raw.get("ResourceStatus", ""),
        reason=raw.get("ResourceStatusReason", ""),
    )


@dataclass(frozen=True)
class OperationEnd:
    """The state in which the operation left its stack, and all its events, oldest first."""

    status: str
    events: tuple[StackEvent, ...]


def follow(
    reader: EventReader,
    read_status: Callable[[], str],
    show: Callable[[Sequence[StackEvent]], None],
    sleep: Callable[[float], None],
    poll_seconds: float,
) -> OperationEnd:
    """Show the events as they come, until the root stack has come to rest.

    The root's own last event decides: its status alone may still be the old one just after an operation began.
    """
    events: list[StackEvent] = []
    silent_polls = 0
    while True:
        # Before the events, so that none is missed after the last status. Throttled, it is not known.
        status = _unless_throttled(read_status)
        fresh = reader.new_events()
        show(fresh)
        events += fresh
        silent_polls = 0 if fresh else silent_polls + 1
        of_root = [event for event in events if event.is_of_stack_itself and len(event.path) == 1]
        if of_root and _is_at_rest(of_root[-1].status):
            return OperationEnd(of_root[-1].status, tuple(events))
        if status == NO_STACK or (status and _is_at_rest(status) and silent_polls >= _SILENT_POLLS):
            return OperationEnd("DELETE_COMPLETE" if status == NO_STACK else status, tuple(events))
        sleep(poll_seconds)


def _unless_throttled(read: Callable[[], Answer]) -> Answer | None:
    """What `read` gives; None if CloudFormation still answers "too often" after the client's own attempts."""
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _THROTTLED:
            raise
        return None


def _is_at_rest(status: str) -> bool:
    return status != "REVIEW_IN_PROGRESS" and STATES[status].outcome is not Outcome.IN_PROGRESS
