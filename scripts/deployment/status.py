"""Runs --status: the stack and its nested stacks, its protection, waiting change sets, and the next step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scripts.cloudformation.change_sets import waiting
from scripts.cloudformation.deployed_code import deployed_code
from scripts.cloudformation.live_stack import LiveResource, LiveStack, read_stack, resources_of, stack_tree
from scripts.cloudformation.stack_states import NO_STACK, STATES
from scripts.command_line.environment_file import Protection
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_USAGE
from scripts.command_line.streams import print_json
from scripts.deployment.context import Context
from scripts.deployment.deploy_record import last_record, read_record, with_settings
from scripts.deployment.protection import DATA_TYPES
from scripts.deployment.stack_policies import forbidden_changes
from scripts.deployment.stored_data import read_tables
from scripts.review.model import Action, Change, Danger


@dataclass(frozen=True)
class LiveProtection:
    """Present protection. `tables`: name -> refuses deletion; `unguarded`: stacks whose policy guards no data."""

    termination: bool
    stacks: int
    unguarded: tuple[str, ...]
    tables: dict[str, bool]

    def lacking(self, wanted: Protection) -> list[str]:
        """Protection that is wanted and not on, in words."""
        open_tables = [name for name, is_on in self.tables.items() if not is_on]
        return [
            *(["termination protection"] if wanted.termination and not self.termination else []),
            *(["stack policies"] if wanted.stack_policy and self.unguarded else []),
            *([f"deletion protection of {', '.join(open_tables)}"] if wanted.tables and open_tables else []),
        ]


def show_status(context: Context, wanted: Protection, *, as_json: bool) -> int:
    """Print the status; EXIT_USAGE where nothing is deployed.

    `wanted`: protection of this command's environment file, besides that of the last deploy.
    """
    stack = read_stack(context.cloudformation, context.names.stack)
    document = _document(context, stack, wanted)
    if as_json:
        print_json(document)
    else:
        _print(context, document)
    return EXIT_USAGE if stack.status == NO_STACK else EXIT_DONE


def _document(context: Context, stack: LiveStack, wanted: Protection) -> dict[str, Any]:
    state = STATES[stack.status]
    document: dict[str, Any] = {
        "stack": context.names.stack,
        "status": stack.status,
        "meaning": state.meaning,
        "outcome": state.outcome.value,
        "termination_protection": stack.is_protected,
        "left_networks": _left_networks(context),
    }
    if stack.status == NO_STACK:
        return {**document, "next": state.next_step(context.commands)}
    record = last_record(context, stack)
    plans = [
        {
            "change_set": summary["ChangeSetId"],
            "apply": with_settings(
                context, read_record(summary.get("Description", "")).settings
            ).commands.apply(summary["ChangeSetId"]),
            "drop": context.commands.mode("--drop", summary["ChangeSetId"]),
        }
        for summary in waiting(context.cloudformation, context.names.stack)
    ]
    context = with_settings(context, record.settings)
    resources = list(resources_of(context.cloudformation, stack.stack_id))
    live = read_protection(context, stack, resources)
    pending = live.lacking(wanted | record.protection)
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
        "code": [
            {"name": each.name, "planned": each.planned, "found": each.found, "is_planned": each.is_planned}
            for each in deployed_code(context.target.client("lambda"), resources, stack.parameters)
        ],
        "nested": _nested(resources),
        "change_sets": [plan["change_set"] for plan in plans],
        "plans": plans,
    }


def _left_networks(context: Context) -> list[str]:
    """Names of Network stacks that could not be deleted while Lambda's interfaces were in them (docs/network.md).

    The stack that they were part of may no longer list them, or be gone.
    """
    pages = context.cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_FAILED"])
    names = [str(each["StackName"]) for each in pages.search("StackSummaries[]")]
    return [name for name in names if name.startswith(f"{context.names.stack}-Network-")]


def read_protection(
    context: Context,
    stack: LiveStack,
    resources: Sequence[LiveResource],
) -> LiveProtection:
    """As it is now, of a stack with these `resources`."""
    ids = stack_tree(stack.stack_id, resources)
    unguarded = tuple(
        "/".join(path) or "root"
        for path, stack_id in ids.items()
        if not guards_data(context.cloudformation.get_stack_policy(StackName=stack_id).get("StackPolicyBody"))
    )
    tables = read_tables(context.target.client("dynamodb"), resources)
    return LiveProtection(
        stack.is_protected, len(ids), unguarded, {table.name: table.is_protected for table in tables}
    )


def guards_data(policy: str | None) -> bool:
    """Whether a stack policy, in whatever form, forbids the removal of every type that holds data."""
    removals = [Change((), "Any", kind, Action.REMOVE, Danger.DESTROYS_DATA) for kind in DATA_TYPES]
    return policy is not None and len(forbidden_changes(removals, {(): policy})) == len(removals)


def _nested(resources: Sequence[LiveResource]) -> list[dict[str, Any]]:
    return [
        {
            "path": stack.shown_path,
            "status": stack.status,
            "resources": dict(
                Counter(resource.status for resource in resources if resource.stack_id == stack.physical_id)
            ),
        }
        for stack in resources
        if stack.is_nested_stack
    ]


def _print(context: Context, document: dict[str, Any]) -> None:
    context.print_answer(f"{document['stack']} is {document['status']}: {document['meaning']}")
    if document["status"] != NO_STACK:
        _print_protection(context, document["protection"], document["pending_protection"])
        _print_code(context, document["code"])
    if document["next"]:
        context.print_answer(f"  next: {document['next']}")
    for nested in document.get("nested", ()):
        counts = ", ".join(f"{count} {status}" for status, count in nested["resources"].items())
        context.print_answer(f"  {nested['path']:<12} {nested['status']:<24} {counts}")
    for name in document["left_networks"]:
        context.print_answer(
            f"  left: {name}, which network interfaces of Lambda held for up to 20 minutes; then:"
        )
        delete = context.commands.aws("cloudformation", "delete-stack", "--stack-name", name)
        context.print_answer(f"    to remove it:  {delete}")
    for plan in document.get("plans", ()):
        context.print_answer(f"  waits: change set {plan['change_set']}")
        context.print_answer(f"    to execute it: {plan['apply']}")
        context.print_answer(f"    to drop it:    {plan['drop']}")


def _print_code(context: Context, codes: Sequence[dict[str, Any]]) -> None:
    planned = sum(each["is_planned"] for each in codes)
    context.print_answer(f"  {planned} of {len(codes)} functions and layers have the code that was deployed")
    for each in codes:
        if not each["is_planned"]:
            context.print_answer(
                f"  NOT THE DEPLOYED CODE: {each['name']} has {each['found']}, deployed was {each['planned']}"
            )


def _print_protection(context: Context, live: dict[str, Any], pending: Sequence[str]) -> None:
    guarded = live["stacks"] - len(live["stacks_without_policy"])
    refusing = sum(live["tables"].values())
    context.print_answer(
        f"  termination protection is {'on' if live['termination'] else 'off'}; {guarded} of {live['stacks']} stacks "
        f"have a policy that guards data; {refusing} of {len(live['tables'])} tables refuse deletion"
    )
    for item in pending:
        context.print_answer(f"  asked for, but not on yet: {item}")
