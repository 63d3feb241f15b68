"""One deployment, from the templates to the outputs."""

from collections.abc import Mapping

from deployment import applying, local_target
from deployment.api_logging import ensure_logging_role
from deployment.applying import Report
from deployment.context import Context, settle
from deployment.live_stacks import read_stack
from deployment.preparing import check_assembly, check_values, prepare
from stacks.assembly import Assembly


def deploy(
    context: Context, assembly: Assembly, given: Mapping[str, str], *, ask: bool, execute: bool
) -> Report:
    """Deploy `assembly` with the parameters `given`; `ask` before executing, or do not `execute` at all.

    What is wrong with the settings, the stack's state or the templates is found in this order, before
    anything is made. Raises a ToolError of deployment.errors.
    """
    values = check_values(context, assembly, given)
    cloudformation = context.target.client("cloudformation")
    settle(context, cloudformation, lambda state: state.deploy)
    check_assembly(context, assembly)
    if context.target.is_local:
        assembly = local_target.adapt(context, assembly)
    prepared = prepare(context, assembly, values)
    _ensure_logging_role(context)
    change_set = applying.propose(context, cloudformation, prepared)
    if change_set is None:
        _fix_up(context)  # an earlier run may have been interrupted before it
        return Report("unchanged", read_stack(cloudformation, context.names.stack).outputs)
    if not execute:
        return Report("not_executed", {}, change_set.name)
    if ask:
        applying.approve(context, cloudformation, change_set)
    report = applying.execute(context, cloudformation, change_set)
    _fix_up(context)
    return report


def _fix_up(context: Context) -> None:
    if context.target.is_local:
        local_target.fix_up(context)


def _ensure_logging_role(context: Context) -> None:
    target = context.target
    made = ensure_logging_role(
        target.client("apigateway"), target.client("iam"), target.partition, context.sleep
    )
    if made:
        context.tell("gave API Gateway a role to write logs with (one for the account and region)")
