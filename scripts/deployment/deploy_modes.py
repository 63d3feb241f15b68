"""Runs the mode of a deploy command: with a context, from the checked options to what is printed."""

import sys
from dataclasses import replace
from pathlib import Path

from scripts.cloudformation.live_stack import read_stack
from scripts.command_line.console import print_pairs
from scripts.command_line.environment_file import NO_FILE, NONE, check_binding, read_environment
from scripts.command_line.errors import UsageError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_DRIFT
from scripts.command_line.streams import print_json
from scripts.deployment.approval import Consent
from scripts.deployment.context import Context, make_context
from scripts.deployment.deploy import DeployRequest, apply, deploy, diff, drop
from scripts.deployment.deploy_command import DEPLOY, DeployOptions
from scripts.deployment.deploy_record import last_record
from scripts.deployment.execute_change_set import Report
from scripts.deployment.read_only_modes import show_drift, show_events, show_outputs
from scripts.deployment.review_output import ReviewOutput
from scripts.deployment.roll_back import roll_back
from scripts.deployment.status import show_status
from scripts.review.model import Review
from scripts.review.render.json_document import review_document
from stacks.assembly import build


def run(options: DeployOptions) -> int:
    """Run the mode; returns the exit code. Raises a ToolError."""
    consent = Consent(options.yes, options.allowed, sys.stdin.isatty())
    check_binding(options.environment_file, options.environment.suffix)
    context = make_context(
        options.environment,
        options.typed,
        settings=options.settings,
        region=options.environment_file.region,
        verbose=options.verbose,
    )
    if options.mode in (DEPLOY, "plan", "diff"):
        context, options = _with_file_of_last_deploy(context, options)
    match options.mode:
        case "status":
            return show_status(context, options.environment_file.protection, as_json=options.as_json)
        case "events":
            return show_events(context, as_json=options.as_json, follow_on=options.follow)
        case "outputs":
            return show_outputs(context, as_json=options.as_json)
        case "drift":
            return show_drift(context, as_json=options.as_json)
        case "rollback":
            return _roll_back(context, options, consent)
        case "drop":
            return _drop(context, options.change_set)
        case _:
            return _deploy(context, options, consent)


def _with_file_of_last_deploy(context: Context, options: DeployOptions) -> tuple[Context, DeployOptions]:
    """Where no environment file is given, the one that the last deploy had: forgotten, all its values would be undone.

    Raises UsageError when it is not here, or belongs to another environment.
    """
    if options.environment_file is not NO_FILE:
        return context, options
    stack = read_stack(context.cloudformation, context.names.stack)
    settings = last_record(context, stack).settings if stack.stack_id else None
    if settings is None or settings.environment is None:
        return context, options
    path = Path(settings.environment)
    if not path.is_file():
        raise UsageError(
            f"the last deploy of {context.names.stack} had the environment file {path}, which is not here",
            f"name a file, or leave it out for good: --environment {NONE}",
        )
    context.print_message(f"with {path}, as the last deploy; --environment {NONE} leaves it out")
    found = read_environment(path)
    check_binding(found, context.names.suffix)
    options = replace(options, environment_file=found)
    return replace(context, commands=replace(context.commands, settings=options.settings)), options


def _roll_back(context: Context, options: DeployOptions, consent: Consent) -> int:
    status = roll_back(context, options.skip, may_destroy=consent.yes and "destroy" in consent.allowed)
    context.print_message(f"{context.names.stack} is {status}" if status else "nothing to roll back")
    if options.as_json:
        print_json({"stack": context.names.stack, "status": status})
    return EXIT_DONE


def _drop(context: Context, name: str) -> int:
    removed = drop(context, name)
    context.print_message(
        f"the change set {name} {'is removed' if removed else 'was executed: there is nothing to drop'}"
    )
    return EXIT_DONE


def _deploy(context: Context, options: DeployOptions, consent: Consent) -> int:
    request = DeployRequest(
        consent=consent,
        output=ReviewOutput(options.html, options.markdown),
        protection=options.environment_file.protection,
        lift_protection=options.lift_protection,
        artifact_bucket=options.artifact_bucket,
        plan_only=options.mode == "plan",
        is_pci=options.environment_file.is_pci,
    )
    parameters = {**options.environment_file.parameters, **options.parameters}
    if options.mode == "diff":
        review = diff(context, build(), parameters, request)
        if options.as_json:
            print_json(review_document(review))
        return exit_code_of(review) if options.exit_code else EXIT_DONE
    if options.mode == "apply":
        report = apply(context, options.change_set, request)
    else:
        report = deploy(context, build(), parameters, request)
    _print_report(context, report)
    if options.as_json:
        print_json(_document(context, report))
    return EXIT_DONE


def exit_code_of(review: Review) -> int:
    """Of --diff --exit-code, for scripts that ask whether there is something to deploy."""
    return EXIT_DRIFT if review.changes else EXIT_DONE


def _print_report(context: Context, report: Report) -> None:
    if report.change_set is not None:
        context.print_message(f"not executed, as asked; the change set {report.change_set} waits")
        context.print_message(f"  to execute it: {context.commands.apply(report.change_set)}")
        context.print_message(f"  to drop it:    {context.commands.mode('--drop', report.change_set)}")
        return
    if report.result == "unchanged":
        context.print_message(
            "nothing to do: the deployed stack, as CloudFormation knows it, already matches the templates and the "
            "settings; --drift looks at what there is"
        )
    print_pairs(context.console, f"{context.names.stack}: {report.result}", report.outputs)


def _document(context: Context, report: Report) -> dict[str, object]:
    return {
        "stack": context.names.stack,
        "account": context.target.account_id,
        "region": context.target.region,
        "result": report.result,
        "change_set": report.change_set,
        "outputs": report.outputs,
        "review": review_document(report.review) if report.review else None,
    }
