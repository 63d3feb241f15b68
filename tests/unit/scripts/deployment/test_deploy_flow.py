"""What deploy does with the stack's state, the change set, the answer of a person, and a failure."""

import pytest

from scripts.cloudformation.change_sets import ChangeSet
from scripts.cloudformation.stack_states import Action
from scripts.command_line.errors import Refused, RolledBack, Stuck
from scripts.deployment import execute_change_set
from scripts.deployment.context import Context, Detached, wait_until_at_rest
from scripts.deployment.execute_change_set import Report
from scripts.deployment.prepare import Prepared
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import STACK, FakeChangeSet, refusal
from tests.support.scripts.stubs import stack_arn, stack_event

VALUES = {"EnvironmentSuffix": "dev", "Project": "p", "CostCenter": "c"}
PREPARED = Prepared("https://s3.eu-west-1.amazonaws.com/b/templates/root.json", VALUES)


@pytest.fixture
def target() -> FakedTarget:
    return faked_target()


def action_at_rest(target: FakedTarget) -> Action:
    context, _ = context_for(target)
    return wait_until_at_rest(context, lambda state: state.deploy)[1]


def test_no_stack_is_created_and_one_at_rest_updated(target: FakedTarget) -> None:
    assert action_at_rest(target) is Action.CREATE
    target.cloudformation.add_stack("UPDATE_ROLLBACK_COMPLETE")
    assert action_at_rest(target) is Action.UPDATE


def test_a_deploy_that_runs_already_is_followed_to_its_end_first(target: FakedTarget) -> None:
    stack = target.cloudformation.add_stack("UPDATE_COMPLETE")
    target.cloudformation.begin(stack, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    assert action_at_rest(target) is Action.UPDATE
    assert stack.status == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("status", "kind", "step"),
    [
        ("ROLLBACK_COMPLETE", Refused, "python scripts/destroy.py --suffix dev --region eu-west-1"),
        ("UPDATE_ROLLBACK_FAILED", Stuck, "scripts/deploy.py --suffix dev --region eu-west-1 --rollback"),
    ],
)
def test_a_state_that_needs_a_person_is_refused_with_the_next_command(
    target: FakedTarget, status: str, kind: type[Exception], step: str
) -> None:
    target.cloudformation.add_stack(status)
    with pytest.raises(kind) as caught:
        action_at_rest(target)
    assert step in caught.value.next_step  # type: ignore[attr-defined]


def test_the_stack_itself_has_no_tag_that_changes() -> None:
    """CloudFormation hands a stack's tags on to all that is in it, the configuration parameter too."""
    assert execute_change_set.tags_of({**VALUES, "Project": "q", "CostCenter": "d"}) == {"Environment": "dev"}


def propose(target: FakedTarget, status: str, reason: str) -> ChangeSet | None:
    change_set = FakeChangeSet("deploy-1", [], status=status, reason=reason)
    target.cloudformation.next_change_set = change_set
    context, _ = context_for(target)
    return execute_change_set.propose(context, PREPARED)


def test_nothing_to_change_leaves_no_change_set(target: FakedTarget) -> None:
    stack = target.cloudformation.add_stack("CREATE_COMPLETE")
    assert propose(target, "FAILED", "The submitted information didn't contain changes.") is None
    assert [*target.cloudformation.stacks] == [STACK]
    assert stack.change_sets == {}


def test_a_first_change_set_that_cannot_be_made_leaves_no_shell(target: FakedTarget) -> None:
    with pytest.raises(RolledBack, match="no such resource X"):
        propose(target, "FAILED", "Template error: no such resource X")
    assert target.cloudformation.changes == ["create_change_set", "delete_change_set", "delete_stack"]
    assert target.cloudformation.stacks == {}


