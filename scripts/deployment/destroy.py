"""Deletes an environment: shows what will be lost, asks, empties buckets, deletes stacks, checks for leftovers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import LiveResource, LiveStack, read_stack, resources_of
from scripts.cloudformation.stack_events import EventReader, OperationEnd, StackEvent, first_cause
from scripts.cloudformation.stack_states import STATES, Action, Outcome
from scripts.command_line.console import CountLine
from scripts.command_line.counted import counted
from scripts.command_line.errors import Refused, Stuck
from scripts.deployment import named_resources, stored_data
from scripts.deployment.context import Context, wait_until_at_rest, watch
from scripts.deployment.execute_change_set import failure
from scripts.deployment.list_calls import LOG_GROUP
from scripts.deployment.local_template_cuts import REFUSED_TYPES
from scripts.deployment.stored_data import Bucket, Table
from stacks.assembly import Assembly

_ATTEMPTS: Final = 3
# API Gateway deletes one REST API in 30 s for an account, and CloudFormation's attempts may end before.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html https://github.com/pulumi/pulumi-cdk/issues/277
_REST_API_PAUSE_SECONDS: Final = 40.0
# A deleted queue is still listed for up to a minute, a deleted secret until its name is free.
_LISTING_SECONDS: Final = 180.0
_EXECUTION_LOGS: Final = "API-Gateway-Execution-Logs_"
_REST_API: Final = "AWS::ApiGateway::RestApi"


@dataclass(frozen=True)
class Inventory:
    """Resources, tables and buckets that the deletion removes, of the stack and of those nested in it.

    locked: names of the buckets with Object Lock.
    """

    resources: tuple[LiveResource, ...]
    tables: tuple[Table, ...]
    buckets: tuple[Bucket, ...]
    locked: frozenset[str] = frozenset()

    def children(self) -> list[str]:
        return [resource.physical_id for resource in self.resources if resource.is_nested_stack]

    def api_ids(self) -> list[str]:
        return [resource.physical_id for resource in self.resources if resource.resource_type == _REST_API]


def destroy_environment(
    context: Context, assembly: Assembly, confirmed: str | None, *, lift: bool = False
) -> bool:
    """Remove everything of the environment; False when there was nothing.

    `confirmed` is the name given with --yes; without it, the name is asked for. `lift`: also what is protected. May be
    interrupted and run again. Raises Refused, RolledBack or Stuck.
    """
    expected = named_resources.names_in_templates([assembly.root, *assembly.nested.values()], context.names)
    if context.target.is_local:
        # Asked for a service that it lacks, the engine reads the models of all that botocore has.
        expected = {kind: names for kind, names in expected.items() if kind not in REFUSED_TYPES}
    stack, action = wait_until_at_rest(context, lambda state: state.destroy)
    if action is Action.NOTHING:
        return _destroy_leftovers(context, expected, confirmed)
    inventory = take_inventory(context, stack.stack_id)
    if not lift:
        require_unprotected(context, stack, inventory)
    show(context, inventory)
    confirm(context, confirmed)
    lift_protection(context, stack, inventory)
    delete_with_contents(context, stack.stack_id, inventory)
    for child in inventory.children():  # one that a failed creation left behind
        if STATES[read_stack(context.cloudformation, child).status].outcome is not Outcome.GONE:
            _delete(context, child)
    _delete_log_groups(context, expected, inventory.api_ids())
    _require_nothing_left(context, expected)
    return True


def take_inventory(context: Context, stack_id: str) -> Inventory:
    resources = tuple(resources_of(context.cloudformation, stack_id))
    s3, dynamodb = context.target.client("s3"), context.target.client("dynamodb")
    buckets = tuple(stored_data.read_buckets(s3, context.target.account_id, resources))
    return Inventory(
        resources,
        tuple(stored_data.read_tables(dynamodb, resources)),
        buckets,
        stored_data.locked_buckets(s3, context.target.account_id, buckets),
    )


def require_unprotected(context: Context, stack: LiveStack, inventory: Inventory) -> None:
    """Raise Refused while the stack or a table refuses deletion, or a bucket that of its objects: buckets are emptied
    first, and half a destroy is worse than none.
    """
    tables = ", ".join(table.name for table in inventory.tables if table.is_protected)
    protected = [f"termination protection is on for {context.names.stack}"] if stack.is_protected else []
    protected += [f"deletion protection is on for {tables}"] if tables else []
    if inventory.locked:
        protected.append(f"Object Lock keeps the objects of {', '.join(sorted(inventory.locked))}")
    if protected:
        raise _protected(context, "; ".join(protected))


def _protected(context: Context, reason: str) -> Refused:
    return Refused(
        f"{reason}; nothing was deleted",
        f"to lift it and delete, after a question: {context.commands.ask_again('--lift-protection')}",
    )


def lift_protection(context: Context, stack: LiveStack, inventory: Inventory) -> None:
    """Turn off the protection of the stack and its tables, once the name was typed."""
    if stack.is_protected:
        context.cloudformation.update_termination_protection(
            StackName=stack.stack_id, EnableTerminationProtection=False
        )
        context.print_message(f"termination protection of {context.names.stack} is lifted")
    dynamodb = context.target.client("dynamodb")
    for table in inventory.tables:
        if table.is_protected:
            dynamodb.update_table(TableName=table.name, DeletionProtectionEnabled=False)
            context.print_message(f"deletion protection of {table.name} is lifted")


def show(context: Context, inventory: Inventory) -> None:
    count = len(inventory.resources)
    heading = (
        ", and in them:" if inventory.tables or inventory.buckets else "; no table or bucket is left in it"
    )
    size = f"with {counted(count, 'resource')}{heading}" if count else "which is empty"
    context.print_message(f"this deletes {context.names.stack}, {size}")
    for table in inventory.tables:
        context.print_message(f"  table   {table.name}: about {counted(table.items, 'item')}")
    for bucket in inventory.buckets:
        lock = ", also those that Object Lock would keep" if bucket.name in inventory.locked else ""
        context.print_message(f"  bucket  {bucket.name}: {bucket.shown_objects}{lock}")


def confirm(context: Context, confirmed: str | None) -> None:
    """Raise Refused unless the environment's name was given or is typed now."""
    typed = confirmed
    if typed is None:
        typed = context.answer_to("Type the environment's name to delete it: ")
    if typed.strip() != context.names.suffix:
        raise Refused(
            f"{typed!r} is not {context.names.suffix!r}; nothing was deleted",
            f"to be asked again: {context.commands.ask_again()}",
        )


