"""`payment-webhooks`: all commands of the project, each loaded when it is called.

A new command is a function in a module of its own and one line in COMMANDS:

    @click.command(cls=Command, examples=["{} --suffix dev stripe:evt_1"], exit_codes=[EXIT_FOUND])
    @environment_options
    @json_option
    @click.argument("webhook_id", help="{endpoint}:{event id}.")
    def show(environment: Environment, webhook_id: str, as_json: bool) -> int:
        \"\"\"First sentence, as lists show it. More of the help.\"\"\"
        from scripts.operations.show.work import work        # heavy imports stand inside

        found = work(environment.target.client("dynamodb"), environment.names.inbox_table, webhook_id)
        streams.answer(found, as_json, lambda: streams.print_fields(found))
        return EXIT_DONE if found else EXIT_FOUND

The module imports nothing heavy at its top (a test looks: no boto3, rich, troposphere). Answers go to standard output
(`streams.answer`, as JSON or as a table), progress and messages to standard error (`click.echo(…, err=True)`). What
goes wrong is raised as one of `errors`; it becomes one line, a next step and an exit code of `exit_codes`, and so does
a path that can't be read or written.
Subcommands: `@click.group(cls=Group, …) def inbox()` and `@inbox.command("list")`.
"""

import importlib
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from typing import Final

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from scripts.command_line.command import Group, hides_input, spellings
from scripts.command_line.copyable_command import PROGRAM
from scripts.command_line.errors import ToolError, UsageError, show_error
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_INTERRUPTED, EXIT_USAGE
from scripts.command_line.options import shared
from scripts.command_line.project_paths import ROOT

COMPLETION_VARIABLE: Final = "_PAYMENT_WEBHOOKS_COMPLETE"


# By name: the module, whose function has the name too, and what lists say: its first sentence, as a test sees to.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "deploy": ("deployment.deploy_command", "Deploy the system, or bring it up to date."),
    "destroy": ("deployment.destroy_command", "Delete an environment with all in it."),
    "permissions": ("deployment.permissions.command", "Print the IAM policies for the roles that deploy."),
    "local": ("operations.local_engine.command", "Start, stop and look at the local engine."),
    "acceptance": ("acceptance.command", "Prove a scratch environment, from nothing to nothing."),
    "health": ("operations.health.command", "Show on one screen whether the system is well."),
    "endpoint-secrets": ("operations.endpoint_secrets.command", "Set, roll and list an endpoint's keys."),
    "send": ("operations.send.command", "Send a webhook, signed as its provider signs."),
    "trace": ("operations.trace.command", "Show the way of one webhook or payment as a line of time."),
    "find": ("operations.find.command", "Find webhooks and payments in inbox, ledger and archive."),
    "inbox": ("operations.inbox.command", "Decide about webhooks that wait for a person."),
    "replay": ("operations.replay.command", "Give webhooks to the processor again: one, or all of a status."),
    "redrive": ("operations.redrive.command", "Show dead letters, and move them back."),
    "erase": ("operations.erase.command", "Erase what webhooks tell of a person, and say what stays."),
    "reconcile": ("operations.reconcile.command", "Find webhooks that never came, and feed them."),
    "transactions": (
        "operations.transactions.command",
        "Show payments, as the transaction API does, and payouts; correct the ledger.",
    ),
    "analytics": ("operations.analytics.command", "Count and sum payments over time."),
    "archive": ("operations.archive.command", "Show and verify what is archived."),
    "restore": ("operations.restore.command", "Bring lost data back under its own name."),
    "audit": ("operations.audit.command", "Prove that the audit trail is whole."),
    "evidence": ("operations.evidence.command", "Show by what each requirement of PCI DSS is met."),
    "provider-addresses": (
        "operations.provider_addresses.command",
        "Keep the addresses that providers publish.",
    ),
    "capacity": ("planning.capacity.command", "Work out the rate that each stage sustains."),
    "cost": ("planning.cost.command", "Work out what a million webhooks cost."),
}


