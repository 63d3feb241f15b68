"""The modes that only read: a person's lines on standard error, JSON and nothing else on standard output."""

import json
from typing import Any

import pytest

from scripts.command_line.errors import NotDeployed
from scripts.deployment import read_only_modes
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import event_of_stack, stack_event

STACK = "payment-webhooks-dev"
NESTED = "AWS::CloudFormation::Stack"


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def stack(target: StubbedTarget, status: str, **outputs: str) -> None:
    target.stub("cloudformation").add_response("describe_stacks", described(status, **outputs))


def no_stack(target: StubbedTarget) -> None:
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", "it does not exist")


@pytest.mark.parametrize("mode", ["outputs", "events", "drift"])
def test_what_needs_a_stack_says_so(target: StubbedTarget, mode: str) -> None:
    no_stack(target)
    context, _ = context_for(target)
    calls: dict[str, Any] = {
        "outputs": lambda: read_only_modes.show_outputs(context, as_json=True),
        "events": lambda: read_only_modes.show_events(context, as_json=True, follow_on=False),
        "drift": lambda: read_only_modes.show_drift(context, as_json=True),
    }
    with pytest.raises(NotDeployed, match="there is no stack"):
        calls[mode]()


def test_outputs_as_json(target: StubbedTarget, capsys: pytest.CaptureFixture[str]) -> None:
    stack(target, "UPDATE_COMPLETE", ApiEndpoint="https://x")
    context, _ = context_for(target)
    read_only_modes.show_outputs(context, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"ApiEndpoint": "https://x"}


@pytest.mark.parametrize("follow_on", [False, True])
def test_events_are_one_line_each_and_following_ends_with_the_operation(
    target: StubbedTarget, capsys: pytest.CaptureFixture[str], follow_on: bool
) -> None:
    stack(target, "UPDATE_COMPLETE")
    if follow_on:
        stack(target, "UPDATE_COMPLETE")
    events = [
        event_of_stack(STACK, "UPDATE_COMPLETE", 3),
        stack_event(STACK, "Queue", "UPDATE_COMPLETE", 2),
        event_of_stack(STACK, "UPDATE_IN_PROGRESS", 1),
        event_of_stack(STACK, "CREATE_COMPLETE", 0),
    ]
    target.stub("cloudformation").add_response("describe_stack_events", {"StackEvents": events})
    context, _ = context_for(target)
    read_only_modes.show_events(context, as_json=True, follow_on=follow_on)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["status"] for line in lines] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"]
    assert lines[1]["resource"] == f"{STACK}/Queue"
