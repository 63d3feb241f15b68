"""The live picture: counts, times and the slowest resource of each nested stack; silence where nobody looks."""

import io
from datetime import timedelta

from rich.console import Console

from scripts.cloudformation.stack_events import StackEvent
from scripts.deployment.event_log import EventLog, progress_of, progress_tree
from tests.support.scripts.stubs import STARTED

ROOT = "payment-webhooks-dev"
STACK = "AWS::CloudFormation::Stack"


def event(
    second: float, status: str, *path: str, resource_type: str = "AWS::SQS::Queue", reason: str = ""
) -> StackEvent:
    own = f"arn-{'/'.join((ROOT, *path))}" if resource_type == STACK else "x"
    parent = own if not path else f"arn-{'/'.join((ROOT, *path[:-1]))}"
    return StackEvent(
        *(f"{path}{second}{status}", STARTED + timedelta(seconds=second), parent, (ROOT, *path)),
        *(resource_type, own, status, reason),
    )


EVENTS = [
    event(0, "CREATE_IN_PROGRESS", resource_type=STACK),
    event(1, "CREATE_IN_PROGRESS", "Data", resource_type=STACK),
    event(2, "CREATE_IN_PROGRESS", "Data", "Table"),
    event(3, "CREATE_IN_PROGRESS", "Data", "Bucket"),
    event(4, "CREATE_IN_PROGRESS", "Data", "Table", reason="Resource creation Initiated"),
    event(5, "CREATE_COMPLETE", "Data", "Done"),
    event(6, "CREATE_FAILED", "Data", "Broken", reason="no"),
]
NOW = STARTED + timedelta(seconds=62)


def test_each_stack_has_its_own_counts() -> None:
    root, data = progress_of(EVENTS)
    assert (root.path, root.done, root.failed, root.running) == ((ROOT,), 0, 0, ())
    assert (data.done, data.failed, len(data.running)) == (1, 1, 2)
    assert data.status == "CREATE_IN_PROGRESS"
    assert data.elapsed(NOW) == timedelta(seconds=61)


def test_the_slowest_is_what_has_been_going_on_for_longest() -> None:
    """A resource says twice that it is being created; its time counts from the first."""
    _, data = progress_of(EVENTS)
    assert [item.path[-1] for item in data.running] == ["Table", "Bucket"]
    assert data.running[0].seconds(NOW) == 60


def test_the_clock_of_a_finished_stack_stands_still() -> None:
    ended = [*EVENTS, event(30, "CREATE_COMPLETE", "Data", resource_type=STACK)]
    _, data = progress_of(ended)
    assert data.elapsed(NOW) == timedelta(seconds=29)


def shown(console: Console, file: io.StringIO) -> str:
    console.print(progress_tree(progress_of(EVENTS), NOW))
    return file.getvalue()


def test_the_tree_says_how_to_leave() -> None:
    file = io.StringIO()
    text = shown(Console(file=file, width=150, no_color=True), file)
    assert "Data  CREATE_IN_PROGRESS  1 done, 2 in progress, 1 failed  0:01:01" in text
    assert f"slowest: {ROOT}/Data/Table CREATE_IN_PROGRESS for 60 s" in text
    assert "Ctrl-C detaches" in text


def test_without_events_it_waits() -> None:
    file = io.StringIO()
    Console(file=file).print(progress_tree(progress_of([]), NOW))
    assert "waiting for the first event" in file.getvalue()


def test_without_a_terminal_only_stacks_and_failures_have_a_line() -> None:
    file = io.StringIO()
    with EventLog(Console(file=file, width=200), lambda: NOW) as log:
        log.show(EVENTS)
    lines = file.getvalue().splitlines()
    assert [line.split()[2] for line in lines] == [ROOT, f"{ROOT}/Data/Broken"]


def test_on_a_terminal_the_tree_is_live() -> None:
    file = io.StringIO()
    with EventLog(Console(file=file, width=150, force_terminal=True), lambda: NOW) as log:
        log.show(EVENTS)
    assert "slowest" in file.getvalue()
