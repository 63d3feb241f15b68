"""The command line of scripts/deploy.py."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.console import Console

from scripts.cloudformation.next_commands import with_flags
from scripts.command_line.argparse_command import add_target_options, run_command
from scripts.command_line.console import print_json, print_pairs
from scripts.command_line.environment_file import NO_FILE, EnvironmentFile, read_assignment, read_environment
from scripts.command_line.errors import Refused
from scripts.command_line.exit_codes import EXIT_DONE
from scripts.deployment.approval import Consent, read_allowed
from scripts.deployment.context import Context, make_context
from scripts.deployment.deploy import DeployRequest, apply, deploy, diff, drop
from scripts.deployment.execute_change_set import Report
from scripts.deployment.flags import STANDARD_OUTPUT, add_flags, misplaced
from scripts.deployment.local_adaptation import local_urls
from scripts.deployment.read_only_modes import show_drift, show_events, show_outputs
from scripts.deployment.review_output import ReviewOutput
from scripts.deployment.roll_back import roll_back
from scripts.deployment.status import show_status
from scripts.review.render.json_document import review_document
from stacks.assembly import build

_DESCRIPTION: Final = """\
Deploy the system, or bring what is deployed up to date: check, package, upload what is new, show what will
happen sorted by danger, ask, execute it, and follow it to its end. Before the answer is yes nothing is made but
what all environments of the account and region share: the bucket for templates and code, and the role by which
API Gateway writes logs."""

_EPILOG: Final = """\
examples:
  python scripts/deploy.py --suffix dev --local              try it here; first: python scripts/local.py up
  python scripts/deploy.py --suffix dev --environment environments/dev.toml
  python scripts/deploy.py --suffix dev --parameter LogRetentionDays=90 --parameter CostCenter=4711
  python scripts/deploy.py --suffix dev --diff --html review.html
  python scripts/deploy.py --suffix dev --plan               make the change set and leave it for review
  python scripts/deploy.py --suffix dev --yes --json         for programs: the outputs on standard output

approval:
  A person is asked yes or no; where data would be destroyed, for the stack's name. --yes answers for harmless
  changes and for a first creation. What destroys data, replaces a resource, or widens permissions or what the
  internet reaches must be named as well: --yes --allow destroy,replace,iam,public.

parameters:
  --parameter goes before the environment file. What neither names gets its default, also when it had another
  value before: what runs is what the files and the command say. docs/parameters.md lists them.

exit codes:
  0 done, or nothing to do        5 stuck: a person must act
  2 wrong usage or credentials    6 drift found (--drift)
  3 refused by a person or check  130 Ctrl-C; what CloudFormation has begun goes on
  4 failed: nothing changed, or all is rolled back"""

_WITH_REVIEW: Final = frozenset({"deploy", "plan", "diff", "apply"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    options.typed = ["scripts/deploy.py", *(sys.argv[1:] if arguments is None else arguments)]
    _refuse_what_does_not_fit(parser, options)
    return run_command(lambda console: _run(options, console))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deploy.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_target_options(parser)
    add_flags(parser)
    return parser


def _refuse_what_does_not_fit(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Nothing is accepted and ignored."""
    if options.change_set is not None or options.dropped is not None:
        options.mode = "apply" if options.change_set is not None else "drop"
        if not (options.change_set or options.dropped):  # an empty variable of a CI job
            parser.error(f"--{options.mode} needs the name of a change set")
    wrong = misplaced(options.mode, vars(options))
    if wrong:
        parser.error(wrong)
    if options.json and options.markdown == STANDARD_OUTPUT:
        parser.error("--json and --markdown both want standard output; give --markdown a file")


def _run(options: argparse.Namespace, console: Console) -> int:
    file = read_environment(options.environment) if options.environment else NO_FILE
    wish = _wish(options, file)
    asks = options.mode in ("deploy", "apply")
    if asks and not (wish.consent.yes or wish.consent.is_somebody_there):
        look = (
            f"; to only see the changes: {with_flags(options.typed, '--plan')}"
            if options.mode == "deploy"
            else ""
        )
        raise Refused("there is nobody to ask", f"to execute: {with_flags(options.typed, '--yes')}{look}")
    given = {**file.parameters, **dict(read_assignment(text) for text in options.parameter)}
    context = make_context(options, console, file)
    if options.mode not in _WITH_REVIEW:
        return _run_on_what_is_there(options, context, wish)
    return _run_deploy(options, context, given, wish)


def _wish(options: argparse.Namespace, file: EnvironmentFile) -> DeployRequest:
    return DeployRequest(
        consent=Consent(options.yes, read_allowed(options.allow), sys.stdin.isatty()),
        output=ReviewOutput(options.html, options.markdown),
        protection=file.protection,
        lift_protection=options.lift_protection,
        artifact_bucket=options.artifact_bucket,
        plan_only=options.mode == "plan",
    )


def _run_on_what_is_there(options: argparse.Namespace, context: Context, wish: DeployRequest) -> int:
    modes: dict[str, Callable[[], int]] = {
        "status": lambda: show_status(context, wish.protection, as_json=options.json),
        "events": lambda: show_events(context, as_json=options.json, follow_on=options.follow),
        "outputs": lambda: show_outputs(context, as_json=options.json),
        "drift": lambda: show_drift(context, as_json=options.json),
        "rollback": lambda: _roll_back(options, context, wish.consent),
        "drop": lambda: _drop(context, options.dropped),
    }
    return modes[options.mode]()


def _roll_back(options: argparse.Namespace, context: Context, consent: Consent) -> int:
    status = roll_back(context, options.skip, may_destroy=consent.yes and "destroy" in consent.allowed)
    context.print_message(f"{context.names.stack} is {status}" if status else "nothing to roll back")
    if options.json:
        print_json({"stack": context.names.stack, "status": status})
    return EXIT_DONE


def _drop(context: Context, name: str) -> int:
    removed = drop(context, name)
    context.print_message(
        f"the change set {name} {'is removed' if removed else 'was executed: there is nothing to drop'}"
    )
    return EXIT_DONE


def _run_deploy(
    options: argparse.Namespace, context: Context, given: Mapping[str, str], wish: DeployRequest
) -> int:
    if options.mode == "diff":
        review = diff(context, build(), given, wish)
        if options.json:
            print_json(review_document(review))
        return EXIT_DONE
    if options.mode == "apply":
        report = apply(context, options.change_set, wish)
    else:
        report = deploy(context, build(), given, wish)
    _show(context, report)
    if options.json:
        print_json(_document(context, report))
    return EXIT_DONE


def _show(context: Context, report: Report) -> None:
    if report.change_set is not None:
        context.print_message(f"not executed, as asked; the change set {report.change_set} waits")
        context.print_message(f"  to execute it: {context.commands.apply(report.change_set)}")
        context.print_message(f"  to drop it:    {context.commands.mode('--drop', report.change_set)}")
        return
    if report.result == "unchanged":
        context.print_message("nothing to do: what is deployed is what the templates and the settings say")
    print_pairs(context.console, f"{context.names.stack}: {report.result}", report.outputs)
    if context.target.endpoint_url is not None:
        urls = local_urls(context.target.endpoint_url, report.outputs)
        print_pairs(context.console, "on this machine", urls)


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
