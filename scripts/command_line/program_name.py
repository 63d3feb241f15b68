"""The program's name in hints that can be pasted: as this run was started."""

import shlex
from typing import Final

import click

PROGRAM: Final = "payment-webhooks"


def words_of(name: str) -> list[str]:
    """`["payment-webhooks", "local"]` where the program was started so, else `["python", "scripts/local.py"]`."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().info_name == PROGRAM:
        return [PROGRAM, name]
    return ["python", f"scripts/{name.replace('-', '_')}.py"]


def command_line(name: str, *arguments: str) -> str:
    """The command with its arguments, quoted for a shell."""
    return shlex.join([*words_of(name), *arguments])
