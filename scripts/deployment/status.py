"""--status: the stack and those nested in it, how it is protected, what waits, and what to do next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.cloudformation.change_sets import waiting
from scripts.cloudformation.live_stack import NESTED_STACK, LiveResource, LiveStack, read_stack, resources_of
from scripts.cloudformation.stack_states import NO_STACK, STATES
from scripts.command_line.console import print_json
from scripts.command_line.environment_file import Protection
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.deployment.change_set_memory import last_remembered, read_description, with_settings
from scripts.deployment.context import Context
from scripts.deployment.protection import DATA_TYPES
from scripts.deployment.stack_policies import forbidden
from scripts.deployment.stored_data import read_tables
from scripts.review.model import Action, Change, Danger

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient


@dataclass(frozen=True)
class LiveProtection:
    """What is on. `tables`: whether each refuses deletion; `unguarded`: paths of stacks whose policy lets data go."""

    termination: bool
    stacks: int
    unguarded: tuple[str, ...]
    tables: dict[str, bool]

    def lacking(self, asked: Protection) -> list[str]:
        """What is asked for and is not on, in words."""
        open_tables = [name for name, is_on in self.tables.items() if not is_on]
        return [
            *(["termination protection"] if asked.termination and not self.termination else []),
            *(["stack policies"] if asked.stack_policy and self.unguarded else []),
            *([f"deletion protection of {', '.join(open_tables)}"] if asked.tables and open_tables else []),
        ]


def show_status(context: Context, asked: Protection, *, as_json: bool) -> int:
    """`asked`: what the environment file of this command asks for, besides what the last deploy's did."""
    cloudformation = context.target.client("cloudformation")
    stack = read_stack(cloudformation, context.names.stack)
    document = _document(context, cloudformation, stack, asked)
    if as_json:
        print_json(document)
    else:
        _tell(context, document)
    return EXIT_DONE


def _document(
    context: Context, cloudformation: "CloudFormationClient", stack: LiveStack, asked: Protection
) -> dict[str, Any]:
    state = STATES[stack.status]
    document: dict[str, Any] = {
        "stack": context.names.stack,
        "status": stack.status,
        "meaning": state.meaning,
        "outcome": state.outcome.value,
        "termination_protection": stack.is_protected,
    }
    if stack.status == NO_STACK:
        return {**document, "next": state.next_step(context.commands)}
    remembered = last_remembered(cloudformation, stack)
    plans = [
        {
            "change_set": one["ChangeSetName"],
            "apply": with_settings(
                context, read_description(one.get("Description", "")).settings
            ).commands.apply(one["ChangeSetName"]),
            "drop": context.commands.mode("--drop", one["ChangeSetName"]),
        }
        for one in waiting(cloudformation, context.names.stack)
    ]
    context = with_settings(context, remembered.settings)
    resources = list(resources_of(cloudformation, stack.stack_id))
    live = read_protection(context, cloudformation, stack, resources)
    pending = live.lacking(asked | remembered.protection)
    return {
        **document,
        "next": state.next_step(context.commands) or (context.commands.deploy if pending else ""),
        "protection": {
            "termination": live.termination,
            "stacks": live.stacks,
            "stacks_without_policy": list(live.unguarded),
            "tables": live.tables,
        },
        "pending_protection": pending,
        "nested": _nested(resources),
        "change_sets": [plan["change_set"] for plan in plans],
        "plans": plans,
    }


def read_protection(
    context: Context,
    cloudformation: "CloudFormationClient",
    stack: LiveStack,
    resources: Sequence[LiveResource],
) -> LiveProtection:
    """As it is now, of a stack with these `resources`."""
    ids = {"root": stack.stack_id} | {
        "/".join((*one.path, one.logical_id)): one.physical_id
        for one in resources
        if one.resource_type == NESTED_STACK
    }
    unguarded = [
        path
        for path, stack_id in ids.items()
        if not guards(cloudformation.get_stack_policy(StackName=stack_id).get("StackPolicyBody"))
    ]
    tables = read_tables(context.target.client("dynamodb"), resources)
    return LiveProtection(
        stack.is_protected, len(ids), tuple(unguarded), {table.name: table.is_protected for table in tables}
    )


def guards(policy: str | None) -> bool:
    """Whether a stack policy, in whatever words, lets nothing go that holds data."""
    removals = [Change((), "Any", kind, Action.REMOVE, Danger.DESTROYS_DATA) for kind in DATA_TYPES]
    return policy is not None and len(forbidden(removals, {(): policy})) == len(removals)


def _nested(resources: Sequence[LiveResource]) -> list[dict[str, Any]]:
    return [
        {
            "path": "/".join((*one.path, one.logical_id)),
            "status": one.status,
            "resources": dict(Counter(each.status for each in resources if each.stack_id == one.physical_id)),
        }
        for one in resources
        if one.resource_type == NESTED_STACK
    ]


def _tell(context: Context, document: dict[str, Any]) -> None:
    context.tell(f"{document['stack']} is {document['status']}: {document['meaning']}")
    if document["status"] != NO_STACK:
        _tell_protection(context, document["protection"], document["pending_protection"])
    if document["next"]:
        context.tell(f"  next: {document['next']}")
    for nested in document.get("nested", ()):
        counts = ", ".join(f"{count} {status}" for status, count in nested["resources"].items())
        context.tell(f"  {nested['path']:<12} {nested['status']:<24} {counts}")
    for plan in document.get("plans", ()):
        context.tell(f"  waits: change set {plan['change_set']}")
        context.tell(f"    to execute it: {plan['apply']}")
        context.tell(f"    to drop it:    {plan['drop']}")


def _tell_protection(context: Context, live: dict[str, Any], pending: Sequence[str]) -> None:
    guarded = live["stacks"] - len(live["stacks_without_policy"])
    refusing = sum(live["tables"].values())
    context.tell(
        f"  termination protection is {'on' if live['termination'] else 'off'}; {guarded} of {live['stacks']} stacks "
        f"have a policy that guards data; {refusing} of {len(live['tables'])} tables refuse deletion"
    )
    for one in pending:
        context.tell(f"  asked for, but not on yet: {one}")
