"""The table of stack states: meaning, and what deploy, destroy and roll-back do in each. No side effects.

The states are those of StackStatus:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
Nothing here deletes a stack that may hold data; where only that would help, it says so and refuses.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from scripts.cloudformation.next_commands import Commands

NO_STACK: Final = "NO_STACK"  # our own word for a stack that is not there


class Action(Enum):
    """First step of a command, by the state of the stack."""

    CREATE = "create"  # by a change set of type CREATE
    UPDATE = "update"
    WAIT = "wait until it is no longer in progress, then decide again"
    DELETE = "delete"
    ROLL_BACK = "roll back to the last state that was stable"  # RollbackStack
    CONTINUE_ROLLBACK = "go on with a roll-back that failed"  # ContinueUpdateRollback
    NOTHING = "nothing to do"
    REFUSE = "refuse, and say what to do"


class Outcome(Enum):
    """Outcome of an operation, by the state of its stack."""

    IN_PROGRESS = "in progress"
    DONE = "done"
    ROLLED_BACK = "failed, rolled back"
    STUCK = "stuck"
    GONE = "deleted"


@dataclass(frozen=True)
class State:
    """`advice` completes the sentence "what to do next"; it may name a command, such as {deploy}.

    `rollback_deletes`: nothing was stable before, so a roll-back deletes what there is.
    """

    deploy: Action
    destroy: Action
    outcome: Outcome
    meaning: str
    advice: str = ""
    rollback: Action = Action.NOTHING
    rollback_deletes: bool = False

    def next_step(self, commands: Commands) -> str:
        return self.advice.format(
            deploy=commands.deploy,
            destroy=commands.destroy,
            roll_back=commands.roll_back,
            events=commands.events,
        )


def _in_progress(meaning: str) -> State:
    advice = "wait, then: {deploy}"
    return State(Action.WAIT, Action.WAIT, Outcome.IN_PROGRESS, meaning, advice, rollback=Action.WAIT)


def _usable(meaning: str, outcome: Outcome = Outcome.DONE, advice: str = "") -> State:
    return State(Action.UPDATE, Action.DELETE, outcome, meaning, advice)


def _stuck(
    meaning: str, advice: str, rollback: Action = Action.REFUSE, rollback_deletes: bool = False
) -> State:
    return State(Action.REFUSE, Action.DELETE, Outcome.STUCK, meaning, advice, rollback, rollback_deletes)


_CORRECT_AND_REPEAT: Final = "correct the cause, then: {deploy}"
_REMOVE_AND_REPEAT: Final = "remove it: {destroy}; then correct the cause and: {deploy}"
_CONTINUE: Final = "see what failed: {events}; correct it, then: {roll_back}"
_ABSENT: Final = State(Action.CREATE, Action.NOTHING, Outcome.GONE, "there is no such stack", "{deploy}")

STATES: Final[dict[str, State]] = {
    NO_STACK: _ABSENT,
    "DELETE_COMPLETE": _ABSENT,
    "REVIEW_IN_PROGRESS": State(
        deploy=Action.CREATE,
        destroy=Action.DELETE,
        outcome=Outcome.DONE,
        meaning="an empty shell: a first change set waits to be executed",
        advice="{deploy}",
    ),
    "CREATE_IN_PROGRESS": _in_progress("it is being created"),
    "CREATE_COMPLETE": _usable("created"),
    "CREATE_FAILED": _stuck(
        "its creation failed and was not rolled back",
        _REMOVE_AND_REPEAT,
        Action.ROLL_BACK,
        rollback_deletes=True,
    ),
    "ROLLBACK_IN_PROGRESS": _in_progress("its creation failed and is being rolled back"),
    "ROLLBACK_COMPLETE": State(
        deploy=Action.REFUSE,
        destroy=Action.DELETE,
        outcome=Outcome.ROLLED_BACK,
        meaning="its creation failed; only the empty stack is left",
        advice=_REMOVE_AND_REPEAT,
    ),
    "ROLLBACK_FAILED": _stuck("its creation failed, and so did the roll-back", _REMOVE_AND_REPEAT),
    "UPDATE_IN_PROGRESS": _in_progress("it is being updated"),
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": _in_progress("updated; what was replaced is being removed"),
    "UPDATE_COMPLETE": _usable("updated"),
    "UPDATE_FAILED": _stuck(
        "its update failed and was not rolled back",
        "roll it back: {roll_back}; then correct the cause and: {deploy}",
        Action.ROLL_BACK,
    ),
    "UPDATE_ROLLBACK_IN_PROGRESS": _in_progress("its update failed and is being rolled back"),
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": _in_progress("rolled back; leftovers are being removed"),
    "UPDATE_ROLLBACK_COMPLETE": _usable(
        "its update failed; it is as it was before", Outcome.ROLLED_BACK, _CORRECT_AND_REPEAT
    ),
    "UPDATE_ROLLBACK_FAILED": _stuck(
        "its update failed, and so did the roll-back", _CONTINUE, Action.CONTINUE_ROLLBACK
    ),
    "DELETE_IN_PROGRESS": _in_progress("it is being deleted"),
    "DELETE_FAILED": _stuck(
        "its deletion failed half way", "see what failed: {events}; correct it, then: {destroy}"
    ),
    "IMPORT_IN_PROGRESS": _in_progress("resources are being imported"),
    "IMPORT_COMPLETE": _usable("resources were imported"),
    "IMPORT_ROLLBACK_IN_PROGRESS": _in_progress("an import failed and is being rolled back"),
    "IMPORT_ROLLBACK_COMPLETE": _usable(
        "an import failed; the stack is as it was before", Outcome.ROLLED_BACK, _CORRECT_AND_REPEAT
    ),
    "IMPORT_ROLLBACK_FAILED": _stuck(
        "an import failed, and so did its roll-back",
        "no call goes on from here: correct by hand what {events} says, or remove it: {destroy}",
    ),
}
