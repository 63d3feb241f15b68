"""--rollback: the right call for each state, resources to skip by their path, and no data lost unasked."""

import pytest

from scripts.command_line.errors import NotDeployed, NotFound, Refused, Stuck
from scripts.deployment.roll_back import roll_back
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import STACK
from tests.support.scripts.stubs import stack_resource


@pytest.fixture
def target() -> FakedTarget:
    return faked_target()


QUEUE = stack_resource("Queue", "AWS::SQS::Queue", "q", "UPDATE_FAILED")


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "ROLLBACK_COMPLETE"])
def test_nothing_to_roll_back(target: FakedTarget, status: str) -> None:
    target.cloudformation.add_stack(status)
    context, _ = context_for(target)
    assert roll_back(context, (), may_destroy=False) is None


def test_of_no_stack_there_is_no_roll_back(target: FakedTarget) -> None:
    context, _ = context_for(target)
    with pytest.raises(NotDeployed) as caught:
        roll_back(context, (), may_destroy=False)
    assert caught.value.exit_code == 2


def test_a_failed_update_is_rolled_back(target: FakedTarget) -> None:
    target.cloudformation.add_stack("UPDATE_FAILED")
    target.cloudformation.add_nested("Data", [QUEUE])
    context, output = context_for(target)
    assert roll_back(context, (), may_destroy=False) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Data/Queue" in output.getvalue()
    assert target.cloudformation.changes == ["rollback_stack"]


def test_a_failed_roll_back_goes_on_and_skips_what_it_is_told(target: FakedTarget) -> None:
    target.cloudformation.add_stack("UPDATE_ROLLBACK_FAILED")
    target.cloudformation.add_nested("Data", [QUEUE])
    target.cloudformation.ends("UPDATE_ROLLBACK_FAILED")
    context, _ = context_for(target)
    with pytest.raises(Stuck) as caught:
        roll_back(context, ["Data/Queue"], may_destroy=False)
    assert "--rollback" in caught.value.next_step
    assert target.cloudformation.changes == [f"continue_update_rollback {STACK}-Data.Queue"]


@pytest.mark.parametrize("path", ["Data/Nothing", "Queue", "Data/Fine"])
def test_only_what_failed_can_be_skipped(target: FakedTarget, path: str) -> None:
    target.cloudformation.add_stack("UPDATE_ROLLBACK_FAILED")
    target.cloudformation.add_nested("Data", [QUEUE, stack_resource("Fine", "AWS::SQS::Queue", "f")])
    context, _ = context_for(target)
    with pytest.raises(Refused if path == "Data/Fine" else NotFound):
        roll_back(context, [path], may_destroy=False)


def failed_creation(target: FakedTarget) -> None:
    target.cloudformation.add_stack("CREATE_FAILED")
    table = stack_resource("Table", "AWS::DynamoDB::Table", "table-x-dev")
    target.cloudformation.add_nested("Data", [table])
    reply = {"Table": {"TableName": "table-x-dev", "ItemCount": 12, "DeletionProtectionEnabled": False}}
    target.stub("dynamodb").add_response("describe_table", reply)


@pytest.mark.parametrize("answer", ["", "yes", "dev"])
def test_what_a_failed_creation_holds_is_deleted_for_its_name_only(target: FakedTarget, answer: str) -> None:
    failed_creation(target)
    context, output = context_for(target, answer)
    with pytest.raises(Refused, match="nothing was deleted"):
        roll_back(context, (), may_destroy=False)
    assert "about 12 items" in output.getvalue()
    assert target.cloudformation.changes == []


@pytest.mark.parametrize(("answer", "may_destroy"), [(STACK, False), ("", True)])
def test_a_failed_creation_is_rolled_back_when_allowed(
    target: FakedTarget, answer: str, may_destroy: bool
) -> None:
    failed_creation(target)
    context, _ = context_for(target, answer)
    assert roll_back(context, (), may_destroy=may_destroy) == "ROLLBACK_COMPLETE"
