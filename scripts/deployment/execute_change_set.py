"""Creates, approves and executes a change set, and follows it to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.cloudformation import change_sets
from scripts.cloudformation.change_sets import ChangeSet
from scripts.cloudformation.live_stack import read_stack
from scripts.cloudformation.stack_events import EventReader, OperationEnd, first_cause
from scripts.cloudformation.stack_states import STATES, Action, Outcome
from scripts.command_line.errors import Refused, RolledBack, Stuck
from scripts.deployment.approval import Consent, Verdict, decide
from scripts.deployment.context import Context, wait_until_at_rest, watch
from scripts.deployment.prepare import Prepared
from scripts.review.model import Review
from scripts.review.render.wording import troubled

_OVERTAKEN: Final = frozenset({"AlreadyExistsException", "ChangeSetNotFound", "InvalidChangeSetStatus"})
_YES: Final = frozenset({"y", "yes"})
_MOST_NAMES: Final = 8


@dataclass(frozen=True)
class Report:
    """Result of a deployment: created, updated, unchanged or planned. `change_set`: ARN of the planned one."""

    result: str
    outputs: dict[str, str]
    change_set: str | None = None
    review: Review | None = None


def propose(context: Context, prepared: Prepared, description: str = "") -> ChangeSet | None:
    """Create a change set from the deployed stack to the prepared one; None when there is nothing to change.

    Raises Refused or Stuck when the stack's state does not allow one, RolledBack when it cannot be made.
    """
    _, action = wait_until_at_rest(context, lambda state: state.deploy)
    return make(context, _request(context, action, prepared, description))


def make(context: Context, request: change_sets.Request) -> ChangeSet | None:
    """Create a change set and wait until it is ready; None when there is nothing to change. Raises RolledBack.

    Of two first deployments one may have begun meanwhile: then the stack is there already, or the change set is gone.
    """
    try:
        arn, stack_id = change_sets.create(context.cloudformation, request)
        try:
            change_set = change_sets.wait(context.cloudformation, arn, context.sleep)
        except BaseException:
            withdraw(context, arn, stack_id)
            raise
    except ClientError as error:
        if error.response["Error"]["Code"] not in _OVERTAKEN:
            raise
        raise overtaken(context) from error
    if change_set is None:
        withdraw(context, arn, stack_id)
    return change_set


def approve(context: Context, review: Review, consent: Consent) -> None:
    """Ask a person if `approval` demands it. Raises Refused with the dangers that were not allowed."""
    verdict, missing = decide(review.needs, consent, will_fail=bool(review.failing))
    if verdict is Verdict.REFUSE_FAILING:
        raise _would_fail(review)
    if verdict is Verdict.REFUSE:
        if not missing:
            raise nobody_to_ask(context)
        named = ",".join(sorted({*missing, *consent.allowed}))
        raise Refused(
            f"not executed: this needs to be allowed: {', '.join(missing)}",
            f"read the review; who agrees with it adds --allow {named}",
        )
    if verdict is Verdict.GO_ON:
        return
    place = context.target.describe()
    if verdict is Verdict.ASK:
        agreed = context.answer_to(f"Execute this on {place}? [y/N] ").lower() in _YES
    elif verdict is Verdict.ASK_FOR_DANGERS:
        words = ",".join(missing)
        question = f"On {place}: type what it does ({words}) to execute it: "
        agreed = {part.strip() for part in context.answer_to(question).split(",")} == set(missing)
    else:
        effect = (
            "will fail and be rolled back"
            if verdict is Verdict.WARN
            else "destroys data, or lifts what guards it,"
        )
        question = f"This {effect} on {place}. Type the stack's name ({context.names.stack}) to execute it: "
        agreed = context.answer_to(question) == context.names.stack
    if not agreed:
        raise Refused("not executed", f"to deploy after all: {context.commands.ask_again()}")


def require_answer(context: Context, consent: Consent) -> None:
    """Raise Refused where a question would be asked and nobody is there: after mistakes are told, before any work."""
    if not (consent.yes or consent.is_somebody_there):
        raise nobody_to_ask(context)


def nobody_to_ask(context: Context) -> Refused:
    return Refused(
        "not executed: this asks a question, and there is no terminal",
        f"to see the changes: {context.commands.diff}; who has read the review adds --yes",
    )


def _would_fail(review: Review) -> Refused:
    certain = (trouble for trouble in troubled(review, _MOST_NAMES) if trouble[0] == "Will fail")
    lines = "".join(f"\n  {names}: {why}" for _, names, why in certain)
    if review.renames:
        way = "keep the logical ids, or rename by a stack refactoring: docs/deploying.md#renames"
        return Refused(f"not executed, as it will fail whatever is allowed:{lines}", way)
    return Refused(
        f"not executed, as it will fail whatever is allowed:{lines}",
        "change the templates: another name or logical id for what is replaced, or one step at a time",
    )


def remove(context: Context, arn: str, stack_id: str) -> None:
    """Delete a change set, and the empty stacks that it made. Raises Stuck if it cannot be deleted."""
    change_sets.remove(context.cloudformation, arn, stack_id, context.sleep)
    change_sets.remove_shell(context.cloudformation, stack_id)


def withdraw(context: Context, arn: str, stack_id: str) -> None:
    """Do as `remove`, for a change set that is given up.

    A failure is told with the command that does it later, not raised: it would hide why the change set is given up.
    """
    try:
        remove(context, arn, stack_id)
    except (Stuck, BotoCoreError, ClientError, KeyboardInterrupt) as error:
        context.print_message(f"the change set is not removed yet: {error or 'interrupted'}")
        context.print_message(f"  to remove it: {context.commands.mode('--drop', arn.split('/')[1])}")
        if isinstance(error, KeyboardInterrupt):
            raise


def execute(context: Context, change_set: ChangeSet) -> Report:
    """Execute the change set and follow it to its end. Raises RolledBack or Stuck with the first real cause."""
    reader = EventReader(context.cloudformation, change_set.stack_id)
    reader.mark()
    _begin(context, change_set)
    ended = watch(context, reader)
    if STATES[ended.status].outcome is not Outcome.DONE:
        raise failure(context, ended)
    outputs = read_stack(context.cloudformation, change_set.stack_id).outputs
    return Report("created" if ended.status == "CREATE_COMPLETE" else "updated", outputs)


def _begin(context: Context, change_set: ChangeSet) -> None:
    """Start the execution. Raises RolledBack if another deployment made this change set void or is under way.

    That is CloudFormation's own lock, in one step with the start, for the first deployment as for any other: it
    executes no change set of a stack that is being changed, and deletes the others when it executes one.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
    """
    try:
        context.cloudformation.execute_change_set(ChangeSetName=change_set.arn)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _OVERTAKEN:
            raise
        raise overtaken(context) from error


def overtaken(context: Context) -> RolledBack:
    return RolledBack(
        f"{context.names.stack} is being changed, or was changed, by another deployment since this was reviewed; "
        "nothing of this one was executed",
        f"to review it anew: {context.repeat_command}",
    )


def failure(context: Context, ended: OperationEnd) -> RolledBack | Stuck:
    """The error for a failed operation: its first real cause, the stack's state, the next step."""
    state = STATES[ended.status]
    cause = first_cause(ended.events)
    reason = (
        f"{cause.shown_path} ({cause.resource_type}): {cause.reason}" if cause else "no event gives a reason"
    )
    kind = Stuck if state.outcome is Outcome.STUCK else RolledBack
    return kind(
        f"{reason}\n  {context.names.stack} is {ended.status}: {state.meaning}",
        state.next_step(context.commands),
    )


def tags_of(values: Mapping[str, str]) -> dict[str, str]:
    """The tags of the root stack with these values of parameters.

    Only the one that never changes: CloudFormation hands them on to every resource, and a resource may be one that no
    tag should update (stacks/common/house_rules.py). The templates tag what takes tags.
    """
    return {"Environment": values["EnvironmentSuffix"]}


def _request(context: Context, action: Action, prepared: Prepared, description: str) -> change_sets.Request:
    return change_sets.Request(
        stack_name=context.names.stack,
        name=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        kind="CREATE" if action is Action.CREATE else "UPDATE",
        template_url=prepared.template_url,
        parameters=prepared.values,
        tags=tags_of(prepared.values),
        description=description,
    )
