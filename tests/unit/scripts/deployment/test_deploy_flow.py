"""What deploy does with the stack's state, the change set, the answer of a person, and a failure."""

from typing import Any

import pytest

from scripts.cloudformation.change_sets import ChangeSet
from scripts.cloudformation.stack_states import Action
from scripts.command_line.errors import Refused, RolledBack, Stuck
from scripts.deployment import execute_change_set
from scripts.deployment.context import Detached, wait_until_at_rest
from scripts.deployment.prepare import Prepared
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import STARTED, change_set_arn, event_of_stack, stack_arn, stack_event

STACK = "payment-webhooks-dev"
ARN = change_set_arn("deploy-1")
VALUES = {"EnvironmentSuffix": "dev", "Project": "p", "CostCenter": "c"}
PREPARED = Prepared("https://s3.eu-west-1.amazonaws.com/b/templates/root.json", VALUES)
CHANGE_SET = ChangeSet(ARN, "deploy-1", stack_arn(STACK))


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def events(target: StubbedTarget, *oldest_first: dict[str, Any]) -> None:
    reply = {"StackEvents": list(reversed(oldest_first))}
    target.stub("cloudformation").add_response("describe_stack_events", reply)


def no_stack(target: StubbedTarget) -> None:
    message = f"Stack with id {STACK} does not exist"
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", message)


def stack(target: StubbedTarget, status: str, **outputs: str) -> None:
    target.stub("cloudformation").add_response("describe_stacks", described(status, **outputs))


def settled(target: StubbedTarget) -> Action:
    context, _ = context_for(target)
    return wait_until_at_rest(context, target.client("cloudformation"), lambda state: state.deploy)[1]


def test_no_stack_is_created_and_one_at_rest_updated(target: StubbedTarget) -> None:
    no_stack(target)
    assert settled(target) is Action.CREATE
    stack(target, "UPDATE_ROLLBACK_COMPLETE")
    assert settled(target) is Action.UPDATE


def test_a_deploy_that_runs_already_is_followed_to_its_end_first(target: StubbedTarget) -> None:
    stack(target, "UPDATE_IN_PROGRESS")
    stack(target, "UPDATE_COMPLETE")
    events(
        target, event_of_stack(STACK, "UPDATE_IN_PROGRESS", 0), event_of_stack(STACK, "UPDATE_COMPLETE", 1)
    )
    stack(target, "UPDATE_COMPLETE")
    assert settled(target) is Action.UPDATE
    target.assert_all_asked()


@pytest.mark.parametrize(
    ("status", "kind", "step"),
    [
        ("ROLLBACK_COMPLETE", Refused, "python scripts/destroy.py --suffix dev --region eu-west-1"),
        ("UPDATE_ROLLBACK_FAILED", Stuck, "scripts/deploy.py --suffix dev --region eu-west-1 --rollback"),
    ],
)
def test_a_state_that_needs_a_person_is_refused_with_the_next_command(
    target: StubbedTarget, status: str, kind: type[Exception], step: str
) -> None:
    stack(target, status)
    with pytest.raises(kind) as caught:
        settled(target)
    assert step in caught.value.next_step  # type: ignore[attr-defined]


def change_set(target: StubbedTarget, status: str, **more: Any) -> None:
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("create_change_set", {"Id": ARN, "StackId": stack_arn(STACK)})
    reply = {
        "ChangeSetName": "deploy-1",
        "ChangeSetId": ARN,
        "StackId": stack_arn(STACK),
        "Status": status,
        "CreationTime": STARTED,
        **more,
    }
    cloudformation.add_response("describe_change_set", reply)


def withdrawn(target: StubbedTarget, *, leaves_shell: bool) -> None:
    """The calls that leave no trace of a change set."""
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("delete_change_set", {}, {"ChangeSetName": ARN})
    stack(target, "REVIEW_IN_PROGRESS" if leaves_shell else "CREATE_COMPLETE")
    if leaves_shell:
        cloudformation.add_response("list_change_sets", {"Summaries": []})
        cloudformation.add_response("delete_stack", {}, {"StackName": stack_arn(STACK)})
        cloudformation.add_response("list_stacks", {"StackSummaries": []})