def delete_with_contents(context: Context, stack_id: str, inventory: Inventory) -> None:
    s3, account_id = context.target.client("s3"), context.target.account_id
    for attempt in range(_ATTEMPTS):
        for bucket in stored_data.read_buckets(s3, account_id, inventory.resources):
            if not bucket.versions:
                continue
            with CountLine(context.console, f"emptying {bucket.name}") as line:
                is_locked = bucket.name in inventory.locked
                stored_data.empty_bucket(s3, account_id, bucket.name, line.add, bypass_lock=is_locked)
        ended = _delete(context, stack_id)
        if ended is None:
            return
        cause = first_cause(ended.events)
        why = "" if cause is None or attempt == _ATTEMPTS - 1 else _why_to_try_again(cause)
        if not why:
            raise failure(context, ended)
        context.print_message(f"{why}; trying once more")
        if cause is not None and cause.resource_type == _REST_API:
            context.sleep(_REST_API_PAUSE_SECONDS)


def _why_to_try_again(cause: StackEvent) -> str:
    """Why the same deletion may succeed now; empty where it will not."""
    if cause.resource_type == stored_data.BUCKET:
        return "something was written after a bucket was emptied"  # functions go on until they are deleted
    if cause.resource_type == _REST_API and "too many requests" in cause.reason.lower():
        return "API Gateway deletes one API in 30 s"
    return ""


def _delete(context: Context, stack_id: str) -> OperationEnd | None:
    """Delete one stack and follow it; returns None when it is gone, else the operation's end."""
    reader = EventReader(context.cloudformation, stack_id)
    reader.mark()
    try:
        context.cloudformation.delete_stack(StackName=stack_id)
    except ClientError as error:
        if "TerminationProtection" not in str(error):
            raise
        raise _protected(context, f"termination protection is on for {context.names.stack}") from error
    ended = watch(context, reader)
    return None if STATES[ended.status].outcome is Outcome.GONE else ended


def _delete_log_groups(
    context: Context, expected: Mapping[str, frozenset[str]], api_ids: Sequence[str]
) -> None:
    """Delete log groups again: Lambda and API Gateway recreate one when they log after its deletion."""
    logs = context.target.client("logs")
    groups = set(expected.get(LOG_GROUP, ()))
    for api_id in api_ids:
        pages = logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=f"{_EXECUTION_LOGS}{api_id}/"
        )
        groups.update(pages.search("logGroups[].logGroupName"))
    existing, _ = named_resources.existing_names(context.target.client, {LOG_GROUP: frozenset(groups)})
    for name in existing.get(LOG_GROUP, []):
        logs.delete_log_group(logGroupName=name)
        context.print_message(f"deleted the log group {name}, which had come back")


def _destroy_leftovers(
    context: Context, expected: Mapping[str, frozenset[str]], confirmed: str | None
) -> bool:
    """Delete log groups of a stack that is gone: an earlier destroy may have ended before it deleted them."""
    left, _ = named_resources.existing_names(context.target.client, expected)
    groups = left.get(LOG_GROUP, [])
    if groups:
        context.print_message(f"there is no stack {context.names.stack}, but these log groups are left:")
        for name in groups:
            context.print_message(f"  {name}")
        confirm(context, confirmed)
        _delete_log_groups(context, expected, ())
    _require_nothing_left(context, expected)
    return bool(groups)


def _require_nothing_left(context: Context, expected: Mapping[str, frozenset[str]]) -> None:
    """Raise Stuck when a resource with a name of the environment still exists."""
    deadline = context.clock() + (0 if context.target.is_local else _LISTING_SECONDS)
    while True:
        left, unlisted = named_resources.existing_names(context.target.client, expected)
        if not left or context.clock() >= deadline:
            break
        context.sleep(context.poll_seconds * 5)
    # What the local engine cannot list, it does not have: the resource was left out there.
    for resource_type in () if context.target.is_local else unlisted:
        context.print_message(f"not checked, as these credentials may not list it: {resource_type}")
    if left:
        names = "\n".join(
            f"  {kind} {name}" for kind, resource_names in left.items() for name in resource_names
        )
        raise Stuck(f"these are left of {context.names.suffix}, in no stack:\n{names}", "delete them by hand")
