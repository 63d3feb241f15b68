"""The modes that only read: the answer, as JSON or for a person, and nothing else on standard output."""

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.command_line.console import OutputConsole
from scripts.command_line.errors import NotDeployed, Refused, ToolError
from scripts.deployment import read_only_modes
from scripts.operations.evidence import gather
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import STACK
from tests.support.scripts.stubs import event_of_stack, stack_event
from tests.support.templates.resources import built


@pytest.fixture
def target() -> FakedTarget:
    return faked_target()


@pytest.mark.parametrize("mode", ["outputs", "events", "drift"])
def test_what_needs_a_stack_says_so(target: FakedTarget, mode: str) -> None:
    context, _ = context_for(target)
    calls: dict[str, Any] = {
        "outputs": lambda: read_only_modes.show_outputs(context, as_json=True),
        "events": lambda: read_only_modes.show_events(context, as_json=True, follow_on=False),
        "drift": lambda: read_only_modes.show_drift(context, as_json=True),
    }
    with pytest.raises(NotDeployed, match="there is no stack"):
        calls[mode]()


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (
            "REVIEW_IN_PROGRESS",
            NotDeployed,
            "no resource in payment-webhooks-dev, which is REVIEW_IN_PROGRESS",
        ),
        ("ROLLBACK_COMPLETE", NotDeployed, "no resource in payment-webhooks-dev, which is ROLLBACK_COMPLETE"),
        (
            "CREATE_IN_PROGRESS",
            Refused,
            "payment-webhooks-dev is CREATE_IN_PROGRESS, and CloudFormation compares",
        ),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Refused, "is UPDATE_ROLLBACK_IN_PROGRESS"),
    ],
)
def test_a_stack_that_can_not_be_compared_is_told_before_anything_is_asked_of_it(
    target: FakedTarget, status: str, error: type[ToolError], told: str
) -> None:
    """By --drift and by evidence."""
    target.cloudformation.add_stack(status)
    context, _ = context_for(target)
    with pytest.raises(error, match=told) as of_drift:
        read_only_modes.show_drift(context, as_json=True)
    with pytest.raises(error, match=told) as of_evidence:
        gather.of_environment(target.client, STACK, built(), lambda _: {}, context.sleep, is_local=False)
    assert of_drift.value.next_step
    assert of_evidence.value.next_step


@pytest.mark.parametrize("as_json", [True, False])
def test_outputs_are_an_answer(
    target: FakedTarget, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    target.cloudformation.add_stack("UPDATE_COMPLETE", outputs={"ApiEndpoint": "https://x"})
    context, messages = context_for(target)
    read_only_modes.show_outputs(replace(context, output=OutputConsole(highlight=False)), as_json=as_json)
    answer = capsys.readouterr().out
    if as_json:
        assert json.loads(answer) == {"ApiEndpoint": "https://x"}
    else:
        assert "  ApiEndpoint  https://x\n" in answer
    assert messages.getvalue() == ""


@pytest.mark.parametrize("follow_on", [False, True])
def test_events_are_one_line_each_and_following_ends_with_the_operation(
    target: FakedTarget, capsys: pytest.CaptureFixture[str], follow_on: bool
) -> None:
    fake = target.cloudformation
    stack = fake.add_stack("CREATE_COMPLETE", events=[event_of_stack(STACK, "CREATE_COMPLETE", 0)])
    fake.ends("UPDATE_COMPLETE", stack_event(STACK, "Queue", "UPDATE_COMPLETE", 2))
    fake.begin(stack, "UPDATE_IN_PROGRESS", "")
    context, _ = context_for(target)
    read_only_modes.show_events(context, as_json=True, follow_on=follow_on)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["status"] for line in lines] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"]
    assert lines[1]["resource"] == f"{STACK}/Queue"
