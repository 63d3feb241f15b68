"""Events over nested stacks: each once, in order, from the right operation; and the first real cause."""

from typing import Any

import pytest
from botocore.stub import Stubber

from scripts.cloudformation.stack_events import EventReader, StackEvent, first_cause, follow, stack_name
from scripts.cloudformation.stack_states import NO_STACK
from tests.support.scripts.fake_cloudformation import refusal
from tests.support.scripts.stubs import event_of_nested, event_of_stack, stack_arn, stack_event, stubbed

ROOT, DATA, COMPUTE = (
    "payment-webhooks-dev",
    "payment-webhooks-dev-Data-1A",
    "payment-webhooks-dev-Compute-2B",
)


def answers(stub: Stubber, stack: str, *oldest_first: dict[str, Any]) -> None:
    """DescribeStackEvents gives the newest first."""
    reply = {"StackEvents": list(reversed(oldest_first))}
    stub.add_response("describe_stack_events", reply, {"StackName": stack_arn(stack)})


def reader() -> tuple[EventReader, Stubber]:
    client, stub = stubbed("cloudformation")
    return EventReader(client, stack_arn(ROOT)), stub


def shown(events: list[StackEvent]) -> list[str]:
    return [f"{event.shown_path.removeprefix(ROOT)} {event.status}" for event in events]


def test_a_name_comes_from_an_arn() -> None:
    assert stack_name(stack_arn(ROOT)) == ROOT


def test_events_of_nested_stacks_are_found_and_told_once() -> None:
    reading, stub = reader()
    old = event_of_stack(ROOT, "CREATE_COMPLETE", -100)
    answers(stub, ROOT, old)
    reading.mark()
    begun = [
        event_of_stack(ROOT, "UPDATE_IN_PROGRESS", 0),
        event_of_nested(ROOT, "Data", DATA, "UPDATE_IN_PROGRESS", 1),
    ]
    answers(stub, ROOT, old, *begun)
    of_data = [
        event_of_stack(DATA, "CREATE_COMPLETE", -90),  # of the operation before
        event_of_stack(DATA, "UPDATE_IN_PROGRESS", 2),
        stack_event(DATA, "InboxTable", "UPDATE_IN_PROGRESS", 3),
    ]
    answers(stub, DATA, *of_data)
    assert shown(reading.new_events()) == [
        " UPDATE_IN_PROGRESS",
        "/Data UPDATE_IN_PROGRESS",
        "/Data UPDATE_IN_PROGRESS",
        "/Data/InboxTable UPDATE_IN_PROGRESS",
    ]
    done = event_of_stack(ROOT, "UPDATE_COMPLETE", 9)
    answers_either_order = {ROOT: [old, *begun, done], DATA: of_data}
    for stack in (DATA, ROOT):  # the newest known stack is read first
        answers(stub, stack, *answers_either_order[stack])
    assert shown(reading.new_events()) == [" UPDATE_COMPLETE"]
    stub.assert_no_pending_responses()


def test_without_a_mark_the_newest_operation_is_told_from_its_start() -> None:
    reading, stub = reader()
    answers(
        stub,
        ROOT,
        event_of_stack(ROOT, "CREATE_IN_PROGRESS", -200),
        event_of_stack(ROOT, "CREATE_COMPLETE", -100),
        event_of_stack(ROOT, "UPDATE_IN_PROGRESS", 0),
        stack_event(ROOT, "Queue", "UPDATE_IN_PROGRESS", 1),
    )
    assert shown(reading.new_events()) == [" UPDATE_IN_PROGRESS", "/Queue UPDATE_IN_PROGRESS"]


