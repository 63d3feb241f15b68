"""Classes of click commands: help that ends with examples and exit codes, and options in any order."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from scripts.command_line.errors import Refused, RolledBack, ToolError, UsageError
from scripts.command_line.exit_codes import COMMON, MEANINGS
from scripts.start_command import CANNOT_WRITE

_CONTEXT_SETTINGS: Final = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
    "show_default": True,
}


class Command(click.Command):
    """A command whose function returns an exit code, or None for 0.

    examples: command lines, with `{}` in the place of the command's own name.
    exit_codes: those it knows beside the common ones; its subcommands know them, too.
    hides_input: an error does not repeat what was typed, as it may be a key, and errors are kept in logs.
    """

    def __init__(
        self,
        *arguments: Any,
        examples: Sequence[str] = (),
        exit_codes: Sequence[int] = (),
        hides_input: bool = False,
        **settings: Any,
    ) -> None:
        settings["context_settings"] = {**_CONTEXT_SETTINGS}
        super().__init__(*arguments, **settings)
        self.examples = examples
        self.exit_codes = exit_codes
        self.hides_input = hides_input

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser leaves it out where an option lacks its value
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """What goes wrong becomes an error of ours here, where next steps can name this command and its place."""
        try:
            return super().invoke(ctx)
        except (ToolError, click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            tool_error = _as_tool_error(error, ctx)
            if tool_error is None:
                raise
            raise tool_error from error

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):  # never wrapped: an example is there to be copied
                formatter.write("".join(f"  {line.format(ctx.command_path)}\n" for line in self.examples))
        codes = sorted(COMMON.union(*(command.exit_codes for command in _commands(ctx))))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), MEANINGS[code]) for code in codes])


class Group(Command, click.Group):
    """A command of subcommands; an option of a subcommand may stand before the subcommand's name, too."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are defined, which is that of their use."""
        return [*self.commands]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self.name_first(ctx, args))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its whole first sentence, which click would cut."""
        with formatter.section("Commands"):
            formatter.write_dl([*self.summaries().items()])

    def summaries(self) -> dict[str, str]:
        """The first line of each command's help."""
        return {name: (command.help or "").partition("\n")[0] for name, command in self.commands.items()}

    def options_before_name(self, ctx: click.Context) -> Mapping[str, bool]:
        """Each option that a subcommand takes, e.g. `--suffix`, and whether a value follows it."""
        commands = [self.get_command(ctx, name) for name in self.list_commands(ctx)]
        return dict(spelling for command in commands if command for spelling in spellings(command.params))

    def name_first(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`args` with the subcommand's name moved to the front, unless an option of the group's own is there."""
        if not args or not args[0].startswith("-"):
            return args
        own, known = dict(spellings(self.get_params(ctx))), self.options_before_name(ctx)
        position = 0
        while position < len(args) and args[position].startswith("-"):
            name, equals, _ = args[position].partition("=")
            if name in own:
                return args
            if name not in known:
                raise click.NoSuchOption(name, possibilities=known, ctx=ctx)
            position += 2 if known[name] and not equals else 1
        return [*args[position : position + 1], *args[:position], *args[position + 1 :]]


def spellings(parameters: Sequence[click.Parameter]) -> list[tuple[str, bool]]:
    """Every spelling of the options among `parameters`, and whether a value follows it."""
    options = [parameter for parameter in parameters if isinstance(parameter, click.Option)]
    return [
        (spelling, not option.is_flag and not option.count)
        for option in options
        for spelling in (*option.opts, *option.secondary_opts)
    ]


def hides_input(ctx: click.Context | None) -> bool:
    return ctx is not None and any(command.hides_input for command in _commands(ctx))


def _commands(ctx: click.Context | None) -> list[Command]:
    """The command of `ctx` and those above it, as far as they are ours."""
    commands: list[Command] = []
    while ctx is not None:
        commands += [ctx.command] if isinstance(ctx.command, Command) else []
        ctx = ctx.parent
    return commands


def _as_tool_error(error: Exception, ctx: click.Context) -> ToolError | None:
    """`error` as one of ours; None for a defect, which is shown as one."""
    if isinstance(error, EOFError):
        nobody = "this asks a question, and there is no terminal to answer it"
        return Refused(
            "there was no answer" if sys.stdin.isatty() else nobody,
            f"the options that answer it: {ctx.command_path} --help",
        )
    if isinstance(error, OSError) and error.filename is not None and error.errno not in CANNOT_WRITE:
        return UsageError(f"{error.filename}: {error.strerror}", "give a path that you may read or write")
    if "botocore" not in sys.modules:
        return None
    from botocore.exceptions import BotoCoreError, ClientError

    from payment_webhooks.errors import Unavailable
    from scripts.command_line.aws_errors import explain

    reason = error.__cause__ if isinstance(error, Unavailable) else error
    if isinstance(reason, BotoCoreError | ClientError):
        return explain(reason)
    is_outage = isinstance(error, Unavailable)
    return RolledBack(str(error), "run the same command again") if is_outage else None
