"""Every state that CloudFormation knows has an entry, and no entry loses data or leaves a person without advice."""

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cloudformation.next_commands import Commands
from scripts.cloudformation.stack_states import NO_STACK, STATES, Action, Outcome

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
    """RollbackStack serves CREATE_FAILED and UPDATE_FAILED, ContinueUpdateRollback serves UPDATE_ROLLBACK_FAILED."""
    by_action = {
        action: {status for status, state in STATES.items() if state.rollback is action}
        for action in (Action.ROLL_BACK, Action.CONTINUE_ROLLBACK)
    }
    assert by_action[Action.ROLL_BACK] == {"CREATE_FAILED", "UPDATE_FAILED"}
    assert by_action[Action.CONTINUE_ROLLBACK] == {"UPDATE_ROLLBACK_FAILED"}
    for status in ("UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"):
        assert "scripts/deploy.py --suffix dev --region eu-west-1 --rollback" in STATES[status].next_step(
            COMMANDS
        )


@given(st.sampled_from(sorted(STATES)))
def test_no_state_loses_data_unasked(status: str) -> None:
    """What deletes is either the destroy command, which asks, or a roll-back that is marked, which asks, too."""
    state = STATES[status]
    assert state.deploy is not Action.DELETE
    assert state.rollback in {
        *(Action.NOTHING, Action.WAIT, Action.REFUSE, Action.ROLL_BACK, Action.CONTINUE_ROLLBACK)
    }
    has_no_earlier_state = status in ("CREATE_FAILED",)
    assert state.rollback_deletes == has_no_earlier_state


@given(st.sampled_from(sorted(STATES)))
def test_every_state_has_an_action_for_every_command(status: str) -> None:
    state = STATES[status]
    for action in (state.deploy, state.destroy, state.rollback):
        assert action is not Action.REFUSE or state.next_step(COMMANDS)
    assert state.meaning
