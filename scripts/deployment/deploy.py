"""Runs one deployment: plans, reviews, asks, executes and protects."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from scripts.cloudformation import change_sets
from scripts.cloudformation.change_sets import ChangeSet, Request
from scripts.cloudformation.live_stack import read_stack
from scripts.cloudformation.next_commands import NO_DEPLOY_SETTINGS
from scripts.cloudformation.stack_states import Action
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.command_line.errors import NotDeployed, Refused
from scripts.deployment import execute_change_set, local_adaptation
from scripts.deployment import prepare as preparing
from scripts.deployment.api_gateway_logging_role import ensure_logging_role
from scripts.deployment.approval import Consent
from scripts.deployment.context import Context, wait_until_at_rest
from scripts.deployment.deploy_record import read_record, record_text, with_settings
from scripts.deployment.execute_change_set import Report
from scripts.deployment.preflight import preflight
from scripts.deployment.prepare import check_assembly, check_values, prepare
from scripts.deployment.protection import protect, protection_lifted, refuse_guarded
from scripts.deployment.review_change_set import (
    proposed_source,
    review_change_set,
    review_templates,
)
from scripts.deployment.review_output import TERMINAL_ONLY, ReviewOutput
from scripts.deployment.zones import with_zones
from scripts.review.model import Review
from stacks.assembly import Assembly
from stacks.evaluation.resolved_stack import StackSource
from stacks.parameters.tables import DELETION_PROTECTION

# Turning protection on takes nothing from anybody, and was asked for: it is not asked again.
_PROTECTING = Consent(yes=True, allowed=frozenset(), is_somebody_there=False)


@dataclass(frozen=True)
class DeployRequest:
    """Options of one deployment besides its parameters. `lift_protection`: lift stack policies for this change set.

    is_pci: refuse parameters with which the system would not be as PCI DSS wants it.
    """

    consent: Consent
    output: ReviewOutput = TERMINAL_ONLY
    protection: Protection = NO_PROTECTION
    lift_protection: bool = False
    artifact_bucket: str | None = None
    plan_only: bool = False
    is_pci: bool = False


def deploy(context: Context, assembly: Assembly, given: Mapping[str, str], request: DeployRequest) -> Report:
    """Deploy `assembly` with the parameters `given`, or only plan it.

    Settings, the stack's state and the templates are checked in this order before anything is created. Tables get
    their deletion protection by a second update. Raises a ToolError of command_line.errors.
    """
    parameters = with_zones(context, request.protection.with_tables(given))
    check_values(context, assembly, parameters, request.artifact_bucket)
    if not request.plan_only:
        execute_change_set.require_answer(context, request.consent)
    request = replace(request, protection=request.protection | protection_from_parameters(parameters))
    values = check_values(context, assembly, parameters, request.artifact_bucket)
    stack, action = wait_until_at_rest(context, lambda state: state.deploy)
    check_assembly(context, assembly)
    deployed = None if action is Action.CREATE else stack.parameters
    preflight(context, assembly, values, deployed, datetime.now(UTC).date(), is_pci=request.is_pci)
    if context.target.is_local:
        assembly = local_adaptation.adapt(context, assembly, parameters, values)
    first_parameters = parameters
    if action is Action.CREATE:
        first_parameters = {
            name: value for name, value in parameters.items() if name != DELETION_PROTECTION.title
        }
    report = _deploy_once(context, assembly, first_parameters, request)
    return _protect_tables(context, report, request)


def diff(context: Context, assembly: Assembly, given: Mapping[str, str], request: DeployRequest) -> Review:
    """Review what a deploy would do, from the templates alone. Reads only, and creates nothing in the account.

    Raises Refused where a deploy would, but for warnings of cfn-lint, as templates with its errors cannot be reviewed.
    """
    parameters = with_zones(context, request.protection.with_tables(given))
    values = check_values(context, assembly, parameters, request.artifact_bucket)
    check_assembly(
        context, assembly, lambda words: context.print_message(f"a deploy would be refused: {words}")
    )
    if context.target.is_local:
        assembly = local_adaptation.adapt(context, assembly, parameters, values)
    package = preparing.package_for(context, assembly, values)
    expected = {**values, **preparing.expected_values(context, package)}
    review = review_templates(context, StackSource.parse(assembly.root, assembly.nested), expected)
    request.output.show(context, review)
    _print_guarded(context, review)
    return review


def apply(context: Context, name: str, request: DeployRequest) -> Report:
    """Execute a planned change set. One that is refused stays. Raises a ToolError.

    `name`: a name or, as a script must give it, an ARN. Who may plan may delete a change set and make another one of
    its name; the ARN ends in an id that no other has, and what it names never changes.
    """
    if request.consent.yes and not name.startswith("arn:"):
        raise Refused(
            f"--apply {name} --yes: under a name somebody may have put another change set meanwhile",
            f"give its ARN, which is here: {context.commands.mode('--status')}",
        )
    stack, _ = wait_until_at_rest(context, lambda state: state.deploy)
    if not stack.stack_id:
        raise NotDeployed(f"stack {context.names.stack}", f"to plan: {context.commands.plan}")
    change_set = change_sets.find(context.commands, context.cloudformation, name)
    execute_change_set.require_answer(context, request.consent)
    record = read_record(change_set.description)
    context = with_settings(context, record.settings)
    # A change set that was executed cannot be applied again.
    context = replace(context, repeat_command=context.commands.deploy)
    request = replace(request, protection=request.protection | record.protection)
    preparing.require_objects(context, change_set.parameters)
    review = review_change_set(
        context, change_set, proposed_source(context, change_set), change_set.parameters
    )
    request.output.show(context, review)
    refuse_guarded(context, review, lift=request.lift_protection)
    execute_change_set.approve(context, review, request.consent)
    report = _execute(context, change_set, request)
    return replace(_protect_tables(context, report, request), review=review)


def drop(context: Context, name: str) -> bool:
    """Remove a planned change set, and the empty stacks that a first one made; False when it was executed already.

    Raises NotFound when there is none.
    """
    page = change_sets.find_unexecuted(context.commands, context.cloudformation, name)
    if page is None:
        return False
    execute_change_set.remove(context, page["ChangeSetId"], page["StackId"])
    return True


def _protect_tables(context: Context, report: Report, request: DeployRequest) -> Report:
    """After a first creation, turn the tables' deletion protection on by a second update, if it is asked for."""
    if report.result != "created" or not request.protection.tables:
        return report
    record = record_text(context.commands.settings or NO_DEPLOY_SETTINGS, request.protection)
    change_set = _propose_table_protection(context, record)
    if change_set is None:
        return report
    protected = _execute(context, change_set, replace(request, lift_protection=False))
    return replace(protected, result="created")