class Main(Group):
    """The group of all commands: COMMANDS, loaded when called, and those that are defined here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            return load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but what was meant may be any of COMMANDS."""
        names = self.list_commands(ctx)
        if args[0] not in names and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=names, ctx=ctx)
        return super().resolve_command(ctx, args)

    def options_before_name(self, ctx: click.Context) -> Mapping[str, bool]:
        """The shared options only: to know all would be to load all commands."""
        return dict(spellings(shared.params))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        summaries = self.summaries().items()
        names = [CompletionItem(name, help=text) for name, text in summaries if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def summaries(self) -> dict[str, str]:
        return {name: summary for name, (_, summary) in COMMANDS.items()} | super().summaries()


def load(name: str) -> click.Command:
    """The command of COMMANDS, with its module imported."""
    module = importlib.import_module(f"scripts.{COMMANDS[name][0]}")
    command: click.Command = getattr(module, name.replace("-", "_"))
    return command


def _show_version(ctx: click.Context, _param: click.Parameter, is_given: bool) -> None:
    if is_given:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        click.echo(f"{PROGRAM} {project['version']}")
        ctx.exit()


@click.group(
    cls=Main,
    examples=[
        "{} local up",
        "{} deploy --suffix dev --local",
        "export PAYMENT_WEBHOOKS_SUFFIX=dev PAYMENT_WEBHOOKS_LOCAL=1; {} inbox list",
        'eval "$({} completion bash)"',
    ],
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def command_line() -> None:
    """Receive payment webhooks on AWS: deploy the system, run it, look into it, and plan it.

    Every command is also a script: `payment-webhooks trace` is `python scripts/trace.py`. Answers go to
    standard output, progress and messages to standard error. A command's options may stand in any order.
    """


@command_line.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), help="Whose script it is.")
def completion(shell: str) -> None:
    """Print the script that completes commands and options in a shell."""
    complete = get_completion_class(shell)
    assert complete is not None  # click knows these three
    click.echo(complete(command_line, {}, PROGRAM, COMPLETION_VARIABLE).source())


def main(name: str = "", arguments: Sequence[str] | None = None) -> int:
    """Run the command `name`, or the whole command line without one; returns the exit code.

    arguments: by default, those that this process was started with.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if name:
        return run(load(name), f"python scripts/{name.replace('-', '_')}.py", arguments)
    instruction = os.environ.get(COMPLETION_VARIABLE)
    if instruction:
        return shell_complete(command_line, {}, PROGRAM, COMPLETION_VARIABLE, instruction)
    return run(command_line, PROGRAM, arguments)


def run(command: click.Command, program: str, arguments: Sequence[str]) -> int:
    """Run `command`; what goes wrong becomes lines on standard error and an exit code."""
    try:
        with command.make_context(program, [*arguments]) as context:
            code: int | None = command.invoke(context)
            return code or EXIT_DONE
    except click.exceptions.Exit as end:  # --help, --version
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return EXIT_USAGE
    except click.UsageError as error:
        _show_usage_error(error)
        return EXIT_USAGE
    except KeyboardInterrupt:
        click.echo("interrupted; run the same command again to go on", err=True)
        return EXIT_INTERRUPTED
    except ToolError as error:
        show_error(error)
        return error.exit_code


def _is_option_of_another(error: click.UsageError) -> bool:
    """Whether the option that a subcommand does not take is one of the others': a word of ours, and no key."""
    group = error.ctx.parent.command if error.ctx and error.ctx.parent else None
    if not isinstance(error, click.NoSuchOption) or error.ctx is None or not isinstance(group, Group):
        return False
    return error.option_name in group.options_before_name(error.ctx)


def _show_usage_error(error: click.UsageError) -> None:
    """One line that says what is wrong, one that says how to go on; nothing typed, where that may be a key."""
    message = " ".join(error.format_message().split())  # click lists choices one a line
    names_option_only = isinstance(error, click.MissingParameter | click.BadOptionUsage)
    if hides_input(error.ctx) and not names_option_only and not _is_option_of_another(error):
        param = error.param if isinstance(error, click.BadParameter) else None
        place = f"for {param.get_error_hint(error.ctx)}" if param else "among the arguments"
        message = f"a wrong word {place} (not repeated: it may be a key; see --value-file)"
    path = error.ctx.command_path if error.ctx else PROGRAM
    show_error(UsageError(message, f"{path} --help"))