def test_events_of_one_moment_keep_their_order() -> None:
    reading, stub = reader()
    answers(stub, ROOT)
    reading.mark()
    statuses = [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    answers(stub, ROOT, *(event_of_stack(ROOT, status, 0) for status in statuses))
    assert [event.status for event in reading.new_events()] == statuses


def test_pages_are_read_until_something_known() -> None:
    reading, stub = reader()
    known = event_of_stack(ROOT, "CREATE_COMPLETE", -100)
    answers(stub, ROOT, known)
    reading.mark()
    page = {"StackEvents": [event_of_stack(ROOT, "UPDATE_COMPLETE", 5)], "NextToken": "2"}
    stub.add_response("describe_stack_events", page, {"StackName": stack_arn(ROOT)})
    page = {"StackEvents": [event_of_stack(ROOT, "UPDATE_IN_PROGRESS", 1), known], "NextToken": "3"}
    stub.add_response("describe_stack_events", page, {"StackName": stack_arn(ROOT), "NextToken": "2"})
    assert len(reading.new_events()) == 2
    stub.assert_no_pending_responses()  # page 3 is not asked for


def test_a_nested_stack_that_cannot_be_read_yet_is_no_error() -> None:
    reading, stub = reader()
    answers(stub, ROOT)
    reading.mark()
    answers(
        stub,
        ROOT,
        event_of_stack(ROOT, "CREATE_IN_PROGRESS", 0),
        event_of_nested(ROOT, "Data", DATA, "CREATE_IN_PROGRESS", 1),
    )
    stub.add_client_error(
        "describe_stack_events", "ValidationError", f"Stack [{stack_arn(DATA)}] does not exist"
    )
    assert len(reading.new_events()) == 2


def parsed(*per_stack: tuple[str, list[dict[str, Any]]]) -> list[StackEvent]:
    """All events, as a reader gives them; the stacks in the order in which they are read."""
    reading, stub = reader()
    answers(stub, ROOT)
    reading.mark()
    for stack, events in per_stack:
        answers(stub, stack, *events)
    return reading.new_events()


def test_the_cause_is_the_first_failure_that_nothing_cancelled() -> None:
    embedded = (
        f"Embedded stack {stack_arn(DATA)} was not successfully created: failed to create: [InboxTable]."
    )
    events = parsed(
        (
            ROOT,
            [
                event_of_stack(ROOT, "CREATE_IN_PROGRESS", 0),
                event_of_nested(ROOT, "Data", DATA, "CREATE_IN_PROGRESS", 1),
                stack_event(ROOT, "Late", "CREATE_FAILED", 30, reason="a real failure, but a later one"),
                event_of_nested(ROOT, "Data", DATA, "CREATE_FAILED", 12, reason=embedded),
                event_of_stack(ROOT, "ROLLBACK_IN_PROGRESS", 31, reason="failed to create: [Data]"),
            ],
        ),
        (
            DATA,
            [
                stack_event(DATA, "AuditBucket", "CREATE_FAILED", 10, reason="Resource creation cancelled"),
                stack_event(
                    DATA, "InboxTable", "CREATE_FAILED", 11, reason="Limit exceeded [Service: DynamoDb]"
                ),
                event_of_stack(DATA, "ROLLBACK_IN_PROGRESS", 12),
            ],
        ),
    )
    cause = first_cause(events)
    assert cause is not None
    assert cause.shown_path == f"{ROOT}/Data/InboxTable"
    assert cause.reason.startswith("Limit exceeded")


def test_a_nested_stack_that_fails_by_itself_is_the_cause() -> None:
    """A template that cannot be fetched, or a parameter without value: nothing inside it ever began."""
    reason = "Parameters: [KeyArn] must have values"
    events = parsed((ROOT, [stack_event(ROOT, "X", "CREATE_COMPLETE", 0)]))
    assert first_cause(events) is None
    failed = event_of_nested(ROOT, "Data", DATA, "CREATE_FAILED", 1, reason=reason)
    cause = first_cause(parsed((ROOT, [failed]), (DATA, [])))
    assert cause is not None
    assert (cause.shown_path, cause.reason) == (f"{ROOT}/Data", reason)


def followed(rounds: list[tuple[str, list[dict[str, Any]]]]) -> tuple[str, int, int]:
    """Follow through `rounds` of (stack status, all events so far): final status, events shown, pauses."""
    reading, stub = reader()
    answers(stub, ROOT)
    reading.mark()
    for _, events in rounds:
        answers(stub, ROOT, *events)
    statuses = iter([status for status, _ in rounds])
    seen: list[StackEvent] = []
    pauses: list[float] = []
    ended = follow(reading, lambda: next(statuses), seen.extend, pauses.append, 2.0)
    assert ended.events == tuple(seen)
    stub.assert_no_pending_responses()
    return ended.status, len(seen), len(pauses)


def test_following_ends_with_the_roots_own_last_event() -> None:
    begun = event_of_stack(ROOT, "UPDATE_IN_PROGRESS", 0)
    queue = stack_event(ROOT, "Queue", "UPDATE_COMPLETE", 1)
    cleanup = event_of_stack(ROOT, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 2)
    done = event_of_stack(ROOT, "UPDATE_COMPLETE", 3)
    rounds = [
        ("CREATE_COMPLETE", []),  # not begun yet: the old state must not be taken for the end
        ("UPDATE_IN_PROGRESS", [begun]),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", [begun, queue, cleanup]),
        ("UPDATE_COMPLETE", [begun, queue, cleanup, done]),
    ]
    assert followed(rounds) == ("UPDATE_COMPLETE", 4, 3)


@pytest.mark.parametrize(
    "end", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "DELETE_COMPLETE", "CREATE_FAILED"]
)
def test_following_ends_in_any_state_of_rest(end: str) -> None:
    begun, done = event_of_stack(ROOT, "UPDATE_IN_PROGRESS", 0), event_of_stack(ROOT, end, 3)
    assert followed([("UPDATE_IN_PROGRESS", [begun]), (end, [begun, done])]) == (end, 2, 1)


