"""A click command that can be repeated: its hints name the whole command, also what came from environment variables."""

import click
from click.core import ParameterSource

from scripts.command_line.command import Command
from scripts.command_line.copyable_command import words_of


class RepeatableCommand(Command):
    """Its function gets `typed: list[str]` as well: the words of this run, program and arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        arguments = [*args]  # click empties its own list
        rest = super().parse_args(ctx, args)
        from_variables = [
            word
            for option in self.params
            if isinstance(option, click.Option) and source_of(ctx, option) is ParameterSource.ENVIRONMENT
            for word in _written_out(ctx, option)
        ]
        ctx.params["typed"] = [*words_of(self.name or ""), *from_variables, *arguments]
        return rest


def source_of(ctx: click.Context, option: click.Option) -> ParameterSource | None:
    return ctx.get_parameter_source(option.name or "")


def _written_out(ctx: click.Context, option: click.Option) -> list[str]:
    if option.is_flag:
        return [option.opts[0]] if ctx.params[option.name or ""] else []
    return [option.opts[0], option.resolve_envvar_value(ctx) or ""]