def _propose_table_protection(context: Context, description: str) -> ChangeSet | None:
    """Create, show and approve a change set that turns the tables' deletion protection on; None when it is on.

    In a first creation that fails, tables that refuse deletion would make its roll-back fail too. So the first change
    set leaves it out, and as soon as the stack stands, this one turns it on with the deployed template and values.
    Raises Refused or RolledBack.
    """
    stack = read_stack(context.cloudformation, context.names.stack)
    if stack.parameters.get(DELETION_PROTECTION.title) != "false":
        return None
    context.print_message("the stack is created; now deletion protection is turned on for its tables")
    values = {**stack.parameters, DELETION_PROTECTION.title: "true"}
    request = Request(
        stack_name=context.names.stack,
        name=f"protect-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        kind="UPDATE",
        template_url=None,  # the one that is deployed
        parameters=values,
        tags=execute_change_set.tags_of(values),
        description=description,
    )
    change_set = execute_change_set.make(context, request)
    if change_set is None:
        return None
    try:
        review = review_change_set(context, change_set, proposed_source(context, change_set), values)
        TERMINAL_ONLY.show(context, review)
        execute_change_set.approve(context, review, _PROTECTING)
    except BaseException:
        execute_change_set.withdraw(context, change_set.arn, change_set.stack_id)
        raise
    return change_set


def _deploy_once(
    context: Context,
    assembly: Assembly,
    given: Mapping[str, str],
    request: DeployRequest,
) -> Report:
    values = check_values(context, assembly, given, request.artifact_bucket)
    prepared = prepare(context, assembly, values)
    _ensure_logging_role(context)
    record = record_text(context.commands.settings or NO_DEPLOY_SETTINGS, request.protection)
    change_set = execute_change_set.propose(context, prepared, record)
    if change_set is None:
        _finish(context, request)  # an earlier run may have been interrupted before it
        return Report("unchanged", read_stack(context.cloudformation, context.names.stack).outputs)
    try:
        review = review_change_set(
            context, change_set, StackSource.parse(assembly.root, assembly.nested), prepared.values
        )
        request.output.show(context, review)
        if request.plan_only:
            _print_guarded(context, review)
            _print_older(context, change_set)
            return Report("planned", {}, change_set.arn, review)
        refuse_guarded(context, review, lift=request.lift_protection)
        execute_change_set.approve(context, review, request.consent)
    except BaseException:
        execute_change_set.withdraw(context, change_set.arn, change_set.stack_id)
        raise
    return replace(_execute(context, change_set, request), review=review)


def _print_older(context: Context, newest: ChangeSet) -> None:
    """Lists older change sets that are still waiting. Executing one makes the others obsolete."""
    older = [
        summary["ChangeSetId"]
        for summary in change_sets.waiting(context.cloudformation, context.names.stack)
        if summary["ChangeSetId"] != newest.arn
    ]
    if older:
        context.print_message(
            "older plans are waiting too; applying one makes the others obsolete; to drop them:"
        )
    for name in older:
        context.print_message(f"  {context.commands.mode('--drop', name)}")


def _print_guarded(context: Context, review: Review) -> None:
    """Says what would be refused before execution: a plan or a diff only reports it."""
    try:
        refuse_guarded(context, review, lift=False)
    except Refused as refusal:
        context.print_message(f"would be refused as it stands: {refusal.message}")


def _execute(context: Context, change_set: ChangeSet, request: DeployRequest) -> Report:
    with protection_lifted(context, request.protection, lift=request.lift_protection):
        report = execute_change_set.execute(context, change_set)
    _finish(context, request)
    return report


def _finish(context: Context, request: DeployRequest) -> None:
    if context.target.is_local:
        local_adaptation.fix_up(context)
    if not request.plan_only:
        protect(context, request.protection)


def protection_from_parameters(values: Mapping[str, str]) -> Protection:
    """The protection that parameters ask for, as an environment file would."""
    return Protection(tables=values.get(DELETION_PROTECTION.title) == "true")


def _ensure_logging_role(context: Context) -> None:
    target = context.target
    is_new = ensure_logging_role(
        target.client("apigateway"), target.client("iam"), target.partition, context.sleep
    )
    if is_new:
        context.print_message(
            "set the role by which API Gateway writes logs (one for the account and region)"
        )
