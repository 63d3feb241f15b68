"""The command `destroy`."""

import sys

import click

from scripts.command_line.environment import Environment
from scripts.command_line.errors import Refused, UsageError
from scripts.command_line.exit_codes import EXIT_STUCK
from scripts.command_line.options import environment_options, json_option
from scripts.command_line.streams import print_json
from scripts.deployment.repeatable_command import RepeatableCommand


@click.command(
    cls=RepeatableCommand,
    exit_codes=[EXIT_STUCK],
    examples=[
        "{} --suffix dev --local",
        "{} --suffix dev --region eu-west-1 --profile development",
        "{} --suffix dev --yes dev           without being asked; the name is typed twice",
    ],
)
@environment_options
@json_option
@click.option("--yes", "confirmed", metavar="NAME", help="Do not ask; NAME must be that of --suffix.")
@click.option(
    "--lift-protection",
    is_flag=True,
    help="Delete also a stack, tables and locked audit objects that are protected against it, once the name is typed.",
)
def destroy(
    environment: Environment, typed: list[str], confirmed: str | None, lift_protection: bool, as_json: bool
) -> None:
    """Delete an environment with all in it.

    Shows what will be lost, asks for the environment's name, empties its buckets (all versions), deletes its stack, and
    checks that nothing with its name is left. The bucket for templates and code and the role for API Gateway's logs
    stay, as all environments of the account and region share them. Its key is scheduled for deletion: KMS deletes no
    key at once.

    It may be interrupted at any time; the same command goes on where it stopped.
    """
    suffix = environment.suffix
    if confirmed is not None and confirmed != suffix:
        raise UsageError(
            f"--yes {confirmed} is not --suffix {suffix}",
            "--yes repeats the name that --suffix gives",
        )
    from scripts.deployment.context import make_context
    from scripts.deployment.destroy import destroy_environment
    from stacks.assembly import build

    context = make_context(environment, typed)
    if confirmed is None and not sys.stdin.isatty():
        raise Refused(
            "nothing was deleted: this asks for the environment's name, and there is no terminal",
            "in a terminal it is asked for; a script gives it by --yes NAME",
        )
    was_there = destroy_environment(context, build(), confirmed, lift=lift_protection)
    if was_there:
        context.print_message(f"{context.names.stack} is gone, and nothing with its name is left")
    else:
        context.print_message(
            f"nothing to do: there is no {context.names.stack} in {context.target.region}, and nothing with its name"
        )
    if as_json:
        print_json({"stack": context.names.stack, "result": "deleted" if was_there else "absent"})