def test_a_stack_in_review_is_not_at_rest_however_long_it_stays_so() -> None:
    """Between the change set's creation and its execution's first event, the new stack is an empty shell."""
    shell = event_of_stack(ROOT, "REVIEW_IN_PROGRESS", 0)
    begun = event_of_stack(ROOT, "CREATE_IN_PROGRESS", 1)
    done = event_of_stack(ROOT, "CREATE_COMPLETE", 2)
    rounds: list[tuple[str, list[dict[str, Any]]]] = [("REVIEW_IN_PROGRESS", [shell])] * 20
    rounds += [("CREATE_IN_PROGRESS", [shell, begun]), ("CREATE_COMPLETE", [shell, begun, done])]
    assert followed(rounds) == ("CREATE_COMPLETE", 3, 21)


def test_following_a_deletion_ends_when_the_stack_is_gone() -> None:
    assert followed([("DELETE_IN_PROGRESS", []), (NO_STACK, [])])[0] == "DELETE_COMPLETE"


def test_following_does_not_wait_for_ever_for_an_event_that_does_not_come() -> None:
    status, _, pauses = followed([("UPDATE_COMPLETE", [])] * 15)
    assert (status, pauses) == ("UPDATE_COMPLETE", 14)


def test_a_throttled_poll_brings_nothing_new_and_loses_nothing() -> None:
    """Also between two pages, after which the events of the first one come again."""
    reading, stub = reader()
    answers(stub, ROOT)
    reading.mark()
    begun, done = event_of_stack(ROOT, "UPDATE_IN_PROGRESS", 0), event_of_stack(ROOT, "UPDATE_COMPLETE", 3)
    stub.add_client_error("describe_stack_events", "Throttling", "Rate exceeded")
    stub.add_response("describe_stack_events", {"StackEvents": [done], "NextToken": "more"})
    stub.add_client_error("describe_stack_events", "Throttling", "Rate exceeded")
    answers(stub, ROOT, begun, done)
    seen: list[StackEvent] = []

    def read_status() -> str:
        raise refusal("DescribeStacks", "Rate exceeded", "Throttling")

    ended = follow(reading, read_status, seen.extend, lambda seconds: None, 5.0)
    assert ended.status == "UPDATE_COMPLETE"
    assert [event.status for event in seen] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    stub.assert_no_pending_responses()


def test_a_nested_stack_that_failed_without_an_id_is_found_by_its_name() -> None:
    """The local engine gives none; the cause is inside."""
    reading, stub = reader()
    failed = event_of_nested(ROOT, "Data", DATA, "CREATE_FAILED", 3, "it failed")
    failed["PhysicalResourceId"] = ""
    answers(stub, ROOT, event_of_stack(ROOT, "CREATE_IN_PROGRESS", 0), failed)
    summary = {"StackStatus": "DELETE_COMPLETE", "CreationTime": failed["Timestamp"]}
    stacks = [
        {**summary, "StackName": name, "StackId": stack_arn(name)}
        for name in (COMPUTE, DATA, ROOT, "another")
    ]
    stub.add_response("list_stacks", {"StackSummaries": stacks})
    cause = stack_event(DATA, "Inbox", "CREATE_FAILED", 2, reason="no such type")
    answers(stub, DATA, event_of_stack(DATA, "CREATE_IN_PROGRESS", 1), cause)
    events = reading.new_events()
    result = first_cause(events)
    assert result is not None
    assert (result.shown_path, result.reason) == (f"{ROOT}/Data/Inbox", "no such type")
    answers(stub, DATA, event_of_stack(DATA, "CREATE_IN_PROGRESS", 1), cause)
    answers(stub, ROOT, event_of_stack(ROOT, "CREATE_IN_PROGRESS", 0), failed)  # not looked for again
    assert reading.new_events() == []
    stub.assert_no_pending_responses()
