"""Runs --rollback: brings a stack that a failed operation left half way back to its last stable state.

Two calls that are easily confused: RollbackStack serves CREATE_FAILED and UPDATE_FAILED, ContinueUpdateRollback serves
UPDATE_ROLLBACK_FAILED. Which one it is, the table of states says.
"""

from collections.abc import Sequence

from scripts.cloudformation.live_stack import LiveResource, LiveStack, resources_of
from scripts.cloudformation.stack_events import EventReader
from scripts.cloudformation.stack_states import STATES, Action, Outcome
from scripts.command_line.counted import counted
from scripts.command_line.errors import NotDeployed, NotFound, Refused
from scripts.deployment.context import Context, wait_until_at_rest, watch
from scripts.deployment.deploy_record import with_last_settings
from scripts.deployment.execute_change_set import failure
from scripts.deployment.stored_data import read_buckets, read_tables


def roll_back(context: Context, skip: Sequence[str], *, may_destroy: bool) -> str | None:
    """Roll back and follow; the status at the end, or None when there was nothing to roll back.

    `skip`: resources to leave as they are, as `Data/InboxTable`; only for a roll-back that failed on them.
    `may_destroy`: deleting what a failed creation left was allowed beforehand; else it is asked for.
    Raises NotDeployed, NotFound, Refused, RolledBack or Stuck.
    """
    context = with_last_settings(context)
    stack, action = wait_until_at_rest(context, lambda state: state.rollback)
    if STATES[stack.status].outcome is Outcome.GONE:
        raise NotDeployed(f"stack {context.names.stack}")
    if action is Action.NOTHING:
        return None
    resources = list(resources_of(context.cloudformation, stack.stack_id))
    _show_failed(context, resources)
    if STATES[stack.status].rollback_deletes:
        _require_consent(context, resources, may_destroy=may_destroy)
    reader = EventReader(context.cloudformation, stack.stack_id)
    reader.mark()
    if action is Action.ROLL_BACK:
        context.cloudformation.rollback_stack(StackName=stack.stack_id)
    else:
        skipped = [_skipped(stack, resources, path) for path in skip]
        context.cloudformation.continue_update_rollback(StackName=stack.stack_id, ResourcesToSkip=skipped)
    ended = watch(context, reader)
    if STATES[ended.status].outcome is Outcome.STUCK:
        raise failure(context, ended)
    return ended.status


def _show_failed(context: Context, resources: Sequence[LiveResource]) -> None:
    for resource in resources:
        if resource.status.endswith("_FAILED"):
            context.print_message(
                f"  {resource.status:<22} {resource.shown_path}  ({resource.resource_type}, {resource.physical_id})"
            )


def _require_consent(context: Context, resources: Sequence[LiveResource], *, may_destroy: bool) -> None:
    """Ask before a failed first creation is rolled back: that deletes it, with the data written meanwhile."""
    tables = read_tables(context.target.client("dynamodb"), resources)
    buckets = read_buckets(context.target.client("s3"), context.target.account_id, resources)
    context.print_message(
        "there is no earlier state to roll back to: this deletes everything that the failed creation made"
    )
    for table in tables:
        context.print_message(f"  table   {table.name}: about {counted(table.items, 'item')}")
    for bucket in buckets:
        context.print_message(f"  bucket  {bucket.name}: {bucket.shown_objects}")
    if may_destroy:
        return
    question = f"Type the stack's name ({context.names.stack}) to delete them: "
    if context.answer_to(question) != context.names.stack:
        raise Refused(
            "not rolled back; nothing was deleted", f"to be asked again: {context.commands.ask_again()}"
        )


def _skipped(stack: LiveStack, resources: Sequence[LiveResource], path: str) -> str:
    """The resource's name for ResourcesToSkip: its logical id in the root, else `nested stack's name.logical id`.

    Raises NotFound for a resource that is not there, Refused for one whose roll-back did not fail.
    """
    for resource in resources:
        if resource.shown_path == path:
            if not resource.status.endswith("_FAILED"):
                raise Refused(
                    f"{path} is {resource.status}: only what failed can be skipped",
                    "name one that the list above calls failed",
                )
            own = resource.stack_id == stack.stack_id
            return resource.logical_id if own else f"{resource.stack_id.split('/')[1]}.{resource.logical_id}"
    raise NotFound(f"there is no resource {path} in the stack", "name it as the list above does")