def test_nothing_to_change_leaves_no_change_set(target: StubbedTarget) -> None:
    stack(target, "CREATE_COMPLETE")
    change_set(target, "FAILED", StatusReason="The submitted information didn't contain changes.")
    withdrawn(target, leaves_shell=False)
    context, _ = context_for(target)
    assert execute_change_set.propose(context, target.client("cloudformation"), PREPARED) is None
    target.assert_all_asked()


def test_a_first_change_set_that_cannot_be_made_leaves_no_shell(target: StubbedTarget) -> None:
    no_stack(target)
    change_set(target, "FAILED", StatusReason="Template error: no such resource X")
    target.stub("cloudformation").add_response("describe_events", {"OperationEvents": []})
    withdrawn(target, leaves_shell=True)
    context, _ = context_for(target)
    with pytest.raises(RolledBack, match="no such resource X"):
        execute_change_set.propose(context, target.client("cloudformation"), PREPARED)
    target.assert_all_asked()


def executed(target: StubbedTarget, *later: dict[str, Any]) -> None:
    events(target)
    target.stub("cloudformation").add_response("execute_change_set", {}, {"ChangeSetName": ARN})
    stack(target, "UPDATE_IN_PROGRESS")
    events(target, event_of_stack(STACK, "UPDATE_IN_PROGRESS", 0), *later)


def test_success_gives_the_outputs(target: StubbedTarget) -> None:
    executed(target, event_of_stack(STACK, "UPDATE_COMPLETE", 5))
    stack(target, "UPDATE_COMPLETE", ApiEndpoint="https://x")
    context, _ = context_for(target)
    report = execute_change_set.execute(context, target.client("cloudformation"), CHANGE_SET)
    assert (report.result, report.outputs) == ("updated", {"ApiEndpoint": "https://x"})


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [("UPDATE_ROLLBACK_COMPLETE", RolledBack, 4), ("UPDATE_ROLLBACK_FAILED", Stuck, 5)],
)
def test_failure_names_the_first_cause_and_the_next_step(
    target: StubbedTarget, status: str, kind: type[RolledBack] | type[Stuck], exit_code: int
) -> None:
    executed(
        target,
        stack_event(STACK, "Queue", "UPDATE_FAILED", 1, reason="Value 3 is [not] possible"),
        stack_event(STACK, "Other", "UPDATE_FAILED", 2, reason="Resource update cancelled"),
        event_of_stack(STACK, status, 5),
    )
    context, told = context_for(target)
    with pytest.raises(kind) as caught:
        execute_change_set.execute(context, target.client("cloudformation"), CHANGE_SET)
    assert caught.value.message.startswith(f"{STACK}/Queue (AWS::SQS::Queue): Value 3 is [not] possible")
    assert status in caught.value.message
    assert caught.value.next_step
    assert caught.value.exit_code == exit_code
    assert "Value 3 is [not] possible" in told.getvalue()  # square brackets are no markup


def test_interrupt_detaches_and_says_how_to_come_back(target: StubbedTarget) -> None:
    executed(target)

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    context, _ = context_for(target, sleep=interrupt)
    with pytest.raises(Detached) as caught:
        execute_change_set.execute(context, target.client("cloudformation"), CHANGE_SET)
    assert "goes on" in caught.value.message
    assert "scripts/deploy.py --suffix dev --region eu-west-1 --events --follow" in caught.value.next_step
    assert caught.value.exit_code == 130


@pytest.mark.parametrize("code", ["ChangeSetNotFound", "InvalidChangeSetStatus"])
def test_a_change_set_that_another_deployment_made_void_says_so(target: StubbedTarget, code: str) -> None:
    events(target)
    stub = target.stub("cloudformation")
    stub.add_client_error("execute_change_set", code, expected_params={"ChangeSetName": ARN})
    context, _ = context_for(target)
    with pytest.raises(RolledBack, match="by another deployment") as failure:
        execute_change_set.execute(context, target.client("cloudformation"), CHANGE_SET)
    assert failure.value.next_step == f"to review it anew: {context.repeat_command}"