def interrupted_plan(target: FakedTarget, refused_deletions: int, interrupts: int) -> str:
    """What a person is told who presses Ctrl-C while the first change set is being made."""
    left = interrupts
    made = FakeChangeSet("deploy-1", [], status="CREATE_IN_PROGRESS", refused_deletions=refused_deletions)
    target.cloudformation.next_change_set = made

    def sleep(_seconds: float) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise KeyboardInterrupt

    context, output = context_for(target, sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        execute_change_set.propose(context, PREPARED)
    return output.getvalue()


def test_an_interrupt_while_the_change_set_is_made_removes_it_as_soon_as_it_can_be(
    target: FakedTarget,
) -> None:
    assert interrupted_plan(target, refused_deletions=3, interrupts=1) == ""
    assert target.cloudformation.stacks == {}


@pytest.mark.parametrize(("refused_deletions", "interrupts"), [(1000, 1), (3, 2)])
def test_what_an_interrupt_leaves_is_told_with_the_command_that_removes_it(
    target: FakedTarget, refused_deletions: int, interrupts: int
) -> None:
    told = interrupted_plan(target, refused_deletions, interrupts)
    assert "to remove it: python scripts/deploy.py --suffix dev --region eu-west-1 --drop deploy-1" in told


def execute(target: FakedTarget, context: Context, **outputs: str) -> Report:
    target.cloudformation.add_stack("UPDATE_COMPLETE", outputs=outputs)
    change_set = target.cloudformation.add_change_set()
    return execute_change_set.execute(context, ChangeSet(change_set.arn, "deploy-1", stack_arn(STACK)))


def test_success_gives_the_outputs(target: FakedTarget) -> None:
    report = execute(target, context_for(target)[0], ApiEndpoint="https://x")
    assert (report.result, report.outputs) == ("updated", {"ApiEndpoint": "https://x"})


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [("UPDATE_ROLLBACK_COMPLETE", RolledBack, 4), ("UPDATE_ROLLBACK_FAILED", Stuck, 5)],
)
def test_failure_names_the_first_cause_and_the_next_step(
    target: FakedTarget, status: str, kind: type[RolledBack] | type[Stuck], exit_code: int
) -> None:
    target.cloudformation.ends(
        status,
        stack_event(STACK, "Queue", "UPDATE_FAILED", 1, reason="Value 3 is [not] possible"),
        stack_event(STACK, "Other", "UPDATE_FAILED", 2, reason="Resource update cancelled"),
    )
    context, output = context_for(target)
    with pytest.raises(kind) as caught:
        execute(target, context)
    assert caught.value.message.startswith(f"{STACK}/Queue (AWS::SQS::Queue): Value 3 is [not] possible")
    assert status in caught.value.message
    assert caught.value.next_step
    assert caught.value.exit_code == exit_code
    assert "Value 3 is [not] possible" in output.getvalue()  # square brackets are no markup


def test_interrupt_detaches_and_says_how_to_come_back(target: FakedTarget) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    target.cloudformation.ends(None)
    with pytest.raises(Detached) as caught:
        execute(target, context_for(target, sleep=interrupt)[0])
    assert "goes on" in caught.value.message
    assert "scripts/deploy.py --suffix dev --region eu-west-1 --events --follow" in caught.value.next_step
    assert caught.value.exit_code == 130


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_change_set_that_another_deployment_made_void_says_so(target: FakedTarget, is_gone: bool) -> None:
    stack = target.cloudformation.add_stack("UPDATE_COMPLETE")
    change_set = target.cloudformation.add_change_set()
    change_set.execution_status = "OBSOLETE"
    if is_gone:
        stack.change_sets.clear()
    context, _ = context_for(target)
    with pytest.raises(RolledBack, match="by another deployment") as failure:
        execute_change_set.execute(context, ChangeSet(change_set.arn, "deploy-1", stack.stack_id))
    assert failure.value.next_step == f"to review it anew: {context.repeat_command}"


@pytest.mark.parametrize("code", ["AlreadyExistsException", "ChangeSetNotFound"])
def test_a_first_deployment_that_another_overtakes_while_it_plans_says_so(
    target: FakedTarget, code: str
) -> None:
    operation = "describe_change_set" if code == "ChangeSetNotFound" else "create_change_set"
    target.cloudformation.fails_once = {operation: refusal(operation, "Stack [S] already exists", code)}
    context, _ = context_for(target)
    with pytest.raises(RolledBack, match="by another deployment"):
        execute_change_set.propose(context, PREPARED)
