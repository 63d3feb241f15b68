"""Builds the commands that messages tell a person to run: as this run was started, on the environment of this run.

No message names a command otherwise; tests/unit/repository/test_printed_commands.py parses each.
"""

import shlex
from typing import Final, NamedTuple

import click

PROGRAM: Final = "payment-webhooks"
# The shared options that choose the environment, by the names under which click keeps their values.
_PLACE: Final = {"suffix": "--suffix", "region": "--region", "profile": "--profile", "is_local": "--local"}


class Here(NamedTuple):
    """How this run was started, and the options by which a command finds its environment; threads can't tell."""

    has_program_name: bool = False
    place: tuple[str, ...] = ()

    def copyable(self, *words: str) -> str:
        """The command on this run's environment, quoted for a shell. `words`: its name, arguments and options."""
        return shlex.join([*self.words_of(words[0]), *words[1:], *self.place])

    def words_of(self, name: str) -> list[str]:
        """`["payment-webhooks", "local"]` where the program was started so, else `["python", "scripts/local.py"]`."""
        if self.has_program_name:
            return [PROGRAM, name]
        return ["python", f"scripts/{name.replace('-', '_')}.py"]


def here() -> Here:
    """Of the command that click runs in this thread; outside of any, a script without an environment."""
    context = click.get_current_context(silent=True)
    if context is None:
        return Here()
    given = ((flag, context.params.get(name)) for name, flag in _PLACE.items())
    place = ((flag,) if value is True else (flag, str(value)) for flag, value in given if value)
    return Here(context.find_root().info_name == PROGRAM, tuple(word for words in place for word in words))


def words_of(name: str) -> list[str]:
    return here().words_of(name)


def copyable(*words: str) -> str:
    """A command on the environment of this run, as `Here.copyable`."""
    return here().copyable(*words)


def command_line(name: str, *arguments: str) -> str:
    """A command with exactly these arguments, quoted for a shell."""
    return shlex.join([*words_of(name), *arguments])
