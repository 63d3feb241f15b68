"""Runs the modes of deploy that only read: --events, --outputs, --drift."""

from rich.text import Text

from scripts.cloudformation.additions import UNSEEN
from scripts.cloudformation.drift import Drift, comparable_stack, find_drift
from scripts.cloudformation.live_stack import LiveStack, read_stack
from scripts.cloudformation.stack_events import EventReader, StackEvent, follow
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.console import print_pairs
from scripts.command_line.counted import counted
from scripts.command_line.errors import NotDeployed
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_DRIFT
from scripts.command_line.streams import print_json
from scripts.deployment.context import Context
from scripts.deployment.event_log import event_line


def show_outputs(context: Context, *, as_json: bool) -> int:
    stack = _existing(context)
    if as_json:
        print_json(stack.outputs)
    else:
        print_pairs(context.output, context.names.stack, stack.outputs)
    return EXIT_DONE


def show_events(context: Context, *, as_json: bool, follow_on: bool) -> int:
    """Print the events of the newest operation, oldest first; `follow_on`: until it has ended. JSON: one line each."""
    stack = _existing(context)
    reader = EventReader(context.cloudformation, stack.stack_id)

    def show(events: list[StackEvent]) -> None:
        for event in events:
            if as_json:
                print_json(_event_document(event), indent=None)
            else:
                context.output.print(event_line(event), soft_wrap=True)

    if not follow_on:
        show(reader.new_events())
        return EXIT_DONE
    follow(
        reader,
        lambda: read_stack(context.cloudformation, stack.stack_id).status,
        lambda events: show(list(events)),
        context.sleep,
        context.poll_seconds,
    )
    return EXIT_DONE


def show_drift(context: Context, *, as_json: bool) -> int:
    """Print resources that differ from their templates; returns EXIT_DRIFT if there are any."""
    stack = comparable_stack(context.cloudformation, context.names.stack, to_make_it(context))
    context.print_message("comparing every resource with its template; this may take minutes")
    drift = find_drift(context.cloudformation, context.target.client, stack.stack_id, context.sleep)
    if as_json:
        print_json(drift.document())
    else:
        _print_drift(context, drift)
    return EXIT_DRIFT if drift.drifted else EXIT_DONE


def _print_drift(context: Context, drift: Drift) -> None:
    for resource in drift.drifted:
        style = "bold red" if resource.status == "DELETED" else "yellow"
        context.output.print(
            Text.assemble(
                (f"{resource.status:<9}", style), f" {resource.shown_path}  ({resource.resource_type})"
            )
        )
        for difference in resource.differences:
            context.print_answer(f"    {difference.path}: {difference.expected} → {difference.actual}")
    context.print_answer(
        f"{len(drift.drifted)} of {counted(drift.checked, 'resource')} differ from their templates; "
        f"{drift.unchecked} are of types that CloudFormation cannot compare"
    )
    context.print_answer(f"  not looked at: {', '.join(UNSEEN)}")
    if drift.drifted:
        context.print_answer(
            "  a deploy of the same leaves them so; to put back what the templates say, on the left: docs/deploying.md"
        )


def _existing(context: Context) -> LiveStack:
    stack = read_stack(context.cloudformation, context.names.stack)
    if stack.status == NO_STACK:
        raise NotDeployed(f"stack {context.names.stack}", to_make_it(context))
    return stack


def to_make_it(context: Context) -> str:
    return f"to make it: {context.commands.deploy}"


def _event_document(event: StackEvent) -> dict[str, object]:
    return {
        "time": event.time.isoformat(),
        "resource": event.shown_path,
        "type": event.resource_type,
        "physical_id": event.physical_id,
        "status": event.status,
        "reason": event.reason,
    }
