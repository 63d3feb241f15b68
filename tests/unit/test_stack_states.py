"""Every state that CloudFormation knows has an entry, and no entry loses data or leaves a person without advice."""

import botocore.session
import pytest

from deployment.commands import Commands
from deployment.stack_states import NO_STACK, STATES, Action, Outcome

COMMANDS = Commands(
    "dev", "payment-webhooks-dev", ("--region", "eu-west-1"), ("--region", "eu-west-1", "--profile", "p")
)
MODEL = botocore.session.get_session().get_service_model("cloudformation")
STATUSES = sorted(MODEL.shape_for("StackStatus").enum)  # type: ignore[attr-defined]


def test_the_table_has_every_status_of_cloudformation_and_no_other() -> None:
    assert sorted(STATES) == sorted([NO_STACK, *STATUSES])


@pytest.mark.parametrize("status", STATUSES)
def test_deploy_never_deletes(status: str) -> None:
    assert STATES[status].deploy in {Action.CREATE, Action.UPDATE, Action.WAIT, Action.REFUSE}


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_in_progress_is_waited_for(status: str) -> None:
    waits = status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
    assert (STATES[status].deploy is Action.WAIT) == waits
    assert (STATES[status].destroy is Action.WAIT) == waits
    assert (STATES[status].outcome is Outcome.IN_PROGRESS) == waits


@pytest.mark.parametrize("status", STATUSES)
def test_a_failed_state_is_never_taken_for_success(status: str) -> None:
    bad = status.endswith("_FAILED") or "ROLLBACK" in status
    assert not (bad and STATES[status].outcome is Outcome.DONE)
    assert (STATES[status].outcome is Outcome.STUCK) == status.endswith("_FAILED")


@pytest.mark.parametrize("status", STATUSES)
def test_what_did_not_end_well_comes_with_a_command(status: str) -> None:
    state = STATES[status]
    step = state.next_step(COMMANDS)
    assert "{" not in step
    if state.outcome in (Outcome.ROLLED_BACK, Outcome.STUCK):
        assert "scripts/" in step or "aws cloudformation" in step


def test_creation_only_where_nothing_is() -> None:
    creates = {status for status, state in STATES.items() if state.deploy is Action.CREATE}
    assert creates == {NO_STACK, "DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}


def test_the_two_ways_out_of_a_failed_update_are_not_confused() -> None:
    """RollbackStack serves UPDATE_FAILED, ContinueUpdateRollback serves UPDATE_ROLLBACK_FAILED."""
    assert "rollback-stack --stack-name payment-webhooks-dev --region eu-west-1" in STATES[
        "UPDATE_FAILED"
    ].next_step(COMMANDS)
    assert "continue-update-rollback" in STATES["UPDATE_ROLLBACK_FAILED"].next_step(COMMANDS)
