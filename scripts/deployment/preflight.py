"""Checks, before anything is created, that a deploy can work with these settings in this account."""

from collections.abc import Mapping

from scripts.command_line.errors import Refused
from scripts.deployment import named_resources
from scripts.deployment.account_facts import AccountFacts, read_facts
from scripts.deployment.context import Context
from scripts.deployment.preflight_checks import (
    Problem,
    name_problems,
    quota_problems,
    reserving_functions,
    settings_problems,
    size_problems,
)
from stacks.assembly import Assembly


def preflight(context: Context, assembly: Assembly, values: Mapping[str, str], *, creating: bool) -> None:
    """Print the caller, and report everything that is known to fail at once.

    `creating`: there is no stack yet. Raises Refused, and botocore's errors.
    """
    facts = _facts(context, assembly, creating)
    reserving = reserving_functions(assembly, context.names)
    problems = [
        *settings_problems(values),
        *size_problems(assembly),
        *name_problems(context.names, facts),
        *quota_problems(values, reserving, context.names.log_delivery_policy, facts),
    ]
    if problems:
        _refuse(context, problems)
    checked = "settings and sizes" if context.target.is_local else "settings, names, sizes and quotas"
    context.print_message(f"preflight: {checked} are as they must be")


def _facts(context: Context, assembly: Assembly, creating: bool) -> AccountFacts:
    if context.target.is_local:
        context.print_message(
            "preflight: not checked here: quotas and taken names, as the local engine has neither"
        )
        return AccountFacts("local")
    templates = [assembly.root, *assembly.nested.values()]
    new = named_resources.names_in_templates(templates, context.names) if creating else {}
    facts = read_facts(context.target.client, reserving_functions(assembly, context.names), new)
    context.print_message(f"preflight: as {facts.caller}")
    for item in facts.unread:
        context.print_message(f"preflight: not checked, as these credentials may not read it: {item}")
    return facts


def _refuse(context: Context, problems: list[Problem]) -> None:
    for problem in problems:
        context.print_message(f"preflight: {problem.message}")
        context.print_message(f"  {problem.fix}")
    count = "one thing" if len(problems) == 1 else f"{len(problems)} things"
    raise Refused(
        f"{count} would fail; nothing was made", f"mend it as said, then: {context.commands.repeat()}"
    )
